//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange`, RFC 8693. The new token is always a
//! JWT, since somebody else is to read it; it hangs off the grant of the one that was exchanged and
//! ends no later.

use std::sync::Arc;

use serde_json::{Value, json};

use super::token::{Caller, Params, Tokens, refused};
use super::{Tracked, issue, live_token};
use crate::app::AppState;
use crate::domain::{
    Actor, Cause, Client, ClientId, Confirmation, Dpop, Grant, MayAct, Scopes, SubMode, Target,
    Timestamp, UserId,
};
use crate::explain::audit::Entry;
use crate::layouts;
use crate::protocol::token_exchange::{self, ISSUED, Sent, Shown, TokenType};
use crate::protocol::{ErrorCode, OAuthError, access_token};
use crate::registry::Snapshot;
use crate::signin::person::{self, Person};
use crate::store::grants;
use crate::web::error::{Failure, JsonError};

/// A token that is shown for the sake of another.
struct Held {
    /// To whom it was issued.
    client_id: ClientId,
    /// What it hangs off; `None` where the client acts for itself.
    grant: Option<Grant>,
    scopes: Scopes,
    expires_at: Timestamp,
    /// Who acted before.
    act: Option<Value>,
    /// The key that whoever brings it must hold.
    cnf: Option<Confirmation>,
}

/// What the new token says.
struct New<'a> {
    grant: &'a Grant,
    audience: &'a Client,
    person: &'a Person,
    scopes: Scopes,
    act: Option<Value>,
    expires_at: Timestamp,
}

/// Exchanges a token.
pub async fn exchange(
    app: &AppState,
    caller: &Caller,
    params: &Params,
) -> Result<Tokens, JsonError> {
    let tracked = Tracked::stray(app, caller.layout, Some(&caller.client.id));
    match exchanged(app, caller, params).await {
        Ok(tokens) => Ok(tokens),
        Err(Failure::Refused(error)) => Err(refused(app, &tracked, error)),
        Err(broken) => Err(JsonError(broken)),
    }
}

async fn exchanged(app: &AppState, caller: &Caller, params: &Params) -> Result<Tokens, Failure> {
    let client = caller.client.as_ref();
    if client.public {
        let text = "a public client may not exchange tokens";
        let (code, cause) = (ErrorCode::UnauthorizedClient, Cause::GrantNotAllowed);
        return Err(OAuthError::new(code, cause, text).into());
    }
    let (subject, actor) = token_exchange::read(&sent(params))?;
    let registry = app.registry();
    let audience = audience(&registry, caller, params)?;
    let held = look_up(app, subject, invalid_subject).await?;
    holds(caller, &held).map_err(invalid_subject)?;
    let Some(grant) = &held.grant else {
        return Err(invalid_subject("it tells of no person").into());
    };
    if !client.settings.token_exchange.contains(&held.client_id.0) {
        let text = "the client may not exchange tokens of the client that this one was issued to";
        let error = OAuthError::new(ErrorCode::InvalidRequest, Cause::ExchangeNotAllowed, text);
        let listed = client.settings.token_exchange.join(", ");
        return Err(error.compared("client_id", (held.client_id.as_str(), &listed)).into());
    }
    let mut conn = app.db.read().await?;
    let known = (registry.as_ref(), audience.as_ref());
    let person = person::load(app, &mut conn, known, &grant.user_id).await?;
    drop(conn);
    let person = person.ok_or_else(|| invalid_subject("the account is closed"))?;
    let Some(allowed) = registry.allowed_scopes(&audience.id, &person.groups) else {
        let text = "the person may not use this audience";
        return Err(OAuthError::new(ErrorCode::InvalidTarget, Cause::NoScopeMap, text).into());
    };
    let asked = params.scope.as_deref().map(Scopes::parse);
    let elsewhere = audience.id != client.id;
    let scopes = token_exchange::scopes(asked.as_ref(), &held.scopes, (&allowed, elsewhere))?;
    let actor = match actor {
        Some(actor) => Some(acts(app, caller, (registry.as_ref(), &audience), actor).await?),
        None => None,
    };
    let may_act = (&client.id, client.settings.may_act);
    let act = token_exchange::acting(may_act, actor.as_deref(), held.act.as_ref())?;
    let own = app.clock.now() + client.settings.access_token_lifetime;
    let expires_at = own.min(held.expires_at);
    let person = &person;
    let new = New { grant, audience: &audience, person, scopes, act, expires_at };
    note(app, caller, (&held, &new)).await?;
    sign(app, caller, &registry, new)
}

