//! Terms and languages on text nobody here wrote.

use wafaa_pipelines::knowledge::{
    analyse::{Query, terms},
    language,
};

use crate::retrieve::{self, Article};

/// The share of `articles` and of their questions that are found to be in `code`.
fn share_detected(articles: &[Article], code: &str) -> (f64, f64) {
    let share = |texts: Vec<&str>| {
        let found = texts
            .iter()
            .filter(|text| language::detect(text) == Some(code))
            .count();
        found as f64 / texts.len() as f64
    };
    let texts = articles
        .iter()
        .map(|article| article.text.as_str())
        .collect();
    let questions = articles
        .iter()
        .flat_map(|article| article.questions.iter().map(String::as_str))
        .collect();
    (share(texts), share(questions))
}

#[test]
fn languages_of_real_paragraphs_and_questions_are_found() {
    for (file, code) in [
        ("xquad.de.json", "de"),
        ("xquad.es.json", "es"),
        ("arcd-train.json", "ar"),
    ] {
        let Some(articles) = retrieve::squad(file) else {
            return;
        };
        let (texts, questions) = share_detected(&articles, code);
        assert!(texts > 0.98, "{file}: {texts} of the paragraphs");
        assert!(questions > 0.93, "{file}: {questions} of the questions");
    }
}

#[test]
fn a_question_and_its_passage_share_terms() {
    for (question, passage, language) in [
        ("Do you deliver?", "Deliveries within 5 km are free.", "en"),
        (
            "Wann haben Sie geöffnet?",
            "Geöffnet täglich von 9 bis 22 Uhr.",
            "de",
        ),
        ("هل لديكم أطباق نباتيه؟", "الأطباق النباتيّة: فلافل وحمص", "ar"),
        ("ما سعر صحن الفلافل؟", "الصنف: صحن فلافل | السعر: ٣٢", "ar"),
    ] {
        let indexed = terms(passage, language);
        let indexed: Vec<&str> = indexed.split(' ').collect();
        let query = Query::new(question);
        let shared = query.words.iter().filter(|word| {
            word.terms
                .iter()
                .any(|term| indexed.contains(&term.as_str()))
        });
        assert!(shared.count() > 0, "{question}: {query:?} / {indexed:?}");
    }
}
