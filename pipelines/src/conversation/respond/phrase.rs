//! The few words of our own, in the languages that the built-in responder speaks; English for the rest.

/// That the bot doesn't know.
pub(super) fn no_information(language: &str) -> &'static str {
    match language {
        "ar" => "ليست لديّ هذه المعلومة.",
        "de" => "Diese Information habe ich nicht.",
        "es" => "No tengo esa información.",
        "fr" => "Je n'ai pas cette information.",
        _ => "I don't have that information.",
    }
}

/// Before a list.
pub(super) fn found(language: &str) -> &'static str {
    match language {
        "ar" => "إليك ما وجدته:",
        "de" => "Das habe ich gefunden:",
        "es" => "Esto es lo que encontré:",
        "fr" => "Voici ce que j'ai trouvé :",
        _ => "Here is what I found:",
    }
}

/// Between the details of a row.
pub(super) fn comma(language: &str) -> &'static str {
    if language == "ar" { "، " } else { ", " }
}
