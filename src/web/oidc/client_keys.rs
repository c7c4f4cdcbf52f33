//! The public keys of clients: those registered, or those at their `jwks_uri`, kept for a while and
//! fetched again when a key is not among them.

use std::sync::Arc;

use moka::sync::Cache;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::app::App;
use crate::domain::{Cause, Client, Timestamp};
use crate::jose::{ClientKeys, NotSigned, Signed};

/// Seconds after which keys are fetched again in any case.
const KEPT: i64 = 3600;
/// Seconds between two fetches of one address, whatever comes.
const PAUSE: i64 = 10;
/// Addresses whose keys are kept.
const ADDRESSES: u64 = 10_000;

/// What was fetched, address by address.
pub struct KnownKeys {
    fetched: Cache<String, Arc<Mutex<Fetched>>>,
}

/// The keys of one address; behind a lock, so that of many who miss them one asks.
#[derive(Default)]
struct Fetched {
    keys: Arc<ClientKeys>,
    at: Option<Timestamp>,
    trouble: Option<String>,
}

/// Why a token is not taken for the client's.
#[derive(Debug)]
pub struct Untrusted {
    /// What went wrong.
    pub cause: Cause,
    /// What is known of it.
    pub detail: String,
}

impl Default for KnownKeys {
    fn default() -> KnownKeys {
        KnownKeys { fetched: Cache::new(ADDRESSES) }
    }
}

impl KnownKeys {
    /// Checks that a token was signed with a key of the client.
    ///
    /// # Errors
    /// `unsigned` where no key made the signature, `ClientKeysUnreachable` where there is none to
    /// be had.
    pub async fn verify(
        &self,
        app: &App,
        client: &Client,
        token: &str,
    ) -> Result<Signed, Untrusted> {
        let Some(uri) = client.settings.jwks_uri.as_deref() else {
            return registered(client)?.verify(token).map_err(|error| unsigned(&error));
        };
        let place = self.fetched.get_with(uri.to_owned(), Arc::default);
        let mut kept = place.lock().await;
        let now = app.clock.now();
        if kept.at.is_none_or(|at| now - at > KEPT) {
            kept.refresh(app, uri, now).await;
        }
        let mut verified = kept.keys.verify(token);
        // Whatever is not known may be new.
        let may_ask = kept.at.is_some_and(|at| now - at >= PAUSE);
        if verified.as_ref().is_err_and(|error| *error != NotSigned::Malformed) && may_ask {
            kept.refresh(app, uri, now).await;
            verified = kept.keys.verify(token);
        }
        match (verified, &kept.trouble) {
            (Ok(signed), _) => Ok(signed),
            (Err(_), Some(trouble)) => {
                Err(Untrusted { cause: Cause::ClientKeysUnreachable, detail: trouble.clone() })
            }
            (Err(error), None) => Err(unsigned(&error)),
        }
    }
}

impl Fetched {
    /// Asks; what was known stays where nothing better comes.
    async fn refresh(&mut self, app: &App, uri: &str, now: Timestamp) {
        self.at = Some(now);
        let read = match app.fetcher.get(uri).await {
            Ok(body) => serde_json::from_slice::<Map<String, Value>>(&body)
                .map_err(|_| format!("{uri} answers with something that is not JSON"))
                .and_then(|set| ClientKeys::read(&set).map_err(|error| format!("{uri}: {error}"))),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(keys) => (self.keys, self.trouble) = (Arc::new(keys), None),
            Err(trouble) => {
                tracing::warn!(%trouble, "the keys of a client could not be fetched");
                self.trouble = Some(trouble);
            }
        }
    }
}

fn registered(client: &Client) -> Result<ClientKeys, Untrusted> {
    let set = client.settings.jwks.clone().unwrap_or_default();
    ClientKeys::read(&set)
        .map_err(|error| Untrusted { cause: Cause::ClientAssertionKey, detail: error.to_string() })
}

fn unsigned(error: &NotSigned) -> Untrusted {
    let cause = match error {
        NotSigned::Malformed => Cause::ClientAssertionMalformed,
        NotSigned::UnknownKey | NotSigned::Forged => Cause::ClientAssertionKey,
    };
    Untrusted { cause, detail: error.to_string() }
}
