//! What Meta's error codes mean, in answers and in status webhooks alike.
//!
//! From <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes> and the error references of the
//! Messenger and Instagram platforms. A code that isn't listed is ours to fix, unless Meta calls it transient.

use std::time::Duration;

use serde_json::Value;

use crate::{
    call::Answer,
    inbound::{ProviderError, Remedy},
    json::{is_true, list, number, text},
    outbound::SendError,
};

/// What a code, perhaps narrowed by its subcode, calls for.
pub(crate) const fn remedy(code: i64, subcode: i64) -> Remedy {
    match (code, subcode) {
        // Outside the 24-hour window: WhatsApp (131047, formerly 470), Messenger, Instagram.
        (131_047 | 470, _) | (10, 2_018_278 | 2_534_022) | (_, 2_018_065) => Remedy::Template,
        // The person can't be reached, has blocked us, or has had enough: undeliverable (131026), unhealthy engagement
        // (131049), stopped marketing (131050), an experiment (130472), ourselves (131021), not a test number
        // (131030), no BSUID for this kind of message (131062), a group that isn't ours (131215); on Messenger and
        // Instagram unavailable (551) or unknown.
        (
            131_026 | 131_049 | 131_050 | 130_472 | 131_021 | 131_030 | 131_062 | 131_215 | 551,
            _,
        )
        | (100, 2_018_001 | 2_534_014)
        | (200, 1_545_041) => Remedy::Stop,
        // Rates: of the app (4, 17, 32, 613), of the account (80007), of the number (130429), too much spam
        // (131048), to the same person (131056), of sign-ups (133016).
        (4 | 17 | 32 | 613 | 80_007 | 130_429 | 131_048 | 131_056 | 133_016, _) => Remedy::Wait,
        // The token (190, 102, 0), permissions (3, 10, 200–299, 131005), an object that the token can't see (100/33),
        // the number or the account itself (131031, 131045, 133010, 368).
        (0 | 3 | 10 | 102 | 190 | 200..=299 | 368 | 131_005 | 131_031 | 131_045 | 133_010, _)
        | (100, 33) => Remedy::Reconnect,
        // Meta had a moment.
        (1 | 2 | 1_200 | 131_000 | 131_016 | 131_057 | 133_004 | 133_005, _) => Remedy::Retry,
        _ => Remedy::Fix,
    }
}

/// How long to wait when `Retry-After` doesn't say. The pair rate is one message in six seconds.
const fn patience(code: i64) -> Duration {
    Duration::from_secs(match code {
        131_056 => 6,
        130_429 => 5,
        131_048 => 3_600,
        _ => 60,
    })
}

/// An answer with an `error` in it.
pub(crate) fn meaning(answer: &Answer) -> SendError {
    let error = &answer.body["error"];
    let (code, remedy) = coded(error);
    let patience = patience(number(error, "/code").unwrap_or_default());
    let detail = format!("Meta: {} ({code})", words(error));
    match remedy {
        Remedy::Wait => answer.wait(detail, patience),
        Remedy::Template => SendError::NeedsTemplate { detail },
        Remedy::Stop => SendError::Stop { code, detail },
        Remedy::Reconnect => SendError::Reconnect { detail },
        Remedy::Retry => SendError::Transient { detail },
        Remedy::Fix if is_true(error, "/is_transient") => SendError::Transient { detail },
        Remedy::Fix if answer.status.as_u16() == 429 => answer.wait(detail, patience),
        Remedy::Fix if answer.status.is_server_error() => answer.refusal("Meta"),
        Remedy::Fix => SendError::Invalid { detail },
    }
}

/// The first error of a failed status.
pub(crate) fn of_status(status: &Value) -> Option<ProviderError> {
    let error = list(status, "/errors").first()?;
    let (code, remedy) = coded(error);
    Some(ProviderError {
        code,
        detail: words(error).to_owned(),
        remedy,
    })
}

/// An error's code and what it calls for. One without a code says nothing of the token, as code 0 would.
fn coded(error: &Value) -> (String, Remedy) {
    let subcode = number(error, "/error_subcode").unwrap_or_default();
    match number(error, "/code") {
        Some(code) => (code.to_string(), remedy(code, subcode)),
        None => ("unknown".to_owned(), Remedy::Fix),
    }
}

fn words(error: &Value) -> &str {
    text(error, "/error_data/details")
        .or_else(|| text(error, "/error_user_msg"))
        .or_else(|| text(error, "/message"))
        .or_else(|| text(error, "/title"))
        .unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_the_contract_mean_what_it_says() {
        let cases = [
            (130_429, Remedy::Wait),
            (131_056, Remedy::Wait),
            (131_047, Remedy::Template),
            (131_049, Remedy::Stop),
            (131_026, Remedy::Stop),
            (190, Remedy::Reconnect),
            (131_000, Remedy::Retry),
            (132_001, Remedy::Fix),
        ];
        for (code, expected) in cases {
            assert_eq!(remedy(code, 0), expected, "{code}");
        }
        assert_eq!(remedy(10, 2_018_278), Remedy::Template);
        assert_eq!(remedy(100, 33), Remedy::Reconnect);
        assert_eq!(remedy(100, 0), Remedy::Fix);
    }
}
