//! Fetching what customers sent: from the providers' own hosts only, never more than asked, and named by its bytes.
//!
//! A URL in a webhook is the provider's word, but it is still a URL from outside: only HTTPS to the hosts below is
//! followed, also when redirected, so nothing inside our network can be reached. The one exception is the
//! configured endpoint itself, so that a stand-in for a provider can serve files too.

use reqwest::{Response, Url, header::LOCATION};

use crate::{
    call::broke_off,
    client::Channels,
    outbound::{Fetched, SendError},
};

/// How often a download may be sent elsewhere.
const MOST_REDIRECTS: usize = 3;

/// Where a file is, and what is needed to get it.
pub(crate) struct Download<'a> {
    pub(crate) url: Url,
    /// Sent to the provider's hosts only, as only they are asked.
    pub(crate) bearer: Option<&'a str>,
    /// Domains that may serve it, with everything below them.
    pub(crate) domains: &'a [&'a str],
    /// The provider's API, which may serve it too.
    pub(crate) endpoint: &'a Url,
    pub(crate) filename: Option<String>,
    pub(crate) limit: u64,
}

impl Download<'_> {
    pub(crate) async fn fetch(mut self, to: &Channels) -> Result<Fetched, SendError> {
        for _ in 0..=MOST_REDIRECTS {
            self.admit()?;
            let mut request = to.http().get(self.url.clone());
            if let Some(token) = self.bearer {
                request = request.bearer_auth(token);
            }
            let response = request.send().await.map_err(broke_off)?;
            if response.status().is_redirection() {
                self.url = self.next(&response)?;
                continue;
            }
            return self.read(response).await;
        }
        Err(SendError::invalid("the file was redirected too often"))
    }

    fn admit(&self) -> Result<(), SendError> {
        let host = self.url.host_str().unwrap_or_default();
        let is_below = |domain: &&str| {
            host.strip_suffix(*domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let is_providers = self.url.scheme() == "https"
            && self.url.port().is_none()
            && self.domains.iter().any(is_below);
        if is_providers || self.url.origin() == self.endpoint.origin() {
            Ok(())
        } else {
            let detail = format!("files are not fetched from {}://{host}", self.url.scheme());
            Err(SendError::invalid(detail))
        }
    }

    fn next(&self, response: &Response) -> Result<Url, SendError> {
        let location = response.headers().get(LOCATION);
        location
            .and_then(|location| self.url.join(location.to_str().ok()?).ok())
            .ok_or_else(|| SendError::invalid("the file was redirected to nowhere"))
    }

    async fn read(self, mut response: Response) -> Result<Fetched, SendError> {
        let status = response.status().as_u16();
        let detail = format!("fetching the file was answered with HTTP {status}");
        match status {
            200..=299 => {}
            401 | 403 => return Err(SendError::Reconnect { detail }),
            408 | 429 | 500..=599 => return Err(SendError::Transient { detail }),
            _ => return Err(SendError::invalid(detail)),
        }
        let announced = response.content_length().unwrap_or(0);
        let mut bytes = Vec::new();
        if announced > self.limit {
            return Err(too_large(self.limit));
        }
        while let Some(piece) = response.chunk().await.map_err(broke_off)? {
            if (bytes.len() + piece.len()) as u64 > self.limit {
                return Err(too_large(self.limit));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Fetched {
            media_type: sniff(&bytes).to_owned(),
            bytes,
            filename: self.filename,
        })
    }
}

pub(crate) fn too_large(limit: u64) -> SendError {
    SendError::invalid(format!("the file has more than {limit} bytes"))
}

/// What the bytes are. Text that nothing better is known about is plain text; the rest is a heap of bytes.
fn sniff(bytes: &[u8]) -> &'static str {
    if let Some(kind) = infer::get(bytes) {
        return kind.mime_type();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => "text/plain",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(url: &str) -> bool {
        let endpoint = "http://127.0.0.1:4000".parse().unwrap();
        let download = Download {
            url: url.parse().unwrap(),
            bearer: None,
            domains: &["fbcdn.net", "lookaside.fbsbx.com"],
            endpoint: &endpoint,
            filename: None,
            limit: 0,
        };
        download.admit().is_ok()
    }

    #[test]
    fn files_come_from_the_provider_only() {
        for good in [
            "https://scontent.xx.fbcdn.net/v/1.jpg?x=y",
            "https://lookaside.fbsbx.com/a",
            "http://127.0.0.1:4000/file",
        ] {
            assert!(admits(good), "{good}");
        }
        for bad in [
            "http://scontent.xx.fbcdn.net/1.jpg",
            "https://fbcdn.net.evil.example/",
            "https://evilfbcdn.net/",
            "https://fbcdn.net:8443/",
            "https://fbcdn.net@169.254.169.254/",
            "http://127.0.0.1:4001/file",
            "http://localhost:4000/file",
            "file:///etc/passwd",
            "https://[::1]/",
        ] {
            assert!(!admits(bad), "{bad}");
        }
    }

    #[test]
    fn bytes_say_what_they_are() {
        assert_eq!(sniff(b"\xff\xd8\xff\xe0rest"), "image/jpeg");
        assert_eq!(sniff(b"%PDF-1.7"), "application/pdf");
        assert_eq!(sniff(b"<html><script>"), "text/html");
        assert_eq!(sniff("مرحبا".as_bytes()), "text/plain");
        assert_eq!(sniff(b"\x00\x01\x02\xfe"), "application/octet-stream");
    }
}
