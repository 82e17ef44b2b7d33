//! What was said last, as far as a model is told of it.

use super::Turn;

/// Bytes of UTF-8 that a token stands for: about four in English and in Arabic, whose letters have two bytes. One less,
/// so that the estimate is rather too high than too low; which tokens a provider's model counts isn't known here.
const BYTES: usize = 3;
/// What a turn takes besides its words.
const EACH: usize = 4;

/// The newest of `turns`, oldest first, that together have at most `budget` tokens. None is cut, and none is left out
/// between two.
pub(crate) fn recent(turns: &[Turn], budget: usize) -> &[Turn] {
    let mut left = budget;
    let fitting = turns.iter().rev().take_while(|turn| {
        let rest = left.checked_sub(turn.text.len().div_ceil(BYTES) + EACH);
        left = rest.unwrap_or(0);
        rest.is_some()
    });
    &turns[turns.len() - fitting.count()..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::context::Author;

    #[test]
    fn the_newest_turns_are_told_as_far_as_the_budget_goes() {
        let turn = |bytes: usize| Turn {
            author: Author::Customer,
            text: "x".repeat(bytes),
            cited: Vec::new(),
        };
        // 14, 104, 14 and 24 tokens.
        let turns = [turn(30), turn(300), turn(30), turn(60)];
        let told = |budget| recent(&turns, budget).len();
        assert_eq!(told(23), 0);
        assert_eq!(told(24), 1);
        assert_eq!(told(38), 2);
        assert_eq!(told(141), 2, "what is older than one too long is not told");
        assert_eq!((told(142), told(156)), (3, 4));
        assert!(recent(&[], 100).is_empty());
        let arabic = Turn {
            text: "مرحبا".into(),
            ..turn(0)
        };
        assert_eq!(recent(&[arabic], 8).len(), 1);
    }
}
