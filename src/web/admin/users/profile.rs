//! A user's profile: what is known of them, and changing it without overwriting somebody else.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::profile::{Details, FIELDS};
use crate::directory::revision::Revision;
use crate::directory::rights::{Administers, ManagesPeople, SeesPeople};
use crate::directory::users::{self, UserChange};
use crate::directory::view::UserView;
use crate::directory::{DirectoryError, Force};
use crate::domain::User;
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    revision: String,
    username: String,
    email_verified: Option<String>,
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

/// A claim on the form.
struct Input {
    name: &'static str,
    label: String,
    value: String,
    lines: bool,
}

/// What one person wrote where another has written something else meanwhile.
struct Conflict {
    label: String,
    stored: String,
    mine: String,
}

#[derive(Template)]
#[template(path = "admin/users/profile.html")]
struct ProfilePage {
    shell: Shell,
    frame: Frame,
    errors: Vec<FieldError>,
    conflicts: Option<Vec<Conflict>>,
    revision: String,
    username: String,
    email_verified: bool,
    inputs: Vec<Input>,
    id: String,
    created: When,
    changed: When,
    command: String,
}

/// `GET /admin/users/{id}`
pub async fn get(app: AppState, console: Console<SeesPeople>, Path(id): Path<String>) -> Response {
    match load(&app, &id).await {
        Ok(user) => show(&app, &console, &user, (StatusCode::OK, Vec::new())),
        Err(error) => console.refused(&app, error),
    }
}

fn show<R>(
    app: &AppState,
    console: &Console<R>,
    user: &User,
    (status, errors): (StatusCode, Vec<FieldError>),
) -> Response {
    let (page, jar) = profile_page(app, console, user);
    page::show(status, jar, &ProfilePage { errors, ..page })
}

fn profile_page<R>(
    app: &AppState,
    console: &Console<R>,
    user: &User,
) -> (ProfilePage, axum_extra::extract::CookieJar) {
    let (shell, jar) = console.shell(app, HERE);
    let now = app.clock.now();
    let page = ProfilePage {
        shell,
        frame: Frame::new(console, user, ""),
        errors: Vec::new(),
        conflicts: None,
        revision: Revision::of(&UserView::from(user)).as_str().to_owned(),
        username: user.username.to_string(),
        email_verified: user.email_verified,
        inputs: inputs(user),
        id: user.id.0.clone(),
        created: When::of(user.created_at, now),
        changed: When::of(user.updated_at, now),
        command: command(user),
    };
    (page, jar)
}

fn inputs(user: &User) -> Vec<Input> {
    let input = |field: &crate::directory::profile::Field| Input {
        name: field.name,
        label: label(field.name),
        value: field.value(user).unwrap_or_default(),
        lines: matches!(field.name, "formatted" | "street_address"),
    };
    FIELDS.iter().map(input).collect()
}

/// `POST /admin/users/{id}`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<ManagesPeople, Filled>,
) -> Response {
    let vouches = Administers::by_role(&console.staff).is_some();
    let change = UserChange {
        username: vouches.then(|| form.username.clone()),
        details: details(&form.fields, vouches.then_some(form.email_verified.is_some())),
        revision: Some(Revision::sent(form.revision.clone())),
        ..UserChange::default()
    };
    let error = match users::update(&app, &console.right.actor(), &id, change, Force::No).await {
        Ok(done) => {
            let told = format!("Saved {}.", done.value.username);
            let told = if done.changed { told } else { String::new() };
            let told = [vec![told], done.notes].concat().join(" ");
            return console.done(&app, &path(&done.value, ""), told.trim());
        }
        Err(error) => error,
    };
    let user = match load(&app, &id).await {
        Ok(user) => user,
        Err(error) => return console.refused(&app, error),
    };
    match error {
        DirectoryError::Changed(_) => conflict(&app, &console, &user, form),
        DirectoryError::Value { .. } | DirectoryError::Taken { .. } => {
            let error = FieldError::new(field_of(&error).as_str(), sentence(&error));
            let (mut shown, jar) = profile_page(&app, &console, &user);
            keep(&mut shown, &form);
            // Somebody else may have been faster: the next attempt must notice.
            let refilled = ProfilePage { errors: vec![error], revision: form.revision, ..shown };
            page::show(StatusCode::UNPROCESSABLE_ENTITY, jar, &refilled).into_response()
        }
        error => console.refused(&app, error),
    }
}

