//! A request on its way through the login and consent pages: sealed, so that it needs no storage
//! that anonymous visitors could fill, and cannot be changed on the way.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::app::App;
use crate::domain::Cause;
use crate::protocol::authorize::Request;
use crate::seal::Purpose;

const CONTEXT: (Purpose, &str) = (Purpose::Request, "");

/// Seals a request for the address of a page.
///
/// # Errors
/// None in practice.
pub fn seal(app: &App, request: &Request) -> anyhow::Result<String> {
    let plain = serde_json::to_vec(request)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(app.sealer.seal(CONTEXT, &plain, &app.random)?))
}

/// Opens what `seal` made.
///
/// # Errors
/// `RequestExpired` for what is too old, was changed, or was never ours.
pub fn open(app: &App, sealed: &str) -> Result<Request, Cause> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).map_err(|_| Cause::RequestExpired)?;
    let plain = app.sealer.open(CONTEXT, &bytes).map_err(|_| Cause::RequestExpired)?;
    let request: Request = serde_json::from_slice(&plain).map_err(|_| Cause::RequestExpired)?;
    if request.is_stale(app.clock.now()) { Err(Cause::RequestExpired) } else { Ok(request) }
}

/// The address of the authorization endpoint that takes the request up again.
pub fn authorize_url(sealed: &str) -> String {
    format!("/oauth2/authorize?resume={sealed}")
}
