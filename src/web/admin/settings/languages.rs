//! Settings, Languages: which ones people have the pages in.

use axum::response::Response;

use super::HERE;
use super::panel::{Filled, Panel};
use crate::app::AppState;
use crate::directory::rights::{Administers, SeesAll};
use crate::web::admin::console::{Console, Posted};

const PANEL: Panel = Panel {
    path: "/admin/settings/languages",
    link: HERE,
    title: "Languages",
    lead: "The sign-in pages speak the first of these that is offered: what the application asks \
           for (ui_locales), the language in the person's profile, what the browser prefers, the \
           default. The portal and the console are English.",
    sections: &["languages"],
    names: &["languages.default", "languages.offered"],
    risks: |_| Vec::new(),
};

/// `GET /admin/settings/languages`
pub async fn get(app: AppState, console: Console<SeesAll>) -> Response {
    PANEL.get(&app, &console)
}

/// `POST /admin/settings/languages`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    PANEL.post(&app, &console, form).await
}
