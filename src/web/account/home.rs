//! The front page: the person's applications, the latest used first, and a way out.

use std::cmp::Reverse;
use std::collections::HashMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::approvals;
use super::frame::Frame;
use super::portal::Portal;
use crate::app::AppState;
use crate::domain::{Client, ClientId, Layout, Role, Selector, User};
use crate::layouts;
use crate::protocol::launch;
use crate::store::{self, grants, groups};
use crate::web::error::PageError;
use crate::web::extract::PageQuery;
use crate::web::page::{self, Page};

/// From so many applications on there is a search.
const MANY: usize = 9;

/// What is looked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
}

/// An application as the page shows it.
struct AppCard {
    name: String,
    logo: Option<String>,
    url: Option<String>,
    description: Option<String>,
    initial: String,
    last_use: Option<Selector>,
}

#[derive(Template)]
#[template(path = "account/home.html")]
struct HomePage {
    page: Page,
    frame: Frame,
    is_admin: bool,
    q: String,
    searchable: bool,
    waits: bool,
    apps: Vec<AppCard>,
}

/// `GET /`
pub async fn get(app: AppState, portal: Portal, PageQuery(asked): PageQuery<Asked>) -> Response {
    let mut apps = match cards(&app, &portal.user).await {
        Ok(apps) => apps,
        Err(error) => return PageError::broken(&app, &portal.visitor, error).into_response(),
    };
    let waits = match approvals::any(&app, &portal).await {
        Ok(waits) => waits,
        Err(error) => return PageError::broken(&app, &portal.visitor, error).into_response(),
    };
    let searchable = apps.len() >= MANY;
    let wanted = asked.q.trim().to_lowercase();
    apps.retain(|card| card.answers(&wanted));
    let (page, frame, jar) = portal.frame(&app, "/");
    let is_admin = portal.user.role == Some(Role::Administrator);
    let home = HomePage { page, frame, is_admin, q: asked.q, searchable, waits, apps };
    page::show(StatusCode::OK, jar, &home)
}

/// `GET /account`
pub async fn moved() -> Redirect {
    Redirect::to("/")
}

/// The applications that a scope map lets this person use.
async fn cards(app: &AppState, user: &User) -> store::Result<Vec<AppCard>> {
    let mut conn = app.db.read().await?;
    let direct = groups::direct(&mut conn, &user.id).await?;
    let used: HashMap<ClientId, Selector> =
        grants::last_use(&mut conn, &user.id).await?.into_iter().collect();
    drop(conn);
    let registry = app.registry();
    let all = registry.effective_groups(direct);
    let usable = registry.clients().into_iter().filter(|client| {
        client.disabled_at.is_none() && registry.allowed_scopes(&client.id, &all).is_some()
    });
    let mut cards: Vec<AppCard> =
        usable.map(|client| AppCard::of(app, &client, used.get(&client.id).copied())).collect();
    cards.sort_by_key(|card| (Reverse(card.last_use), card.name.to_lowercase()));
    Ok(cards)
}

impl AppCard {
    fn of(app: &AppState, client: &Client, last_use: Option<Selector>) -> AppCard {
        let settings = &client.settings;
        let issuer = layouts::issuer(app.config.public_url.as_str(), Layout::Native, client);
        let url = launch::url(client, &issuer);
        let host = url.as_deref().and_then(|url| url::Url::parse(url).ok());
        AppCard {
            name: client.name.clone(),
            logo: settings.logo_uri.clone(),
            description: host.and_then(|url| url.host_str().map(str::to_owned)),
            url,
            initial: client.name.chars().next().unwrap_or('?').to_uppercase().to_string(),
            last_use,
        }
    }

    fn answers(&self, wanted: &str) -> bool {
        let host = self.description.as_deref().unwrap_or_default();
        self.name.to_lowercase().contains(wanted) || host.contains(wanted)
    }
}
