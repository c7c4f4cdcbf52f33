//! Finding out what an access token stands for, and whether it still does.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::domain::{
    Cause, ClientId, Confirmation, Grant, Layout, Scopes, Target, Timestamp, Token,
};
use crate::layouts;
use crate::protocol::{ErrorCode, OAuthError, access_token};
use crate::store::{Conn, access_tokens, grants};
use crate::web::error::Failure;

/// An access token that works.
#[derive(Debug, Clone)]
pub struct LiveToken {
    /// To whom it was issued.
    pub client_id: ClientId,
    /// What it hangs off; `None` where the client acts for itself.
    pub grant: Option<Grant>,
    /// Decides `iss`.
    pub layout: Layout,
    /// What it opens.
    pub scopes: Scopes,
    /// What it is for beside them.
    pub target: Target,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The end of its life.
    pub expires_at: Timestamp,
    /// The key that whoever brings it must hold.
    pub cnf: Option<Confirmation>,
    /// The client that it is meant for, where it was exchanged for another's.
    pub audience: Option<ClientId>,
    /// Who acts with it in the person's name (RFC 8693 4.1).
    pub act: Option<Value>,
    /// How it is revoked by itself.
    pub kind: Kind,
}

/// The two kinds of access tokens.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A row of ours.
    Opaque(crate::domain::Selector),
    /// A signed one, by its `jti`.
    Jwt(String),
}

/// Tokens that were looked up within the last second: a resource server asks for the same ones
/// again and again. Whatever is revoked on this node is forgotten at once, elsewhere within that
/// second.
pub struct RecentTokens(Cache<[u8; 32], Arc<LiveToken>>);

impl Default for RecentTokens {
    fn default() -> RecentTokens {
        RecentTokens(
            Cache::builder().max_capacity(50_000).time_to_live(Duration::from_secs(1)).build(),
        )
    }
}

impl LiveToken {
    /// The client for which it tells of a person.
    pub fn meant_for(&self) -> &ClientId {
        self.audience.as_ref().unwrap_or(&self.client_id)
    }
}

impl RecentTokens {
    /// Looks everything up anew.
    pub fn forget(&self) {
        self.0.invalidate_all();
    }
}

fn refusal(cause: Cause) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidToken, cause, "the access token is not valid")
}

/// What an access token stands for.
///
/// # Errors
/// `invalid_token` if it never was one of ours or does not work any more.
pub async fn resolve(app: &App, text: &str) -> Result<Arc<LiveToken>, Failure> {
    let key: [u8; 32] = Sha256::digest(text).into();
    let live = match app.recent.0.get(&key) {
        Some(live) => live,
        None => {
            let live = Arc::new(look_up(app, text).await?);
            app.recent.0.insert(key, live.clone());
            live
        }
    };
    if live.expires_at <= app.clock.now() {
        return Err(refusal(Cause::TokenExpired).into());
    }
    let client = app.registry().client(&live.client_id);
    if client.is_none_or(|client| client.disabled_at.is_some()) {
        return Err(refusal(Cause::ClientDisabled).into());
    }
    Ok(live)
}

async fn look_up(app: &App, text: &str) -> Result<LiveToken, Failure> {
    let mut conn = app.db.read().await?;
    let live = match Token::parse(text) {
        Some(token) => opaque(&mut conn, &token).await?,
        None => jwt(app, &mut conn, text).await?,
    };
    if live.grant.as_ref().is_some_and(|grant| grant.revoked_at.is_some()) {
        return Err(refusal(Cause::GrantRevoked).into());
    }
    Ok(live)
}

async fn opaque(conn: &mut Conn, token: &Token) -> Result<LiveToken, Failure> {
    let found = access_tokens::with_grant(conn, token.selector).await?;
    let found = found.filter(|(found, _)| token.matches(&found.hash));
    let (found, grant) = found.ok_or_else(|| refusal(Cause::TokenUnknown))?;
    if found.revoked_at.is_some() {
        return Err(refusal(Cause::TokenRevoked).into());
    }
    if found.grant_id.is_some() && grant.is_none() {
        return Err(refusal(Cause::GrantRevoked).into());
    }
    Ok(LiveToken {
        client_id: found.client_id,
        grant,
        layout: found.layout,
        scopes: found.scopes.0,
        target: found.target.0,
        issued_at: found.issued_at,
        expires_at: found.expires_at,
        cnf: found.cnf.map(|cnf| cnf.0),
        audience: None,
        act: None,
        kind: Kind::Opaque(found.id),
    })
}

async fn jwt(app: &App, conn: &mut Conn, text: &str) -> Result<LiveToken, Failure> {
    let unknown = || refusal(Cause::TokenUnknown);
    let registry = app.registry();
    let verified = registry.keyring.verifier().verify(text, access_token::TYP);
    let claims = verified.map_err(|_| unknown())?;
    let string = |name: &str| claims.get(name).and_then(|value| value.as_str());
    let number = |name: &str| claims.get(name).and_then(Value::as_i64).map(Timestamp);
    let (Some(iss), Some(id), Some(jti)) = (string("iss"), string("client_id"), string("jti"))
    else {
        return Err(unknown().into());
    };
    // A binding that cannot be read must not turn into none.
    let cnf = claims.get("cnf").map(|cnf| serde_json::from_value(cnf.clone())).transpose();
    let cnf = cnf.map_err(|_| unknown())?;
    let client = registry.client(&ClientId(id.to_owned())).ok_or_else(unknown)?;
    let public_url = app.config.public_url.as_str();
    let layout = Layout::ALL
        .into_iter()
        .find(|layout| layouts::issuer(public_url, *layout, &client) == iss)
        .ok_or_else(unknown)?;
    if access_tokens::jwt_is_revoked(conn, jti).await? {
        return Err(refusal(Cause::TokenRevoked).into());
    }
    let grant = match access_token::grant_of_jti(jti) {
        Some(id) => {
            let grant = grants::find(conn, id).await?;
            Some(grant.ok_or_else(|| refusal(Cause::GrantRevoked))?)
        }
        None => None,
    };
    Ok(LiveToken {
        client_id: client.id.clone(),
        layout,
        grant,
        scopes: Scopes::parse(string("scope").unwrap_or_default()),
        target: access_token::target_of(&claims, &client),
        issued_at: number("iat").unwrap_or(Timestamp(0)),
        expires_at: number("exp").unwrap_or(Timestamp(0)),
        cnf,
        audience: string("aud")
            .map(|aud| ClientId(aud.to_owned()))
            .filter(|aud| *aud != client.id && registry.client(aud).is_some()),
        act: claims.get("act").cloned(),
        kind: Kind::Jwt(jti.to_owned()),
    })
}
