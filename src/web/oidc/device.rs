//! Devices that cannot show a page, RFC 8628: where they ask for a code, and where they poll until
//! a person has let them in.

use axum::Extension;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::Tracked;
use super::authorize::arrival;
use super::client::{self, Asked};
use super::polled::{self, Polled};
use super::token::{self, Caller, Tokens, refused};
use crate::app::AppState;
use crate::domain::{
    Cause, Client, DeviceCode, Grant, GrantType, Layout, Scopes, Timestamp, Token, UserCode,
};
use crate::protocol::authorize::{Arrival, filled};
use crate::protocol::device_grant::{LIFETIME, WORDS};
use crate::protocol::polling::PAUSE;
use crate::seal::{Purpose, Sealer};
use crate::store::{self, device_codes};
use crate::web::error::{Failure, JsonError};
use crate::web::extract::{ClientForm, malformed};
use crate::web::json::NoStore;
use crate::web::visitor::Visitor;

/// Where people let devices in.
const PAGE: &str = "/device";
/// User codes that are drawn before we give up: two alike are all but impossible.
const DRAWS: usize = 5;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Params {
    #[serde(deserialize_with = "filled")]
    scope: Option<String>,
}

/// The answer, RFC 8628 3.2, and a picture of the whole address for devices with a screen.
#[derive(Serialize)]
pub struct Waiting {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    verification_qr_uri: String,
    expires_in: i64,
    interval: i64,
}

/// `POST`
pub async fn post(
    app: AppState,
    Extension(layout): Extension<Layout>,
    visitor: Visitor,
    headers: HeaderMap,
    ClientForm { client: form, params }: ClientForm<Params>,
) -> Result<NoStore<Waiting>, JsonError> {
    let endpoint = "device authorization";
    let asked = Asked { visitor: &visitor, headers: &headers, endpoint, layout };
    let client = match client::authenticate(&app, &asked, &form).await {
        Ok((client, _)) => client,
        Err(Failure::Refused(error)) => {
            let named = form.named(&headers);
            return Err(refused(&app, &Tracked::stray(&app, layout, named.as_ref()), error));
        }
        Err(broken) => return Err(JsonError(broken)),
    };
    let arrival = arrival(&app, layout);
    let tracked = Tracked::begin(arrival.flow.clone(), layout, visitor.address_text());
    let tracked = tracked.client(&client.id);
    token::allowed(&client, GrantType::DeviceCode)
        .map_err(|error| refused(&app, &tracked, error))?;
    let (code, user_code) = store(&app, &client, &params, &arrival).await?;
    let scope = params.scope.map(|scope| ("scope", scope));
    tracked.step(&app, "device_asked", scope.into_iter().collect());
    let page = format!("{}{PAGE}", app.config.public_url.as_str());
    Ok(NoStore(Waiting {
        device_code: code.expose(),
        verification_uri_complete: format!("{page}?user_code={user_code}"),
        verification_qr_uri: format!("{page}/qr/{user_code}.svg"),
        user_code: user_code.to_string(),
        verification_uri: page,
        expires_in: LIFETIME,
        interval: PAUSE,
    }))
}

/// Stores a device under codes that no other has.
async fn store(
    app: &AppState,
    client: &Client,
    params: &Params,
    arrival: &Arrival,
) -> Result<(Token, UserCode), Failure> {
    // What does not exist is ignored anyway, and need not be kept for strangers.
    let registry = app.registry();
    let scopes = params.scope.as_deref().map(|asked| {
        let asked = Scopes::parse(asked);
        let known = asked.iter().filter(|name| registry.scopes().contains_key(*name));
        Json(known.map(str::to_owned).collect::<Scopes>())
    });
    let mut tx = app.db.write().await?;
    for _ in 0..DRAWS {
        let (token, user_code) = (app.random.token(&app.clock), app.random.user_code());
        let device = DeviceCode {
            id: token.selector,
            hash: token.hash(),
            user_code: kept(&app.sealer, &user_code),
            client_id: client.id.clone(),
            layout: arrival.layout,
            scopes: scopes.clone(),
            flow: arrival.flow.clone(),
            expires_at: arrival.at + LIFETIME,
            polled_at: Timestamp(0),
            pause: PAUSE,
            decided_at: None,
            grant_id: None,
            used_at: None,
        };
        if device_codes::insert(&mut tx, &device).await? {
            tx.commit().await?;
            return Ok((token, user_code));
        }
    }
    Err(Failure::Broken(anyhow::anyhow!("no user code is free")))
}

/// What is stored of a user code.
pub fn kept(sealer: &Sealer, user_code: &UserCode) -> Vec<u8> {
    sealer.mac(Purpose::UserCode, user_code.as_str().as_bytes()).to_vec()
}

/// `grant_type=urn:ietf:params:oauth:grant-type:device_code`, RFC 8628 3.4.
pub async fn poll(
    app: &AppState,
    caller: &Caller,
    params: &token::Params,
) -> Result<Tokens, JsonError> {
    let client = &caller.client;
    let stray = |error| refused(app, &Tracked::stray(app, caller.layout, Some(&client.id)), error);
    let sent = params.device_code.as_deref();
    let sent = sent.ok_or_else(|| stray(malformed("device_code is required")))?;
    let Some((device, grant)) = look_up(app, sent).await? else {
        return Err(stray(WORDS.refusal(Cause::DeviceCodeUnknown)));
    };
    polled::answer(app, caller, &Polled::Device(&device), grant).await
}

async fn look_up(app: &AppState, sent: &str) -> store::Result<Option<(DeviceCode, Option<Grant>)>> {
    let Some(token) = Token::parse(sent) else { return Ok(None) };
    let mut conn = app.db.read().await?;
    let found = device_codes::with_grant(&mut conn, token.selector).await?;
    Ok(found.filter(|(device, _)| token.matches(&device.hash)))
}
