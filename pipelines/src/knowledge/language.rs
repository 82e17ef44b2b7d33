//! Which language a text is in, as an ISO 639-1 code.
//!
//! The script decides where it can; among the languages of the Latin script, function words decide for a
//! question, and letter statistics for a page. What must stay true: a short text that gives no evidence is
//! `None`, never a guess, since a wrong stemmer loses the match while a caller's default keeps it.
//! Deliberately absent: telling apart the languages of the Arabic script; search folds them alike.

use std::sync::LazyLock;

use unicode_segmentation::UnicodeSegmentation as _;
use whatlang::{Detector, Lang};

/// The letters a text needs before letter statistics are believed by themselves: a price list has enough to look
/// Dutch, and no sentences.
const STATISTICS_NEED: usize = 600;

/// The letters a passage needs to be told from its document's language at all.
const PASSAGE_NEEDS: usize = 120;

/// How much of a text is looked at, in bytes.
const SAMPLE: usize = 8_192;

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::with_allowlist(LATIN.iter().map(|(lang, _)| *lang).collect()));

/// The languages of the Latin script that have a stemmer.
const LATIN: &[(Lang, &str)] = &[
    (Lang::Eng, "en"),
    (Lang::Deu, "de"),
    (Lang::Spa, "es"),
    (Lang::Fra, "fr"),
    (Lang::Ita, "it"),
    (Lang::Por, "pt"),
    (Lang::Nld, "nl"),
    (Lang::Tur, "tr"),
    (Lang::Swe, "sv"),
    (Lang::Dan, "da"),
    (Lang::Nob, "no"),
    (Lang::Fin, "fi"),
    (Lang::Hun, "hu"),
    (Lang::Ron, "ro"),
];

/// Words that questions to a business hold and other languages don't share.
const FUNCTION_WORDS: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "a", "an", "get", "if", "from", "by", "not", "or", "sell", "buy", "long", "late", "me",
            "am", "may", "we", "they", "our", "all", "the", "is", "are", "do", "does", "did",
            "what", "when", "where", "which", "who", "how", "why", "can", "could", "you", "your",
            "have", "has", "there", "and", "of", "my", "i", "with", "for", "this", "it", "to",
            "be", "any", "much", "many", "will", "would", "should", "was", "were", "in", "at",
            "on", "open", "please", "hello", "tell",
        ],
    ),
    (
        "de",
        &[
            "welchen", "welchem", "wessen", "wen", "wem", "worüber", "worum", "worauf", "worin",
            "wofür", "womit", "weshalb", "war", "waren", "in", "an", "aus", "zwischen", "lauten",
            "oft", "seit", "über", "durch", "oder", "wollte", "der", "die", "das", "ist", "sind",
            "und", "wie", "wo", "wann", "was", "welche", "welcher", "welches", "wer", "ich", "sie",
            "ihr", "ihre", "haben", "hat", "kann", "können", "gibt", "ein", "eine", "einen", "mit",
            "für", "auf", "zu", "nicht", "von", "im", "mein", "meine", "viel", "viele", "wird",
            "werden", "wurde", "bitte", "den", "dem", "des", "bei", "nach", "auch", "kostet",
            "habt", "warum", "wieviel", "hallo",
        ],
    ),
    (
        "es",
        &[
            "de", "cuántas", "quiénes", "era", "eran", "fueron", "han", "tuvo", "año", "tipo",
            "dos", "parte", "nombre", "el", "la", "los", "las", "es", "son", "qué", "que",
            "cuándo", "cuando", "dónde", "donde", "cuál", "cuáles", "cómo", "como", "quién", "por",
            "para", "con", "una", "un", "y", "tienen", "tiene", "hay", "puedo", "del", "cuánto",
            "cuánta", "cuántos", "cuanto", "cuesta", "mi", "su", "en", "se", "al", "fue", "está",
            "ustedes", "hola", "sus", "lo", "más",
        ],
    ),
    (
        "fr",
        &[
            "de", "la", "en", "un", "que", "quelles", "le", "les", "est", "sont", "quel", "quelle",
            "quels", "où", "quand", "comment", "qui", "quoi", "vous", "votre", "vos", "avez",
            "avec", "pour", "une", "et", "du", "des", "je", "puis", "dans", "il", "y", "combien",
            "coûte", "pourquoi", "mon", "ma", "mes", "sur", "au", "aux", "bonjour", "ce", "cette",
            "peut", "pas",
        ],
    ),
    (
        "it",
        &[
            "in", "la", "un", "il", "gli", "è", "sono", "quando", "dove", "quale", "quali", "come",
            "chi", "perché", "con", "una", "avete", "posso", "della", "di", "quanto", "costa",
            "che", "per", "cosa",
        ],
    ),
    (
        "pt",
        &[
            "de", "em", "a", "ao", "o", "os", "é", "são", "quando", "onde", "qual", "quais",
            "como", "quem", "você", "vocês", "com", "uma", "não", "posso", "do", "da", "quanto",
            "custa", "têm", "tem", "que",
        ],
    ),
    (
        "nl",
        &[
            "in", "waarom", "de", "het", "een", "is", "zijn", "wat", "waar", "wanneer", "welke",
            "hoe", "wie", "jullie", "hebben", "kan", "ik", "met", "voor", "van", "en", "heeft",
            "kost", "niet",
        ],
    ),
    (
        "tr",
        &[
            "ve", "bir", "bu", "ne", "nasıl", "nerede", "hangi", "kaç", "var", "mı", "mi", "mu",
            "için", "ile", "kim",
        ],
    ),
];

