//! Words, phrases and emoji with their valences, as their files have them.

use crate::word_list;

/// The entries of `file` with their valences, by which its lists are named.
pub(super) fn entries(file: &'static str) -> impl Iterator<Item = (&'static str, f32)> {
    word_list::entries(file).filter_map(|(valence, entry)| Some((entry, valence.parse().ok()?)))
}
