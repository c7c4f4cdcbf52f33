//! The public keys of clients: those registered, or those at their `jwks_uri`, kept for a while and
//! fetched again when a key is not among them.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jsonwebtoken::Algorithm;
use moka::sync::Cache;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::app::App;
use crate::domain::{Cause, Client, ClientAlgs, DAY, HOUR, KeyManagement, Timestamp};
use crate::jose::{ClientKeys, EncryptionKey, NotSigned, Signed};

/// Seconds after which keys are fetched again in any case.
const KEPT: i64 = HOUR;
/// Seconds for which they are believed while they cannot be fetched.
const BELIEVED: i64 = DAY;
/// Seconds between two fetches of one address, whatever comes.
const PAUSE: i64 = 10;
/// Addresses whose keys are kept.
const ADDRESSES: u64 = 10_000;

/// What was fetched, address by address.
pub struct KnownKeys {
    fetched: Cache<String, Arc<Kept>>,
}

/// The keys of one address. Whoever knows them waits for nobody; of many who miss one, one asks.
#[derive(Default)]
struct Kept {
    now: ArcSwap<Fetched>,
    asking: Mutex<()>,
}

#[derive(Default)]
struct Fetched {
    keys: Arc<ClientKeys>,
    /// When they came.
    came_at: Option<Timestamp>,
    /// When they were last asked for.
    asked_at: Option<Timestamp>,
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
    /// be had, `ClientAlgorithmRefused` where the client may not sign so.
    pub async fn verify(
        &self,
        app: &App,
        client: &Client,
        token: &str,
    ) -> Result<Signed, Untrusted> {
        let settings = &client.settings;
        let keys = (settings.jwks.as_ref(), settings.jwks_uri.as_deref());
        let signed = self.verify_by(app, keys, token).await?;
        if settings.client_algs == ClientAlgs::Fapi && signed.alg == Algorithm::RS256 {
            let detail = "it is signed with RS256".to_owned();
            return Err(Untrusted { cause: Cause::ClientAlgorithmRefused, detail });
        }
        Ok(signed)
    }

    /// The same for keys that are given, or their address.
    ///
    /// # Errors
    /// As `verify`.
    pub async fn verify_by(
        &self,
        app: &App,
        keys: (Option<&Map<String, Value>>, Option<&str>),
        token: &str,
    ) -> Result<Signed, Untrusted> {
        self.found(app, keys, |keys| keys.verify(token)).await
    }

    /// Checks that a certificate belongs to a key of the client.
    ///
    /// # Errors
    /// As `verify`.
    pub async fn certify(
        &self,
        app: &App,
        client: &Client,
        certificate: &[u8],
    ) -> Result<(), Untrusted> {
        let settings = &client.settings;
        let keys = (settings.jwks.as_ref(), settings.jwks_uri.as_deref());
        self.found(app, keys, |keys| keys.certify(certificate)).await
    }

    /// What is found among the keys; they are fetched anew where it is not.
    async fn found<T>(
        &self,
        app: &App,
        (jwks, uri): (Option<&Map<String, Value>>, Option<&str>),
        find: impl Fn(&ClientKeys) -> Result<T, NotSigned>,
    ) -> Result<T, Untrusted> {
        let Some(uri) = uri else {
            return find(&registered(jwks)?).map_err(|error| unsigned(&error));
        };
        self.found_at(app, uri, find).await
    }

    /// Checks that a token was signed with a key that stands at an address.
    ///
    /// # Errors
    /// As `verify`.
    pub async fn verify_at(&self, app: &App, uri: &str, token: &str) -> Result<Signed, Untrusted> {
        self.found_at(app, uri, |keys| keys.verify(token)).await
    }

    async fn found_at<T>(
        &self,
        app: &App,
        uri: &str,
        find: impl Fn(&ClientKeys) -> Result<T, NotSigned>,
    ) -> Result<T, Untrusted> {
        let missed = |error: &NotSigned| *error != NotSigned::Malformed;
        match self.look(app, uri, find, missed).await {
            (Ok(found), _) => Ok(found),
            (Err(_), Some(trouble)) => Err(unreachable(trouble)),
            (Err(error), None) => Err(unsigned(&error)),
        }
    }

