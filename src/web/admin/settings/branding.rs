//! Settings, Branding: what pages are called and look like.

use axum::response::Response;

use super::HERE;
use super::panel::{Filled, Panel};
use crate::app::AppState;
use crate::directory::rights::{Administers, SeesAll};
use crate::web::admin::console::{Console, Posted};

const PANEL: Panel = Panel {
    path: HERE,
    link: HERE,
    title: "Branding",
    lead: "What the sign-in pages and the portal are called and look like.",
    sections: &["branding"],
    names: &[
        "branding.name",
        "branding.accent",
        "branding.logo",
        "branding.sentence",
        "branding.support",
    ],
    risks: |settings| settings.branding.accent.adjusted().into_iter().collect(),
};

/// `GET /admin/settings`
pub async fn get(app: AppState, console: Console<SeesAll>) -> Response {
    PANEL.get(&app, &console)
}

/// `POST /admin/settings`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    PANEL.post(&app, &console, form).await
}
