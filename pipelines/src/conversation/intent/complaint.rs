//! Something went wrong: said outright, or meant by the words chosen.

use std::sync::LazyLock;

use regex::RegexSet;

use super::{Intent, plain::Plain};
use crate::insight::sentiment::sentiment;

/// A score from which on a message complains; a question must be clearer, "I lost my card, what now?" asks for help.
const COMPLAINS: f32 = -0.35;
const COMPLAINS_AND_ASKS: f32 = -0.45;

/// Questions that ask in general.
const GENERAL: &[&str] = &[
    "do you",
    "does",
    "what if",
    "what happens",
    "how do i",
    "how can i",
    "how do you",
    "is it",
    "is there",
    "are there",
    "can i",
    "could i",
    "what is your",
    "whats your",
    "what are",
    "هل",
    "ماذا لو",
    "ماذا يحدث",
    "ايش يصير",
    "شو بصير",
    "كيف",
];

static SAID: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        " (?:want|like|need|have|make|file|submit|register|lodge|going) (?:to )?(?:make |file |submit |register |lodge )?(?:a |an )?(?:formal )?compla(?:int|in) ",
        " (?:i am|im|i) complain(?:ing)? ",
        " thanks for nothing ",
        " (?:its|it has|has) been (?:over |more than |almost |about )?(?:an|a|one|two|three|four|five|\\d+) (?:hours?|days?|weeks?) ",
        " (?:wheres|where is) my (?:order|food|delivery|package|parcel|refund|money) (?:\\S+ ){0,6}(?:still|late|hours?|days?|waiting|yet) ",
        " (?:i )?(?:want|demand|need|give me) (?:my money back|a refund|my refund) ",
        " (?:عندي|لدي|اقدم|تقديم|ارفع|رفع|اسجل|اريد تقديم|ابغي اقدم|ابي اقدم|بدي قدم) (?:شكوي|شكوه) ",
        " (?:اشتكي|بشتكي|اتشكي) ",
        " (?:mochte|will) (?:mich )?(?:eine beschwerde|beschweren) ",
        " (?:quiero|deseo) (?:hacer |poner |presentar )?una (?:queja|reclamacion) ",
        " (?:faire|deposer) une (?:reclamation|plainte) ",
    ])
    .expect("the patterns above are well-formed")
});

pub(super) fn read(text: &str, plain: &Plain) -> Option<(Intent, f32)> {
    let asks = text.contains(['?', '؟']);
    if plain.begins_with(GENERAL) {
        return None;
    }
    if SAID.is_match(&plain.padded) {
        return Some((Intent::Complaint, 0.9));
    }
    let score = sentiment(text, None).score;
    let bound = if asks { COMPLAINS_AND_ASKS } else { COMPLAINS };
    (score <= bound).then(|| (Intent::Complaint, score.abs().clamp(0.5, 0.9)))
}
