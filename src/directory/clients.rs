//! Clients: register, change and delete relying parties.

use serde_json::json;
use sqlx::types::Json;

use super::client_rules::{check, slug_of};
use super::revision::Revision;
use super::view::ClientView;
use super::{
    DirectoryError, Done, Force, Result, begin_as, client_encryption, diff, external_ids, find,
    keys, publish, rights, secrets, uris,
};
use crate::app::App;
use crate::domain::{
    Actor, Client, ClientId, ClientSettings, EVERYONE, GrantType, GroupId, ScopeMap, Scopes,
    Secret, Slug, SubMode, UriPurpose,
};
use crate::explain::audit::Entry;
use crate::store::{self, Conn, Tx, clients, is_taken, maps};

/// A client to be.
#[derive(Debug, Default)]
pub struct NewClient {
    /// `client_id`.
    pub id: String,
    /// What people read; the id unless given.
    pub name: Option<String>,
    /// Its name in authentik's URLs; follows from the id unless given.
    pub slug: Option<Slug>,
    /// Cannot keep a secret.
    pub public: bool,
    /// People are not asked for consent.
    pub trusted: bool,
    /// A secret it has already; generated otherwise.
    pub secret: Option<Secret>,
    /// How we talk to it.
    pub settings: ClientSettings,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// Where a sign-out may lead back to.
    pub post_logout_redirect_uris: Vec<String>,
    /// What everybody may get until the administrator says otherwise; nobody may use it if empty.
    pub scopes_of_everyone: Scopes,
}

/// A client just made.
#[derive(Debug, Clone)]
pub struct Created {
    /// The client.
    pub client: Client,
    /// Its secret; `None` for a public client.
    pub secret: Option<Secret>,
}

/// Registers a client.
///
/// # Errors
/// When the id is taken, or a value breaks its rule.
pub async fn create(app: &App, actor: &Actor, new: NewClient) -> Result<Done<Created>> {
    let (mut client, secret) = prepare(app, &new)?;
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "register applications")?;
    if new.slug.is_none() {
        client.slug = free_slug(&mut tx, &client.slug).await?;
    }
    clients::insert(&mut tx, &client).await.map_err(|error| taken(error, &new, &client))?;
    let mut notes = Vec::new();
    for uris in [
        (UriPurpose::Authorization, new.redirect_uris.as_slice()),
        (UriPurpose::PostLogout, new.post_logout_redirect_uris.as_slice()),
    ] {
        notes.extend(uris::add_all(&mut tx, &client, uris).await?);
    }
    if !new.scopes_of_everyone.is_empty() {
        open_to_everyone(&mut tx, &client, &new.scopes_of_everyone).await?;
    }
    client.redirect_uris = new.redirect_uris;
    client.post_logout_redirect_uris = new.post_logout_redirect_uris;
    Entry::new(app, "client.created", actor)
        .client(&client.id)
        .detail("client", json!(ClientView::from(&client)))
        .append(&mut tx)
        .await?;
    notes.extend(external_ids::unknown(&mut tx, &client).await?);
    publish(app, tx).await?;
    notes.extend(cannot_sign_in(&client).into_iter().chain(client_encryption::note(&client)));
    Ok(Done::new(Created { client, secret }, notes))
}

pub(super) fn prepare(app: &App, new: &NewClient) -> Result<(Client, Option<Secret>)> {
    let id = ClientId::parse(&new.id)?;
    let now = app.clock.now();
    let mut client = Client {
        slug: new.slug.clone().unwrap_or_else(|| slug_of(&id)),
        name: new.name.clone().unwrap_or_else(|| id.0.clone()),
        id,
        public: new.public,
        trusted: new.trusted,
        disabled_at: None,
        secret_hash: None,
        secret_sealed: None,
        settings: Json(new.settings.clone()),
        created_at: now,
        updated_at: now,
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
    };
    check(&client)?;
    let secret = match (&new.secret, new.public) {
        (Some(_), true) => return Err(DirectoryError::PublicClient(client.id.0)),
        (None, true) => None,
        (Some(secret), false) => Some(secrets::checked(secret)?),
        (None, false) => Some(app.random.secret()),
    };
    if let Some(secret) = &secret {
        secrets::give(app, &mut client, secret)?;
    }
    Ok((client, secret))
}