fn sent(params: &Params) -> Sent<'_> {
    Sent {
        subject_token: params.subject_token.as_deref(),
        subject_token_type: params.subject_token_type.as_deref(),
        actor_token: params.actor_token.as_deref(),
        actor_token_type: params.actor_token_type.as_deref(),
        requested_token_type: params.requested_token_type.as_deref(),
    }
}

/// For whom the new token is: the client itself, or one that it may name.
fn audience(
    registry: &Snapshot,
    caller: &Caller,
    params: &Params,
) -> Result<Arc<Client>, OAuthError> {
    let client = &caller.client;
    let named = params.audience.as_deref().filter(|name| *name != client.id.as_str());
    let Some(named) = named else { return Ok(client.clone()) };
    let listed = &client.settings.exchange_for;
    let found = registry.client(&ClientId(named.to_owned()));
    let found = found.filter(|found| found.disabled_at.is_none() && listed.contains(&found.id.0));
    found.ok_or_else(|| {
        let text = "the client may not get tokens for this audience";
        OAuthError::new(ErrorCode::InvalidTarget, Cause::ExchangeAudience, text)
            .compared("audience", (named, &listed.join(", ")))
    })
}

fn invalid_subject(why: &str) -> OAuthError {
    let text = "the subject_token is not valid";
    OAuthError::new(ErrorCode::InvalidRequest, Cause::SubjectTokenInvalid, text).with("why", why)
}

fn invalid_actor(why: &str) -> OAuthError {
    let text = "the actor_token is not valid";
    OAuthError::new(ErrorCode::InvalidRequest, Cause::ActorTokenInvalid, text).with("why", why)
}

/// Sees that the caller holds the key that a token is bound to, if it is to any: else an exchange would
/// set it free.
fn holds(caller: &Caller, held: &Held) -> Result<(), &'static str> {
    match &held.cnf {
        Some(_) if held.cnf != caller.cnf => Err("it is bound to a key that was not proved"),
        _ => Ok(()),
    }
}

/// What a token that was shown stands for.
async fn look_up(
    app: &AppState,
    (token, kind): Shown<'_>,
    invalid: fn(&str) -> OAuthError,
) -> Result<Held, Failure> {
    if kind == TokenType::IdToken {
        return id_token(app, token).await?.map_err(|why| invalid(why).into());
    }
    match live_token::resolve(app, token).await {
        Ok(live) => Ok(Held {
            client_id: live.client_id.clone(),
            grant: live.grant.clone(),
            scopes: live.scopes.clone(),
            expires_at: live.expires_at,
            act: live.act.clone(),
            cnf: live.cnf.clone(),
        }),
        Err(Failure::Refused(error)) => Err(invalid(error.cause.code()).into()),
        Err(broken) => Err(broken),
    }
}

/// An ID token stands for the grant that it was issued with, as long as both are good.
async fn id_token(app: &AppState, token: &str) -> Result<Result<Held, &'static str>, Failure> {
    let registry = app.registry();
    let Ok(claims) = registry.keyring.verifier().verify(token, "JWT") else {
        return Ok(Err("it is no ID token of ours"));
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let (Some(aud), Some(sub), Some(sid)) = (text("aud"), text("sub"), text("sid")) else {
        return Ok(Err("it is no ID token of ours"));
    };
    let expires_at = Timestamp(claims.get("exp").and_then(Value::as_i64).unwrap_or_default());
    if expires_at <= app.clock.now() {
        return Ok(Err("it has expired"));
    }
    let client = registry.client(&ClientId(aud.to_owned()));
    let Some(client) = client.filter(|client| client.disabled_at.is_none()) else {
        return Ok(Err("its client is closed or gone"));
    };
    // It is bound to no key itself, and must not stand for tokens that are.
    if client.settings.dpop != Dpop::Optional || client.settings.certificate_bound_tokens {
        return Ok(Err("its client binds its tokens to a key"));
    }
    if client.settings.sub == SubMode::Pairwise {
        return Ok(Err("nobody can be found by a pairwise sub"));
    }
    let mut conn = app.db.read().await?;
    let known = (registry.as_ref(), client.as_ref());
    let user: Option<UserId> = person::named(app, &mut conn, known, sub).await?;
    let Some(user) = user else { return Ok(Err("its sub is nobody's")) };
    let grant = grants::by_sid(&mut conn, &user, &client.id, sid).await?;
    let Some(grant) = grant else { return Ok(Err("what it was issued with was revoked")) };
    let (client_id, scopes) = (client.id.clone(), grant.scopes.0.clone());
    Ok(Ok(Held { client_id, grant: Some(grant), scopes, expires_at, act: None, cnf: None }))
}

