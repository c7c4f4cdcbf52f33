//! Tokens with which clients may register themselves (RFC 7591 3): made by administrators, shown
//! once, good for a time, for so many clients, and for what these may become.

use serde::Serialize;
use sqlx::types::Json;

use super::{DirectoryError, Result, begin_as, commit, find, rights};
use crate::app::App;
use crate::domain::{
    Actor, Bounds, DAY, GrantType, MINUTE, RegistrationToken, Scopes, Secret, Selector, Timestamp,
    Token,
};
use crate::explain::audit::Entry;
use crate::registry::Snapshot;
use crate::store::{Conn, is_taken, registration_tokens, scopes};

/// What every token begins with, so that people and scanners recognise a leaked one.
const PREFIX: &str = "ksi_";
/// The longest life of a token.
pub const LONGEST: i64 = 366 * DAY;
/// The most clients that may come by one.
pub const MOST: i64 = 10_000;
/// Hosts that one may name.
const HOSTS: usize = 50;

/// A token to be.
#[derive(Debug, Clone)]
pub struct NewRegistrationToken {
    /// What to call it.
    pub name: String,
    /// Whose members may use the clients that come by it, by name or id.
    pub group: Option<String>,
    /// What they may become.
    pub bounds: Bounds,
    /// How many may come.
    pub uses: i64,
    /// Seconds that it lives.
    pub life: i64,
}

/// A token as documents show it.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "named as in domain::RegistrationToken")]
pub struct RegistrationTokenView {
    /// As text: it has more digits than many JSON readers keep.
    pub id: String,
    pub name: String,
    pub group: Option<String>,
    pub grant_types: Vec<GrantType>,
    pub scopes: Scopes,
    pub redirect_hosts: Vec<String>,
    pub uses_left: i64,
    pub created_by: String,
    pub created_at: String,
    pub expires_at: String,
    pub last_used_at: Option<String>,
    /// Whether a client may come by it now.
    pub works: bool,
}

impl RegistrationTokenView {
    /// With the group's name of this snapshot.
    pub fn new(
        registry: &Snapshot,
        token: &RegistrationToken,
        now: Timestamp,
    ) -> RegistrationTokenView {
        RegistrationTokenView {
            id: token.id.0.to_string(),
            name: token.name.clone(),
            group: token.group_id.as_ref().map(|id| find::group_name(registry, id)),
            grant_types: token.bounds.grant_types.clone(),
            scopes: token.bounds.scopes.clone(),
            redirect_hosts: token.bounds.redirect_hosts.clone(),
            uses_left: token.uses_left,
            created_by: token.created_by.clone(),
            created_at: token.created_at.rfc3339(),
            expires_at: token.expires_at.rfc3339(),
            last_used_at: token.last_used_at.map(Timestamp::rfc3339),
            works: works(token, now),
        }
    }
}

/// Whether a client may come by a token now.
pub fn works(token: &RegistrationToken, now: Timestamp) -> bool {
    token.uses_left > 0 && now < token.expires_at
}

/// Makes a token. It is told to whoever makes it now, and never again.
///
/// # Errors
/// When the name is taken, or a value breaks its rule.
pub async fn create(
    app: &App,
    actor: &Actor,
    new: NewRegistrationToken,
) -> Result<(RegistrationToken, Secret)> {
    let bounds = check(&new)?;
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "make tokens with which applications register themselves")?;
    known(&mut tx, &bounds.scopes).await?;
    let group = match new.group.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => Some(find::group(&mut tx, name).await?),
        None => None,
    };
    let token = app.random.token(&app.clock);
    let now = app.clock.now();
    let stored = RegistrationToken {
        id: token.selector,
        hash: token.hash(),
        name: new.name,
        group_id: group.as_ref().map(|group| group.id.clone()),
        bounds: Json(bounds),
        uses_left: new.uses,
        created_by: actor.label(),
        created_at: now,
        expires_at: now + new.life,
        last_used_at: None,
    };
    registration_tokens::insert(&mut tx, &stored).await.map_err(|error| {
        match is_taken(&error) {
            true => DirectoryError::Taken { what: "token name", name: stored.name.clone() },
            false => error.into(),
        }
    })?;
    Entry::new(app, "registration_token.created", actor)
        .target(&stored.name)
        .detail("group", group.map(|group| group.name))
        .detail("uses", new.uses)
        .detail("scopes", stored.bounds.scopes.to_string())
        .detail("expires_at", stored.expires_at.rfc3339())
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok((stored, Secret::sent(format!("{PREFIX}{}", token.expose()))))
}

