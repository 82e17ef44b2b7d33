//! Tokens of a text, remembered word by word.
//!
//! Tokenizing is most of the work of cutting, and most words come again, in the same document and in the next. What must
//! stay true: the sum over words is the count of the whole, which holds as no token reaches over white space; and of a
//! word nothing is remembered but how many tokens it has, since documents of different tenants follow each other.

use std::{
    cell::RefCell,
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

use foldhash::fast::RandomState;

use super::Tokenizer;

/// Distinct words remembered, so that files of random letters cost some megabytes at most.
const MOST: usize = 50_000;
/// Longer words are seldom words.
const LONGEST: usize = 48;
/// Memories kept for the next documents: about as many as are cut at once.
const KEPT: usize = 4;

/// Words are short, and of no use to an attacker: a quick hash does.
type Words = HashMap<Box<str>, usize, RandomState>;

/// What counters that are done remember. Every tokenizer has the one vocabulary that it is checked for.
static MEMORIES: Mutex<Vec<Words>> = Mutex::new(Vec::new());

/// Counts the tokens of pieces of one document.
pub(super) struct Counter<'a> {
    tokenizer: &'a Tokenizer,
    words: RefCell<Words>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(tokenizer: &'a Tokenizer) -> Self {
        let mut memories = MEMORIES.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            tokenizer,
            words: RefCell::new(memories.pop().unwrap_or_default()),
        }
    }

    pub(super) fn count(&self, text: &str) -> usize {
        if text.is_ascii() {
            return text
                .split_ascii_whitespace()
                .map(|word| self.word(word))
                .sum();
        }
        text.split_whitespace().map(|word| self.word(word)).sum()
    }

    fn word(&self, word: &str) -> usize {
        if let Some(tokens) = self.words.borrow().get(word) {
            return *tokens;
        }
        let tokens = self.tokenizer.count(word);
        if word.len() <= LONGEST {
            let mut words = self.words.borrow_mut();
            // The frequent ones will soon be back.
            if words.len() >= MOST {
                words.clear();
            }
            words.insert(word.into(), tokens);
        }
        tokens
    }
}

impl Drop for Counter<'_> {
    fn drop(&mut self) {
        let words = mem::take(self.words.get_mut());
        let mut memories = MEMORIES.lock().unwrap_or_else(PoisonError::into_inner);
        if memories.len() < KEPT {
            memories.push(words);
        }
    }
}
