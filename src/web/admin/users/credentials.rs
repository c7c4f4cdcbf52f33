//! How a user signs in: setting a password, links to choose one, forgetting failed attempts.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::create::LinkPage;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::links::Link;
use crate::directory::rights::{ManagesPeople, SeesPeople};
use crate::directory::{DirectoryError, credentials, links, mail};
use crate::domain::{Secret, User};
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    action: String,
    password: String,
}

#[derive(Template)]
#[template(path = "admin/users/credentials.html")]
struct CredentialsPage {
    shell: Shell,
    frame: Frame,
    errors: Vec<FieldError>,
    password_set: Option<When>,
    mail_to: Option<String>,
    commands: String,
}

/// `GET /admin/users/{id}/credentials`
pub async fn get(app: AppState, console: Console<SeesPeople>, Path(id): Path<String>) -> Response {
    match load(&app, &id).await {
        Ok(user) => show(&app, &console, &user, Vec::new()),
        Err(error) => console.refused(&app, error),
    }
}

fn show<R>(app: &AppState, console: &Console<R>, user: &User, errors: Vec<FieldError>) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let line = |verb: &str| Command::new(verb).arg(user.username.as_str());
    let credentials = CredentialsPage {
        shell,
        frame: Frame::new(console, user, "/credentials"),
        errors,
        password_set: user.password_changed_at.map(|at| When::of(at, app.clock.now())),
        mail_to: user.email.clone().filter(|_| mail::is_set_up(app)),
        commands: format!(
            "{}\n{}\n{}\n{}",
            line("user set-password").bare("--password-stdin"),
            line("user reset-link"),
            line("user reset-link").bare("--mail"),
            line("user unlock")
        ),
    };
    page::show(status, jar, &credentials)
}

/// `POST /admin/users/{id}/credentials`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<ManagesPeople, Filled>,
) -> Response {
    let actor = console.right.actor();
    let user = match load(&app, &id).await {
        Ok(user) => user,
        Err(error) => return console.refused(&app, error),
    };
    let back = path(&user, "/credentials");
    let name = &user.username;
    let told = match form.action.as_str() {
        "set-password" => {
            let password = Secret::sent(form.password);
            match credentials::set_password(&app, &actor, &id, &password).await {
                Ok(_) => Ok(format!("Set the password of {name} and ended their sessions.")),
                Err(error @ DirectoryError::WeakPassword(_)) => {
                    let error = FieldError::new("password", sentence(&error));
                    return show(&app, &console, &user, vec![error]);
                }
                Err(error) => Err(error),
            }
        }
        "reset-link" => match links::reset_link(&app, &actor, &id).await {
            Ok(link) => return shown_once(&app, &console, &user, link),
            Err(error) => Err(error),
        },
        "reset-mail" => match mail::reset(&app, &actor, &id).await {
            Ok(address) => Ok(format!("Sent {name} a link to a new password, to {address}.")),
            Err(error @ (DirectoryError::Mail(_) | DirectoryError::NoMail)) => {
                let error = FieldError::new("", sentence(&error));
                return show(&app, &console, &user, vec![error]);
            }
            Err(error) => Err(error),
        },
        "unlock" => credentials::unlock(&app, &actor, &id).await.map(|done| {
            let told = format!("{name} may try again at once.");
            if done.changed { told } else { done.notes.join(" ") }
        }),
        _ => Ok(String::new()),
    };
    match told {
        Ok(told) => console.done(&app, &back, &told),
        Err(error) => console.refused(&app, error),
    }
}

/// The link itself is on this page and nowhere else.
fn shown_once<R>(app: &AppState, console: &Console<R>, user: &User, link: Link) -> Response {
    let (shell, jar) = console.shell(app, HERE);
    let name = &user.username;
    let shown = LinkPage {
        shell,
        title: format!("Reset link for {name}"),
        about: format!("With this link, {name} chooses a new password. It works once."),
        url: link.url,
        until: link.expires_at.rfc3339(),
        back: path(user, "/credentials"),
    };
    page::show(StatusCode::OK, jar, &shown)
}
