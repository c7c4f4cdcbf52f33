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
use crate::directory::claim_maps::NewClaimMap;
use crate::directory::clients::{self, Created, NewClient};
use crate::directory::command::Command;
use crate::directory::rights::Administers;
use crate::directory::{
    DirectoryError, Done, Fate, Result, claim_maps, find, scope_maps, together,
};
use crate::domain::{ClientId, EVERYONE, GroupId, Scopes};
use crate::generator::{self, AppUrlUse, GeneratorError, Template as Kind};
use crate::web::admin::console::{Console, Editing, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// Roles that can be given at once; more follow under Access and roles.
const ROLES: usize = 3;

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
    claim: String,
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

/// A role at the application: members of the group get the values in the claim.
struct Role {
    group_field: String,
    group: String,
    values_field: String,
    values: String,
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
    roles: Vec<Role>,
    roles_open: bool,
    commands: String,
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
        claim: "roles".to_owned(),
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
    let asks_who = kind.settings.signs_people_in();
    let roles = filled.roles();
    let of_roles = |error: &FieldError| error.field == "claim" || error.field.starts_with("role-");
    let page = NewPage {
        shell,
        new: NEW,
        kind,
        roles_open: roles.iter().any(Role::is_filled) || errors.iter().any(of_roles),
        errors,
        asks_url: kind.app_url != AppUrlUse::Unused,
        needs_url: kind.app_url == AppUrlUse::Required,
        asks_redirect_uri: kind.app_url == AppUrlUse::Optional,
        asks_who,
        offered: offered(app, true),
        scopes: ticks(app, scopes),
        commands: match asks_who {
            true => [vec![line.to_string()], filled.commands(scopes)].concat().join("\n"),
            false => line.to_string(),
        },
        roles,
        filled,
    };
    page::show(status, jar, &page)
}

impl Role {
    fn is_filled(&self) -> bool {
        !(self.group.is_empty() && self.values.is_empty())
    }
}

impl Filled {
    /// The roles as they were typed, also those that are empty.
    fn roles(&self) -> Vec<Role> {
        let typed = |field: &str| {
            self.fields.get(field).map(|text| text.trim().to_owned()).unwrap_or_default()
        };
        let role = |n: usize| {
            let (group_field, values_field) =
                (format!("role-group-{n}"), format!("role-value-{n}"));
            let (group, values) = (typed(&group_field), typed(&values_field));
            Role { group_field, group, values_field, values }
        };
        (1..=ROLES).map(role).collect()
    }

    /// The claim maps that follow, one a group.
    fn claim_maps(&self) -> Vec<NewClaimMap> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for role in self.roles().into_iter().filter(Role::is_filled) {
            let values = role.values.split(',').map(str::trim).filter(|value| !value.is_empty());
            all.entry(role.group).or_default().extend(values.map(str::to_owned));
        }
        let claim = || self.claim.trim().to_owned();
        let map = |(group, values)| NewClaimMap { claim: claim(), group, values, join: None };
        all.into_iter().map(map).collect()
    }

    /// The commands that let people in and give them roles.
    fn commands(&self, scopes: &Scopes) -> Vec<String> {
        let id = self.client_id.trim();
        let mut lines = Vec::new();
        if !self.group.trim().is_empty() {
            let line = Command::new("client scope-map").arg(id).arg(self.group.trim());
            lines.push(line.bare(&scopes.to_string()).to_string());
        }
        for map in self.claim_maps() {
            let line = Command::new("client claim-map").arg(id).arg(&map.claim).arg(&map.group);
            lines.push(map.values.iter().fold(line, |line, value| line.arg(value)).to_string());
        }
        lines
    }

    /// The field in which a group was named that is not there.
    fn field_of_group(&self, name: &str) -> String {
        let found = self.roles().into_iter().find(|role| role.group == name);
        match found.filter(|_| self.group.trim() != name) {
            Some(role) => role.group_field,
            None => "group".to_owned(),
        }
    }
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
        Ok((new, notes)) => make(&app, &console, (new, notes), (&filled, &scopes)).await,
        Err(error) => return form(&app, &console, kind, (filled, &scopes, vec![error])),
    };
    let done = match made {
        Ok(done) => done,
        Err(error) => {
            let Some(field) = field_of(&error, &filled) else {
                return console.refused(&app, error);
            };
            let error = FieldError::new(&field, sentence(&error));
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

/// Registers the client, lets the group use it and gives roles, or nothing of it.
async fn make(
    app: &AppState,
    console: &Console<Administers>,
    (new, notes): (NewClient, Vec<String>),
    (filled, scopes): (&Filled, &Scopes),
) -> Result<Done<Created>> {
    let (actor, group) = (console.right.actor(), filled.group.trim());
    let signs_in = new.settings.signs_people_in();
    let mut done = together(app, async {
        let mut done = clients::create(app, &actor, new).await?;
        if signs_in && !group.is_empty() {
            let id = done.value.client.id.0.clone();
            let map = scope_maps::set(app, &actor, &id, (group, scopes)).await?;
            done.notes.extend(map.notes);
        } else if signs_in {
            done.notes.push("Nobody may use it yet: choose a group under Access and roles.".into());
        }
        for map in filled.claim_maps().into_iter().filter(|_| signs_in) {
            let map = claim_maps::set(app, &actor, done.value.client.id.as_str(), map).await?;
            done.notes.extend(map.notes);
        }
        Ok::<_, DirectoryError>(Fate::Keep(done))
    })
    .await?;
    done.notes.extend(notes);
    Ok(done)
}

/// The field an error is about; `None` for what no form can mend.
fn field_of(error: &DirectoryError, filled: &Filled) -> Option<String> {
    let field = match error {
        DirectoryError::NotFound { what: "group", name, .. } => {
            return Some(filled.field_of_group(name));
        }
        DirectoryError::NotFound { what: "scope", .. } => "scopes",
        DirectoryError::Taken { .. } => "client_id",
        DirectoryError::Value { what, .. } => match what.as_str() {
            "a mapped claim" => "claim",
            "a value of the claim" => "role-value-1",
            "a client id" => "client_id",
            "a client's name" => "name",
            "a redirect URI" => "redirect_uri",
            "a list of scopes" => "scopes",
            "the application's URL" | "a launch URL" => "url",
            _ => "",
        },
        DirectoryError::Settings { .. } => "",
        _ => return None,
    };
    Some(field.to_owned())
}
