//! Passwords: argon2id off the async threads, as many at a time as there are cores, the rest
//! waiting for a moment and then told to come back.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::config;
use crate::domain::Secret;
use crate::metrics::Metrics;
use crate::random::Random;

/// How many checks may wait for each that runs, and for how long.
const QUEUE: usize = 100;
const PATIENCE: Duration = Duration::from_secs(8);

/// Why a password was not checked or hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many at once.
    #[error("too many passwords are being checked; try again in a few seconds")]
    Busy,
    /// The library refused.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
}

/// Hashes and checks passwords.
pub struct Passwords {
    argon2: Argon2<'static>,
    running: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    metrics: Metrics,
    dummy: String,
}

/// What came of checking a password.
#[derive(Debug, PartialEq, Eq)]
pub enum Check {
    /// It is not this one.
    Wrong,
    /// It is; and the hash is as we make them today.
    Right,
    /// It is; and this better hash should take the place of the stored one.
    RightButOutdated(String),
}

impl Passwords {
    /// With the parameters of the settings.
    ///
    /// # Errors
    /// When argon2 cannot work with them.
    pub fn new(
        settings: &config::Password,
        metrics: Metrics,
        random: &Random,
    ) -> Result<Passwords, PasswordError> {
        let params =
            Params::new(settings.memory_kib, settings.iterations, settings.parallelism, None)
                .map_err(|error| PasswordError::Hash(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let running = settings.max_concurrent as usize;
        Ok(Passwords {
            dummy: nobodys(&argon2, random),
            argon2,
            running: Arc::new(Semaphore::new(running)),
            queue: Arc::new(Semaphore::new(running * QUEUE)),
            metrics,
        })
    }

    /// Hashes a new password as a PHC string.
    ///
    /// # Errors
    /// `Busy` after a few seconds in the queue.
    pub async fn hash(&self, password: &Secret, random: &Random) -> Result<String, PasswordError> {
        let salt = random.bytes();
        self.run(password, move |argon2, password| hash(&argon2, password, &salt)).await?
    }

    /// Checks a password against a stored hash; without one, does the same work and says `Wrong`,
    /// so that nobody can tell by the time whether an account exists.
    ///
    /// # Errors
    /// `Busy` after a few seconds in the queue.
    pub async fn check(
        &self,
        password: &Secret,
        stored: Option<&str>,
        random: &Random,
    ) -> Result<Check, PasswordError> {
        let phc = stored.unwrap_or(&self.dummy).to_owned();
        let known = stored.is_some();
        let salt = random.bytes();
        self.run(password, move |argon2, password| {
            let right = PasswordHash::new(&phc)
                .is_ok_and(|phc| argon2.verify_password(password.as_bytes(), &phc).is_ok());
            if !(right && known) {
                Ok(Check::Wrong)
            } else if is_current(&argon2, &phc) {
                Ok(Check::Right)
            } else {
                hash(&argon2, password, &salt).map(Check::RightButOutdated)
            }
        })
        .await?
    }

    async fn run<T: Send + 'static>(
        &self,
        password: &Secret,
        work: impl FnOnce(Argon2<'static>, &str) -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let queued = self.queue.clone().try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let waiting = self.metrics.hash_waits();
        let running = tokio::time::timeout(PATIENCE, self.running.clone().acquire_owned()).await;
        drop(waiting);
        let running = running.map_err(|_| PasswordError::Busy)?.map_err(|_| PasswordError::Busy)?;
        let normalised: Zeroizing<String> = Zeroizing::new(password.expose().nfc().collect());
        let argon2 = self.argon2.clone();
        // The places are given back when the work is done, not when the caller goes away.
        let places = (queued, running);
        tokio::task::spawn_blocking(move || {
            let result = work(argon2, &normalised);
            drop(places);
            result
        })
        .await
        .map_err(|error| PasswordError::Hash(error.to_string()))
    }
}

fn hash(argon2: &Argon2<'_>, password: &str, salt: &[u8; 16]) -> Result<String, PasswordError> {
    argon2
        .hash_password_with_salt(password.as_bytes(), salt)
        .map(|phc| phc.to_string())
        .map_err(|error| PasswordError::Hash(error.to_string()))
}

/// A hash of no password, as costly to check as any: to make a true one takes a moment and the
/// memory of a sign-in, at each start.
fn nobodys(argon2: &Argon2<'_>, random: &Random) -> String {
    let text = |bytes: &[u8]| BASE64_STANDARD_NO_PAD.encode(bytes);
    let (salt, output): ([u8; 16], [u8; 32]) = (random.bytes(), random.bytes());
    format!("{}{}${}", prefix(argon2), text(&salt), text(&output))
}

/// Whether a hash was made with today's algorithm and parameters.
fn is_current(argon2: &Argon2<'_>, phc: &str) -> bool {
    phc.starts_with(&prefix(argon2))
}

/// How every hash of today begins.
fn prefix(argon2: &Argon2<'_>) -> String {
    let params = argon2.params();
    format!("$argon2id$v=19$m={},t={},p={}$", params.m_cost(), params.t_cost(), params.p_cost())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_has_no_account_costs_a_whole_hash() {
        let random = Random::seeded(7);
        let settings =
            config::Password { memory_kib: 64, iterations: 2, parallelism: 1, max_concurrent: 1 };
        let passwords = Passwords::new(&settings, Metrics::default(), &random).unwrap();
        let phc = PasswordHash::new(&passwords.dummy).unwrap();
        let made = hash(&passwords.argon2, "a password", &random.bytes()).unwrap();
        let made = PasswordHash::new(&made).unwrap();
        assert_eq!((phc.algorithm, phc.version), (made.algorithm, made.version));
        assert_eq!(phc.params, made.params);
        let lengths = |phc: &PasswordHash| {
            let (salt, hash) = (phc.salt.as_ref().unwrap(), phc.hash.as_ref().unwrap());
            (salt.len(), hash.len())
        };
        assert_eq!(lengths(&phc), lengths(&made));
        let password = Secret::sent("a password");
        let check = passwords.check(&password, None, &random).await.unwrap();
        assert_eq!(check, Check::Wrong);
    }
}