/// The language of `text`, or `None` where it gives too little evidence.
pub fn detect(text: &str) -> Option<&'static str> {
    let sample = &text[..text.floor_char_boundary(SAMPLE)];
    let (script, letters) = dominant_script(sample)?;
    match script {
        Script::Latin if letters < STATISTICS_NEED => {
            by_mark(sample).or_else(|| by_function_words(sample))
        }
        Script::Latin => by_statistics(sample).or_else(|| by_function_words(sample)),
        Script::Other(code) => Some(code),
    }
}

/// The language of one passage of a document in `document`'s language.
///
/// Another script is certain. Within the Latin script a table of dishes looks like Swedish to letter statistics,
/// so they and the function words must agree before a passage is taken for another language.
pub fn of_passage(text: &str, document: &'static str) -> &'static str {
    let sample = &text[..text.floor_char_boundary(SAMPLE)];
    let is_latin = |code: &str| LATIN.iter().any(|(_, latin)| *latin == code);
    match dominant_script(sample) {
        Some((Script::Other(code), _)) => code,
        Some((Script::Latin, _)) if !is_latin(document) => detect(sample).unwrap_or("en"),
        Some((Script::Latin, letters)) if letters >= PASSAGE_NEEDS => by_statistics(sample)
            .filter(|code| by_function_words(sample) == Some(code))
            .unwrap_or(document),
        Some((Script::Latin, _)) | None => document,
    }
}

/// The known code that `code` names, such as a column of the database holds.
pub fn known(code: &str) -> Option<&'static str> {
    LATIN
        .iter()
        .map(|(_, known)| *known)
        .chain(["ar", "ru", "el", "ta", "he", "hi", "th", "zh", "ja", "ko"])
        .find(|known| *known == code)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Other(&'static str),
}

/// The script of most letters and how many it has; a dish's English name doesn't make a sentence English.
fn dominant_script(text: &str) -> Option<(Script, usize)> {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for script in text.chars().filter_map(script_of) {
        match counts.iter_mut().find(|(known, _)| *known == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    if counts
        .iter()
        .any(|(script, _)| *script == Script::Other("ja"))
    {
        counts.retain(|(script, _)| *script != Script::Other("zh"));
    }
    counts.into_iter().max_by_key(|(_, count)| *count)
}

fn script_of(letter: char) -> Option<Script> {
    let script = match letter {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{621}'..='\u{64a}'
        | '\u{66e}'..='\u{6d3}'
        | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' => Script::Other("ar"),
        '\u{400}'..='\u{52f}' => Script::Other("ru"),
        '\u{370}'..='\u{3ff}' => Script::Other("el"),
        '\u{590}'..='\u{5ff}' => Script::Other("he"),
        '\u{900}'..='\u{97f}' => Script::Other("hi"),
        '\u{b80}'..='\u{bff}' => Script::Other("ta"),
        '\u{e00}'..='\u{e7f}' => Script::Other("th"),
        '\u{3040}'..='\u{30ff}' => Script::Other("ja"),
        '\u{4e00}'..='\u{9fff}' => Script::Other("zh"),
        '\u{ac00}'..='\u{d7a3}' => Script::Other("ko"),
        _ => return None,
    };
    Some(script)
}

/// The language by letter statistics, where they are certain.
fn by_statistics(text: &str) -> Option<&'static str> {
    let info = DETECTOR.detect(text).filter(whatlang::Info::is_reliable)?;
    let known = LATIN.iter().find(|(lang, _)| *lang == info.lang());
    known.map(|(_, code)| *code)
}

/// The language that alone writes a mark or letter in `text`.
fn by_mark(text: &str) -> Option<&'static str> {
    const MARKS: &[(char, &str)] = &[
        ('¿', "es"),
        ('¡', "es"),
        ('ñ', "es"),
        ('ß', "de"),
        ('ã', "pt"),
        ('õ', "pt"),
    ];
    let marks = MARKS.iter().find(|(mark, _)| text.contains(*mark));
    marks.map(|(_, code)| *code)
}

/// The language with the most function words, unless two are level.
fn by_function_words(text: &str) -> Option<&'static str> {
    let words: Vec<String> = text.unicode_words().map(str::to_lowercase).collect();
    let mut votes: Vec<(usize, &'static str)> = FUNCTION_WORDS
        .iter()
        .map(|(code, list)| {
            (
                words
                    .iter()
                    .filter(|word| list.contains(&word.as_str()))
                    .count(),
                *code,
            )
        })
        .collect();
    votes.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    (votes[0].0 > votes[1].0).then_some(votes[0].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_apart_by_their_function_words() {
        for (question, language) in [
            ("What vegan dishes do you have?", "en"),
            ("Do schools get a discount?", "en"),
            ("Wann haben Sie geöffnet?", "de"),
            ("¿Cuánto cuesta el falafel?", "es"),
            ("Quels plats végétariens avez-vous ?", "fr"),
            ("ما هي ساعات العمل؟", "ar"),
            ("هل لديكم WiFi مجاني؟", "ar"),
            ("Где вы находитесь?", "ru"),
            ("営業時間は何時ですか", "ja"),
        ] {
            assert_eq!(detect(question), Some(language), "{question}");
        }
    }

    #[test]
    fn no_evidence_is_no_guess() {
        for text in ["", "12:30 – 15", "Falafel", "Menu Pizza Margherita"] {
            assert_eq!(detect(text), None, "{text}");
        }
    }

    #[test]
    fn a_short_passage_takes_its_documents_language_unless_its_script_says_otherwise() {
        assert_eq!(of_passage("Pizza Margherita | 12 EUR", "de"), "de");
        assert_eq!(of_passage("طبق الفلافل", "en"), "ar");
        let dishes = "Tabbouleh – parsley, bulgur, tomato, mint | vegan | 20 SAR\nFattoush – garden salad, sumac, toasted \
                      bread | vegan | 20 SAR\nHalloumi salad – grilled halloumi, rocket, fig | vegetarian, gluten-free";
        assert_eq!(of_passage(dishes, "en"), "en");
    }
}
