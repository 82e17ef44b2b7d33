//! Words that stand for what was talked of: "it", "the vegan one", "that dish", "سعره".

use super::{
    token::{Kind, Sentence, Token, join},
    word_list::{is, is_ingredient},
};

/// Nouns that Arabic hangs "its" onto, as they stand before it.
const POSSESSED: &[&str] = &[
    "سعر",
    "ثمن",
    "تكلفت",
    "حجم",
    "لون",
    "مساحت",
    "مقاس",
    "مكونات",
    "محتويات",
    "ايجار",
    "مدت",
    "ضمان",
    "طعم",
    "وزن",
    "موقع",
    "عنوان",
    "مؤلف",
    "شروط",
    "مواصفات",
    "تفاصيل",
    "صور",
    "رسوم",
    "قيمت",
    "مواعيد",
    "نوع",
    "اسم",
    "عدد",
    "مقاسات",
    "الوان",
];

/// Verbs that Arabic hangs "it" onto.
const DONE_TO: &[&str] = &[
    "اطلب",
    "احجز",
    "اشتري",
    "ارجع",
    "استبدل",
    "توصلون",
    "تبيعون",
    "الغي",
    "اجرب",
    "اشوف",
    "اخذ",
    "ادفع",
    "استلم",
    "ترسلون",
];

/// After which "that" points at something.
const BEFORE_THAT: &[&str] = &[
    "is", "was", "does", "did", "do", "will", "can", "about", "for", "with", "of", "like", "on",
    "in", "at", "to", "than", "and", "how", "much", "get", "order", "buy", "try", "take",
];

/// `asked` with the words named that stand for `subject`, or that choose among `kind`; `None` if there are none.
pub(super) fn resolve(
    asked: &Sentence<'_>,
    has_lead: bool,
    subject: &str,
    kind: &str,
) -> Option<String> {
    if subject.is_empty() || asked.tokens.is_empty() {
        return None;
    }
    // "What about the vegan one" is a fragment of the question before.
    let is_whole = !has_lead || asked.tokens[0].kind == Kind::Function;
    let at = (0..asked.tokens.len()).find(|at| stands_for_something(asked, *at))?;
    let is_choice = asked.tokens[at].plain == "which" && !kind.is_empty();
    is_whole.then(|| replace(asked, at, if is_choice { kind } else { subject }))
}

/// The words of `fragment` with its "one" named, if it has one: "the vegan one".
pub(super) fn name_one(fragment: &Sentence<'_>, subject: &str) -> Option<String> {
    let is_one = |token: &Token<'_>| matches!(token.plain.as_str(), "one" | "ones");
    let at = fragment.tokens.iter().position(is_one)?;
    // "One falafel" and "two for one person" count.
    let counts = at == 0
        || fragment
            .tokens
            .get(at + 1)
            .is_some_and(|next| next.kind == Kind::Content);
    (!counts).then(|| splice(fragment, at, 1, subject))
}

fn stands_for_something(asked: &Sentence<'_>, at: usize) -> bool {
    let tokens = &asked.tokens;
    let before = at
        .checked_sub(1)
        .map_or("", |before| tokens[before].plain.as_str());
    let next = tokens.get(at + 1);
    let next_is = |words: &[&str]| next.is_some_and(|next| words.contains(&next.plain.as_str()));
    let ends = next.is_none_or(|next| !matches!(next.kind, Kind::Content | Kind::Time));
    match tokens[at].plain.as_str() {
        "it" | "its" => !is_expletive(asked, at) && !has_antecedent(asked, at),
        "they" | "them" | "their" | "theirs" => !has_things(&tokens[..at]),
        "that" | "this" | "those" | "these" => {
            let points = at == 0 || BEFORE_THAT.contains(&before);
            let is_time = next.is_some_and(|next| next.kind == Kind::Time);
            points
                && !is_time
                && !has_antecedent(asked, at)
                && !next_is(&["you", "we", "i", "they", "are", "ok", "all"])
        }
        "one" | "ones" => {
            let is_chosen = matches!(
                before,
                "which" | "this" | "that" | "another" | "other" | "the"
            ) || at > 1
                && matches!(tokens[at - 1].kind, Kind::Attribute | Kind::Content)
                && has_determiner(&tokens[..at]);
            is_chosen
                && ends
                && !next_is(&["of", "person", "night", "day"])
                && !has_antecedent(asked, at)
        }
        "which" => {
            at == 0
                && next_is(&[
                    "is", "are", "do", "does", "has", "have", "can", "would", "of",
                ])
        }
        "there" => {
            !matches!(
                before,
                "is" | "are" | "was" | "be" | "hi" | "hello" | "hey" | "will" | "if" | ""
            ) && !next_is(&["is", "are", "a", "an", "any", "be"])
                && !has_things(&tokens[..at])
        }
        "هو" | "هي" | "هم" => {
            !matches!(
                before,
                "ما" | "من" | "شو" | "ايش" | "وش" | "كم" | "مين" | "اين" | "وين"
            ) && at < 2
                && next.is_none_or(|next| !next.plain.starts_with("ال"))
        }
        "هذا" | "هذه" | "هذي" | "هاي" | "هاد" | "هيدا" | "هيدي" | "ذلك" | "تلك" | "ذا" | "دا"
        | "دي" => {
            next.is_none_or(|next| {
                is("generic", &next.plain) || matches!(next.kind, Kind::Attribute | Kind::Function)
            }) && !has_things(&tokens[..at])
        }
        "منه" | "منها" | "عليه" | "عليها" | "معه" | "معها" | "له" | "لها" | "به" | "بها" => {
            !has_things(&tokens[..at])
        }
        // Before anything else it says "there is".
        "فيه" | "فيها" => {
            next.is_some_and(|next| is_ingredient(&next.plain)) && !has_things(&tokens[..at])
        }
        word => suffixed(word).is_some() && !next_is(&["حراريه"]),
    }
}

