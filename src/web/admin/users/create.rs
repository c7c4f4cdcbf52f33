//! Making a user: with a password, or with a link to choose one.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::profile::{details, field_of};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::{Administers, ManagesPeople};
use crate::directory::users::{self, FirstPassword, NewUser};
use crate::directory::{DirectoryError, mail};
use crate::domain::Secret;
use crate::web::admin::console::{Console, Editing, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    username: String,
    first: String,
    password: String,
    email_verified: Option<String>,
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

#[derive(Template)]
#[template(path = "admin/users/new.html")]
struct NewPage {
    shell: Shell,
    errors: Vec<FieldError>,
    filled: Filled,
    command: String,
    vouches: bool,
    mail: bool,
}

impl NewPage {
    fn value(&self, name: &str) -> &str {
        self.filled.fields.get(name).map_or("", String::as_str)
    }
}

/// A link that is shown once.
#[derive(Template)]
#[template(path = "admin/users/link.html")]
pub(super) struct LinkPage {
    pub shell: Shell,
    pub title: String,
    pub about: String,
    pub url: String,
    pub until: String,
    pub back: String,
}

/// `GET /admin/users/new`
pub async fn get(app: AppState, Editing(console): Editing<ManagesPeople>) -> Response {
    let filled = Filled { first: "invite".into(), ..Filled::default() };
    show(&app, &console, filled, Vec::new())
}

fn show(
    app: &AppState,
    console: &Console<ManagesPeople>,
    filled: Filled,
    errors: Vec<FieldError>,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let command = Command::new("user create").bare("NAME --email ADDRESS --invite").to_string();
    let vouches = Administers::by_role(&console.staff).is_some();
    let mail = mail::is_set_up(app);
    page::show(status, jar, &NewPage { shell, errors, filled, command, vouches, mail })
}

/// `POST /admin/users/new`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesPeople, Filled>,
) -> Response {
    let password = match form.first.as_str() {
        "password" => FirstPassword::Given(Secret::sent(form.password.clone())),
        "later" | "mail" => FirstPassword::Later,
        _ => FirstPassword::Invitation,
    };
    let vouches = Administers::by_role(&console.staff).is_some();
    let verified = vouches && form.email_verified.is_some();
    let new = NewUser {
        username: form.username.clone(),
        role: None,
        password,
        details: details(&form.fields, verified.then_some(true)),
    };
    let made = match users::create(&app, &console.right.actor(), new).await {
        Ok(made) => made,
        Err(error @ (DirectoryError::Password(_) | DirectoryError::Store(_))) => {
            return console.refused(&app, error);
        }
        Err(error) => {
            let error = FieldError::new(field_of(&error).as_str(), sentence(&error));
            return show(&app, &console, form, vec![error]);
        }
    };
    let back = super::frame::path(&made.user, "");
    let name = &made.user.username;
    if form.first == "mail" {
        let sent = mail::invite(&app, &console.right.actor(), made.user.id.as_str()).await;
        let told = match sent {
            Ok(address) => format!("Created {name} and sent the invitation to {address}."),
            Err(error) => format!("Created {name}, but sent no invitation: {}", sentence(&error)),
        };
        let back = super::frame::path(&made.user, "/credentials");
        return console.done(&app, &back, &told);
    }
    let Some(link) = made.invitation else {
        return console.done(&app, &back, &format!("Created {name}."));
    };
    let (shell, jar) = console.shell(&app, HERE);
    let invited = LinkPage {
        shell,
        title: format!("Created {name}"),
        about: format!("With this link, {name} chooses a password. It works once."),
        url: link.url,
        until: link.expires_at.rfc3339(),
        back,
    };
    page::show(StatusCode::CREATED, jar, &invited)
}
