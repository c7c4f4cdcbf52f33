//! Proving that an address leads to us: the server asks there for an answer that nobody else knows.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::app::{App, AppState};
use crate::config::PublicUrl;
use crate::outbound::{self, Proof};
use crate::seal::Purpose;
use crate::web::extract::PageQuery;

/// Where the answer is given.
pub const PATH: &str = "/setup/proof";

/// The question.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    nonce: String,
}

/// `GET /setup/proof`: a code over what is asked, which every node with our secret key knows.
pub async fn get(app: AppState, PageQuery(asked): PageQuery<Asked>) -> Response {
    if asked.nonce.len() != 43 {
        return StatusCode::BAD_REQUEST.into_response();
    }
    ([(header::CACHE_CONTROL, "no-store")], answer(&app, &asked.nonce)).into_response()
}

/// Whether `url` leads to us: `Err` says in a sentence why it seems not to, and what to do.
///
/// # Errors
/// The sentence.
pub async fn prove(app: &App, url: &PublicUrl) -> Result<(), String> {
    let nonce = BASE64_URL_SAFE_NO_PAD.encode(app.random.bytes::<32>());
    let path = format!("{PATH}?nonce={nonce}");
    match outbound::prove(url.as_str(), &path, &answer(app, &nonce)).await {
        Proof::Given => Ok(()),
        Proof::Another(status) => Err(format!(
            "{url} answered with status {status}, but it was not this Keystead. See that the proxy \
             there passes every path on to this server, or correct the address."
        )),
        Proof::NoTls(cause) => Err(format!(
            "There is no secure connection to {url}: {cause}. Correct the certificate; or, if it is \
             of an authority of your own, let this machine and your applications trust that \
             authority."
        )),
        Proof::Nothing(cause) => Err(format!(
            "Nothing answers at {url}: {cause}. Set up the name and the proxy first; or, if only \
             this server cannot reach its own address and your browser can, use it all the same."
        )),
    }
}

fn answer(app: &App, nonce: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(app.sealer.mac(Purpose::Proof, nonce.as_bytes()))
}