/// Writes what was typed over what is stored.
fn keep(page: &mut ProfilePage, form: &Filled) {
    if page.frame.administers {
        page.username.clone_from(&form.username);
        page.email_verified = form.email_verified.is_some();
    }
    for input in &mut page.inputs {
        if let Some(typed) = form.fields.get(input.name) {
            input.value.clone_from(typed);
        }
    }
}

/// Shows what changed meanwhile beside what was typed; the form can be sent again over it.
fn conflict<R>(app: &AppState, console: &Console<R>, user: &User, form: Filled) -> Response {
    let (mut page, jar) = profile_page(app, console, user);
    let mut conflicts = Vec::new();
    let mut compare = |label: String, stored: &str, mine: &str| {
        if stored != mine.replace("\r\n", "\n").trim() {
            conflicts.push(Conflict { label, stored: stored.into(), mine: mine.into() });
        }
    };
    if page.frame.administers {
        compare("Username".into(), user.username.as_str(), &form.username);
    }
    for input in &page.inputs {
        let mine = form.fields.get(input.name).map_or("", String::as_str);
        compare(input.label.clone(), &input.value, mine);
    }
    let word = |yes: bool| if yes { "yes" } else { "no" };
    let verified = form.email_verified.is_some();
    if page.frame.administers {
        compare("E-mail address verified".into(), word(user.email_verified), word(verified));
    }
    keep(&mut page, &form);
    let page = ProfilePage { conflicts: Some(conflicts), ..page };
    page::show(StatusCode::CONFLICT, jar, &page)
}

/// The claims of a form; what it does not have stays.
pub(super) fn details(fields: &BTreeMap<String, String>, verified: Option<bool>) -> Details {
    let sent = FIELDS.iter().filter_map(|field| {
        fields.get(field.name).map(|value| (field.name, value.replace("\r\n", "\n")))
    });
    let has_address = fields.get("email").is_some_and(|email| !email.trim().is_empty());
    let email_verified = verified.filter(|verified| has_address || !verified);
    Details { fields: sent.collect(), email_verified, ..Details::default() }
}

/// The field an error is about.
pub(in crate::web) fn field_of(error: &DirectoryError) -> String {
    let what = match error {
        DirectoryError::Taken { what, .. } => what,
        DirectoryError::Value { what, .. } => what.as_str(),
        DirectoryError::WeakPassword(_) => "password",
        _ => return String::new(),
    };
    match what {
        what if what.ends_with("e-mail address") => "email".into(),
        what if what.ends_with("phone number") => "phone_number".into(),
        what => {
            let bare = what.trim_start_matches("a ").trim_start_matches("the ");
            bare.replace(' ', "_")
        }
    }
}

/// What a claim is called on a page.
pub(in crate::web) fn label(name: &str) -> String {
    match name {
        "display_name" => "Full name".into(),
        "email" => "E-mail address".into(),
        "zoneinfo" => "Time zone".into(),
        "locale" => "Language".into(),
        "formatted" => "Postal address".into(),
        "profile" => "Profile page".into(),
        name => {
            let words = name.replace('_', " ");
            let mut letters = words.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            format!("{first}{}", letters.as_str())
        }
    }
}

fn command(user: &User) -> String {
    let mut line = Command::new("user update").arg(user.username.as_str());
    for field in FIELDS {
        if let Some(value) = field.value(user) {
            let flag = if field.name == "formatted" { "address" } else { field.name };
            line = line.flag(&flag.replace('_', "-"), &value);
        }
    }
    if user.email_verified {
        line = line.bare("--email-verified");
    }
    line.to_string()
}
