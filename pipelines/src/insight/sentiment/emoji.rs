//! Emoji, which mean the same in every language.

use std::{collections::HashMap, sync::LazyLock};

use super::lexicon;

/// The same emoji counts this often; a row of twenty hearts is not ten times as warm as two.
const REPEATS: u8 = 3;

static VALENCES: LazyLock<HashMap<char, f32>> = LazyLock::new(|| {
    lexicon::entries(include_str!("emoji.txt"))
        .filter_map(|(emoji, valence)| Some((emoji.chars().next()?, valence)))
        .collect()
});

/// The text without the emoji we know, others set apart by spaces, and the valence of those we know.
pub(super) fn take(text: &str) -> (String, f32) {
    let mut words = String::with_capacity(text.len());
    let mut seen: HashMap<char, u8> = HashMap::new();
    let mut sum = 0.0;
    for c in text.chars().filter(|c| !is_modifier(*c)) {
        if let Some(valence) = VALENCES.get(&c) {
            let count = seen.entry(c).or_default();
            *count = count.saturating_add(1);
            if *count <= REPEATS {
                sum += valence / f32::from(*count);
            }
            words.push(' ');
        } else if is_pictograph(c) {
            words.extend([' ', c, ' ']);
        } else {
            words.push(c);
        }
    }
    (words, sum)
}

/// Variation selectors, skin tones and what joins emoji.
const fn is_modifier(c: char) -> bool {
    matches!(
        c,
        '\u{fe0e}' | '\u{fe0f}' | '\u{200d}' | '\u{1f3fb}'..='\u{1f3ff}'
    )
}

const fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}
