//! Adding an application: choose what it is, say where it lives and who may use it, and take the
//! ready files. Two plain pages and the one that shows what came of it.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::connect::{self, Said};
use super::frame::load;
use super::groups::{ScopeTick, offered, ticked, ticks};
use super::{HERE, NEW};
use crate::app::AppState;
use crate::directory::clients::{self, Created, NewClient};
use crate::directory::command::Command;
use crate::directory::rights::Administers;
use crate::directory::{DirectoryError, Done, Fate, Result, find, scope_maps, together};
use crate::domain::{ClientId, EVERYONE, GrantType, GroupId, Scopes};
use crate::generator::{self, AppUrlUse, GeneratorError, Template as Kind};
use crate::web::admin::console::{Console, Editing, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// What was chosen on the first page.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    template: String,
}

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    template: String,
    url: String,
    name: String,
    client_id: String,
    redirect_uri: String,
    group: String,
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

#[derive(Template)]
#[template(path = "admin/applications/choose.html")]
struct ChoosePage {
    shell: Shell,
    new: &'static str,
    kinds: &'static [Kind],
    command: String,
}

#[derive(Template)]
#[template(path = "admin/applications/new.html")]
struct NewPage {
    shell: Shell,
    new: &'static str,
    kind: &'static Kind,
    errors: Vec<FieldError>,
    filled: Filled,
    asks_url: bool,
    needs_url: bool,
    asks_redirect_uri: bool,
    asks_who: bool,
    offered: Vec<String>,
    scopes: Vec<ScopeTick>,
    command: String,
}

/// `GET /admin/add-application`
pub async fn get(
    app: AppState,
    Editing(console): Editing<Administers>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let Ok(kind) = generator::template(&asked.template) else {
        return choose(&app, &console);
    };
    let filled = Filled {
        name: kind.name.clone(),
        client_id: free_id(&app, &kind.id),
        group: find::group_name(&app.registry(), &GroupId(EVERYONE.to_owned())),
        ..Filled::default()
    };
    let scopes = kind.scopes.iter().cloned().collect();
    form(&app, &console, kind, (filled, &scopes, Vec::new()))
}

fn choose(app: &AppState, console: &Console<Administers>) -> Response {
    let (shell, jar) = console.shell(app, HERE);
    let command = Command::new("client create").bare("CLIENT_ID --template NAME --url URL");
    let kinds = generator::templates();
    let page = ChoosePage { shell, new: NEW, kinds, command: command.to_string() };
    page::show(StatusCode::OK, jar, &page)
}

/// The template's own name, or the first numbered one that is free.
fn free_id(app: &AppState, wanted: &str) -> String {
    let registry = app.registry();
    let numbered = (2..).map(|n| format!("{wanted}-{n}"));
    let mut ids = std::iter::once(wanted.to_owned()).chain(numbered);
    ids.find(|id| registry.client(&ClientId(id.clone())).is_none()).unwrap_or_default()
}

fn form(
    app: &AppState,
    console: &Console<Administers>,
    kind: &'static Kind,
    (filled, scopes, errors): (Filled, &Scopes, Vec<FieldError>),
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let mut line = Command::new("client create").arg(&filled.client_id).flag("template", &kind.id);
    if kind.app_url != AppUrlUse::Unused {
        line = match filled.url.is_empty() {
            true => line.bare("--url URL"),
            false => line.flag("url", &filled.url),
        };
    }
    let page = NewPage {
        shell,
        new: NEW,
        kind,
        errors,
        asks_url: kind.app_url != AppUrlUse::Unused,
        needs_url: kind.app_url == AppUrlUse::Required,
        asks_redirect_uri: kind.app_url == AppUrlUse::Optional,
        asks_who: kind.settings.grant_types.contains(&GrantType::AuthorizationCode),
        offered: offered(app, true),
        scopes: ticks(app, scopes),
        command: line.to_string(),
        filled,
    };
    page::show(status, jar, &page)
}

