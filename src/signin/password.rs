//! Passwords: argon2id off the async threads, as many at a time as there are cores, the rest
//! waiting for a moment and then told to come back.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
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
            dummy: hash(&argon2, random.secret().expose(), &random.bytes())?,
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

/// Whether a hash was made with today's algorithm and parameters.
fn is_current(argon2: &Argon2<'_>, phc: &str) -> bool {
    let wanted = argon2.params();
    let prefix = format!(
        "$argon2id$v=19$m={},t={},p={}$",
        wanted.m_cost(),
        wanted.t_cost(),
        wanted.p_cost()
    );
    phc.starts_with(&prefix)
}
