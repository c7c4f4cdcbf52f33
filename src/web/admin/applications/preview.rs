//! What an application would be told of a person who signed in now: made by the functions that make
//! it for the endpoints.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sqlx::types::Json;

use super::origin::Origins;
use crate::app::App;
use crate::directory::Result;
use crate::domain::{
    AccessTokenFormat, ClaimNames, Client, FlowRef, Grant, Layout, RequestedClaims, Scopes,
    Selector, Session, UserId,
};
use crate::layouts;
use crate::protocol::id_token::Beside;
use crate::protocol::{access_token, claims, id_token};
use crate::signin::person::{self, Person};

/// What differs from sign-in to sign-in, and cannot be known before.
const EACH_TIME: [&str; 4] = ["at_hash", "jti", "sid", "nonce"];

/// What an application would be told.
pub struct Preview {
    /// The scopes it would get.
    pub scopes: Scopes,
    /// The claims of the ID token.
    pub id_token: Vec<Claim>,
    /// The claims of the access token; none where it is opaque.
    pub access_token: Option<Vec<Claim>>,
    /// The answer of userinfo.
    pub userinfo: Vec<Claim>,
}

/// A claim.
pub struct Claim {
    /// What it is called.
    pub claim: String,
    /// Its value, as JSON writes it.
    pub value: String,
    /// Where it comes from.
    pub origin: String,
}

/// Why nothing would be told.
pub enum Nothing {
    /// The account is closed.
    Closed,
    /// No scope map lets them in.
    NoAccess,
}

/// What the application would be told of this person, if it asked for these scopes, or for all that
/// it may.
///
/// # Errors
/// When the database refuses.
pub async fn of(
    app: &App,
    client: &Client,
    (user, session): (&UserId, &Session),
    asked: Option<&Scopes>,
) -> Result<std::result::Result<Preview, Nothing>> {
    let registry = app.registry();
    let known = (registry.as_ref(), client);
    let mut conn = app.db.read().await?;
    let Some(person) = person::load(app, &mut conn, known, user).await? else {
        return Ok(Err(Nothing::Closed));
    };
    drop(conn);
    let Some(allowed) = registry.allowed_scopes(&client.id, &person.groups) else {
        return Ok(Err(Nothing::NoAccess));
    };
    let scopes = asked.map_or(allowed.clone(), |asked| asked.intersection(&allowed));
    let grant = grant(app, client, &person, (session, scopes.clone()));
    let origins = Origins { registry: &registry, client, groups: &person.groups, scopes: &scopes };
    let source = person.source(app, known);
    let none = ClaimNames::new();
    let answer = claims::userinfo(&source, (&scopes, registry.scopes()), &none);
    let tokens = Tokens { app, client, grant: &grant, person: &person };
    let (id, access) = (tokens.id_token(&source), tokens.access_token(&scopes));
    let settings = &client.settings;
    Ok(Ok(Preview {
        id_token: match scopes.contains("openid") {
            true => told(id, |claim| origins.of_token(claim, settings.id_token_lifetime)),
            false => Vec::new(),
        },
        access_token: (settings.access_token == AccessTokenFormat::Jwt)
            .then(|| told(access, |claim| origins.of_token(claim, settings.access_token_lifetime))),
        userinfo: told(answer, |claim| origins.of_userinfo(claim)),
        scopes,
    }))
}

/// The grant that a sign-in at this moment would leave.
fn grant(
    app: &App,
    client: &Client,
    person: &Person,
    (session, scopes): (&Session, Scopes),
) -> Grant {
    let now = app.clock.now();
    Grant {
        id: Selector(0),
        client_id: client.id.clone(),
        user_id: person.user.id.clone(),
        session_id: None,
        sid: String::new(),
        layout: Layout::Native,
        scopes: Json(scopes),
        claims: Json(RequestedClaims::default()),
        target: Json::default(),
        nonce: None,
        auth_time: now,
        acr: session.acr().to_owned(),
        amr: session.amr.clone(),
        flow: FlowRef(String::new()),
        created_at: now,
        revoked_at: None,
    }
}

struct Tokens<'a> {
    app: &'a App,
    client: &'a Client,
    grant: &'a Grant,
    person: &'a Person,
}

impl Tokens<'_> {
    fn issuer(&self) -> String {
        layouts::issuer(self.app.config.public_url.as_str(), self.grant.layout, self.client)
    }

    fn id_token(&self, source: &claims::Source<'_>) -> Map<String, Value> {
        let content = id_token::Content {
            issuer: &self.issuer(),
            client: self.client,
            grant: self.grant,
            sub: &self.person.sub,
            beside: Beside::TokenEndpoint(""),
            nonce: None,
            claims: claims::pick(source, &BTreeSet::new()),
        };
        id_token::claims(content, self.app.clock.now())
    }

    fn access_token(&self, scopes: &Scopes) -> Map<String, Value> {
        let content = access_token::Content {
            issuer: &self.issuer(),
            client: self.client,
            sub: &self.person.sub,
            grant: Some(self.grant),
            scopes,
            target: &self.grant.target,
            jti: String::new(),
            cnf: None,
        };
        access_token::claims(&content, self.app.clock.now())
    }
}

fn told(claims: Map<String, Value>, origin: impl Fn(&str) -> String) -> Vec<Claim> {
    let claim = |(claim, value): (String, Value)| match EACH_TIME.contains(&claim.as_str()) {
        true => Claim { origin: "Another each time".to_owned(), value: "…".to_owned(), claim },
        false => Claim { origin: origin(&claim), value: value.to_string(), claim },
    };
    claims.into_iter().map(claim).collect()
}
