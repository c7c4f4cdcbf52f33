//! Making a token: what it may do, for how long, and the token itself, shown this once.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{HERE, Tick};
use crate::app::AppState;
use crate::directory::DirectoryError;
use crate::directory::api_tokens::{self, NewToken};
use crate::directory::command::Command;
use crate::directory::rights::{Administers, Enters, SeesPeople};
use crate::domain::{ApiScope, ApiToken, DAY, Secret};
use crate::web::admin::console::{Console, Editing, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// How long a token may live, in days.
const LIVES: [(i64, &str); 6] = [
    (1, "A day"),
    (7, "A week"),
    (30, "30 days"),
    (USUAL, "90 days"),
    (180, "180 days"),
    (366, "A year"),
];
/// What is enough for most; beyond it, one has to mean it.
const USUAL: i64 = 90;

/// The form: beside what is named, a field for each scope.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    token_name: String,
    user: String,
    days: String,
    long: Option<String>,
    #[serde(flatten)]
    scopes: BTreeMap<String, String>,
}

impl Filled {
    fn ticked(&self) -> BTreeSet<ApiScope> {
        self.scopes.keys().filter_map(|name| name.parse().ok()).collect()
    }

    fn days(&self) -> i64 {
        let sent = self.days.parse().unwrap_or(USUAL);
        LIVES.iter().map(|(days, _)| *days).find(|days| *days == sent).unwrap_or(USUAL)
    }
}

#[derive(Template)]
#[template(path = "admin/automation/new.html")]
struct NewPage {
    shell: Shell,
    errors: Vec<FieldError>,
    filled: Filled,
    scopes: Vec<Tick>,
    lives: Vec<(i64, &'static str, bool)>,
    for_others: bool,
    is_long: bool,
    command: String,
}

#[derive(Template)]
#[template(path = "admin/automation/made.html")]
struct MadePage {
    shell: Shell,
    made: String,
    token: String,
    until: String,
    curl: Option<String>,
}

/// `GET /admin/api/new`
pub async fn get(app: AppState, Editing(console): Editing<Enters>) -> Response {
    let filled = Filled {
        user: console.user.username.to_string(),
        scopes: [(ApiScope::Read.as_str().to_owned(), "1".to_owned())].into(),
        ..Filled::default()
    };
    show(&app, &console, filled, Vec::new())
}

fn show(
    app: &AppState,
    console: &Console<Enters>,
    filled: Filled,
    errors: Vec<FieldError>,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let (ticked, days, role) = (filled.ticked(), filled.days(), console.staff.role());
    let offered = ApiScope::ALL.into_iter().filter(|scope| scope.within(role));
    let page = NewPage {
        shell,
        errors,
        scopes: offered.map(|scope| Tick::of(scope, ticked.contains(&scope))).collect(),
        lives: LIVES.iter().map(|(n, label)| (*n, *label, *n == days)).collect(),
        for_others: Administers::by_role(&console.staff).is_some(),
        is_long: days > USUAL,
        command: command(console, &filled),
        filled,
    };
    page::show(status, jar, &page)
}

/// The same on the command line, as far as it is filled in.
fn command(console: &Console<Enters>, filled: &Filled) -> String {
    let line = Command::new("token create");
    let line = match filled.token_name.trim() {
        "" => line.bare("NAME"),
        name => line.arg(name),
    };
    let line = line.flag("user", owner(console, filled));
    let scopes = filled.ticked().into_iter();
    let line = scopes.fold(line, |line, scope| line.flag("scope", scope.as_str()));
    line.bare(&format!("--expires-in {}d", filled.days())).to_string()
}

/// Whom it is to act for: only administrators choose.
fn owner<'a>(console: &'a Console<Enters>, filled: &'a Filled) -> &'a str {
    let named = Some(filled.user.trim()).filter(|name| !name.is_empty());
    match Administers::by_role(&console.staff).and(named) {
        Some(name) => name,
        None => console.user.username.as_str(),
    }
}

/// `POST /admin/api/new`
pub async fn post(app: AppState, Posted { console, form }: Posted<Enters, Filled>) -> Response {
    if form.days() > USUAL && form.long.is_none() {
        let told = "Whoever finds it may use it for as long as it lives. Tick that it has to be so \
                    long, or choose less.";
        return show(&app, &console, form, vec![FieldError::new("long", told)]);
    }
    let new = NewToken {
        name: form.token_name.trim().to_owned(),
        user: owner(&console, &form).to_owned(),
        scopes: form.ticked(),
        life: form.days() * DAY,
    };
    match api_tokens::create(&app, &console.right.actor(), new).await {
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
        DirectoryError::NotFound { .. } => Some("user"),
        DirectoryError::Value { what, .. } => Some(match what.as_str() {
            "a token's name" => "token_name",
            "the owner of a token" => "user",
            "a token's life" => "days",
            _ => "scopes",
        }),
        _ => None,
    }
}

/// The token itself is on this page and nowhere else.
fn shown_once(
    app: &AppState,
    console: &Console<Enters>,
    token: &ApiToken,
    secret: &Secret,
) -> Response {
    let what = match SeesPeople::by_role(&console.staff) {
        Some(_) => "users",
        None => "clients",
    };
    let base = app.config.public_url.as_str();
    let curl = token.scopes.contains(&ApiScope::Read).then(|| {
        let token = secret.expose();
        format!("curl -H 'Authorization: Bearer {token}' {base}/api/v1/{what}")
    });
    let (shell, jar) = console.shell(app, HERE);
    let made = MadePage {
        shell,
        made: token.name.clone(),
        token: secret.expose().to_owned(),
        until: token.expires_at.rfc3339(),
        curl,
    };
    page::show(StatusCode::CREATED, jar, &made)
}
