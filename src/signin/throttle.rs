//! Slowing down guesses: by account and by network, longer with each failure, never for good.
//!
//! An account that is under attack stays open to the browsers its owner has used before: those
//! are counted by themselves, as OWASP's device cookies are.

use std::net::IpAddr;
use std::num::NonZeroU32;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ipnet::{Ipv4Net, Ipv6Net};

use crate::app::App;
use crate::domain::{ClientId, DAY, HOUR, MINUTE, User};
use crate::seal::{Purpose, Sealer};
use crate::store::{self, Tx, throttles};

/// How attempts at one thing are slowed down.
#[derive(Debug, Clone, Copy)]
struct Rule {
    /// Attempts that cost nothing: people mistype.
    free: i64,
    /// Seconds after the first that costs.
    first: i64,
    /// The longest wait, in seconds.
    longest: i64,
    /// Seconds after which one attempt is forgotten.
    decay: i64,
}

const ACCOUNT: Rule = Rule { free: 5, first: 1, longest: 15 * MINUTE, decay: HOUR };
/// Many people may share a network, and one of them must not shut the others out for long.
const NETWORK: Rule = Rule { free: 30, first: 1, longest: MINUTE, decay: 30 };
/// After so long nothing is left of any count.
const FORGET: i64 = 2 * DAY;

/// What an attempt is counted by.
#[derive(Debug, Clone)]
pub struct Keys {
    account: String,
    rule: Rule,
    network: Option<String>,
}

impl Keys {
    /// For an attempt at `name`, as typed and canonical, from `address`.
    pub fn of_stranger(sealer: &Sealer, name: &str, address: Option<IpAddr>) -> Keys {
        let network = Some(format!("network:{}", network(address)));
        Keys { account: account_key(sealer, name), rule: ACCOUNT, network }
    }

    /// For an attempt in a browser that the owner of the account is known to use: nothing that
    /// others do, in this network or elsewhere, slows it down.
    pub fn of_known_browser(sealer: &Sealer, username: &str, browser: &str) -> Keys {
        let account = format!("{}:{browser}", account_key(sealer, username));
        Keys { account, rule: ACCOUNT, network: None }
    }

    /// For somebody who says they forgot the password of `name`, from `address`: counted apart, so
    /// that nobody is kept from signing in by it.
    pub fn of_recovery(sealer: &Sealer, name: &str, address: Option<IpAddr>) -> Keys {
        let network = Some(format!("recovery-network:{}", network(address)));
        let account = format!("recovery-{}", account_key(sealer, name));
        Keys { account, rule: ACCOUNT, network }
    }

    /// For a client that names an address for us to ask, from `address`: whoever may do that without
    /// a token must not send us about.
    pub fn of_fetch(address: Option<IpAddr>) -> Keys {
        let account = format!("fetch-network:{}", network(address));
        Keys { account, rule: ACCOUNT, network: None }
    }

    /// For a client that registers itself without a token, or changes what it registered so, from
    /// `address`: so many at once, and then as many an hour.
    pub fn of_registration(address: Option<IpAddr>, hourly: NonZeroU32) -> Keys {
        let account = format!("registration-network:{}", network(address));
        let hourly = i64::from(hourly.get());
        let pause = (HOUR / hourly).max(1);
        let rule = Rule { free: hourly - 1, first: pause, longest: pause, decay: pause };
        Keys { account, rule, network: None }
    }

    /// For people whom a client names to be asked in the back channel: counted by client.
    pub fn of_hints(client: &ClientId) -> Keys {
        Keys { account: format!("hints:{client}"), rule: NETWORK, network: None }
    }

    /// For a code that `username` types to let a device in, from `address`: counted apart from
    /// passwords.
    pub fn of_device(sealer: &Sealer, username: &str, address: Option<IpAddr>) -> Keys {
        let network = Some(format!("device-network:{}", network(address)));
        let account = format!("device-{}", account_key(sealer, username));
        Keys { account, rule: ACCOUNT, network }
    }