/// `POST /admin/add-application`: the answer shows the ready files with the secret.
pub async fn post(
    app: AppState,
    Posted { console, form: filled }: Posted<Administers, Filled>,
) -> Response {
    let Ok(kind) = generator::template(&filled.template) else {
        return choose(&app, &console);
    };
    let scopes = ticked(&filled.fields);
    let made = match plan(kind, &filled) {
        Ok((new, notes)) => {
            make(&app, &console, (new, notes), (filled.group.trim(), &scopes)).await
        }
        Err(error) => return form(&app, &console, kind, (filled, &scopes, vec![error])),
    };
    let done = match made {
        Ok(done) => done,
        Err(error) => {
            let Some(field) = field_of(&error) else { return console.refused(&app, error) };
            let error = FieldError::new(field, sentence(&error));
            return form(&app, &console, kind, (filled, &scopes, vec![error]));
        }
    };
    let Created { client, secret } = done.value;
    let shown = async {
        let client = load(&app, &client.id)?;
        let said = Said {
            done: Some(format!("Created {}", client.name)),
            notes: done.notes,
            secret: secret.as_ref(),
            refused: None,
        };
        connect::show(&app, &console, (&client, StatusCode::CREATED), said).await
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

/// The client that follows from what was filled in, and what to know about it.
fn plan(kind: &Kind, filled: &Filled) -> std::result::Result<(NewClient, Vec<String>), FieldError> {
    let url = Some(filled.url.trim()).filter(|url| !url.is_empty());
    let plan = kind.plan(url).map_err(|error| match error {
        GeneratorError::AppUrlMissing { .. } => FieldError::new(
            "url",
            "Write the address of the application, like https://netbox.example.com.",
        ),
        error => FieldError::new("url", capitalised(&error.to_string())),
    })?;
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let redirect_uris = match text(&filled.redirect_uri) {
        Some(uri) if kind.app_url == AppUrlUse::Optional => vec![uri],
        _ => plan.redirect_uris,
    };
    let new = NewClient {
        id: filled.client_id.trim().to_owned(),
        name: text(&filled.name),
        public: plan.public,
        settings: plan.settings,
        redirect_uris,
        post_logout_redirect_uris: plan.post_logout_redirect_uris,
        ..NewClient::default()
    };
    Ok((new, plan.notes))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// Registers the client and lets the group use it, or neither.
async fn make(
    app: &AppState,
    console: &Console<Administers>,
    (new, notes): (NewClient, Vec<String>),
    (group, scopes): (&str, &Scopes),
) -> Result<Done<Created>> {
    let actor = console.right.actor();
    let signs_in = new.settings.grant_types.contains(&GrantType::AuthorizationCode);
    let mut done = together(app, async {
        let mut done = clients::create(app, &actor, new).await?;
        if signs_in && !group.is_empty() {
            let id = done.value.client.id.0.clone();
            let map = scope_maps::set(app, &actor, &id, (group, scopes)).await?;
            done.notes.extend(map.notes);
        } else if signs_in {
            done.notes.push("Nobody may use it yet: choose a group under Access and roles.".into());
        }
        Ok::<_, DirectoryError>(Fate::Keep(done))
    })
    .await?;
    done.notes.extend(notes);
    Ok(done)
}

/// The field an error is about; `None` for what no form can mend.
fn field_of(error: &DirectoryError) -> Option<&'static str> {
    match error {
        DirectoryError::NotFound { what: "group", .. } => Some("group"),
        DirectoryError::NotFound { what: "scope", .. } => Some("scopes"),
        DirectoryError::Taken { .. } => Some("client_id"),
        DirectoryError::Value { what, .. } => Some(match what.as_str() {
            "a client id" => "client_id",
            "a client's name" => "name",
            "a redirect URI" => "redirect_uri",
            "a list of scopes" => "scopes",
            "the application's URL" | "a launch URL" => "url",
            _ => "",
        }),
        DirectoryError::Settings { .. } => Some(""),
        _ => None,
    }
}
