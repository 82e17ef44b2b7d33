//! What shows whose document a text is from.

/// Begins every marker, and no word of any language.
const PREFIX: &str = "WQX";
const DIGITS: usize = 4;

/// The marker of a tenant.
pub(super) fn of(number: u16) -> String {
    format!("{PREFIX}{number:0DIGITS$}")
}

/// A marker in `text` that is not `own`, if there is one.
pub(in super::super) fn foreign<'a>(text: &'a str, own: &str) -> Option<&'a str> {
    text.match_indices(PREFIX)
        .filter_map(|(at, _)| text.get(at..at + PREFIX.len() + DIGITS))
        .find(|marker| {
            let digits = marker.trim_start_matches(PREFIX);
            *marker != own && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_others_are_foreign() {
        let own = of(7);
        assert_eq!(own, "WQX0007");
        for text in [
            "",
            "WQX0007",
            "\"WQX0007\" (WQX0007)",
            "WQX",
            "WQX00",
            "WQX·–",
        ] {
            assert_eq!(foreign(text, &own), None, "{text}");
        }
        assert_eq!(foreign("WQX0007 and WQX0012.", &own), Some("WQX0012"));
        assert_eq!(foreign("wqWQX9999", &own), Some("WQX9999"));
    }
}