    fn ruled(&self) -> impl Iterator<Item = (&str, Rule)> {
        let network = self.network.as_deref().map(|key| (key, NETWORK));
        [(self.account.as_str(), self.rule)].into_iter().chain(network)
    }
}

/// The key of what was typed as a name. A code, since people type passwords there too.
pub fn account_key(sealer: &Sealer, name: &str) -> String {
    let code = BASE64_URL_SAFE_NO_PAD.encode(sealer.mac(Purpose::Throttle, name.as_bytes()));
    format!("account:{code}")
}

/// The keys of an account by every name it may be tried with; what `user unlock` clears.
pub fn account_keys(sealer: &Sealer, user: &User) -> Vec<String> {
    let names = [Some(user.username.as_str()), user.email.as_deref()];
    names.into_iter().flatten().map(|name| account_key(sealer, name)).collect()
}

/// The neighbourhood that shares a count: a /24 or a /64.
pub fn network(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(ip)) => Ipv4Net::new(ip, 24).map(|net| net.trunc().to_string()),
        Some(IpAddr::V6(ip)) => Ipv6Net::new(ip, 64).map(|net| net.trunc().to_string()),
        None => return "unknown".to_owned(),
    }
    .unwrap_or_else(|_| "unknown".to_owned())
}

/// Counts an attempt before it is looked at, so that many at once are counted like many in a row.
/// `Some` are the seconds to wait; then nothing was counted.
///
/// # Errors
/// When the database refuses.
pub async fn reserve(app: &App, keys: &Keys) -> store::Result<Option<i64>> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    for (key, rule) in keys.ruled() {
        let known = throttles::count(&mut tx, key, now, rule.decay).await?;
        if known.blocked_until > now {
            return Ok(Some(known.blocked_until - now));
        }
        if let Some(delay) = rule.delay(known.failures) {
            throttles::block(&mut tx, key, now + delay).await?;
        }
    }
    tx.commit().await?;
    Ok(None)
}

/// Forgets the attempts at an account after a success, and this one of its network; those at
/// other accounts stay, since one good account must not pay for guessing at the others.
///
/// # Errors
/// When the database refuses.
pub async fn succeeded(tx: &mut Tx, keys: &Keys) -> store::Result<()> {
    throttles::clear(tx, &keys.account).await?;
    match &keys.network {
        Some(network) => throttles::take_back(tx, network).await,
        None => Ok(()),
    }
}

/// Takes an attempt back that was none: what was counted before it stays.
///
/// # Errors
/// When the database refuses.
pub async fn take_back(tx: &mut Tx, keys: &Keys) -> store::Result<()> {
    for (key, _) in keys.ruled() {
        throttles::take_back(tx, key).await?;
    }
    Ok(())
}

impl Rule {
    /// Doubles from the first on.
    fn delay(&self, attempts: i64) -> Option<i64> {
        let over = u32::try_from(attempts - self.free).ok().filter(|over| *over > 0)?;
        let seconds = 2_i64.checked_pow(over - 1).and_then(|times| times.checked_mul(self.first));
        Some(seconds.unwrap_or(self.longest).min(self.longest))
    }
}

/// Deletes counts of which nothing is left.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(app: &App, tx: &mut Tx) -> store::Result<u64> {
    throttles::sweep(tx, app.clock.now() - FORGET).await
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNT, Keys};
    use crate::seal::Sealer;

    #[test]
    fn the_wait_doubles_up_to_a_limit() {
        assert_eq!(ACCOUNT.delay(5), None);
        assert_eq!(ACCOUNT.delay(6), Some(1));
        assert_eq!(ACCOUNT.delay(9), Some(8));
        assert_eq!(ACCOUNT.delay(500), Some(ACCOUNT.longest));
    }

    #[test]
    fn neighbours_share_a_network() {
        let sealer = Sealer::new(&[1; 32]);
        let network = |ip: &str| Keys::of_stranger(&sealer, "a", ip.parse().ok()).network;
        assert_eq!(network("192.0.2.7"), network("192.0.2.99"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::2:3"));
        assert_ne!(network("192.0.2.7"), network("192.0.3.7"));
    }
}
