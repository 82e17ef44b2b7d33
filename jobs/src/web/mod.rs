//! The web as crawls see it: pages fetched politely, from where they may be.
//!
//! What must stay true: a host is asked for one thing at a time by this process, and not again before its pause is
//! over; all processes together ask it no more often than that; every address is checked before it is called, those of redirections too; nothing is read without a limit.
//! Deliberately absent: what pages say (that is `pipelines`), and what becomes of them.

mod address;
mod fetch;
mod host;
mod robots;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::Url;
use wafaa_storage::limit::{Key, Limiter, Quota};

use crate::outbound::Outbound;

pub use address::{InvalidPattern, Site, page_url};
pub(crate) use address::{filename, is_worthless, joined, normal};
pub(crate) use fetch::{Answer, Content, Known};
use host::Hosts;
pub(crate) use host::Turn;
use robots::Fetched;
pub(crate) use robots::Rules;

/// How long a host's rules hold before they are asked for again.
const RULES_HOLD: Duration = Duration::from_secs(3_600);
/// Hosts whose rules are kept.
const RULES_KEPT: usize = 1_000;

/// How the web is crawled.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Between two requests to a host; its `robots.txt` may ask for more.
    pub delay: Duration,
    /// How long a page may take.
    pub patience: Duration,
    /// Before a page that could not be fetched is tried again; the second time three times as long.
    pub retry: Duration,
    /// The largest page or file, in bytes.
    pub max_bytes: u64,
    /// The most pages of a source, whatever it asks for.
    pub max_pages: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delay: Duration::from_secs(1),
            patience: Duration::from_secs(20),
            retry: Duration::from_secs(20),
            max_bytes: 20 << 20,
            max_pages: 1_000,
        }
    }
}

/// Fetches pages. Cloning is cheap; clones take turns with each other.
#[derive(Debug, Clone)]
pub struct Web {
    outbound: Outbound,
    settings: Settings,
    limiter: Limiter,
    hosts: Arc<Hosts>,
    rules: Arc<Mutex<HashMap<String, Kept>>>,
}

#[derive(Debug)]
struct Kept {
    rules: Arc<Rules>,
    until: Instant,
}

/// Why something can't be fetched now.
#[derive(Debug)]
pub(crate) enum NotNow {
    /// It is somebody else's turn, or the host's pause is not over.
    Wait(Duration),
    /// The host's rules can't be had, so nothing of it may be fetched.
    NoRules(String),
}

impl Web {
    /// `outbound` says which hosts may be reached; through `limiter` processes take turns with each other.
    #[must_use]
    pub fn new(outbound: Outbound, limiter: Limiter, settings: Settings) -> Self {
        Self {
            outbound,
            limiter,
            hosts: Arc::default(),
            rules: Arc::default(),
            settings,
        }
    }

    /// How the web is crawled.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Which hosts may be reached.
    #[must_use]
    pub const fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    /// Has the rules of a host asked for again, for a new crawl.
    pub(crate) fn forget_rules(&self, url: &Url) {
        self.kept_rules().remove(&host::of(url));
    }

    /// What a host allows.
    ///
    /// # Errors
    /// [`NotNow`].
    pub(crate) async fn rules(&self, url: &Url) -> Result<Arc<Rules>, NotNow> {
        let host = host::of(url);
        if let Some(kept) = self.kept_rules().get(&host)
            && kept.until > Instant::now()
        {
            return Ok(Arc::clone(&kept.rules));
        }
        let turn = self.turn(url, None).await?;
        let rules = match robots::fetch(self, url).await {
            Fetched::Rules(rules) => Arc::new(rules),
            Fetched::Later(why) => return Err(NotNow::NoRules(why)),
        };
        drop(turn);
        let mut kept = self.kept_rules();
        if kept.len() >= RULES_KEPT {
            kept.retain(|_, kept| kept.until > Instant::now());
        }
        if kept.len() < RULES_KEPT {
            let until = Instant::now() + RULES_HOLD;
            let rules = Arc::clone(&rules);
            kept.insert(host, Kept { rules, until });
        }
        Ok(rules)
    }

    /// The right to ask a host for one thing.
    ///
    /// # Errors
    /// [`NotNow::Wait`].
    pub(crate) async fn turn(&self, url: &Url, rules: Option<&Rules>) -> Result<Turn, NotNow> {
        let asked = rules.map_or(Duration::ZERO, Rules::delay);
        let pause = self.settings.delay.max(asked);
        let host = host::of(url);
        let turn = Hosts::take(&self.hosts, &host, pause).map_err(NotNow::Wait)?;
        // Other processes see what is counted, not who is at it.
        let quota = Quota::new(1, pause);
        let allowance = self.limiter.take_of(&Key::host(&host), quota, 1).await;
        if allowance.granted {
            return Ok(turn);
        }
        turn.give_up();
        Err(NotNow::Wait(allowance.retry_after))
    }

    fn kept_rules(&self) -> std::sync::MutexGuard<'_, HashMap<String, Kept>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn processes_on_one_limiter_take_turns_at_a_host() {
        let limiter = Limiter::local();
        let process = || {
            let outbound = Outbound::to_pages(false, Vec::new()).unwrap();
            let settings = Settings {
                delay: Duration::from_secs(3_600),
                ..Settings::default()
            };
            Web::new(outbound, limiter.clone(), settings)
        };
        let url = |host: &str| Url::parse(&format!("http://{host}/")).unwrap();
        let (one, other) = (process(), process());
        drop(one.turn(&url("a.example"), None).await.unwrap());
        for _ in 0..2 {
            let waited = other.turn(&url("a.example"), None).await.unwrap_err();
            let NotNow::Wait(wait) = waited else {
                panic!("{waited:?}");
            };
            assert!(wait > Duration::from_secs(3_500), "{wait:?}");
        }
        assert!(other.turn(&url("b.example"), None).await.is_ok());
    }
}
