//! Clients that register themselves and change that later (RFC 7591, RFC 7592). They act for nobody:
//! what they may become is bounded by the token that they came by, and by what an administrator made
//! of them since.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use url::Url;

use super::client_rules::{check, slug_of};
use super::together::Open;
use super::view::ClientView;
use super::{DirectoryError, begin, diff, find, publish, secrets, uris};
use crate::app::App;
use crate::domain::{
    Actor, AuthMethod, Bounds, Client, ClientId, GroupId, RedirectUri, Registration,
    RegistrationToken, ScopeMap, Scopes, Secret, SubMode, UriPurpose, Wanted,
};
use crate::explain::audit::Entry;
use crate::store::{self, clients, is_taken, maps, registration_tokens, registrations};

/// What every registration access token begins with.
const PREFIX: &str = "ksr_";

/// Why a client was not registered, or not changed.
#[derive(Debug, thiserror::Error)]
pub enum Unregistered {
    /// A rule of the directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The last use of the token was taken by somebody else.
    #[error("the token has no use left")]
    Spent,
    /// As many as may have registered.
    #[error("no more clients may register themselves now")]
    Full,
    /// An administrator made it their own.
    #[error("an administrator made the client their own")]
    Kept,
    /// What never changes would.
    #[error("a client stays public or confidential, and calls people what it called them")]
    Fixed,
}

impl From<store::Error> for Unregistered {
    fn from(error: store::Error) -> Unregistered {
        DirectoryError::from(error).into()
    }
}

/// How a client arrives.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// By which token.
    pub token: Option<RegistrationToken>,
    /// What it may become.
    pub bounds: Bounds,
    /// From where.
    pub address: Option<String>,
}

/// A client that registered itself, and what it is told.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The client.
    pub client: Client,
    /// How it came.
    pub registration: Registration,
    /// Its secret, where it has one.
    pub secret: Option<Secret>,
}

/// Registers a client; it is told the registration access token now, and never again.
///
/// # Errors
/// See `Unregistered`; nothing was made then, and no use of the token is taken.
pub async fn register(
    app: &App,
    wanted: Wanted,
    arrival: Arrival,
) -> Result<(Registered, Secret), Unregistered> {
    let client = client_of(app, &wanted);
    add(app, client, wanted, arrival).await
}

/// Makes a client of what stands at its id, or changes it to that.
///
/// # Errors
/// See `Unregistered`.
pub async fn provide(
    app: &App,
    id: &ClientId,
    wanted: Wanted,
    address: Option<String>,
) -> Result<(), Unregistered> {
    if of(app, id).await?.is_some() {
        return update(app, id, wanted, address).await.map(drop);
    }
    let hash = BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(id.as_str())[..12]);
    let slug = format!("doc-{hash}");
    let client = Client { id: id.clone(), slug, ..client_of(app, &wanted) };
    let arrival = Arrival { token: None, bounds: Bounds::default(), address };
    match add(app, client, wanted, arrival).await {
        // Somebody else came with it at the same moment.
        Err(Unregistered::Directory(DirectoryError::Store(error))) if is_taken(&error) => Ok(()),
        made => made.map(drop),
    }
}

async fn add(
    app: &App,
    mut client: Client,
    wanted: Wanted,
    arrival: Arrival,
) -> Result<(Registered, Secret), Unregistered> {
    check(&client)?;
    let secret = give_secret(app, &mut client)?;
    let access = Secret::sent(format!("{PREFIX}{}", app.random.secret().expose()));
    let mut tx = begin(app).await?;
    if registrations::count(&mut tx).await? >= i64::from(app.config.oidc.registration.most) {
        return Err(Unregistered::Full);
    }
    if let Some(token) = &arrival.token
        && !registration_tokens::take(&mut tx, token.id, app.clock.now()).await?
    {
        return Err(Unregistered::Spent);
    }
    clients::insert(&mut tx, &client).await?;
    uris::add_all(&mut tx, &client, (UriPurpose::Authorization, &wanted.redirect_uris)).await?;
    let after = (UriPurpose::PostLogout, wanted.post_logout_redirect_uris.as_slice());
    uris::add_all(&mut tx, &client, after).await?;
    if let Some(group) = group_of(app, &mut tx, &arrival).await? {
        open_to(&mut tx, &client, (group, &wanted.scopes)).await?;
    }
    let mut said = wanted.said;
    said.insert("scope".to_owned(), json!(wanted.scopes.to_string()));
    let registration = Registration {
        client_id: client.id.clone(),
        hash: access.hash(),
        token: arrival.token.map(|token| token.name),
        bounds: Json(arrival.bounds),
        said: Json(said),
        address: arrival.address.clone(),
        registered_at: app.clock.now(),
        used_at: None,
    };
    registrations::insert(&mut tx, &registration).await?;
    client.redirect_uris = wanted.redirect_uris;
    client.post_logout_redirect_uris = wanted.post_logout_redirect_uris;
    Entry::new(app, "client.registered", &Actor::Client(client.id.clone()))
        .client(&client.id)
        .address(arrival.address)
        .detail("token", registration.token.clone())
        .detail("client", json!(ClientView::from(&client)))
        .append(&mut tx)
        .await?;
    publish(app, tx).await?;
    Ok((Registered { client, registration, secret }, access))
}

