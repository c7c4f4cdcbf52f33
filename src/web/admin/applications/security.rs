//! How Keystead talks to an application, with a warning for each risky choice.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::conflict::{Conflict, conflicts};
use super::frame::{Frame, load, path};
use super::setting::{self, Edit, Setting, method};
use super::{HERE, warnings};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::revision::Revision;
use crate::directory::rights::{Administers, ManagesClient, SeesClient};
use crate::directory::view::ClientView;
use crate::directory::{DirectoryError, Force, clients};
use crate::domain::{Client, SecurityProfile};
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    revision: String,
    force: Option<String>,
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

impl Filled {
    /// With the boxes that are ticked together in one field, as the setting is written.
    fn gathered(mut self) -> Filled {
        for setting in setting::all().filter(|setting| setting.is_several()) {
            let Some(named) = self.fields.get(setting.field) else { continue };
            let ticked = setting.options.iter().map(|(value, _)| *value);
            let ticked = ticked.filter(|v| self.fields.contains_key(&setting.tick(v)));
            let all: Vec<&str> = named.split_ascii_whitespace().chain(ticked).collect();
            self.fields.insert(setting.field.to_owned(), all.join(" "));
        }
        self
    }
}

/// A setting as the page shows it.
struct Input {
    setting: &'static Setting,
    text: String,
    options: Vec<(&'static str, &'static str, bool)>,
}

impl Input {
    fn new(setting: &'static Setting, text: String) -> Input {
        let several = setting.is_several();
        let option = |(value, title): &(&'static str, &'static str)| {
            let chosen = match several {
                true => text.split(' ').any(|one| one == *value),
                false => *value == text,
            };
            (*value, *title, chosen)
        };
        Input { options: setting.options.iter().map(option).collect(), setting, text }
    }

    /// As people read it.
    fn shown(&self) -> String {
        let chosen = self.options.iter().filter(|(.., chosen)| *chosen);
        let titles: Vec<&str> = chosen.map(|(_, title, _)| *title).collect();
        if titles.is_empty() { self.text.clone() } else { titles.join(", ") }
    }
}

#[derive(Template)]
#[template(path = "admin/applications/security.html")]
struct SecurityPage {
    shell: Shell,
    frame: Frame,
    errors: Vec<FieldError>,
    conflicts: Option<Vec<Conflict>>,
    revision: String,
    warnings: Vec<String>,
    profile: Option<SecurityProfile>,
    public: bool,
    method: &'static str,
    inputs: Vec<Input>,
    fixed: Vec<Input>,
    asks_for_force: Option<(&'static str, &'static str)>,
    command: String,
}

/// `GET /admin/applications/{id}/security`
pub async fn get(app: AppState, console: Console<SeesClient>) -> Response {
    let client = match load(&app, console.right.client()) {
        Ok(client) => client,
        Err(error) => return console.refused(&app, error),
    };
    let (page, jar) = security(&app, &console, &client);
    page::show(StatusCode::OK, jar, &page)
}

fn security<R>(app: &AppState, console: &Console<R>, client: &Client) -> (SecurityPage, CookieJar) {
    let (shell, jar) = console.shell(app, HERE);
    let frame = Frame::new(app, console, client, "/security");
    let changeable = |input: &Input| {
        frame.can_change && frame.fresh && (frame.administers || !input.setting.reserved)
    };
    let all = setting::all().filter(|setting| setting.concerns(client));
    let all = all.map(|setting| Input::new(setting, setting.value(client)));
    let (inputs, fixed) = all.partition(changeable);
    let page = SecurityPage {
        shell,
        frame,
        errors: Vec::new(),
        conflicts: None,
        revision: Revision::of(&ClientView::from(client)).as_str().to_owned(),
        warnings: warnings::of(client),
        profile: SecurityProfile::of(client),
        public: client.public,
        method: method(client),
        inputs,
        fixed,
        asks_for_force: None,
        command: command(client),
    };
    (page, jar)
}

/// `POST /admin/applications/{id}/security`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesClient, Filled>,
) -> Response {
    let form = form.gathered();
    let id = console.right.client().clone();
    let client = match load(&app, &id) {
        Ok(client) => client,
        Err(error) => return console.refused(&app, error),
    };
    let (edits, errors) = read(&console, &client, &form);
    if !errors.is_empty() {
        return again(&app, &console, &client, (form, errors));
    }
    let saw = Revision::sent(form.revision.clone());
    let force = if form.force.is_some() { Force::Yes } else { Force::No };
    let edit = move |client: &mut Client| edits.iter().for_each(|edit| edit.write(client));
    let name = (id.as_str(), Some(&saw));
    match clients::update(&app, &console.right.actor(), name, force, edit).await {
        Ok(done) => {
            let told =
                if done.changed { format!("Saved {}.", done.value.name) } else { String::new() };
            let told = [vec![told], done.notes].concat().join(" ");
            console.done(&app, &path(&id, "/security"), told.trim())
        }
        Err(DirectoryError::Changed(_)) => conflict(&app, &console, form),
        Err(
            error @ (DirectoryError::Value { .. }
            | DirectoryError::Settings { .. }
            | DirectoryError::Taken { .. }
            | DirectoryError::SubIsStable { .. }
            | DirectoryError::Encrypts { .. }),
        ) => {
            let told = sentence(&error).replace("repeat with --force", "say so below");
            let error = FieldError::new(field_of(&error), told);
            again(&app, &console, &client, (form, vec![error]))
        }
        Err(error) => console.refused(&app, error),
    }
}

