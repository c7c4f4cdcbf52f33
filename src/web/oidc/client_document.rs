//! Clients that say at their `client_id` what they are (Client ID Metadata Documents): fetched when
//! somebody comes with one that is not known, and looked at again after a while.

use std::net::IpAddr;

use moka::sync::Cache;

use super::register;
use crate::app::App;
use crate::directory::registration;
use crate::domain::{Bounds, Cause, ClientId, HOUR, MINUTE, Timestamp};
use crate::protocol::registration::document;
use crate::protocol::{ErrorCode, OAuthError};
use crate::signin::throttle::{self, Keys};
use crate::web::error::Failure;

/// Seconds after which a document is fetched again, and after which one that was no good is.
const KEPT: i64 = HOUR;
const PAUSE: i64 = MINUTE;
/// Addresses that are remembered.
const ADDRESSES: u64 = 10_000;

/// When each document was last asked for.
pub struct KnownDocuments {
    asked: Cache<String, Timestamp>,
}

impl Default for KnownDocuments {
    fn default() -> KnownDocuments {
        KnownDocuments { asked: Cache::new(ADDRESSES) }
    }
}

/// Sees to it that a client is known whose id is the address of its metadata, where that is on.
/// What was fetched once is believed while it cannot be fetched again.
///
/// # Errors
/// `invalid_client` where a document that is not known yet is no good.
pub async fn look_up(app: &App, id: &str, address: Option<IpAddr>) -> Result<(), Failure> {
    if !app.config.oidc.registration.documents || !document::is_address(id) {
        return Ok(());
    }
    let known = app.registry().client(&ClientId(id.to_owned())).is_some();
    let (now, age) = (app.clock.now(), if known { KEPT } else { PAUSE });
    if app.client_documents.asked.get(id).is_some_and(|at| now - at < age) {
        return Ok(());
    }
    // Whoever comes with one address after the other has others asked in our name.
    if !known && throttle::reserve(app, &Keys::of_fetch(address)).await?.is_some() {
        return Ok(());
    }
    app.client_documents.asked.insert(id.to_owned(), now);
    match take(app, id, address).await {
        Err(Failure::Refused(error)) if known => {
            tracing::warn!(client.id = id, error = %error, "a client's document is no good now");
            Ok(())
        }
        taken => taken,
    }
}

async fn take(app: &App, id: &str, address: Option<IpAddr>) -> Result<(), Failure> {
    let refused = |why: String| {
        let text = "the document at client_id cannot be used";
        OAuthError::new(ErrorCode::InvalidClient, Cause::ClientDocumentRefused, text)
            .with("why", why)
    };
    let fetched = app.fetcher.get(id).await.map_err(|error| refused(error.to_string()))?;
    let metadata = document::metadata(id, &fetched).map_err(|why| refused(why.to_owned()))?;
    let wanted = register::wanted(app, None, &metadata, &Bounds::default()).await;
    let wanted = wanted.map_err(|failure| match failure {
        Failure::Refused(error) => refused(error.description.to_owned()).into(),
        broken => broken,
    })?;
    let from = address.map(|address| address.to_string());
    let taken = registration::provide(app, &ClientId(id.to_owned()), wanted, from).await;
    taken.map_err(|error| match register::refusal(error) {
        Failure::Refused(error) => refused(error.description.to_owned()).into(),
        broken => broken,
    })
}
