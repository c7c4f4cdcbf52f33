//! Where a visitor comes from, as proxies tell it: `X-Forwarded-For`, or `Forwarded` (RFC 7239).

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The last address in `X-Forwarded-For`, or where there is none in `Forwarded`, that is not a trusted
/// proxy's, if the peer is one.
pub fn address(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let peer = peer?;
    if !is_trusted(&peer) {
        return Some(peer);
    }
    let hops = match headers.contains_key("x-forwarded-for") {
        true => hops(headers, "x-forwarded-for"),
        false => hops(headers, "forwarded").iter().map(|hop| forwarded_for(hop)).collect(),
    };
    let mut nearest = peer;
    for hop in hops.iter().rev() {
        match read_address(hop) {
            Some(ip) => nearest = ip,
            // What cannot be read vouches for nothing before it.
            None => break,
        }
        if !is_trusted(&nearest) {
            break;
        }
    }
    Some(nearest)
}

fn hops(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    let hops = lines
        .flat_map(|line| line.split(',').map(|hop| hop.trim().to_owned()).collect::<Vec<String>>());
    hops.collect()
}

/// The `for` of one element of `Forwarded`; empty if it has none.
fn forwarded_for(element: &str) -> String {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let found = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|(_, value)| value);
    found.reduce(|_, last| last).unwrap_or_default().trim_matches('"').to_owned()
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn read_address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let found = bare.ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    found.map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::address;

    #[test]
    fn only_a_trusted_proxy_may_name_another_address() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9, 198.51.100.7, 10.0.0.2".parse().unwrap());
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let seen = |peer: &str| address(peer.parse().ok(), &headers, &trusted).unwrap().to_string();
        assert_eq!(seen("10.0.0.1"), "198.51.100.7");
        assert_eq!(seen("192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn the_standard_header_is_read_where_the_usual_one_is_missing() {
        let mut headers = HeaderMap::new();
        let value = "for=203.0.113.9, for=\"[2001:db8::7]:4711\";proto=https, For=10.0.0.2";
        headers.insert("forwarded", value.parse().unwrap());
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let seen = address("10.0.0.1".parse().ok(), &headers, &trusted).unwrap();
        assert_eq!(seen.to_string(), "2001:db8::7");
    }

    #[test]
    fn nonsense_from_a_trusted_proxy_names_the_proxy() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "unknown".parse().unwrap());
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let seen = address("10.0.0.1".parse().ok(), &headers, &trusted).unwrap();
        assert_eq!(seen.to_string(), "10.0.0.1");
    }
}
