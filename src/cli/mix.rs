//! What a load consists of: `ask=80,search=15,upload=5`.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A question over the API.
    Ask,
    /// A search over the API.
    Search,
    /// A document taken in. What is measured is until it is accepted, not until it is ready.
    Upload,
    /// A signed WhatsApp message. What is measured is until it is stored, not until it is answered.
    Webhook,
    /// A customer's message until its answer was accepted by the provider, which the generator itself plays.
    Message,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Ask,
        Self::Search,
        Self::Upload,
        Self::Webhook,
        Self::Message,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Search => "search",
            Self::Upload => "upload",
            Self::Webhook => "webhook",
            Self::Message => "message",
        }
    }
}

/// Shares of the kinds. At least one is more than zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mix([u32; Kind::ALL.len()]);

impl Mix {
    /// The kind at a place among the shares; `chance` is 0 to less than 1.
    pub(crate) fn pick(&self, chance: f64) -> Kind {
        let mut place = chance * f64::from(self.0.iter().sum::<u32>());
        let mut last = Kind::Ask;
        for (kind, share) in self.wanted() {
            last = kind;
            place -= f64::from(share);
            if place < 0.0 {
                break;
            }
        }
        last
    }

    /// Whether there are any of a kind.
    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.wanted().any(|(wanted, _)| wanted == kind)
    }

    /// The kinds there are any of, with their shares.
    fn wanted(&self) -> impl Iterator<Item = (Kind, u32)> {
        let all = Kind::ALL.into_iter().zip(self.0);
        all.filter(|(_, share)| *share > 0)
    }
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut shares = [None; Kind::ALL.len()];
        for part in text.split(',').map(str::trim) {
            let (name, share) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is not KIND=SHARE"))?;
            let place = Kind::ALL
                .iter()
                .position(|kind| kind.as_str() == name)
                .ok_or_else(|| format!("`{name}` is none of {}", names()))?;
            let share: u16 = share
                .parse()
                .map_err(|_| format!("`{share}` is not a share from 0 to {}", u16::MAX))?;
            if shares[place].replace(u32::from(share)).is_some() {
                return Err(format!("{name} is given twice"));
            }
        }
        let shares = shares.map(Option::unwrap_or_default);
        if shares.iter().all(|share| *share == 0) {
            return Err("nothing is left to send".to_owned());
        }
        Ok(Self(shares))
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (kind, share)) in self.wanted().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(f, "{comma}{}={share}", kind.as_str())?;
        }
        Ok(())
    }
}

fn names() -> String {
    Kind::ALL.map(Kind::as_str).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_honoured() {
        let mix: Mix = "ask=80,search=15,upload=5,webhook=0"
            .parse()
            .expect("a mix");
        let of = |wanted| {
            let picked = (0..1_000).map(|n| mix.pick(f64::from(n) / 1_000.0));
            picked.filter(|kind| *kind == wanted).count()
        };
        assert_eq!(Kind::ALL.map(of), [800, 150, 50, 0, 0]);
        assert!(mix.has(Kind::Upload) && !mix.has(Kind::Webhook));
        assert_eq!(mix.to_string(), "ask=80,search=15,upload=5");
    }

    #[test]
    fn a_mistake_is_named() {
        for (text, named) in [
            ("", "`` is not KIND=SHARE"),
            ("ask", "`ask` is not KIND=SHARE"),
            ("ask=1,,search=1", "`` is not KIND=SHARE"),
            (
                "asks=1",
                "`asks` is none of ask, search, upload, webhook, message",
            ),
            ("ask=-1", "`-1` is not a share from 0 to 65535"),
            ("ask=1.5", "`1.5` is not a share from 0 to 65535"),
            ("ask=1,ask=2", "ask is given twice"),
            ("ask=0,search=0", "nothing is left to send"),
        ] {
            assert_eq!(text.parse::<Mix>(), Err(named.to_owned()), "{text}");
        }
    }
}
