//! Where the providers are. Tests and closed networks put others in their place.

use reqwest::Url;

/// The base URLs of the providers' APIs.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Meta's Graph API: WhatsApp, Messenger, and Instagram through a Facebook page.
    pub graph: Url,
    /// The Graph API of Instagram's own login.
    pub instagram: Url,
    /// Telegram's Bot API.
    pub telegram: Url,
    /// Slack's Web API, without `/api`.
    pub slack: Url,
}

impl Endpoints {
    /// These, and the real ones for those that are `None`. A Graph API that is given serves Instagram too. Slack's
    /// may end in `/api` or not.
    #[must_use]
    pub fn new(graph: Option<Url>, telegram: Option<Url>, slack: Option<Url>) -> Self {
        let mut slack = slack.unwrap_or_else(|| real("https://slack.com"));
        if let Some(path) = slack.path().trim_end_matches('/').strip_suffix("/api") {
            let path = path.to_owned();
            slack.set_path(&path);
        }
        Self {
            instagram: graph
                .clone()
                .unwrap_or_else(|| real("https://graph.instagram.com")),
            graph: graph.unwrap_or_else(|| real("https://graph.facebook.com")),
            telegram: telegram.unwrap_or_else(|| real("https://api.telegram.org")),
            slack,
        }
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self::new(None, None, None)
    }
}

fn real(url: &str) -> Url {
    url.parse().expect("a URL written here")
}

/// `base` and then `segments`, each encoded so that it stays one.
pub(crate) fn join(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_stay_segments() {
        let base = real("http://127.0.0.1:9/base/");
        let url = join(&base, &["v1", "../x?y"]);
        assert_eq!(url.as_str(), "http://127.0.0.1:9/base/v1/..%2Fx%3Fy");
    }

    #[test]
    fn slack_is_the_same_with_api_and_without() {
        for url in ["http://fake:1/api", "http://fake:1/api/", "http://fake:1"] {
            let endpoints = Endpoints::new(None, None, Some(real(url)));
            let call = join(&endpoints.slack, &["api", "auth.test"]);
            assert_eq!(call.as_str(), "http://fake:1/api/auth.test", "{url}");
        }
    }
}
