//! `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer`, RFC 7523 2.1: the client brings what
//! somebody whom it trusts says of a person. That trust, which administrators alone can set, stands in
//! place of the person's consent; there are no refresh tokens, since the next assertion does the same.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use sqlx::types::Json;

use super::Tracked;
use super::authorize::arrival;
use super::issue::Issue;
use super::token::{Caller, Params, Tokens, refused};
use crate::app::AppState;
use crate::domain::{
    Actor, Cause, Client, Grant, NamedBy, Once, RequestedClaims, Scopes, Target, TrustedIssuer,
    UserId, Username,
};
use crate::explain::audit::Entry;
use crate::layouts;
use crate::protocol::authorize::Arrival;
use crate::protocol::jwt_grant::{self, Vouched};
use crate::protocol::{ErrorCode, OAuthError, next_step};
use crate::signin::person::{self, Person};
use crate::store::{self, Conn, external_ids, grants, spent, users};
use crate::web::error::{Failure, JsonError};
use crate::web::extract::malformed;

/// Takes an assertion and issues tokens for the person it names.
pub async fn take(app: &AppState, caller: &Caller, params: &Params) -> Result<Tokens, JsonError> {
    let arrival = arrival(app, caller.layout);
    let tracked = Tracked::begin(arrival.flow.clone(), caller.layout, None);
    let tracked = tracked.client(&caller.client.id);
    match taken(app, caller, params, (arrival, &tracked)).await {
        Ok(tokens) => Ok(tokens),
        Err(Failure::Refused(error)) => Err(refused(app, &tracked, error)),
        Err(broken) => Err(JsonError(broken)),
    }
}

async fn taken(
    app: &AppState,
    caller: &Caller,
    params: &Params,
    (arrival, tracked): (Arrival, &Tracked),
) -> Result<Tokens, Failure> {
    let client = caller.client.as_ref();
    if client.public {
        let text = "a public client may not bring assertions";
        let (code, cause) = (ErrorCode::UnauthorizedClient, Cause::GrantNotAllowed);
        return Err(OAuthError::new(code, cause, text).into());
    }
    let token = params.assertion.as_deref();
    let token = token.ok_or_else(|| malformed("assertion is required"))?;
    let (issuer, vouched) = vouched(app, caller, token).await?;
    let registry = app.registry();
    let known = (registry.as_ref(), client);
    let mut conn = app.db.read().await?;
    let nobody =
        || jwt_grant::refusal(Cause::AssertionPerson).with("account", vouched.name.clone());
    let user = whom(&mut conn, issuer, &vouched.name).await?.ok_or_else(nobody)?;
    let person = person::load(app, &mut conn, known, &user).await?.ok_or_else(nobody)?;
    drop(conn);
    let allowed = registry.allowed_scopes(&client.id, &person.groups).ok_or_else(nobody)?;
    let asked = params.scope.as_deref().map(Scopes::parse);
    let granted = next_step::granted((asked.as_ref(), caller.layout), client, &allowed);
    let scopes: Scopes =
        granted.iter().filter(|name| *name != "offline_access").map(str::to_owned).collect();
    let grant = grant(app, (client, &person), (&vouched, scopes.clone()), arrival);
    let issue =
        Issue::new(app, known, (&grant, &person), scopes.clone()).bound_to(caller.cnf.clone());
    let issue = issue.ready().await?;
    let mut tx = app.db.write().await?;
    // Of any number of requests with one assertion, on any number of nodes, one is served.
    let once = (Once::PersonAssertion, name(token, issuer, &vouched));
    if !spent::spend(&mut tx, (once.0, &once.1), vouched.ends_at).await? {
        return Err(jwt_grant::refusal(Cause::AssertionReplayed).into());
    }
    grants::insert(&mut tx, &grant).await?;
    issue.store_access(&mut tx).await?;
    Entry::new(app, "assertion.taken", &Actor::Client(client.id.clone()))
        .user(&person.user.id, person.user.username.as_str())
        .grant(&grant)
        .detail("issuer", issuer.issuer.clone())
        .detail("scope", scopes.to_string())
        .append(&mut tx)
        .await?;
    tx.commit().await?;
    let told = vec![
        ("issuer", issuer.issuer.clone()),
        ("username", person.user.username.to_string()),
        ("scope", scopes.to_string()),
    ];
    let tracked = tracked.clone().user(&person.user.id);
    tracked.done(app, "assertion_taken", told);
    let tokens = issue.sign(None, None)?;
    tracked.issued(app, &tokens, client);
    Ok(tokens)
}

