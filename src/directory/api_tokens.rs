//! Tokens of the API: made for somebody who holds a role, shown once, and dead with that role.

use std::collections::BTreeSet;

use serde::Serialize;
use sqlx::types::Json;

use super::rights::{self, SeesAll};
use super::{DirectoryError, Result, begin_as, commit, find};
use crate::app::App;
use crate::domain::{
    Actor, ApiScope, ApiToken, DAY, MINUTE, Secret, Selector, Staff, Timestamp, Token, User,
};
use crate::explain::audit::Entry;
use crate::store::{Conn, Tx, api_tokens, is_taken, users};

/// What every token begins with, so that people and scanners recognise a leaked one.
const PREFIX: &str = "kst_";
/// The longest life of a token.
pub const LONGEST: i64 = 366 * DAY;

/// A token to be.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What to call it.
    pub name: String,
    /// Whom it acts for, by name or id.
    pub user: String,
    /// What it may do.
    pub scopes: BTreeSet<ApiScope>,
    /// Seconds that it lives.
    pub life: i64,
}

/// Whether a token is good, and why it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// It works.
    Works,
    /// Its time is over.
    Expired,
    /// Whom it acts for is disabled, or holds another role than when it was made.
    Stopped,
}

/// A token, whom it acts for, and whether it is good now.
#[derive(Debug, Clone)]
pub struct Owned {
    /// The token.
    pub token: ApiToken,
    /// Whom it acts for.
    pub user: User,
    /// Whether it is good.
    pub state: TokenState,
}

/// A token as documents show it.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "named as in domain::ApiToken")]
pub struct TokenView {
    /// As text: it has more digits than many JSON readers keep.
    pub id: String,
    pub name: String,
    pub scopes: BTreeSet<ApiScope>,
    /// Whom it acts for.
    pub user: String,
    pub role: &'static str,
    pub created_by: String,
    pub created_at: String,
    pub expires_at: String,
    pub last_used_at: Option<String>,
    /// Whether it is good now.
    pub works: bool,
    /// Why it is not.
    pub state: TokenState,
}

/// Makes a token. It is told to its owner now, and never again.
///
/// # Errors
/// When the name is taken, or a scope exceeds the role.
pub async fn create(app: &App, actor: &Actor, new: NewToken) -> Result<(ApiToken, Secret)> {
    check(&new)?;
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, &new.user).await?;
    may(actor, &user)?;
    let Some(staff) = Staff::of(&user) else {
        let rule = "they have no role, or are disabled; give them a role first, like auditor";
        return Err(DirectoryError::value("the owner of a token", new.user, rule));
    };
    if let Some(scope) = new.scopes.iter().find(|scope| !scope.within(staff.role())) {
        let role = staff.role().title().to_lowercase();
        let rule = format!("the role {role} does not reach so far; leave it out");
        return Err(DirectoryError::value("a scope of this token", scope.as_str(), rule));
    }
    let token = app.random.token(&app.clock);
    let now = app.clock.now();
    let stored = ApiToken {
        id: token.selector,
        hash: token.hash(),
        name: new.name,
        scopes: Json(new.scopes),
        user_id: user.id.clone(),
        role: staff.role(),
        created_by: actor.label(),
        created_at: now,
        expires_at: now + new.life,
        last_used_at: None,
    };
    api_tokens::insert(&mut tx, &stored).await.map_err(|error| match is_taken(&error) {
        true => DirectoryError::Taken { what: "token name", name: stored.name.clone() },
        false => error.into(),
    })?;
    let scopes: Vec<&str> = stored.scopes.iter().map(|scope| scope.as_str()).collect();
    Entry::new(app, "api_token.created", actor)
        .user(&user.id, user.username.as_str())
        .target(&stored.name)
        .detail("scopes", scopes)
        .detail("for", user.username.as_str())
        .detail("expires_at", stored.expires_at.rfc3339())
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok((stored, Secret::sent(format!("{PREFIX}{}", token.expose()))))
}

/// Takes a token back at once.
///
/// # Errors
/// When there is none with that name or id.
pub async fn revoke(app: &App, actor: &Actor, name: &str) -> Result<ApiToken> {
    let mut tx = begin_as(app, actor).await?;
    let token = named(&mut tx, name).await?;
    take_back(app, actor, &mut tx, &token).await?;
    commit(app, tx).await?;
    Ok(token)
}

/// The same for the one token with this id, whatever others are called.
///
/// # Errors
/// When there is none.
pub async fn revoke_one(app: &App, actor: &Actor, id: Selector) -> Result<ApiToken> {
    let mut tx = begin_as(app, actor).await?;
    let token = api_tokens::find(&mut tx, id).await?.ok_or_else(gone)?;
    take_back(app, actor, &mut tx, &token).await?;
    commit(app, tx).await?;
    Ok(token)
}

async fn take_back(app: &App, actor: &Actor, tx: &mut Tx, token: &ApiToken) -> Result<()> {
    let user = find::user(tx, token.user_id.as_str()).await?;
    may(actor, &user)?;
    api_tokens::delete(tx, token.id).await?;
    let entry = Entry::new(app, "api_token.revoked", actor);
    Ok(entry.user(&user.id, user.username.as_str()).target(&token.name).append(tx).await?)
}

