//! What is polled for until a person has decided: devices (RFC 8628 3.4), and requests in the back
//! channel (CIBA Core 10.1). While nobody has, a poll is one read and one small write.

use super::Tracked;
use super::issue::Issue;
use super::token::{Caller, Tokens, refused};
use crate::app::AppState;
use crate::domain::{BackchannelRequest, Cause, DeviceCode, Grant, GrantType, Timestamp};
use crate::protocol::polling::{self, Awaited, Verdict, Words};
use crate::protocol::{backchannel, device_grant};
use crate::signin::person;
use crate::store::{self, Tx, backchannel_requests, device_codes};
use crate::web::error::JsonError;

/// What is polled for.
pub enum Polled<'a> {
    /// A device waits to be let in.
    Device(&'a DeviceCode),
    /// A client waits for a person whom it named.
    Request(&'a BackchannelRequest),
}

impl Polled<'_> {
    fn awaited(&self) -> Awaited<'_> {
        match self {
            Polled::Device(device) => device_grant::awaited(device),
            Polled::Request(request) => backchannel::awaited(request),
        }
    }

    fn words(&self) -> &'static Words {
        match self {
            Polled::Device(_) => &device_grant::WORDS,
            Polled::Request(_) => &backchannel::WORDS,
        }
    }

    /// What its flow tells of being slowed down, and of the tokens.
    fn steps(&self) -> (&'static str, &'static str) {
        match self {
            Polled::Device(_) => ("device_slowed", "device_redeemed"),
            Polled::Request(_) => ("backchannel_slowed", "backchannel_redeemed"),
        }
    }

    fn tracked(&self) -> Tracked {
        let (flow, layout, client) = match self {
            Polled::Device(one) => (&one.flow, one.layout, &one.client_id),
            Polled::Request(one) => (&one.flow, one.layout, &one.client_id),
        };
        Tracked::begin(flow.clone(), layout, None).client(client)
    }

    async fn note_poll(&self, tx: &mut Tx, now: Timestamp, pause: i64) -> store::Result<u64> {
        match self {
            Polled::Device(one) => device_codes::note_poll(tx, one.id, now, pause).await,
            Polled::Request(one) => backchannel_requests::note_poll(tx, one.id, now, pause).await,
        }
    }

    async fn take(&self, tx: &mut Tx, now: Timestamp) -> store::Result<bool> {
        match self {
            Polled::Device(one) => device_codes::take(tx, one.id, now).await,
            Polled::Request(one) => backchannel_requests::take(tx, one.id, now).await,
        }
    }
}

/// Answers a poll.
pub async fn answer(
    app: &AppState,
    caller: &Caller,
    polled: &Polled<'_>,
    grant: Option<Grant>,
) -> Result<Tokens, JsonError> {
    let words = polled.words();
    let tracked = polled.tracked().client(&caller.client.id);
    match polling::check(&polled.awaited(), words, &caller.client.id, app.clock.now()) {
        Ok(Verdict::LetIn(_)) => {}
        Ok(Verdict::Waiting { pause, too_fast, noted }) => {
            if noted {
                let mut tx = app.db.write().await?;
                polled.note_poll(&mut tx, app.clock.now(), pause).await?;
                tx.commit().await?;
            }
            let told = polling::waiting(too_fast);
            if too_fast && noted {
                let pause = vec![("pause", pause.to_string())];
                tracked.slowed(app, polled.steps().0, told.cause, pause);
            }
            return Err(told.into());
        }
        // The flow heard of it when the person said so.
        Err(error) if error.cause == words.denied.0 => return Err(error.into()),
        Err(error) => return Err(refused(app, &tracked, error)),
    }
    let grant = grant.filter(|grant| grant.revoked_at.is_none());
    let grant = grant.ok_or_else(|| refused(app, &tracked, words.refusal(Cause::GrantRevoked)))?;
    redeem(app, caller, polled, &grant).await
}

/// Hands over the tokens that a person allowed: once, however many polls come at the same moment. A
/// poll too many revokes nothing: unlike a code of the browser, what is polled with passes through
/// nobody's hands, and what comes twice is the client itself.
async fn redeem(
    app: &AppState,
    caller: &Caller,
    polled: &Polled<'_>,
    grant: &Grant,
) -> Result<Tokens, JsonError> {
    let client = caller.client.as_ref();
    let tracked = Tracked::of_grant(grant);
    let refuse = |cause| refused(app, &tracked, polled.words().refusal(cause));
    let registry = app.registry();
    let known = (registry.as_ref(), client);
    let mut conn = app.db.read().await?;
    let person = person::load(app, &mut conn, known, &grant.user_id).await?;
    drop(conn);
    let person = person.ok_or_else(|| refuse(Cause::UserDisabled))?;
    let Some(allowed) = registry.allowed_scopes(&client.id, &person.groups) else {
        return Err(refuse(Cause::NoScopeMap));
    };
    let scopes = grant.scopes.intersection(&allowed);
    let refreshes = scopes.contains("offline_access")
        && client.settings.grant_types.contains(&GrantType::RefreshToken);
    let issue = Issue::new(app, known, (grant, &person), scopes).bound_to(caller.cnf.clone());
    let issue = issue.ready().await.map_err(|error| refused(app, &tracked, error))?;
    let mut tx = app.db.write().await?;
    if !polled.take(&mut tx, app.clock.now()).await? {
        return Err(refuse(polled.words().used));
    }
    let refresh_token =
        if refreshes { Some(issue.store_refresh(&mut tx, None).await?) } else { None };
    issue.store_access(&mut tx).await?;
    tx.commit().await?;
    let sent = vec![("client_auth", caller.method.as_str().to_owned())];
    tracked.done(app, polled.steps().1, sent);
    let tokens = issue.sign(None, refresh_token)?;
    tracked.issued(app, &tokens, client);
    Ok(tokens)
}
