//! The only source of secrets and identifiers.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryRng};

use crate::clock::Clock;
use crate::domain::{FlowRef, GroupId, Secret, Selector, Token, UserCode, UserId};

/// Letters and digits that nobody confuses when reading them out (Crockford's base32).
const READABLE: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The one source of chance.
pub struct Random {
    source: Source,
    last_selector: AtomicI64,
}

enum Source {
    System,
    Seeded(Box<Mutex<StdRng>>),
}

impl Random {
    /// The operating system's generator.
    pub fn system() -> Random {
        Random { source: Source::System, last_selector: AtomicI64::new(0) }
    }

    /// The same values for the same seed: for tests.
    pub fn seeded(seed: u64) -> Random {
        let rng = StdRng::seed_from_u64(seed);
        Random {
            source: Source::Seeded(Box::new(Mutex::new(rng))),
            last_selector: AtomicI64::new(0),
        }
    }

    /// Fresh random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing secret can be made then, and
    /// to go on would be worse.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.source {
            Source::System => {
                if let Err(error) = SysRng.try_fill_bytes(&mut bytes) {
                    panic!("the operating system gives no random bytes: {error}");
                }
            }
            Source::Seeded(rng) => {
                rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
            }
        }
        bytes
    }

    /// A secret of 256 bits.
    pub fn secret(&self) -> Secret {
        Secret::from_bytes(&self.bytes())
    }

    /// A selector later than any that this process made before. The bits below the microsecond
    /// are random, so that two nodes rarely meet; where they do, the primary key refuses one.
    pub fn selector(&self, clock: &Clock) -> Selector {
        let chance = i64::from(u16::from_be_bytes(self.bytes())) & ((1 << Selector::NODE_BITS) - 1);
        let fresh = (clock.now_us() << Selector::NODE_BITS) | chance;
        let later = |last: i64| Some(fresh.max(last + 1 + chance));
        let last = self.last_selector.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
        Selector(fresh.max(last.unwrap_or_else(|last| last) + 1 + chance))
    }

    /// A code, cookie or opaque token.
    pub fn token(&self, clock: &Clock) -> Token {
        Token::new(self.selector(clock), self.bytes())
    }

    /// A new person's identifier: random, so that `sub` does not tell when the account was made.
    pub fn user_id(&self) -> UserId {
        UserId(self.uuid())
    }

    /// A new group's identifier.
    pub fn group_id(&self) -> GroupId {
        GroupId(self.uuid())
    }

    /// A random (version 4) UUID.
    pub fn uuid(&self) -> String {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }

    /// What a person types to let a device in.
    pub fn user_code(&self) -> UserCode {
        let mut bytes = self.bytes::<32>().into_iter();
        UserCode::draw(|| match bytes.next() {
            Some(byte) => byte,
            None => {
                bytes = self.bytes::<32>().into_iter();
                bytes.next().unwrap_or_default()
            }
        })
    }

    /// A flow's reference: 40 random bits as `K7QF-2M9X`.
    pub fn flow_ref(&self) -> FlowRef {
        let bits =
            self.bytes::<5>().into_iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(byte));
        let letter = |n: u32| char::from(READABLE[(bits >> (35 - 5 * n)) as usize & 31]);
        let text: String = (0..8).map(letter).collect();
        FlowRef(format!("{}-{}", &text[..4], &text[4..]))
    }
}

#[cfg(test)]
mod tests {
    use super::Random;
    use crate::clock::Clock;

    #[test]
    fn selectors_only_grow() {
        let (random, clock) = (Random::seeded(1), Clock::Manual(1_700_000_000_000.into()));
        let made: Vec<_> = (0..1000).map(|_| random.selector(&clock)).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_flow_reference_can_be_read_out() {
        let reference = Random::seeded(1).flow_ref().0;
        assert_eq!((reference.len(), &reference[4..5]), (9, "-"));
        assert!(
            reference.chars().all(|c| c == '-' || c.is_ascii_digit() || c.is_ascii_uppercase())
        );
    }
}
