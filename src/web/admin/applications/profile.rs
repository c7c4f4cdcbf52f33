//! Choosing a security profile: what each is for, and which switches it would set.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load, path};
use super::setting;
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::ManagesClient;
use crate::directory::{DirectoryError, Force, clients};
use crate::domain::{Client, SecurityProfile, Switch};
use crate::web::admin::console::{Editing, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    profile: String,
}

/// A profile as the page shows it.
struct Choice {
    profile: SecurityProfile,
    /// Whether the client has it.
    current: bool,
    /// What it would change.
    changes: Vec<Change>,
}

/// A switch that stands otherwise.
struct Change {
    says: &'static str,
    now: String,
    then: String,
}

impl Change {
    fn new((switch, now): (Switch, String)) -> Change {
        let setting = setting::all().find(|setting| setting.field == switch.field);
        let shown = |stored: &str| {
            let plain = stored.trim_matches(['[', ']', '"']).replace("\",\"", ", ");
            let form = match (switch.field, stored) {
                ("auth_method", "null") => "either",
                (_, "true") => "yes",
                (_, "false") => "no",
                _ => plain.as_str(),
            };
            let options = setting.map(|setting| setting.options).unwrap_or_default();
            let option = options.iter().find(|(value, _)| *value == form);
            option.map_or_else(|| form.to_owned(), |(_, title)| (*title).to_owned())
        };
        Change {
            says: setting.map_or(switch.field, |setting| setting.says),
            now: shown(&now),
            then: shown(switch.allowed.first().copied().unwrap_or_default()),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/applications/profile.html")]
struct ProfilePage {
    shell: Shell,
    frame: Frame,
    problem: Option<String>,
    choices: Vec<Choice>,
    command: String,
}

/// `GET /admin/applications/{id}/profile`
pub async fn get(app: AppState, Editing(console): Editing<ManagesClient>) -> Response {
    let client = match load(&app, console.right.client()) {
        Ok(client) => client,
        Err(error) => return console.refused(&app, error),
    };
    let (shell, jar) = console.shell(&app, HERE);
    let frame = Frame::new(&app, &console, &client, "/security");
    shown(StatusCode::OK, (shell, jar), frame, &client, None)
}

fn shown(
    status: StatusCode,
    (shell, jar): (Shell, CookieJar),
    frame: Frame,
    client: &Client,
    problem: Option<String>,
) -> Response {
    let now = SecurityProfile::of(client);
    let choices = SecurityProfile::ALL.into_iter().rev().map(|profile| Choice {
        profile,
        current: now == Some(profile),
        changes: profile.open(client).map(Change::new).collect(),
    });
    let page = ProfilePage {
        shell,
        frame,
        problem,
        choices: choices.collect(),
        command: Command::new("client update")
            .arg(client.id.as_str())
            .flag("profile", now.unwrap_or(SecurityProfile::Standard).as_str())
            .to_string(),
    };
    page::show(status, jar, &page)
}

/// `POST /admin/applications/{id}/profile`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesClient, Filled>,
) -> Response {
    let id = console.right.client().clone();
    let client = match load(&app, &id) {
        Ok(client) => client,
        Err(error) => return console.refused(&app, error),
    };
    let again = |problem: String| {
        let (shell, jar) = console.shell(&app, HERE);
        let frame = Frame::new(&app, &console, &client, "/security");
        shown(StatusCode::UNPROCESSABLE_ENTITY, (shell, jar), frame, &client, Some(problem))
    };
    let profile: SecurityProfile = match form.profile.parse() {
        Ok(profile) => profile,
        Err(_) => return again("Choose one of these.".to_owned()),
    };
    let edit = move |client: &mut Client| {
        let public = client.public;
        profile.apply(&mut client.settings, public);
    };
    match clients::update(&app, &console.right.actor(), (id.as_str(), None), Force::No, edit).await
    {
        Ok(done) => {
            let told = format!("{} has the profile {} now.", done.value.name, profile.title());
            console.done(&app, &path(&id, "/security"), &told)
        }
        Err(error @ (DirectoryError::Value { .. } | DirectoryError::Settings { .. })) => {
            again(sentence(&error))
        }
        Err(error) => console.refused(&app, error),
    }
}