/// "Is it possible to book a table?" speaks of no "it"; "how long does it take?" does.
fn is_expletive(asked: &Sentence<'_>, at: usize) -> bool {
    const AFTER: &[&str] = &[
        "possible",
        "ok",
        "okay",
        "allowed",
        "true",
        "safe",
        "necessary",
        "required",
        "legal",
        "mandatory",
        "take",
        "far",
        "too",
        "hard",
        "easy",
        "better",
        "be",
        "raining",
    ];
    let follows = asked
        .tokens
        .get(at + 1)
        .is_some_and(|next| AFTER.contains(&next.plain.as_str()));
    let is_clock =
        asked.tokens.last().is_some_and(|last| last.plain == "it") && asked.has(&["time"]);
    (follows && has_things(&asked.tokens[at + 1..]))
        || (is_clock && !asked.has(&["open", "close", "start", "end"]))
}

/// Whether the thing is named in the same message: "I bought a lamp, can I return it?"
fn has_antecedent(asked: &Sentence<'_>, at: usize) -> bool {
    asked.tokens[..at].windows(2).any(|pair| {
        pair[0].kind == Kind::Determiner
            && pair[1].kind == Kind::Content
            && !is("generic", &pair[1].plain)
    })
}

fn has_determiner(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|token| {
        token.kind == Kind::Determiner
            || matches!(token.plain.as_str(), "which" | "this" | "that" | "another")
    })
}

fn has_things(tokens: &[Token<'_>]) -> bool {
    tokens
        .iter()
        .any(|token| token.kind == Kind::Content && !is("generic", &token.plain))
}

/// An Arabic word with "its" or "it" at its end, without it.
fn suffixed(word: &str) -> Option<&str> {
    let bare = word
        .strip_prefix('و')
        .filter(|bare| bare.chars().nth(3).is_some())
        .unwrap_or(word);
    ["ها", "هم", "ه"].iter().find_map(|suffix| {
        let stem = bare.strip_suffix(suffix)?;
        (POSSESSED.contains(&stem) || DONE_TO.contains(&stem)).then_some(stem)
    })
}

fn replace(asked: &Sentence<'_>, at: usize, subject: &str) -> String {
    let token = &asked.tokens[at];
    let next = asked.tokens.get(at + 1);
    match token.plain.as_str() {
        "its" | "their" | "theirs" => splice(asked, at, 1, &format!("{subject}'s")),
        "that" | "this" | "those" | "these" | "هذا" | "هذه" | "هذي" | "ذلك" | "تلك" =>
        {
            let names = next.is_some_and(|next| {
                is("generic", &next.plain) || Sentence::new(subject).has_like(&next.plain)
            });
            splice(asked, at, if names { 2 } else { 1 }, subject)
        }
        "which" => splice(asked, at + 1, 0, subject),
        "there" => {
            let has_preposition = subject.split(' ').any(|word| is("prepositions", word));
            let place = if has_preposition {
                subject.to_owned()
            } else {
                format!("to {subject}")
            };
            splice(asked, at, 1, &place)
        }
        "منه" | "منها" => splice(asked, at, 1, &format!("من {subject}")),
        "عليه" | "عليها" => splice(asked, at, 1, &format!("على {subject}")),
        "فيه" | "فيها" => splice(asked, at, 1, &format!("في {subject}")),
        "معه" | "معها" => splice(asked, at, 1, &format!("مع {subject}")),
        "له" | "لها" | "به" | "بها" => splice(asked, at, 1, subject),
        word => match suffixed(word) {
            Some(stem) => splice(asked, at, 1, &format!("{} {subject}", whole(stem))),
            None => splice(asked, at, 1, subject),
        },
    }
}

/// A feminine noun as it stands without "its".
fn whole(stem: &str) -> String {
    match stem {
        "تكلفت" | "مساحت" | "مدت" | "قيمت" => {
            format!("{}ة", stem.trim_end_matches('ت'))
        }
        _ => stem.to_owned(),
    }
}

/// The sentence with `count` tokens at `at` replaced.
fn splice(sentence: &Sentence<'_>, at: usize, count: usize, words: &str) -> String {
    let before = join(&sentence.tokens[..at]);
    let after = join(&sentence.tokens[at + count..]);
    let parts = [before.as_str(), words, after.as_str()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}