/// Changes a client; `edit` gets it as it is now. With the revision that somebody `saw`, only if it
/// is still what they saw.
///
/// # Errors
/// When what comes out breaks a rule or the actor's bounds, was changed by somebody else meanwhile,
/// or `sub` would change without `force`.
pub async fn update(
    app: &App,
    actor: &Actor,
    (name, saw): (&str, Option<&Revision>),
    force: Force,
    edit: impl FnOnce(&mut Client) + Send,
) -> Result<Done<Client>> {
    let mut tx = begin_as(app, actor).await?;
    let before = find::client(&mut tx, name).await?;
    rights::reach_client(&mut tx, actor, &before.id).await?;
    Revision::check(saw, &ClientView::from(&before), before.id.as_str())?;
    let mut client = before.clone();
    edit(&mut client);
    check(&client)?;
    rights::keep_bounds(actor, (&before, &client))?;
    let (was, is) = (called_in(&before.settings), called_in(&client.settings));
    if was != is && force == Force::No {
        return Err(DirectoryError::SubIsStable { client: client.id.0, from: was, to: is });
    }
    client_encryption::accepted(&before, &client, force)?;
    let changes = diff::changes(&ClientView::from(&before), &ClientView::from(&client));
    if changes.is_empty() {
        return Ok(Done::nothing(before, "Nothing changed."));
    }
    client.updated_at = app.clock.now();
    clients::update(&mut tx, &client).await.map_err(|error| slug_taken(error, &client.slug))?;
    Entry::new(app, "client.updated", actor)
        .client(&client.id)
        .detail("changes", changes)
        .append(&mut tx)
        .await?;
    let mut notes: Vec<String> = cannot_sign_in(&client).into_iter().collect();
    notes.extend(keys::first_of(app, &client));
    if client.settings.sub != before.settings.sub {
        notes.extend(external_ids::unknown(&mut tx, &client).await?);
    }
    publish(app, tx).await?;
    Ok(Done::new(client, notes))
}

/// Deletes a client, its maps, consents and all that was issued to it.
///
/// # Errors
/// When there is no such client.
pub async fn delete(app: &App, actor: &Actor, name: &str) -> Result<Client> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "delete applications")?;
    let client = find::client(&mut tx, name).await?;
    clients::delete(&mut tx, &client.id).await?;
    Entry::new(app, "client.deleted", actor)
        .client(&client.id)
        .detail("name", client.name.as_str())
        .append(&mut tx)
        .await?;
    publish(app, tx).await?;
    Ok(client)
}

/// What `sub` hangs on, in a word or two.
fn called_in(settings: &ClientSettings) -> String {
    let mode = String::from(settings.sub.clone());
    match (&settings.sub, &settings.sector_identifier_uri) {
        (SubMode::Pairwise, Some(uri)) => format!("{mode} in the sector of {uri}"),
        _ => mode,
    }
}

async fn free_slug(conn: &mut Conn, wanted: &str) -> Result<Slug> {
    let taken: Vec<Slug> = clients::all(conn).await?.into_iter().map(|c| c.slug).collect();
    let numbered = (2..).map(|n| format!("{wanted}-{n}"));
    let mut slugs = std::iter::once(wanted.to_owned()).chain(numbered);
    Ok(slugs.find(|slug| !taken.contains(slug)).unwrap_or_default())
}

async fn open_to_everyone(tx: &mut Tx, client: &Client, scopes: &Scopes) -> Result<()> {
    let map = ScopeMap {
        client_id: client.id.clone(),
        group_id: GroupId(EVERYONE.to_owned()),
        scopes: Json(scopes.clone()),
        is_default: true,
    };
    Ok(maps::put_scope_map(tx, &map).await?)
}

fn cannot_sign_in(client: &Client) -> Option<String> {
    let signs_in = client.settings.grant_types.contains(&GrantType::AuthorizationCode);
    (signs_in && client.redirect_uris.is_empty()).then(|| {
        format!(
            "'{}' has no redirect URI: nobody can sign in to it before one is added.",
            client.id
        )
    })
}

fn taken(error: store::Error, new: &NewClient, client: &Client) -> DirectoryError {
    match (is_taken(&error), &new.slug) {
        // Which of the two it is, the databases say in their own ways; the id is likelier.
        (true, Some(slug)) if slug != client.id.as_str() => DirectoryError::Taken {
            what: "client id or slug",
            name: format!("{}' or '{slug}", client.id),
        },
        (true, _) => DirectoryError::Taken { what: "client id", name: client.id.0.clone() },
        (false, _) => error.into(),
    }
}

fn slug_taken(error: store::Error, slug: &str) -> DirectoryError {
    match is_taken(&error) {
        true => DirectoryError::Taken { what: "slug", name: slug.to_owned() },
        false => error.into(),
    }
}
