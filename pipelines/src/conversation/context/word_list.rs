//! What words do in a question, from `words.txt`.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use crate::word_list;

type Lists = HashMap<&'static str, HashSet<&'static str>>;

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut lists = Lists::new();
    for (name, word) in word_list::entries(include_str!("words.txt")) {
        lists.entry(name).or_default().insert(word);
    }
    lists
});

/// The leads, in the order of the file.
pub(super) static LEADS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    word_list::entries(include_str!("words.txt"))
        .filter(|(name, _)| *name == "leads")
        .map(|(_, lead)| lead)
        .collect()
});

/// Whether the list called `name` has `word`.
pub(super) fn is(name: &'static str, word: &str) -> bool {
    LISTS.get(name).is_some_and(|list| list.contains(word))
}

/// Whether `word`, normalised, is what dishes have in them.
pub(crate) fn is_ingredient(word: &str) -> bool {
    is("ingredients", word.strip_prefix("ال").unwrap_or(word))
}

/// Whether `word` begins with an entry of the list called `name`.
pub(super) fn begins(name: &'static str, word: &str) -> bool {
    let list = LISTS.get(name);
    list.is_some_and(|list| list.iter().any(|beginning| word.starts_with(beginning)))
}
