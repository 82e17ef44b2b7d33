//! Words by which a question shows what kind of answer it wants, in the languages we have lists for.

/// Questions that may want several things rather than one.
pub(super) fn asks_for_a_list(question: &str) -> bool {
    const CUES: &[&str] = &["what ", "qué ", "ما ", "was für"];
    wants_everything(question) || has_cue(question, CUES)
}

/// Questions that want all there is of a kind.
pub(super) fn wants_everything(question: &str) -> bool {
    const CUES: &[&str] = &[
        "which ",
        "what are ",
        "list ",
        "show ",
        "all ",
        "any ",
        "do you have",
        "do you offer",
        "do you sell",
        "do you serve",
        "are there",
        "options",
        "welche",
        "liste",
        "gibt es",
        "habt ihr",
        "haben sie",
        "alle ",
        "cuáles",
        "tienen",
        "hay ",
        "lista",
        "quels",
        "quelles",
        "avez-vous",
        "y a-t-il",
        "ما هي",
        "ماهي",
        "ما ال",
        "أي ",
        "اي ",
        "هل لديكم",
        "هل عندكم",
        "هل يوجد",
        "هل توجد",
        "اعرض",
        "قائمة",
        "كل ",
        "جميع",
        "أنواع",
        "وش ",
        "ايش",
    ];
    has_cue(question, CUES)
}

fn has_cue(question: &str, cues: &[&str]) -> bool {
    let question = format!(" {} ", question.to_lowercase());
    cues.iter().any(|cue| question.contains(&format!(" {cue}")))
}
