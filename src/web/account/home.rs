//! The front page: the person's applications, and a way out.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::AppState;
use crate::domain::{Client, Role, User};
use crate::store::{self, groups};
use crate::web::error::PageError;
use crate::web::page::{self, Page};
use crate::web::visitor::Visitor;

/// An application as the page shows it.
struct AppCard {
    name: String,
    logo: Option<String>,
    url: Option<String>,
    description: Option<String>,
    initial: String,
}

#[derive(Template)]
#[template(path = "account/home.html")]
struct HomePage {
    page: Page,
    user_name: String,
    user_login: String,
    is_admin: bool,
    has_role: bool,
    apps: Vec<AppCard>,
}

/// `GET /`
pub async fn get(app: AppState, visitor: Visitor) -> Response {
    let user = match visitor.signed_in(&app).await {
        Ok(Some((_, user))) => user,
        Ok(None) => return Redirect::to("/login?next=/").into_response(),
        Err(error) => return PageError::broken(&app, &visitor, error).into_response(),
    };
    match cards(&app, &user).await {
        Ok(apps) => {
            let (page, jar) = Page::new(&app, visitor.jar);
            let home = HomePage {
                page,
                user_name: user.shown_name().to_owned(),
                user_login: user.username.to_string(),
                has_role: user.role.is_some(),
                is_admin: user.role == Some(Role::Administrator),
                apps,
            };
            page::show(StatusCode::OK, jar, &home)
        }
        Err(error) => PageError::broken(&app, &visitor, error).into_response(),
    }
}

/// The applications that a scope map lets this person use.
async fn cards(app: &AppState, user: &User) -> store::Result<Vec<AppCard>> {
    let mut conn = app.db.read().await?;
    let direct = groups::direct(&mut conn, &user.id).await?;
    drop(conn);
    let registry = app.registry();
    let all = registry.effective_groups(direct);
    let usable = registry.clients().into_iter().filter(|client| {
        client.disabled_at.is_none() && registry.allowed_scopes(&client.id, &all).is_some()
    });
    let mut cards: Vec<AppCard> = usable.map(|client| card(&client)).collect();
    cards.sort_by_key(|card| card.name.to_lowercase());
    Ok(cards)
}

fn card(client: &Client) -> AppCard {
    let settings = &client.settings;
    let url = settings.launch_url.clone().or_else(|| settings.app_url.clone());
    let host = url.as_deref().and_then(|url| url::Url::parse(url).ok());
    AppCard {
        name: client.name.clone(),
        logo: settings.logo_uri.clone(),
        description: host.and_then(|url| url.host_str().map(str::to_owned)),
        url,
        initial: client.name.chars().next().unwrap_or('?').to_uppercase().to_string(),
    }
}