fn client_of(app: &App, wanted: &Wanted) -> Client {
    let now = app.clock.now();
    let id = ClientId(format!("reg-{}", app.random.uuid()));
    let host = wanted.redirect_uris.first().and_then(|uri| Url::parse(uri).ok());
    let host = host.as_ref().and_then(Url::host_str).map(|host| host.chars().take(100).collect());
    Client {
        slug: slug_of(&id),
        name: wanted.name.clone().or(host).unwrap_or_else(|| id.0.clone()),
        id,
        public: wanted.public,
        trusted: false,
        disabled_at: None,
        secret_hash: None,
        secret_sealed: None,
        settings: Json(wanted.settings.clone()),
        created_at: now,
        updated_at: now,
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
    }
}

/// Gives it a secret if it needs one and has none; what it has by then.
fn give_secret(app: &App, client: &mut Client) -> Result<Option<Secret>, DirectoryError> {
    if client.public || client.settings.auth_method.is_some_and(AuthMethod::is_without_secret) {
        return Ok(None);
    }
    if client.secret_hash.is_some() {
        return Ok(secrets::known(app, client));
    }
    let secret = app.random.secret();
    secrets::give(app, client, &secret)?;
    Ok(Some(secret))
}

/// Whose members may use it: those of the token's group, or of the one in the settings.
async fn group_of(
    app: &App,
    tx: &mut Open,
    arrival: &Arrival,
) -> Result<Option<GroupId>, DirectoryError> {
    match (&arrival.token, &app.config.oidc.registration.group) {
        (Some(token), _) => Ok(token.group_id.clone()),
        (None, None) => Ok(None),
        (None, Some(name)) => match find::group(tx, name).await {
            Ok(group) => Ok(Some(group.id)),
            Err(error @ DirectoryError::NotFound { .. }) => {
                tracing::warn!(%error, "oidc.registration_group names no group");
                Ok(None)
            }
            Err(error) => Err(error),
        },
    }
}

async fn open_to(
    tx: &mut Open,
    client: &Client,
    (group_id, scopes): (GroupId, &Scopes),
) -> Result<(), DirectoryError> {
    let scopes = Json(scopes.union(&Scopes::parse("openid")));
    let map = ScopeMap { client_id: client.id.clone(), group_id, scopes, is_default: false };
    Ok(maps::put_scope_map(tx, &map).await?)
}

/// The client that this registration access token is of; `None` for any other, and for clients that
/// an administrator closed.
///
/// # Errors
/// When the database refuses.
pub async fn resolve(
    app: &App,
    id: &ClientId,
    token: &str,
) -> Result<Option<Registered>, DirectoryError> {
    let found = registrations::find(&mut app.db.read().await?, id).await?;
    let sent = Secret::sent(token);
    let Some(registration) = found.filter(|found| sent.matches(&found.hash)) else {
        return Ok(None);
    };
    let client = app.registry().client(id).filter(|client| client.disabled_at.is_none());
    let Some(client) = client.map(|client| Client::clone(&client)) else { return Ok(None) };
    // Whose client it has become, they hand its secret out.
    let secret = if client.trusted { None } else { secrets::known(app, &client) };
    Ok(Some(Registered { client, registration, secret }))
}