/// What the actor is called: a client by its id, a person as the audience knows them. Nobody acts
/// with a token that is not their own.
async fn acts(
    app: &AppState,
    caller: &Caller,
    known: (&Snapshot, &Client),
    actor: Shown<'_>,
) -> Result<String, Failure> {
    let held = look_up(app, actor, invalid_actor).await?;
    if held.client_id != caller.client.id {
        return Err(invalid_actor("it was issued to another client").into());
    }
    holds(caller, &held).map_err(invalid_actor)?;
    let Some(grant) = held.grant else { return Ok(held.client_id.0) };
    let mut conn = app.db.read().await?;
    let person = person::load(app, &mut conn, known, &grant.user_id).await?;
    Ok(person.ok_or_else(|| invalid_actor("the account is closed"))?.sub)
}

/// Leaves an event, and a step in the flow of the token that was exchanged.
async fn note(
    app: &AppState,
    caller: &Caller,
    (held, new): (&Held, &New<'_>),
) -> Result<(), Failure> {
    let (client, user) = (&caller.client, &new.person.user);
    let how = match (&new.act, client.settings.may_act) {
        (None, MayAct::Impersonate) => "impersonation",
        _ => "delegation",
    };
    let mut tx = app.db.write().await?;
    Entry::new(app, "token.exchanged", &Actor::Client(client.id.clone()))
        .user(&user.id, user.username.as_str())
        .client(&client.id)
        .flow(Some(&new.grant.flow))
        .detail("from", held.client_id.0.clone())
        .detail("audience", new.audience.id.0.clone())
        .detail("scope", new.scopes.to_string())
        .detail("how", how)
        .append(&mut tx)
        .await?;
    tx.commit().await?;
    let told = vec![
        ("by", client.id.0.clone()),
        ("audience", new.audience.id.0.clone()),
        ("scope", new.scopes.to_string()),
    ];
    Tracked::of_grant(new.grant).done(app, "token_exchanged", told);
    Ok(())
}

fn sign(
    app: &AppState,
    caller: &Caller,
    registry: &Snapshot,
    new: New<'_>,
) -> Result<Tokens, Failure> {
    let (client, now) = (caller.client.as_ref(), app.clock.now());
    let content = access_token::Content {
        issuer: &layouts::issuer(app.config.public_url.as_str(), caller.layout, client),
        client,
        sub: &new.person.sub,
        grant: Some(new.grant),
        scopes: &new.scopes,
        target: &Target::default(),
        jti: access_token::jti(Some(new.grant.id), app.random.bytes()),
        cnf: caller.cnf.as_ref(),
    };
    let mut claims = access_token::claims(&content, now);
    claims.insert("aud".to_owned(), json!(new.audience.id));
    claims.insert("exp".to_owned(), json!(new.expires_at));
    if let Some(act) = new.act {
        claims.insert("act".to_owned(), act);
    }
    Ok(Tokens {
        access_token: issue::sign(registry, client, access_token::TYP, &claims)?,
        issued_token_type: Some(ISSUED),
        token_type: Confirmation::token_type(caller.cnf.as_ref()),
        expires_in: new.expires_at - now,
        scope: new.scopes.to_string(),
        refresh_token: None,
        id_token: None,
        authorization_details: Vec::new(),
    })
}
