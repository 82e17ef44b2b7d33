//! Who a request comes from when proxies stand in between.

use std::net::{IpAddr, Ipv6Addr};

use poem::Request;

/// An IPv6 host is given at least a network of this length (RFC 6177), so that many addresses are one host.
const HOST_PREFIX: u32 = 64;

/// The proxies whose `X-Forwarded-For` is believed. None unless configured: anybody can send that header.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Network>);

#[derive(Debug, Clone, Copy)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

impl TrustedProxies {
    /// Reads addresses and networks such as `10.0.0.0/8`; `None` when one of them is neither.
    #[must_use]
    pub fn parse(networks: &[String]) -> Option<Self> {
        let networks = networks.iter().map(|text| Network::parse(text));
        networks.collect::<Option<_>>().map(Self)
    }

    /// Where a request comes from: its peer, or the last address in `X-Forwarded-For` that a trusted proxy
    /// vouches for. Empty when the peer has no address.
    pub(crate) fn host(&self, request: &Request) -> String {
        let Some(peer) = request.remote_addr().as_socket_addr() else {
            return String::new();
        };
        // A list may be spread over several headers; read as one, from its end.
        let headers = request.headers().get_all("x-forwarded-for");
        let headers: Vec<&str> = headers.iter().filter_map(|it| it.to_str().ok()).collect();
        let forwarded = headers.iter().flat_map(|header| header.split(','));
        let forwarded: Vec<&str> = forwarded.map(str::trim).collect();
        one_host(self.client(peer.ip(), &forwarded)).to_string()
    }

    fn client(&self, peer: IpAddr, forwarded: &[&str]) -> IpAddr {
        let mut client = peer.to_canonical();
        for hop in forwarded.iter().rev() {
            if !self.trusts(client) {
                break;
            }
            // Whoever is trusted has written nonsense: it is the one to hold to account.
            let Some(before) = address(hop) else { break };
            client = before;
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = length(address);
        let prefix = prefix.map_or(Some(longest), |prefix| prefix.parse().ok())?;
        (prefix <= longest).then_some(Self { address, prefix })
    }

    fn contains(self, other: IpAddr) -> bool {
        length(self.address) == length(other)
            && cut(self.address, self.prefix) == cut(other, self.prefix)
    }
}

/// Bits of an address.
const fn length(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The first `prefix` bits.
fn cut(address: IpAddr, prefix: u32) -> u128 {
    let bits = match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    bits.checked_shr(length(address) - prefix).unwrap_or(0)
}

fn one_host(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let rest = 128 - HOST_PREFIX;
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> rest << rest))
        }
    }
}

/// An address as proxies write it: with or without a port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let parsed = bare.parse::<IpAddr>().ok();
    let parsed = parsed.or_else(|| {
        let with_port = text.parse::<std::net::SocketAddr>().ok();
        with_port.map(|at| at.ip())
    });
    parsed.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(networks: &str) -> TrustedProxies {
        let networks: Vec<String> = networks.split(',').map(str::to_owned).collect();
        TrustedProxies::parse(&networks).expect("well-formed")
    }

    fn client(proxies: &TrustedProxies, peer: &str, forwarded: &str) -> String {
        let forwarded: Vec<&str> = forwarded.split(',').map(str::trim).collect();
        let peer = peer.parse().expect("an address");
        proxies.client(peer, &forwarded).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_configured() {
        let nobody = TrustedProxies::default();
        assert_eq!(client(&nobody, "10.0.0.1", "192.0.2.7"), "10.0.0.1");
        let others = proxies("10.1.0.0/16");
        assert_eq!(client(&others, "10.0.0.1", "192.0.2.7"), "10.0.0.1");
    }

    #[test]
    fn the_last_address_that_no_proxy_has_is_the_clients() {
        let ours = proxies("10.0.0.0/8,::1,fd00::/8");
        assert_eq!(client(&ours, "10.0.0.1", "192.0.2.7"), "192.0.2.7");
        assert_eq!(client(&ours, "::ffff:10.0.0.1", "192.0.2.7"), "192.0.2.7");
        assert_eq!(client(&ours, "::1", "192.0.2.7:4711"), "192.0.2.7");
        let forged = "6.6.6.6, 192.0.2.7, 10.9.9.9";
        assert_eq!(client(&ours, "fd00::2", forged), "192.0.2.7");
        let six = "[2001:db8::7]:443";
        assert_eq!(client(&ours, "10.0.0.1", six), "2001:db8::7");
        assert_eq!(client(&ours, "10.0.0.1", "6.6.6.6, unknown"), "10.0.0.1");
        assert_eq!(client(&ours, "10.0.0.1", "10.0.0.2"), "10.0.0.2");
    }

    #[test]
    fn every_length_of_network_is_cut_right() {
        assert_eq!(
            client(&proxies("0.0.0.0/0"), "8.8.8.8", "1.1.1.1"),
            "1.1.1.1"
        );
        assert_eq!(
            client(&proxies("::/0"), "2001:db8::1", "1.1.1.1"),
            "1.1.1.1"
        );
        assert_eq!(
            client(&proxies("10.0.0.0/31"), "10.0.0.2", "1.1.1.1"),
            "10.0.0.2"
        );
        for wrong in ["10.0.0.0/33", "::/129", "proxy.example", "", "10.0.0.0/x"] {
            assert!(
                TrustedProxies::parse(&[wrong.to_owned()]).is_none(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_host_with_many_addresses_is_one() {
        let host = |text: &str| one_host(text.parse().expect("an address")).to_string();
        assert_eq!(host("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(host("192.0.2.7"), "192.0.2.7");
    }
}
