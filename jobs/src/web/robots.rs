//! What a host's `robots.txt` allows (RFC 9309): without one everything, and nothing while it can't be had.

use std::time::Duration;

use reqwest::Url;
use texting_robots::Robot;

use super::{Answer, Known, Web};

/// The name by which rules are meant for us.
const AGENT: &str = "wafaa";
/// As much of it as is read, in bytes; the standard asks for this.
const LIMIT: u64 = 500 * 1024;
/// Redirections followed, as the standard asks.
const HOPS: usize = 5;
/// The longest pause a host is given.
const LONGEST_DELAY: f32 = 60.0;

/// What a host allows.
#[derive(Debug)]
pub(crate) enum Rules {
    Everything,
    Listed(Box<Robot>),
}

impl Rules {
    fn read(text: &[u8]) -> Self {
        // Whatever can't be read rules nothing out.
        Robot::new(AGENT, text).map_or(Self::Everything, |robot| Self::Listed(Box::new(robot)))
    }

    /// Whether an address may be fetched.
    pub(crate) fn allow(&self, url: &Url) -> bool {
        match self {
            Self::Everything => true,
            Self::Listed(robot) => robot.allowed(url.as_str()),
        }
    }

    /// The pause it asks for.
    pub(crate) fn delay(&self) -> Duration {
        match self {
            Self::Everything => Duration::ZERO,
            Self::Listed(robot) => {
                let asked = robot.delay.filter(|delay| delay.is_finite()).unwrap_or(0.0);
                Duration::from_secs_f32(asked.clamp(0.0, LONGEST_DELAY))
            }
        }
    }

    /// Where it says that sitemaps are.
    pub(crate) fn sitemaps(&self) -> &[String] {
        match self {
            Self::Everything => &[],
            Self::Listed(robot) => &robot.sitemaps,
        }
    }
}

/// What asking for rules came to.
pub(super) enum Fetched {
    Rules(Rules),
    /// They can't be had at the moment, for this reason.
    Later(String),
}

/// Asks a host for its rules. The caller has its turn.
pub(super) async fn fetch(web: &Web, of: &Url) -> Fetched {
    let Ok(mut url) = of.join("/robots.txt") else {
        return Fetched::Rules(Rules::Everything);
    };
    for _ in 0..=HOPS {
        match web.get(url.as_str(), &Known::default(), LIMIT).await {
            Answer::Content(content) => return Fetched::Rules(Rules::read(&content.bytes)),
            Answer::Moved { to: Some(to), .. } => url = to,
            Answer::Later { why, .. } => return Fetched::Later(why),
            // Longer ones are not read by anybody, so they can't be meant.
            Answer::TooLarge
            | Answer::Unchanged
            | Answer::Gone(_)
            | Answer::Refused(_)
            | Answer::Moved { to: None, .. }
            | Answer::Forbidden(_) => return Fetched::Rules(Rules::Everything),
        }
    }
    Fetched::Rules(Rules::Everything)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        Url::parse("https://a.example").unwrap().join(path).unwrap()
    }

    #[test]
    fn rules_for_us_win_over_those_for_all() {
        let rules = Rules::read(
            b"User-agent: *\nDisallow: /\nSitemap: https://a.example/map.xml\n\
              User-agent: Wafaa\nDisallow: /cart\nAllow: /cart/help$\nCrawl-delay: 2.5\n",
        );
        assert!(rules.allow(&url("/menu")));
        assert!(!rules.allow(&url("/cart/1")));
        assert!(rules.allow(&url("/cart/help")));
        assert_eq!(rules.delay(), Duration::from_millis(2_500));
        assert_eq!(rules.sitemaps(), ["https://a.example/map.xml"]);
    }

    #[test]
    fn rubbish_rules_nothing_out() {
        let rules = Rules::read(b"\xff\xfe<html>\0Crawl-delay: 1e99\nUser-agent");
        assert!(rules.allow(&url("/menu")));
        assert!(rules.delay() <= Duration::from_secs(60));
        let all = Rules::read(b"User-agent: *\nDisallow: /\n");
        assert!(!all.allow(&url("/")));
    }
}