/// Makes a client what it asks to be now, within the bounds that it came with. Who may use it stays
/// as it is.
///
/// # Errors
/// See `Unregistered`; nothing was changed then.
pub async fn update(
    app: &App,
    id: &ClientId,
    wanted: Wanted,
    address: Option<String>,
) -> Result<Registered, Unregistered> {
    let mut tx = begin(app).await?;
    let (before, mut registration) = own(&mut tx, id).await?;
    let pairwise = before.settings.sub == SubMode::Pairwise;
    if wanted.public != before.public || wanted.is_pairwise() != pairwise {
        return Err(Unregistered::Fixed);
    }
    let mut client = before.clone();
    wanted.impose(&mut client.settings);
    if let Some(name) = &wanted.name {
        client.name.clone_from(name);
    }
    check(&client)?;
    let secret = give_secret(app, &mut client)?;
    client.redirect_uris.clone_from(&wanted.redirect_uris);
    client.post_logout_redirect_uris.clone_from(&wanted.post_logout_redirect_uris);
    let mut changes = diff::changes(&ClientView::from(&before), &ClientView::from(&client));
    let mut said = wanted.said;
    said.insert("scope".to_owned(), json!(wanted.scopes.to_string()));
    changes.extend(diff::changes(&registration.said.0, &said));
    // That it changed, and not to what: whoever has it may register by it.
    if let Some(statement) = changes.get_mut("software_statement") {
        *statement = json!({});
    }
    // Others need not hear of what says the same again.
    if changes.is_empty() {
        return Ok(Registered { client: before, registration, secret });
    }
    registration.said.0 = said;
    registrations::update_said(&mut tx, &registration).await?;
    client.updated_at = app.clock.now();
    clients::update(&mut tx, &client).await?;
    let moved = (&before.redirect_uris, &client.redirect_uris);
    replace(&mut tx, &client, (UriPurpose::Authorization, moved)).await?;
    let moved = (&before.post_logout_redirect_uris, &client.post_logout_redirect_uris);
    replace(&mut tx, &client, (UriPurpose::PostLogout, moved)).await?;
    Entry::new(app, "client.updated", &Actor::Client(id.clone()))
        .client(id)
        .address(address)
        .detail("changes", changes)
        .append(&mut tx)
        .await?;
    publish(app, tx).await?;
    Ok(Registered { client, registration, secret })
}

async fn replace(
    tx: &mut Open,
    client: &Client,
    (purpose, (had, wanted)): (UriPurpose, (&Vec<String>, &Vec<String>)),
) -> Result<(), DirectoryError> {
    for uri in had.iter().filter(|uri| !wanted.contains(uri)) {
        let row = RedirectUri { client_id: client.id.clone(), purpose, uri: uri.clone() };
        clients::remove_uri(tx, &row).await?;
    }
    let new: Vec<String> = wanted.iter().filter(|uri| !had.contains(uri)).cloned().collect();
    uris::add_all(tx, client, (purpose, &new)).await?;
    Ok(())
}

/// Deletes a client that wants to go, with all that was issued to it.
///
/// # Errors
/// See `Unregistered`.
pub async fn remove(app: &App, id: &ClientId, address: Option<String>) -> Result<(), Unregistered> {
    let mut tx = begin(app).await?;
    let (client, _) = own(&mut tx, id).await?;
    let actor = Actor::Client(id.clone());
    clients::delete(&mut tx, id).await?;
    gone(app, (&client, &actor), "it asked to be deleted").address(address).append(&mut tx).await?;
    publish(app, tx).await?;
    Ok(())
}

/// A client that is still its own: one that administrators trust is theirs.
async fn own(tx: &mut Open, id: &ClientId) -> Result<(Client, Registration), Unregistered> {
    let client = find::client(tx, id.as_str()).await?;
    let registration = registrations::find(tx, id).await?;
    registration
        .filter(|_| !client.trusted)
        .map(|registration| (client, registration))
        .ok_or(Unregistered::Kept)
}

fn gone(app: &App, (client, actor): (&Client, &Actor), why: &str) -> Entry {
    Entry::new(app, "client.deleted", actor)
        .client(&client.id)
        .detail("name", client.name.as_str())
        .detail("why", why)
}

/// Notes which registered clients are in use, and deletes those that never were for as long as the
/// settings say.
///
/// # Errors
/// When the database refuses; it is tried again.
pub async fn advance(app: &App) -> Result<(), DirectoryError> {
    if registrations::count(&mut app.db.read().await?).await? == 0 {
        return Ok(());
    }
    let mut tx = begin(app).await?;
    registrations::note_used(&mut tx, app.clock.now()).await?;
    let Some(kept) = app.config.oidc.registration.keep_unused else {
        return super::commit(app, tx).await;
    };
    let before = app.clock.now() - i64::try_from(kept.as_secs()).unwrap_or(i64::MAX);
    let mut any = false;
    for registration in registrations::unused(&mut tx, before).await? {
        let client = app.registry().client(&registration.client_id);
        // What administrators trust is not theirs to lose.
        let Some(client) = client.filter(|client| !client.trusted) else { continue };
        let why = "it registered itself and nobody ever used it";
        clients::delete(&mut tx, &client.id).await?;
        gone(app, (&client, &Actor::System), why).append(&mut tx).await?;
        any = true;
    }
    match any {
        true => publish(app, tx).await,
        false => super::commit(app, tx).await,
    }
}

/// How a client registered itself, if it did.
///
/// # Errors
/// When the database refuses.
pub async fn of(app: &App, id: &ClientId) -> Result<Option<Registration>, DirectoryError> {
    Ok(registrations::find(&mut app.db.read().await?, id).await?)
}

/// Every client that registered itself, by id.
///
/// # Errors
/// When the database refuses.
pub async fn all(app: &App) -> Result<Vec<Registration>, DirectoryError> {
    Ok(registrations::all(&mut app.db.read().await?).await?)
}