/// Every token that somebody may see, oldest first: who reads everything sees all, others their
/// own.
///
/// # Errors
/// When the database refuses.
pub async fn seen(app: &App, actor: &Actor) -> Result<Vec<Owned>> {
    let own = match actor {
        Actor::Staff(staff) if SeesAll::by_role(staff).is_none() => Some(staff.id().clone()),
        Actor::User(id, _) => Some(id.clone()),
        Actor::Staff(_) | Actor::CommandLine | Actor::System => None,
        Actor::Client(_) | Actor::Anonymous => return Ok(Vec::new()),
    };
    let mut conn = app.db.read().await?;
    let all = api_tokens::with_owners(&mut conn, own.as_ref()).await?;
    let now = app.clock.now();
    let owned = |(token, user)| Owned { state: state(&token, Some(&user), now), token, user };
    Ok(all.into_iter().map(owned).collect())
}

/// The token with this id and whom it acts for.
///
/// # Errors
/// When there is none.
pub async fn one(app: &App, id: Selector) -> Result<Owned> {
    let mut conn = app.db.read().await?;
    let token = api_tokens::find(&mut conn, id).await?.ok_or_else(gone)?;
    let user = users::find(&mut conn, &token.user_id).await?.ok_or_else(gone)?;
    Ok(Owned { state: state(&token, Some(&user), app.clock.now()), token, user })
}

/// Every token, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn list(app: &App) -> Result<Vec<TokenView>> {
    let all = seen(app, &Actor::CommandLine).await?;
    let now = app.clock.now();
    Ok(all.iter().map(|owned| view(&owned.token, Some(&owned.user), now)).collect())
}

/// Who calls with this token and what it may do; `None` for anything that is not good now.
///
/// # Errors
/// When the database refuses.
pub async fn resolve(app: &App, text: &str) -> Result<Option<(Staff, ApiToken)>> {
    let Some(sent) = text.strip_prefix(PREFIX).and_then(Token::parse) else { return Ok(None) };
    let mut conn = app.db.read().await?;
    let found = api_tokens::find(&mut conn, sent.selector).await?;
    let Some(token) = found.filter(|token| sent.matches(&token.hash)) else { return Ok(None) };
    let user = users::find(&mut conn, &token.user_id).await?;
    drop(conn);
    let now = app.clock.now();
    let Some(staff) = works(&token, user.as_ref(), now) else { return Ok(None) };
    if token.last_used_at.is_none_or(|at| now - at >= MINUTE) {
        let mut tx = app.db.write().await?;
        api_tokens::touch(&mut tx, token.id, now).await?;
        tx.commit().await?;
    }
    let staff = match token.scopes.contains(&ApiScope::WriteRoles) {
        true => staff,
        false => staff.short_of_roles(),
    };
    Ok(Some((staff, token)))
}

fn state(token: &ApiToken, user: Option<&User>, now: Timestamp) -> TokenState {
    match works(token, user, now) {
        Some(_) => TokenState::Works,
        None if now >= token.expires_at => TokenState::Expired,
        None => TokenState::Stopped,
    }
}

fn works(token: &ApiToken, user: Option<&User>, now: Timestamp) -> Option<Staff> {
    let staff = Staff::of(user?)?;
    (staff.role() == token.role && now < token.expires_at).then_some(staff)
}

/// As documents show it, to be told with the account that it acts for.
pub fn view(token: &ApiToken, user: Option<&User>, now: Timestamp) -> TokenView {
    TokenView {
        id: token.id.0.to_string(),
        name: token.name.clone(),
        scopes: token.scopes.0.clone(),
        user: user.map_or_else(|| token.user_id.0.clone(), |user| user.username.to_string()),
        role: token.role.as_str(),
        created_by: token.created_by.clone(),
        created_at: token.created_at.rfc3339(),
        expires_at: token.expires_at.rfc3339(),
        last_used_at: token.last_used_at.map(Timestamp::rfc3339),
        works: works(token, user, now).is_some(),
        state: state(token, user, now),
    }
}

fn gone() -> DirectoryError {
    DirectoryError::NotThere("There is no such token".into())
}

async fn named(conn: &mut Conn, name: &str) -> Result<ApiToken> {
    if let Some(token) = api_tokens::find_by_name(conn, name).await? {
        return Ok(token);
    }
    let id = name.parse().map(Selector);
    if let Ok(id) = id
        && let Some(token) = api_tokens::find(conn, id).await?
    {
        return Ok(token);
    }
    let known = api_tokens::all(conn).await?.into_iter().map(|token| token.name);
    Err(find::not_found("token", name, known))
}

/// People make and revoke their own tokens; of others, those who may do everything.
fn may(actor: &Actor, user: &User) -> Result<()> {
    match actor {
        Actor::Staff(staff) if *staff.id() == user.id => Ok(()),
        actor => rights::administer(actor, "handle the tokens of others"),
    }
}

fn check(new: &NewToken) -> Result<()> {
    let length = new.name.chars().count();
    let strange = new.name.trim() != new.name || new.name.chars().any(char::is_control);
    if !(1..=100).contains(&length) || strange {
        let rule = "use 1 to 100 characters without spaces around them or line breaks";
        return Err(DirectoryError::value("a token's name", &new.name, rule));
    }
    if new.name.bytes().all(|byte| byte.is_ascii_digit()) {
        let rule = "use more than digits, which are the ids of tokens";
        return Err(DirectoryError::value("a token's name", &new.name, rule));
    }
    if new.scopes.is_empty() {
        let known = ApiScope::ALL.map(ApiScope::as_str).join(", ");
        let rule = format!("name at least one of {known}");
        return Err(DirectoryError::value("a list of scopes", "", rule));
    }
    if !(MINUTE..=LONGEST).contains(&new.life) {
        let rule = "let it live for a minute to 366 days";
        return Err(DirectoryError::value("a token's life", format!("{}s", new.life), rule));
    }
    Ok(())
}