/// What was sent of those settings that concern the client; those reserved for administrators
/// stand in no form of anybody else.
fn read(
    console: &Console<ManagesClient>,
    client: &Client,
    form: &Filled,
) -> (Vec<Edit>, Vec<FieldError>) {
    let administers = Administers::by_role(&console.staff).is_some();
    let (mut edits, mut errors) = (Vec::new(), Vec::new());
    for setting in setting::all().filter(|one| one.concerns(client)) {
        let sent = form.fields.get(setting.field).filter(|_| administers || !setting.reserved);
        match sent.map(|text| setting.read(text)) {
            Some(Ok(edit)) => edits.push(edit),
            Some(Err(problem)) => errors.push(FieldError::new(setting.field, problem)),
            None => {}
        }
    }
    (edits, errors)
}

fn again(
    app: &AppState,
    console: &Console<ManagesClient>,
    client: &Client,
    (form, errors): (Filled, Vec<FieldError>),
) -> Response {
    let (mut page, jar) = security(app, console, client);
    page.asks_for_force = errors.iter().find_map(|error| risk(&error.field));
    page.errors = errors;
    keep(&mut page, &form);
    // Somebody else may have been faster: the next attempt must notice.
    page.revision = form.revision;
    page::show(StatusCode::UNPROCESSABLE_ENTITY, jar, &page)
}

/// Shows what changed meanwhile beside what was typed; the form can be sent again over it.
fn conflict(app: &AppState, console: &Console<ManagesClient>, form: Filled) -> Response {
    let client = match load(app, console.right.client()) {
        Ok(client) => client,
        Err(error) => return console.refused(app, error),
    };
    let (mut page, jar) = security(app, console, &client);
    let all = page.inputs.iter().filter_map(|input| {
        let mine = form.fields.get(input.setting.field)?;
        Some((input.setting.says, input.text.clone(), mine.clone()))
    });
    page.conflicts = Some(conflicts(all));
    keep(&mut page, &form);
    page::show(StatusCode::CONFLICT, jar, &page)
}

/// Writes what was typed over what is stored.
fn keep(page: &mut SecurityPage, form: &Filled) {
    for input in &mut page.inputs {
        if let Some(typed) = form.fields.get(input.setting.field) {
            *input = Input::new(input.setting, typed.clone());
        }
    }
}

/// What somebody says who changes this field all the same, and what it means.
fn risk(field: &str) -> Option<(&'static str, &'static str)> {
    match field {
        "sub" => Some((
            "Nobody has signed in there yet, or may start with a new account",
            "Whoever has signed in is a stranger there after this change of sub",
        )),
        field if field.contains("_encrypted_") => Some((
            "It has the private key, and can decrypt",
            "Whatever cannot decrypt lets nobody in any more; python-social-auth cannot read this",
        )),
        _ => None,
    }
}

/// The field an error is about.
fn field_of(error: &DirectoryError) -> &'static str {
    match error {
        DirectoryError::SubIsStable { .. } => "sub",
        DirectoryError::Encrypts { field, .. } => field,
        DirectoryError::Taken { .. } => "slug",
        DirectoryError::Value { what, .. } => match what.as_str() {
            "a slug" => "slug",
            "a source of sub" => "sub",
            "an iat back-dating" => "iat_backdate",
            "a code lifetime" => "code_lifetime",
            "an access token lifetime" => "access_token_lifetime",
            "an ID token lifetime" => "id_token_lifetime",
            "a refresh token lifetime" => "refresh_token_lifetime",
            "a refresh grace" => "refresh_grace",
            "an address for sign-outs in the browser" => "frontchannel_logout_uri",
            "an address for sign-outs" => "backchannel_logout_uri",
            "a client of an exchange" => "token_exchange",
            "a trusted issuer" => "trusted_issuers",
            _ => "",
        },
        _ => "",
    }
}

fn command(client: &Client) -> String {
    let mut line = Command::new("client update").arg(client.id.as_str());
    for setting in setting::all().filter(|setting| setting.concerns(client)) {
        for (flag, value) in setting.flags(&setting.value(client)) {
            line = match value {
                Some(value) => line.flag(&flag, &value),
                None => line.bare(&flag),
            };
        }
    }
    line.to_string()
}