/// Takes a token back at once, by name or id. Clients that came by it stay.
///
/// # Errors
/// When there is none.
pub async fn revoke(app: &App, actor: &Actor, name: &str) -> Result<RegistrationToken> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "revoke tokens with which applications register themselves")?;
    let token = named(&mut tx, name).await?;
    registration_tokens::delete(&mut tx, token.id).await?;
    Entry::new(app, "registration_token.revoked", actor)
        .target(&token.name)
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(token)
}

/// Every token, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn list(app: &App) -> Result<Vec<RegistrationToken>> {
    Ok(registration_tokens::all(&mut app.db.read().await?).await?)
}

/// The token with this name or id.
///
/// # Errors
/// When there is none.
pub async fn one(app: &App, name: &str) -> Result<RegistrationToken> {
    named(&mut app.db.read().await?, name).await
}

/// The token that somebody sent; `None` for anything by which no client may come now.
///
/// # Errors
/// When the database refuses.
pub async fn resolve(app: &App, text: &str) -> Result<Option<RegistrationToken>> {
    let Some(sent) = text.strip_prefix(PREFIX).and_then(Token::parse) else { return Ok(None) };
    let mut conn = app.db.read().await?;
    let found = registration_tokens::find(&mut conn, sent.selector).await?;
    let now = app.clock.now();
    Ok(found.filter(|token| sent.matches(&token.hash) && works(token, now)))
}

async fn named(conn: &mut Conn, name: &str) -> Result<RegistrationToken> {
    let mut all = registration_tokens::all(conn).await?;
    let id = name.parse().map(Selector).ok();
    let at = all.iter().position(|token| token.name == name || Some(token.id) == id);
    match at {
        Some(at) => Ok(all.swap_remove(at)),
        None => {
            let known = all.into_iter().map(|token| token.name);
            Err(find::not_found("registration token", name, known))
        }
    }
}

/// The bounds in their one spelling.
fn check(new: &NewRegistrationToken) -> Result<Bounds> {
    let value = |what: &str, value: &str, rule: &str| DirectoryError::value(what, value, rule);
    let length = new.name.chars().count();
    let strange = new.name.trim() != new.name || new.name.chars().any(char::is_control);
    if !(1..=100).contains(&length) || strange {
        let rule = "use 1 to 100 characters without spaces around them or line breaks";
        return Err(value("a token's name", &new.name, rule));
    }
    if new.name.bytes().all(|byte| byte.is_ascii_digit()) {
        let rule = "use more than digits, which are the ids of tokens";
        return Err(value("a token's name", &new.name, rule));
    }
    if !(1..=MOST).contains(&new.uses) {
        let rule = format!("let 1 to {MOST} applications come by it");
        return Err(value("a number of uses", &new.uses.to_string(), &rule));
    }
    if !(MINUTE..=LONGEST).contains(&new.life) {
        let rule = "let it live for a minute to 366 days";
        return Err(value("a token's life", &format!("{}s", new.life), rule));
    }
    if new.bounds.grant_types.is_empty() {
        let rule = "name at least one, like authorization_code";
        return Err(value("a list of grant types", "", rule));
    }
    if new.bounds.redirect_hosts.len() > HOSTS {
        let number = new.bounds.redirect_hosts.len().to_string();
        return Err(value("a number of hosts", &number, &format!("name {HOSTS} at most")));
    }
    let hosts: Result<Vec<String>> = new.bounds.redirect_hosts.iter().map(|h| host(h)).collect();
    Ok(Bounds { redirect_hosts: hosts?, ..new.bounds.clone() })
}

fn host(text: &str) -> Result<String> {
    let lower = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let bare = lower.strip_prefix("*.").unwrap_or(&lower);
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let address = lower.parse::<std::net::IpAddr>().is_ok();
    match address || (bare.len() <= 253 && bare.split('.').all(label)) {
        true => Ok(lower),
        false => {
            let rule = "write the name of a machine, like app.example.com or *.example.com";
            Err(DirectoryError::value("a redirect host", text, rule))
        }
    }
}

async fn known(conn: &mut Conn, wanted: &Scopes) -> Result<()> {
    let names: Vec<String> = scopes::all(conn).await?.into_iter().map(|scope| scope.name).collect();
    match wanted.iter().find(|name| !names.iter().any(|known| known == name)) {
        Some(unknown) => Err(find::not_found("scope", unknown, names)),
        None => Ok(()),
    }
}
