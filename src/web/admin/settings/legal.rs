//! Settings, Legal: imprint, privacy policy and terms of use.

use axum::response::Response;

use super::HERE;
use super::panel::{Filled, Panel};
use crate::app::AppState;
use crate::directory::rights::{Administers, SeesAll};
use crate::web::admin::console::{Console, Posted};

const PANEL: Panel = Panel {
    path: "/admin/settings/legal",
    link: HERE,
    title: "Legal",
    lead: "Each appears as a link below the sign-in pages and the portal: to the web address that \
           you write here, or to a page of its own with your text. An empty line begins a paragraph.",
    sections: &["legal"],
    names: &["legal.imprint", "legal.privacy", "legal.terms"],
    risks: |settings| {
        let legal = &settings.legal;
        let all = [&legal.imprint, &legal.privacy, &legal.terms];
        let plain = all.into_iter().flatten().filter(|said| said.starts_with("http://"));
        plain.map(|said| format!("{said} is not encrypted; use its https address.")).collect()
    },
};

/// `GET /admin/settings/legal`
pub async fn get(app: AppState, console: Console<SeesAll>) -> Response {
    PANEL.get(&app, &console)
}

/// `POST /admin/settings/legal`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    PANEL.post(&app, &console, form).await
}
