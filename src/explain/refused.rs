//! Which refused clients the audit log hears of: anybody may send wrong secrets as fast as they
//! can, and nobody may fill the log with them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use ipnet::{Ipv4Net, Ipv6Net};

use crate::domain::{ClientId, MINUTE, Timestamp};

/// Lines a minute at most, whoever sends them from wherever.
const LINES: usize = 60;
/// Counts that are kept at most.
const KEPT: usize = 1000;

type Key = (Option<ClientId>, Option<IpAddr>);

/// Counts the refusals of a client from a network (a /24 or a /64); those of clients that are not
/// registered together.
#[derive(Debug, Default)]
pub struct Refused {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When a line was written for whom, and how many refusals were only counted since.
    seen: HashMap<Key, (Timestamp, u64)>,
    minute: i64,
    lines: usize,
}

impl Refused {
    /// Counts a refusal. `Some` if it is to be written down: how many before it were not.
    pub fn first(
        &self,
        client: Option<&ClientId>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.minute != now.0 / MINUTE {
            (state.minute, state.lines) = (now.0 / MINUTE, 0);
        }
        let full = state.lines >= LINES;
        let key = (client.cloned(), address.map(network));
        if let Some((written, counted)) = state.seen.get_mut(&key) {
            if full || now - *written < MINUTE {
                *counted += 1;
                return None;
            }
            let before = std::mem::take(counted);
            *written = now;
            state.lines += 1;
            return Some(before);
        }
        if state.seen.len() >= KEPT {
            state.seen.retain(|_, (written, _)| now - *written < MINUTE);
        }
        if full || state.seen.len() >= KEPT {
            return None;
        }
        state.seen.insert(key, (now, 0));
        state.lines += 1;
        Some(0)
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(ip) => Ipv4Net::new(ip, 24).map(|net| IpAddr::V4(net.network())),
        IpAddr::V6(ip) => Ipv6Net::new(ip, 64).map(|net| IpAddr::V6(net.network())),
    }
    .unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(refused: &Refused, client: &str, address: [u8; 4], now: i64) -> Option<u64> {
        let client = ClientId(client.to_owned());
        refused.first(Some(&client), Some(IpAddr::from(address)), Timestamp(now))
    }

    #[test]
    fn the_first_of_a_minute_is_written_and_the_others_are_counted() {
        let refused = Refused::default();
        assert_eq!(at(&refused, "netbox", [192, 0, 2, 1], 0), Some(0));
        assert_eq!(at(&refused, "netbox", [192, 0, 2, 1], 1), None);
        assert_eq!(at(&refused, "netbox", [192, 0, 2, 99], 59), None, "the same network");
        assert_eq!(at(&refused, "netbox", [198, 51, 100, 1], 59), Some(0), "another network");
        assert_eq!(at(&refused, "wiki", [192, 0, 2, 1], 59), Some(0), "another client");
        assert_eq!(at(&refused, "netbox", [192, 0, 2, 1], 60), Some(2));
    }

    #[test]
    fn many_networks_do_not_fill_the_log() {
        let refused = Refused::default();
        let from = |n: u32| IpAddr::from((n << 8).to_be_bytes());
        let written =
            (0..5000).filter(|n| refused.first(None, Some(from(*n)), Timestamp(0)).is_some());
        assert_eq!(written.count(), LINES);
        assert_eq!(refused.first(None, Some(from(9999)), Timestamp(MINUTE)), Some(0));
    }
}