    /// The key of the client that is encrypted to in this way.
    ///
    /// # Errors
    /// `EncryptionKeyMissing` where it has none, `ClientKeysUnreachable` where none is to be had.
    pub async fn recipient(
        &self,
        app: &App,
        client: &Client,
        alg: KeyManagement,
    ) -> Result<Arc<EncryptionKey>, Untrusted> {
        let missing = || Untrusted {
            cause: Cause::EncryptionKeyMissing,
            detail: format!("the client has no key for {}", alg.as_str()),
        };
        let Some(uri) = client.settings.jwks_uri.as_deref() else {
            let keys = registered(client.settings.jwks.as_ref())?;
            return keys.recipient(alg).ok_or_else(missing);
        };
        let find = |keys: &ClientKeys| keys.recipient(alg).ok_or(());
        match self.look(app, uri, find, |()| true).await {
            (Ok(key), _) => Ok(key),
            (Err(()), Some(trouble)) => Err(unreachable(trouble)),
            (Err(()), None) => Err(missing()),
        }
    }

    /// Looks among the keys of an address, and fetches them anew where something is missed, for
    /// whatever is not known may be new; with what went wrong when they were last asked for.
    async fn look<T, E>(
        &self,
        app: &App,
        uri: &str,
        find: impl Fn(&ClientKeys) -> Result<T, E>,
        missed: impl Fn(&E) -> bool,
    ) -> (Result<T, E>, Option<String>) {
        let kept = self.fetched.get_with(uri.to_owned(), Arc::default);
        let now = app.clock.now();
        let mut known = kept.now.load_full();
        if known.is_older(now, KEPT) {
            known = kept.refreshed(app, uri, KEPT).await;
        }
        let mut found = find(&known.keys);
        if found.as_ref().is_err_and(missed) && known.is_older(now, PAUSE) {
            known = kept.refreshed(app, uri, PAUSE).await;
            found = find(&known.keys);
        }
        (found, known.trouble.clone())
    }
}

impl Kept {
    /// Asks, unless somebody else just did.
    async fn refreshed(&self, app: &App, uri: &str, age: i64) -> Arc<Fetched> {
        let _one_at_a_time = self.asking.lock().await;
        let now = app.clock.now();
        let before = self.now.load_full();
        if before.is_older(now, age) {
            self.now.store(Arc::new(before.renewed(app, uri, now).await));
        }
        self.now.load_full()
    }
}

impl Fetched {
    fn is_older(&self, now: Timestamp, age: i64) -> bool {
        self.asked_at.is_none_or(|at| now - at >= age)
    }

    /// What comes now; what was known stays for a while where nothing does.
    async fn renewed(&self, app: &App, uri: &str, now: Timestamp) -> Fetched {
        let read = match app.fetcher.get(uri).await {
            Ok(body) => serde_json::from_slice::<Map<String, Value>>(&body)
                .map_err(|_| format!("{uri} answers with something that is not JSON"))
                .and_then(|set| ClientKeys::read(&set).map_err(|error| format!("{uri}: {error}"))),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(keys) => {
                let (keys, at) = (Arc::new(keys), Some(now));
                Fetched { keys, came_at: at, asked_at: at, trouble: None }
            }
            Err(trouble) => {
                tracing::warn!(%trouble, "the keys of a client could not be fetched");
                let believed = self.came_at.is_some_and(|at| now - at < BELIEVED);
                let keys = if believed { self.keys.clone() } else { Arc::default() };
                let came_at = self.came_at;
                Fetched { keys, came_at, asked_at: Some(now), trouble: Some(trouble) }
            }
        }
    }
}

fn registered(jwks: Option<&Map<String, Value>>) -> Result<ClientKeys, Untrusted> {
    ClientKeys::read(jwks.unwrap_or(&Map::new()))
        .map_err(|error| Untrusted { cause: Cause::ClientAssertionKey, detail: error.to_string() })
}

fn unreachable(detail: String) -> Untrusted {
    Untrusted { cause: Cause::ClientKeysUnreachable, detail }
}

fn unsigned(error: &NotSigned) -> Untrusted {
    let cause = match error {
        NotSigned::Malformed => Cause::ClientAssertionMalformed,
        NotSigned::UnknownKey | NotSigned::Forged => Cause::ClientAssertionKey,
    };
    Untrusted { cause, detail: error.to_string() }
}
