//! What every request and every command may need, made once at start.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};

use crate::clock::Clock;
use crate::config::Config;
use crate::directory::recovery::Recoveries;
use crate::explain::{FlowLog, Refused};
use crate::fetch::{Fetcher, FetcherError};
use crate::jose::{Authorities, BadAuthorities};
use crate::metrics::Metrics;
use crate::random::Random;
use crate::registry::{LoadError, Registry, Snapshot};
use crate::renewal::Renewal;
use crate::seal::Sealer;
use crate::secret_key::{self, SecretKeyError};
use crate::signin::password::{PasswordError, Passwords};
use crate::store::{self, Conn, Db, OpenError, settings};
use crate::web::{KnownDocuments, KnownKeys, RecentTokens};

/// The name under which the database keeps what the server is called.
pub const KEPT: &str = "server";

/// The settings, and what hangs on them; everything else is shared with whoever takes over from
/// this one with other settings.
pub struct App {
    /// The settings.
    pub config: Config,
    /// Access tokens that were looked up a moment ago.
    pub recent: RecentTokens,
    /// Who on this machine runs the command, where it is one.
    pub operator: Option<String>,
    shared: Arc<Shared>,
    registry: Registry,
}

/// What goes on when the settings change.
pub struct Shared {
    /// The database.
    pub db: Db,
    /// The only source of now.
    pub clock: Clock,
    /// The only source of chance.
    pub random: Random,
    /// What the secret key does.
    pub sealer: Sealer,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Steps of flows on their way to the database.
    pub flows: FlowLog,
    /// Which refused clients are written down.
    pub refused: Refused,
    /// Asks the addresses that clients name.
    pub fetcher: Fetcher,
    /// Who vouches for certificates of clients.
    pub authorities: Option<Authorities>,
    /// Keys of clients that were fetched a while ago.
    pub client_keys: KnownKeys,
    /// Documents of clients that were fetched a while ago.
    pub client_documents: KnownDocuments,
    /// What Prometheus is told.
    pub metrics: Metrics,
    /// Those who forgot their password and asked.
    pub recoveries: Recoveries,
    /// Tells the server that it is to go by other settings.
    pub renewal: Renewal,
}

impl Deref for App {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// Why Keystead cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The secret key.
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    /// What the database holds.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The settings in the database.
    #[error("the settings in the database cannot be read: {0}")]
    Kept(#[from] store::Error),
    /// The password settings.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The settings for outgoing requests.
    #[error(transparent)]
    Fetcher(#[from] FetcherError),
    /// The authorities of clients' certificates.
    #[error(transparent)]
    Authorities(#[from] BadAuthorities),
}

impl App {
    /// Opens data folder, secret key and database, making what a first start needs.
    ///
    /// # Errors
    /// One sentence with cause and fix; nothing is half-written.
    pub async fn open(config: Config) -> Result<App, StartError> {
        let (clock, random) = (Clock::System, Random::system());
        // A folder is worth making once the database answers; SQLite is inside it.
        if !config.database_url.is_postgres() {
            secret_key::make_folder(&config)?;
        }
        let key = secret_key::load(&config)?;
        let url = config.database_url.expose();
        let db = Db::open(url, config.database.max_connections).await?;
        secret_key::make_folder(&config)?;
        let key = match key {
            Some(key) => key,
            None => secret_key::create(&config, &db, &random).await?,
        };
        App::assemble(config, db, clock, random, key.expose()).await
    }

    /// Puts the parts together: also what tests do, with a clock and chance of their own.
    ///
    /// # Errors
    /// When the secret key does not fit the database, or what it holds cannot be read.
    pub async fn assemble(
        config: Config,
        db: Db,
        clock: Clock,
        random: Random,
        secret_key: &[u8; 32],
    ) -> Result<App, StartError> {
        let config = config.with_public_url(kept_public_url(&db).await?.as_deref());
        let sealer = secret_key::sealer(&db, secret_key, &random).await?;
        let metrics = Metrics::default();
        let passwords = Passwords::new(&config.password, metrics.clone(), &random)?;
        let fetcher = Fetcher::new(&config.outbound)?;
        let authorities = config.mtls.ca_file.as_deref().map(Authorities::read).transpose()?;
        let registry = Registry::load(&db, &sealer).await?;
        let shared = Shared {
            db,
            clock,
            random,
            sealer,
            passwords,
            flows: FlowLog::default(),
            refused: Refused::default(),
            fetcher,
            authorities,
            client_keys: KnownKeys::default(),
            client_documents: KnownDocuments::default(),
            metrics,
            recoveries: Recoveries::default(),
            renewal: Renewal::default(),
        };
        Ok(App {
            config,
            recent: RecentTokens::default(),
            operator: None,
            shared: Arc::new(shared),
            registry,
        })
    }

    /// The same with other settings, to take over from this one.
    ///
    /// # Errors
    /// When what the database holds cannot be read.
    pub async fn renewed(&self, config: Config) -> Result<App, LoadError> {
        Ok(App {
            config,
            recent: RecentTokens::default(),
            operator: self.operator.clone(),
            shared: self.shared.clone(),
            // What it keeps names the issuer, too.
            registry: Registry::load(&self.db, &self.sealer).await?,
        })
    }

    /// Whether the database still belongs to our secret key, which may be replaced while we run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn has_current_key(&self, conn: &mut Conn) -> store::Result<bool> {
        Ok(secret_key::fits(conn, &self.sealer).await? != Some(false))
    }

    /// Clients, scopes, maps, groups and keys as they are now.
    pub fn registry(&self) -> Arc<Snapshot> {
        self.registry.now()
    }

    /// Sees what changed in the registry, here or elsewhere.
    ///
    /// # Errors
    /// When it cannot be read; the former state stays in use.
    pub async fn refresh_registry(&self) -> Result<(), LoadError> {
        self.registry.refresh(&self.db, &self.sealer).await
    }
}

/// The public URL kept in the database, which counts where the settings name none.
///
/// # Errors
/// When the database refuses.
pub async fn kept_public_url(db: &Db) -> store::Result<Option<String>> {
    let found = settings::find(&mut db.read().await?, KEPT).await?;
    Ok(found.and_then(|value| Some(value.get("public_url")?.as_str()?.to_owned())))
}

/// What a handler asks for: `async fn get(app: AppState, ..)`.
#[derive(Clone, FromRequestParts)]
#[from_request(via(State))]
pub struct AppState(pub Arc<App>);

impl Deref for AppState {
    type Target = App;
    fn deref(&self) -> &App {
        &self.0
    }
}
