//! Slowing down guesses: by account and by network, longer with each failure, never for good.
//!
//! An account that is under attack stays open to the browsers its owner has used before: those
//! are counted by themselves, as OWASP's device cookies are.

use std::net::IpAddr;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ipnet::{Ipv4Net, Ipv6Net};

use crate::app::App;
use crate::domain::{HOUR, MINUTE, Timestamp, User, Username};
use crate::seal::{Purpose, Sealer};
use crate::store::{self, Conn, Tx, throttles};

/// Failures that cost nothing: people mistype.
const FREE_OF_ACCOUNT: i64 = 5;
/// Many people may share a network.
const FREE_OF_NETWORK: i64 = 30;
/// The longest wait, in seconds.
const LONGEST: i64 = 15 * MINUTE;
/// After so long without a failure, the count begins anew.
const FORGET: i64 = 12 * HOUR;

/// What an attempt is counted by.
#[derive(Debug, Clone)]
pub struct Keys {
    account: String,
    network: String,
}

impl Keys {
    /// For an attempt at `name`, as typed, from `address`, in a browser its owner is known to use
    /// or in any other.
    pub fn new(
        sealer: &Sealer,
        name: &str,
        known_browser: Option<&str>,
        address: Option<IpAddr>,
    ) -> Keys {
        let account = account_key(sealer, name, known_browser.unwrap_or_default());
        Keys { account, network: format!("network:{}", network(address)) }
    }
}

/// The keys of an account as seen from browsers it does not know; what `user unlock` clears.
pub fn account_keys(sealer: &Sealer, user: &User) -> Vec<String> {
    let names = [Some(user.username.as_str()), user.email.as_deref()];
    names.into_iter().flatten().map(|name| account_key(sealer, name, "")).collect()
}

/// A name is counted as it was typed, an account's name and its address each by itself: one count
/// for both would tell that they belong together. What is typed as a name may be a password, so
/// that only its code is stored.
fn account_key(sealer: &Sealer, name: &str, browser: &str) -> String {
    let text = format!("{}\n{browser}", canonical(name));
    let code = sealer.mac(Purpose::Throttle, text.as_bytes());
    format!("account:{}", BASE64_URL_SAFE_NO_PAD.encode(code))
}

/// The one spelling of a username or an e-mail address that somebody typed.
pub fn canonical(name: &str) -> String {
    match Username::parse(name) {
        Ok(username) => username.to_string(),
        Err(_) => User::canonical_email(name),
    }
}

/// The neighbourhood that shares a count: a /24 or a /64.
fn network(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(ip)) => Ipv4Net::new(ip, 24).map(|net| net.trunc().to_string()),
        Some(IpAddr::V6(ip)) => Ipv6Net::new(ip, 64).map(|net| net.trunc().to_string()),
        None => return "unknown".to_owned(),
    }
    .unwrap_or_else(|_| "unknown".to_owned())
}

/// Seconds until an attempt will be looked at; `None` for at once.
///
/// # Errors
/// When the database refuses.
pub async fn wait(conn: &mut Conn, keys: &Keys, now: Timestamp) -> store::Result<Option<i64>> {
    let known = throttles::find(conn, [&keys.account, &keys.network]).await?;
    let wait = known.iter().map(|throttle| throttle.blocked_until - now).max();
    Ok(wait.filter(|seconds| *seconds > 0))
}

/// Counts a failure.
///
/// # Errors
/// When the database refuses.
pub async fn failed(tx: &mut Tx, keys: &Keys, now: Timestamp) -> store::Result<()> {
    for (key, free) in [(&keys.account, FREE_OF_ACCOUNT), (&keys.network, FREE_OF_NETWORK)] {
        let failures = throttles::count_failure(tx, key, now, now - FORGET).await?;
        if let Some(delay) = delay(failures, free) {
            throttles::block(tx, key, now + delay).await?;
        }
    }
    Ok(())
}

/// Forgets the failures of an account after a success; those of the network stay, since one good
/// account must not pay for guessing at the others.
///
/// # Errors
/// When the database refuses.
pub async fn succeeded(tx: &mut Tx, keys: &Keys) -> store::Result<()> {
    throttles::clear(tx, &keys.account).await.map(|_| ())
}

/// Doubles from a second on.
fn delay(failures: i64, free: i64) -> Option<i64> {
    let over = u32::try_from(failures - free).ok().filter(|over| *over > 0)?;
    Some(2_i64.checked_pow(over - 1).map_or(LONGEST, |seconds| seconds.min(LONGEST)))
}

/// Deletes counts that are forgotten anyway.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(app: &App, tx: &mut Tx) -> store::Result<u64> {
    throttles::sweep(tx, app.clock.now() - FORGET).await
}

#[cfg(test)]
mod tests {
    use super::{Keys, LONGEST, canonical, delay};
    use crate::seal::Sealer;

    #[test]
    fn the_wait_doubles_up_to_a_limit() {
        assert_eq!(delay(5, 5), None);
        assert_eq!(delay(6, 5), Some(1));
        assert_eq!(delay(9, 5), Some(8));
        assert_eq!(delay(500, 5), Some(LONGEST));
    }

    #[test]
    fn neighbours_share_a_network() {
        let sealer = Sealer::new(&[1; 32]);
        let keys = |ip: &str| Keys::new(&sealer, "a", None, Some(ip.parse().unwrap()));
        let network = |ip: &str| keys(ip).network;
        assert_eq!(network("192.0.2.7"), network("192.0.2.99"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::2:3"));
        assert_ne!(network("192.0.2.7"), network("192.0.3.7"));
    }

    #[test]
    fn every_spelling_of_a_name_is_counted_as_one() {
        assert_eq!(canonical(" ALICE"), "alice");
        assert_eq!(canonical("Alice@Example.com "), "alice@example.com");
    }
}
