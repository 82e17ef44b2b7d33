//! An HTTP client for addresses that tenants name: it reaches public hosts only, and those of its own network
//! that the operator allows.
//!
//! A name is resolved once, by us, and the connection goes to an address that was checked; redirects are not
//! followed. What is public is said here and nowhere else.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

/// How long a tenant's server may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// An address that may not be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no address at all.
    #[error("this is not a URL")]
    NotAUrl,
    /// Only the web is called.
    #[error("the URL begins with https://, or http:// on a platform that allows it")]
    Scheme,
    /// As `Scheme`, of a page.
    #[error("the URL begins with https:// or http://")]
    PageScheme,
    /// It names a place inside a network.
    #[error("the URL names a private address")]
    Private,
}

/// Calls addresses that tenants name. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: Client,
    private: Private,
    pages: bool,
}

/// Which addresses of its own network may be called.
#[derive(Debug, Clone)]
enum Private {
    None,
    All,
    /// `host` or `host:port`.
    At(Arc<[String]>),
}

impl Private {
    fn allows_host(&self, host: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::At(places) => places.iter().any(|place| host_of(place) == host),
        }
    }

    /// Whether the operator named the host, but not with this port.
    fn refuses_port(&self, host: &str, port: u16) -> bool {
        let Self::At(places) = self else {
            return false;
        };
        let mut of_host = places.iter().filter(|place| host_of(place) == host);
        let with_port = format!("{host}:{port}");
        self.allows_host(host) && !of_host.any(|place| *place == host || *place == with_port)
    }
}

/// A place without its port; the brackets of an IPv6 address are part of it.
fn host_of(place: &str) -> &str {
    match place.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => place,
    }
}

impl Outbound {
    /// With `private`, addresses of the machine's own network and plain HTTP are allowed too: for an
    /// installation whose tenants are trusted, and for tests.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(private: bool) -> reqwest::Result<Self> {
        let private = if private { Private::All } else { Private::None };
        Self::with(private, false)
    }

    /// For web pages, which come by plain HTTP too. With `private`, all addresses of the machine's own network are
    /// allowed; else only these, each a `host` or `host:port`.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn to_pages(private: bool, places: Vec<String>) -> reqwest::Result<Self> {
        let private = if private {
            Private::All
        } else {
            Private::At(places.into())
        };
        Self::with(private, true)
    }

    fn with(private: Private, pages: bool) -> reqwest::Result<Self> {
        let resolver = Resolver {
            private: private.clone(),
        };
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .dns_resolver(Arc::new(resolver))
            .user_agent(concat!("Wafaa/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            private,
            pages,
        })
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// Whether an address may be called, as far as can be told without resolving its name.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn check(&self, url: &str) -> Result<Url, Refused> {
        let url = Url::parse(url).map_err(|_| Refused::NotAUrl)?;
        let plain = self.pages || matches!(self.private, Private::All);
        match url.scheme() {
            "https" => {}
            "http" if plain => {}
            _ if self.pages => return Err(Refused::PageScheme),
            _ => return Err(Refused::Scheme),
        }
        let host = url.host_str().ok_or(Refused::NotAUrl)?;
        let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let is_private = literal.is_some_and(|address| !is_public(address));
        if is_private && !self.private.allows_host(host) {
            return Err(Refused::Private);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if self.private.refuses_port(host, port) {
            return Err(Refused::Private);
        }
        Ok(url)
    }
}

#[derive(Debug)]
struct Resolver {
    private: Private,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private.allows_host(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| private || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(Box::new(Refused::Private).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is reached over the public Internet (the special-purpose registries of RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    let documentation = first == 0x2001 && address.segments()[1] == 0x0db8;
    // Global unicast is 2000::/3; everything else is local, mapped or not assigned.
    (0x2000..0x4000).contains(&first) && !documentation
}

/// The IPv4 address that an IPv6 one stands for: mapped, NAT64 or 6to4.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return Some(mapped);
    }
    let [a, b, .., g, h] = address.segments();
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match (a, b) {
        (0x0064, 0xff9b) => Some(of(g, h)),
        (0x2002, _) => Some(of(b, address.segments()[2])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_called() {
        let outbound = Outbound::new(false).unwrap();
        for url in [
            "https://127.0.0.1/",
            "https://10.1.2.3/",
            "https://192.168.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00::1]/",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            // As browsers and resolvers read these, it is 127.0.0.1.
            "https://2130706433/",
            "https://0x7f.1/",
        ] {
            assert_eq!(outbound.check(url), Err(Refused::Private), "{url}");
        }
        for url in [
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://example.com/hook",
        ] {
            assert!(outbound.check(url).is_ok(), "{url}");
        }
        assert_eq!(outbound.check("http://example.com/"), Err(Refused::Scheme));
        assert_eq!(outbound.check("file:///etc/passwd"), Err(Refused::Scheme));
        assert_eq!(outbound.check("hello"), Err(Refused::NotAUrl));
    }

    #[test]
    fn pages_come_by_plain_http_and_from_the_places_named() {
        let places = vec!["127.0.0.1:8080".to_owned(), "wiki.internal".to_owned()];
        let outbound = Outbound::to_pages(false, places).unwrap();
        for url in [
            "http://example.com/",
            "http://127.0.0.1:8080/a",
            "http://wiki.internal:81/",
        ] {
            assert!(outbound.check(url).is_ok(), "{url}");
        }
        for url in [
            "http://127.0.0.1/",
            "http://127.0.0.1:8081/",
            "http://127.0.0.2:8080/",
            "http://169.254.169.254/latest/meta-data",
        ] {
            assert_eq!(outbound.check(url), Err(Refused::Private), "{url}");
        }
        assert_eq!(
            outbound.check("ftp://example.com/"),
            Err(Refused::PageScheme)
        );
    }

    #[tokio::test]
    async fn a_name_of_a_private_address_is_not_connected_to() {
        let outbound = Outbound::new(false).unwrap();
        let error = outbound
            .client()
            .get("https://localhost:1/")
            .send()
            .await
            .unwrap_err();
        let mut source: &dyn std::error::Error = &error;
        while let Some(next) = source.source() {
            source = next;
        }
        assert_eq!(source.to_string(), Refused::Private.to_string());
    }
}
