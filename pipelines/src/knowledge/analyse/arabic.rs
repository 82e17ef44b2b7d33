//! Arabic spellings folded together: vowel marks, tatweel, the forms of alef, ya and ta marbuta, digits.
//!
//! Customers write "فى القائمه" for "في القائمة"; both must meet. Persian and Urdu letters that differ in
//! code point only are folded too. Only for search: what is shown is never folded.

/// `word` with every spelling variant in its plain form; other scripts pass unchanged.
pub(super) fn fold(word: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;

    if word.is_ascii() {
        return word.to_owned();
    }
    word.nfkc().filter(|c| !is_mark(*c)).map(plain).collect()
}

/// Vowel marks, Koranic annotation and the tatweel that only stretches a word.
const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
        | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
}

fn plain(letter: char) -> char {
    match letter {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ة' => 'ه',
        'ک' => 'ك',
        '٠'..='٩' => ascii_digit(letter, '٠'),
        '۰'..='۹' => ascii_digit(letter, '۰'),
        '٫' => '.',
        '٬' => ',',
        _ => letter,
    }
}

fn ascii_digit(digit: char, zero: char) -> char {
    char::from_digit(u32::from(digit) - u32::from(zero), 10).unwrap_or(digit)
}
