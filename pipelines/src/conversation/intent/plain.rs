//! A message in the form that the rules are written for.

use crate::knowledge::analyse;

/// The words of a message: lower-case, Arabic spellings folded, without accents, apostrophes and punctuation.
pub(super) struct Plain {
    /// In order, those said twice in a row once.
    pub(super) words: Vec<String>,
    /// All of them, each between spaces, so that " stop " is the whole word.
    pub(super) padded: String,
}

impl Plain {
    pub(super) fn new(text: &str) -> Self {
        let text = text.replace(['\'', '’', 'ʼ', '`'], "");
        let mut words: Vec<String> = analyse::words(&text)
            .map(|word| analyse::strip_accents(&word))
            .collect();
        words.dedup();
        let padded = format!(" {} ", words.join(" "));
        Self { words, padded }
    }

    /// Whether it holds one of these words or phrases.
    pub(super) fn has(&self, phrases: &[&str]) -> bool {
        phrases
            .iter()
            .any(|phrase| self.padded.contains(&format!(" {phrase} ")))
    }

    /// Whether it begins with one of these words or phrases.
    pub(super) fn begins_with(&self, phrases: &[&str]) -> bool {
        phrases
            .iter()
            .any(|phrase| self.padded.starts_with(&format!(" {phrase} ")))
    }

    /// Whether it is one of these, with nothing but a "please" around it.
    pub(super) fn is(&self, phrases: &[&str]) -> bool {
        const PLEASE: &[&str] = &[
            " please ",
            " pls ",
            " plz ",
            " now ",
            " من فضلك ",
            " من فضلكم ",
            " لو سمحت ",
            " لو سمحتم ",
            " رجاء ",
            " ارجوك ",
            " bitte ",
            " por favor ",
            " svp ",
            " sil vous plait ",
            " s il vous plait ",
        ];
        let bare = PLEASE
            .iter()
            .fold(self.padded.clone(), |text, word| text.replace(word, " "));
        phrases.contains(&bare.trim())
    }
}
