//! The client that a path names, where the layout has one in it.

use std::sync::Arc;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::Response;

use crate::app::AppState;
use crate::domain::{Client, ClientId, Layout};
use crate::registry::Snapshot;
use crate::web::error;
use crate::web::visitor::Visitor;

/// Proof that a path names nobody, or somebody who is there; any other path leads nowhere.
pub struct OnPath;

impl FromRequestParts<AppState> for OnPath {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<OnPath, Response> {
        let layout = parts.extensions.get::<Layout>().copied().unwrap_or(Layout::Native);
        let Ok(params) = parts.extract::<RawPathParams>().await else { return Ok(OnPath) };
        let name = params.iter().find(|(name, _)| *name == "client").map(|(_, value)| value);
        if name.is_none_or(|name| named(&app.registry(), layout, name).is_some()) {
            return Ok(OnPath);
        }
        let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
        Err(error::not_found(app.clone(), visitor, parts.headers.clone()).await)
    }
}

/// The client that a path of the layout names.
pub fn named(registry: &Snapshot, layout: Layout, name: &str) -> Option<Arc<Client>> {
    match layout {
        Layout::Native => None,
        Layout::Authentik => registry.client_by_slug(name),
        Layout::Kanidm => registry.client(&ClientId(name.to_owned())),
    }
}
