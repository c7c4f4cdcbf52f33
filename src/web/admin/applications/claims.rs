//! What an application is told of a person: ID token, access token and userinfo as they would be.
//! Whoever reads everything chooses the person; an owner sees themselves.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load, signs_in};
use super::preview::{self, Nothing, Preview};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::{SeesAll, SeesClient};
use crate::directory::{DirectoryError, Result, find};
use crate::domain::{Client, Scopes, User};
use crate::web::admin::console::{Console, sentence};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// Of whom, and what the application asks for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    person: String,
    scope: String,
}

#[derive(Template)]
#[template(path = "admin/applications/claims.html")]
struct ClaimsPage {
    shell: Shell,
    frame: Frame,
    errors: Vec<FieldError>,
    asked: Asked,
    signs_in: bool,
    of_whom: Option<String>,
    preview: Option<Preview>,
    nothing: Option<String>,
    command: String,
}

/// `GET /admin/applications/{id}/claims`
pub async fn get(
    app: AppState,
    console: Console<SeesClient>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let shown = async {
        let client = load(&app, console.right.client())?;
        show(&app, &console, &client, asked).await
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

async fn show(
    app: &AppState,
    console: &Console<SeesClient>,
    client: &Client,
    asked: Asked,
) -> Result<Response> {
    let (user, errors) = match person(app, console, &asked).await {
        Ok(user) => (user, Vec::new()),
        Err(error @ DirectoryError::NotFound { .. }) => {
            (None, vec![FieldError::new("person", sentence(&error))])
        }
        Err(error) => return Err(error),
    };
    let scopes = Some(Scopes::parse(&asked.scope)).filter(|scopes| !scopes.is_empty());
    let told = match &user {
        Some(user) => {
            let whom = (&user.id, &console.session);
            Some(preview::of(app, client, whom, scopes.as_ref()).await?)
        }
        None => None,
    };
    let (preview, nothing) = match told {
        Some(Ok(preview)) => (Some(preview), None),
        Some(Err(nothing)) => (None, Some(nothing)),
        None => (None, None),
    };
    let status = match errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let (shell, jar) = console.shell(app, HERE);
    let page = ClaimsPage {
        shell,
        frame: Frame::new(app, console, client, "/claims"),
        errors,
        asked,
        signs_in: signs_in(client),
        nothing: nothing.map(|nothing| match nothing {
            Nothing::Closed => "Their account is disabled: they cannot sign in.".to_owned(),
            Nothing::NoAccess => "No scope map lets them use it.".to_owned(),
        }),
        of_whom: user.map(|user| user.username.to_string()),
        preview,
        command: Command::new("client show").arg(client.id.as_str()).to_string(),
    };
    Ok(page::show(status, jar, &page))
}

/// Of whom: what people are told of others is not an owner's to know.
async fn person(
    app: &AppState,
    console: &Console<SeesClient>,
    asked: &Asked,
) -> Result<Option<User>> {
    if SeesAll::by_role(&console.staff).is_none() {
        return Ok(Some(console.user.clone()));
    }
    match asked.person.trim() {
        "" => Ok(None),
        name => find::user(&mut app.db.read().await?, name).await.map(Some),
    }
}
