//! Making a token: what comes by it may be, and who may use that; the token is shown this once.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{GRANTS, HERE};
use crate::app::AppState;
use crate::directory::DirectoryError;
use crate::directory::command::Command;
use crate::directory::registration_tokens::{self, NewRegistrationToken};
use crate::directory::rights::Administers;
use crate::domain::{Bounds, DAY, GrantType, RegistrationToken, Scopes, Secret};
use crate::layouts;
use crate::web::admin::console::{Console, Editing, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// How long a token may live, in days.
const LIVES: [(i64, &str); 5] =
    [(1, "A day"), (USUAL, "A week"), (30, "30 days"), (90, "90 days"), (366, "A year")];
/// What is enough for most.
const USUAL: i64 = 7;

/// The form: beside what is named, a field for each grant.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    token_name: String,
    group: String,
    uses: String,
    days: String,
    scopes: String,
    hosts: String,
    #[serde(flatten)]
    grants: BTreeMap<String, String>,
}

impl Filled {
    fn usual() -> Filled {
        let Bounds { grant_types, scopes, .. } = Bounds::default();
        let grants = grant_types.iter().map(|one| (one.as_str().to_owned(), "1".to_owned()));
        Filled {
            uses: "1".into(),
            days: USUAL.to_string(),
            scopes: scopes.to_string(),
            grants: grants.collect(),
            ..Filled::default()
        }
    }

    fn ticked(&self) -> Vec<GrantType> {
        let all = GRANTS.into_iter().map(|(grant, _)| grant);
        all.filter(|grant| self.grants.contains_key(grant.as_str())).collect()
    }

    fn hosts(&self) -> Vec<String> {
        let hosts = self.hosts.split([',', ' ', '\n', '\r']).filter(|host| !host.is_empty());
        hosts.map(str::to_owned).collect()
    }

    fn days(&self) -> i64 {
        let sent = self.days.parse().unwrap_or(USUAL);
        LIVES.iter().map(|(days, _)| *days).find(|days| *days == sent).unwrap_or(USUAL)
    }

    fn group(&self) -> Option<&str> {
        Some(self.group.trim()).filter(|name| !name.is_empty())
    }
}

/// A grant to tick.
struct Tick {
    grant: &'static str,
    about: &'static str,
    ticked: bool,
}

#[derive(Template)]
#[template(path = "admin/registration/new.html")]
struct NewPage {
    shell: Shell,
    errors: Vec<FieldError>,
    filled: Filled,
    groups: Vec<String>,
    grants: Vec<Tick>,
    lives: Vec<(i64, &'static str, bool)>,
    command: String,
}

#[derive(Template)]
#[template(path = "admin/registration/made.html")]
struct MadePage {
    shell: Shell,
    made: String,
    token: String,
    until: String,
    curl: String,
}

/// `GET /admin/registration/new`
pub async fn get(app: AppState, Editing(console): Editing<Administers>) -> Response {
    show(&app, &console, Filled::usual(), Vec::new())
}

fn show(
    app: &AppState,
    console: &Console<Administers>,
    filled: Filled,
    errors: Vec<FieldError>,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let (ticked, days) = (filled.ticked(), filled.days());
    let tick = |(grant, about): (GrantType, &'static str)| Tick {
        grant: grant.as_str(),
        about,
        ticked: ticked.contains(&grant),
    };
    let page = NewPage {
        shell,
        errors,
        groups: app.registry().groups().values().map(|group| group.name.clone()).collect(),
        grants: GRANTS.into_iter().map(tick).collect(),
        lives: LIVES.iter().map(|(n, label)| (*n, *label, *n == days)).collect(),
        command: command(&filled),
        filled,
    };
    page::show(status, jar, &page)
}

/// The same on the command line, as far as it is filled in.
fn command(filled: &Filled) -> String {
    let line = Command::new("registration-token create");
    let line = match filled.token_name.trim() {
        "" => line.bare("NAME"),
        name => line.arg(name),
    };
    let line = match filled.group() {
        Some(group) => line.flag("group", group),
        None => line,
    };
    let line = line.flag("uses", filled.uses.trim());
    let line = line.bare(&format!("--expires-in {}d", filled.days()));
    let usual = Filled::usual();
    let line = match filled.ticked() == usual.ticked() {
        true => line,
        false => {
            let grants = filled.ticked().into_iter();
            grants.fold(line, |line, grant| line.flag("grant-type", grant.as_str()))
        }
    };
    let scopes = Scopes::parse(&filled.scopes);
    let line = match scopes == Bounds::default().scopes {
        true => line,
        false => scopes.iter().fold(line, |line, scope| line.flag("scope", scope)),
    };
    let hosts = filled.hosts().into_iter();
    hosts.fold(line, |line, host| line.flag("redirect-host", &host)).to_string()
}

/// `POST /admin/registration/new`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let new = NewRegistrationToken {
        name: form.token_name.trim().to_owned(),
        group: form.group().map(str::to_owned),
        bounds: Bounds {
            grant_types: form.ticked(),
            scopes: Scopes::parse(&form.scopes),
            redirect_hosts: form.hosts(),
        },
        uses: form.uses.trim().parse().unwrap_or_default(),
        life: form.days() * DAY,
    };
    match registration_tokens::create(&app, &console.right.actor(), new).await {
        Ok((token, secret)) => shown_once(&app, &console, &token, &secret),
        Err(error) => match field_of(&error) {
            Some(field) => {
                let error = FieldError::new(field, sentence(&error));
                show(&app, &console, form, vec![error])
            }
            None => console.refused(&app, error),
        },
    }
}

/// The field an error is about; `None` for what no form can mend.
fn field_of(error: &DirectoryError) -> Option<&'static str> {
    match error {
        DirectoryError::Taken { .. } => Some("token_name"),
        DirectoryError::NotFound { what: "group", .. } => Some("group"),
        DirectoryError::NotFound { .. } => Some("scopes"),
        DirectoryError::Value { what, .. } => Some(match what.as_str() {
            "a token's name" => "token_name",
            "a number of uses" => "uses",
            "a token's life" => "days",
            "a list of grant types" => "grants",
            _ => "hosts",
        }),
        _ => None,
    }
}

/// The token itself is on this page and nowhere else.
fn shown_once(
    app: &AppState,
    console: &Console<Administers>,
    token: &RegistrationToken,
    secret: &Secret,
) -> Response {
    let (url, token_text) = (app.config.public_url.as_str(), secret.expose());
    let body = r#"{"redirect_uris":["https://app.example.com/callback"]}"#;
    let curl = format!(
        "curl -H 'Authorization: Bearer {token_text}' -H 'Content-Type: application/json' \
         -d '{body}' {url}{}",
        layouts::REGISTRATION
    );
    let (shell, jar) = console.shell(app, HERE);
    let made = MadePage {
        shell,
        made: token.name.clone(),
        token: token_text.to_owned(),
        until: token.expires_at.rfc3339(),
        curl,
    };
    page::show(StatusCode::CREATED, jar, &made)
}
