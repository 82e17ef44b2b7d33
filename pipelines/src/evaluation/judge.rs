//! One answer, compared with what was expected of it.

use wafaa_domain::{DocumentId, Expected, Verdict};

use crate::{conversation::Answer, knowledge::analyse::words};

/// How an answer compares with what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// In a word.
    pub verdict: Verdict,
    /// The place of the first expected document among those found, from 1.
    pub place: Option<usize>,
    /// Whether it cites an expected document; none where none is expected.
    pub document_cited: Option<bool>,
    /// Whether it has all expected phrases; none where none is expected.
    pub phrases_found: Option<bool>,
}

/// Judges an answer. `found` are the documents of the passages that retrieval gave, best first; one may be there
/// more than once, and counts at its best place.
pub fn judge(expected: &Expected, found: &[DocumentId], answer: &Answer) -> Judgement {
    let (documents, phrases) = (expected.documents(), expected.phrases());
    let cites = || {
        let mut cited = answer.citations.iter().map(|citation| citation.document_id);
        answer.answered && cited.any(|document| documents.contains(&document))
    };
    let document_cited = (!documents.is_empty()).then(cites);
    let says = || answer.answered && phrases.iter().all(|phrase| has(&answer.answer, phrase));
    let phrases_found = (!phrases.is_empty()).then(says);
    let as_expected = document_cited.unwrap_or(true) && phrases_found.unwrap_or(true);
    let verdict = match (expected.is_unanswerable(), answer.answered) {
        (true, true) => Verdict::FalseAnswer,
        (true, false) => Verdict::Abstained,
        (false, false) => Verdict::Missed,
        (false, true) if as_expected => Verdict::Correct,
        (false, true) => Verdict::Wrong,
    };
    Judgement {
        verdict,
        place: place(documents, found),
        document_cited,
        phrases_found,
    }
}

/// The place, from 1, of the first of `documents` among `found`, each counted once.
fn place(documents: &[DocumentId], found: &[DocumentId]) -> Option<usize> {
    let mut seen: Vec<DocumentId> = Vec::new();
    for document in found {
        if !seen.contains(document) {
            seen.push(*document);
            if documents.contains(document) {
                return Some(seen.len());
            }
        }
    }
    None
}

/// Whether the words of `phrase` stand in `text`, one after the other: whatever their case, vowel marks, kind of
/// digits, and what is between them.
fn has(text: &str, phrase: &str) -> bool {
    let phrase: Vec<String> = words(phrase).collect();
    let text: Vec<String> = words(text).collect();
    !phrase.is_empty() && text.windows(phrase.len()).any(|some| some == phrase)
}

#[cfg(test)]
mod tests {
    use wafaa_domain::ChunkId;

    use super::*;
    use crate::{conversation::Citation, llm::Usage};

    fn answer(text: &str, cited: &[DocumentId]) -> Answer {
        let citation = |&document_id: &DocumentId| Citation {
            document_id,
            title: "Menu".into(),
            source_url: None,
            page: None,
            chunk_id: ChunkId::new(),
            quote: text.into(),
        };
        Answer {
            answer: text.into(),
            answered: !cited.is_empty(),
            confidence: 0.5,
            citations: cited.iter().map(citation).collect(),
            model: "extractive".into(),
            usage: Usage::default(),
        }
    }

    fn expected(documents: &[DocumentId], phrases: &[&str]) -> Expected {
        let phrases = phrases.iter().map(|&phrase| phrase.to_owned()).collect();
        Expected::new(documents.to_vec(), phrases, false).unwrap()
    }

    #[test]
    fn an_answer_needs_the_document_and_every_phrase() {
        let (menu, faq) = (DocumentId::new(), DocumentId::new());
        let wanted = expected(&[menu], &["32 SAR", "vegan"]);
        let verdict =
            |text, cited: &[DocumentId]| judge(&wanted, &[], &answer(text, cited)).verdict;
        let good = "Falafel plate — Diet: vegan, Price: 32 sar [1]";
        assert_eq!(verdict(good, &[menu]), Verdict::Correct);
        assert_eq!(verdict(good, &[faq, menu]), Verdict::Correct);
        assert_eq!(verdict(good, &[faq]), Verdict::Wrong);
        assert_eq!(
            verdict("It is vegan, for 132 SAR.", &[menu]),
            Verdict::Wrong
        );
        assert_eq!(verdict("I don't know.", &[]), Verdict::Missed);
        let judged = judge(&wanted, &[], &answer("It is vegan.", &[menu]));
        assert_eq!(
            (judged.document_cited, judged.phrases_found),
            (Some(true), Some(false))
        );
    }

    #[test]
    fn what_is_not_expected_is_not_asked_for() {
        let menu = DocumentId::new();
        let judged = judge(
            &expected(&[], &["٣٢ ريال"]),
            &[menu],
            &answer("السعر: 32 رِيال", &[menu]),
        );
        assert_eq!(judged.verdict, Verdict::Correct);
        assert_eq!((judged.document_cited, judged.place), (None, None));
        let judged = judge(&expected(&[menu], &[]), &[menu], &answer("Yes.", &[menu]));
        assert_eq!(
            (judged.verdict, judged.phrases_found),
            (Verdict::Correct, None)
        );
    }

    #[test]
    fn an_unanswerable_question_is_to_be_refused() {
        let unanswerable = Expected::Unanswerable;
        let said = judge(&unanswerable, &[], &answer("Yes.", &[DocumentId::new()]));
        assert_eq!(said.verdict, Verdict::FalseAnswer);
        let refused = judge(&unanswerable, &[], &answer("I don't know.", &[]));
        assert_eq!(refused.verdict, Verdict::Abstained);
    }

    #[test]
    fn a_document_counts_once_at_its_best_place() {
        let (menu, faq, other) = (DocumentId::new(), DocumentId::new(), DocumentId::new());
        let found = [other, other, faq, other, menu];
        let at = |documents: &[DocumentId]| {
            judge(&expected(documents, &[]), &found, &answer("", &[])).place
        };
        assert_eq!(at(&[menu]), Some(3));
        assert_eq!(at(&[menu, faq]), Some(2));
        assert_eq!(at(&[DocumentId::new()]), None);
    }
}