/// Who vouches, and for whom.
async fn vouched<'c>(
    app: &AppState,
    caller: &'c Caller,
    token: &str,
) -> Result<(&'c TrustedIssuer, Vouched), Failure> {
    let client = &caller.client;
    let claimed = claimed_issuer(token).unwrap_or_default();
    let trusted = client.settings.trusted_issuers.iter().find(|one| one.issuer == claimed);
    let trusted = trusted.ok_or_else(|| {
        let all = client.settings.trusted_issuers.iter().map(|one| one.issuer.as_str());
        let listed = all.collect::<Vec<_>>().join(", ");
        jwt_grant::refusal(Cause::AssertionIssuer).compared("iss", (&claimed, &listed))
    })?;
    let keys = (trusted.jwks.as_ref(), trusted.jwks_uri.as_deref());
    let signed = app.client_keys.verify_by(app, keys, token).await;
    let signed = signed
        .map_err(|error| jwt_grant::refusal(Cause::AssertionKey).with("why", error.detail))?;
    let url = app.config.public_url.as_str();
    let endpoints = layouts::endpoints(url, caller.layout, Some(client));
    let issuers = layouts::TABLES.map(|paths| layouts::issuer(url, paths.layout, client));
    let ours = [&[endpoints.issuer], &issuers[..], &[endpoints.token]].concat();
    let vouched = jwt_grant::check(trusted, &signed.claims, &ours, app.clock.now())?;
    Ok((trusted, vouched))
}

/// `iss` of a token of which nothing was checked: it decides whose keys are asked.
fn claimed_issuer(token: &str) -> Option<String> {
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&claims).ok()?;
    claims.get("iss")?.as_str().map(str::to_owned)
}

async fn whom(
    conn: &mut Conn,
    issuer: &TrustedIssuer,
    name: &str,
) -> store::Result<Option<UserId>> {
    match &issuer.names {
        NamedBy::External(source) => external_ids::find_user(conn, source, name).await,
        NamedBy::Username => match Username::parse(name) {
            Ok(name) => Ok(users::find_by_username(conn, &name).await?.map(|user| user.id)),
            Err(_) => Ok(None),
        },
    }
}

/// What hangs off no session: nobody signed in here.
fn grant(
    app: &AppState,
    (client, person): (&Client, &Person),
    (vouched, scopes): (&Vouched, Scopes),
    arrival: Arrival,
) -> Grant {
    Grant {
        id: app.random.selector(&app.clock),
        client_id: client.id.clone(),
        user_id: person.user.id.clone(),
        session_id: None,
        sid: app.random.uuid(),
        layout: arrival.layout,
        scopes: Json(scopes),
        claims: Json(RequestedClaims::default()),
        target: Json(Target::default()),
        nonce: None,
        auth_time: vouched.auth_time.unwrap_or(arrival.at),
        acr: "0".to_owned(),
        amr: Json(vec!["jwt-bearer".to_owned()]),
        flow: arrival.flow,
        created_at: arrival.at,
        revoked_at: None,
    }
}

/// What an assertion is remembered by. One without a name is its own name; without the signature, of
/// which ECDSA has two for a message.
fn name(token: &str, issuer: &TrustedIssuer, vouched: &Vouched) -> String {
    let unsigned = token.rsplit_once('.').map_or(token, |(unsigned, _)| unsigned);
    let name = vouched.jti.as_deref().unwrap_or(unsigned);
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{} {name}", issuer.issuer)))
}
