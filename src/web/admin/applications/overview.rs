//! The first tab of an application: what it is, how it stands, and what people see of it.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::Value;

use super::HERE;
use super::conflict::{Conflict, conflicts};
use super::frame::{Frame, load, path};
use super::index::who;
use super::status::Status;
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::revision::Revision;
use crate::directory::rights::{Administers, ManagesClient, SeesClient};
use crate::directory::view::ClientView;
use crate::directory::{DirectoryError, Force, Result, clients, registration};
use crate::domain::{Client, Layout, Registration};
use crate::layouts;
use crate::store::client_owners;
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// What people see of it: field, label, hint, and which flag sets it.
const FIELDS: [(&str, &str, &str); 6] = [
    ("name", "Name", "On the sign-in and consent pages, and in the portal"),
    ("launch_url", "Where it starts", "The address that the portal opens"),
    ("logo_uri", "Logo", "The address of a picture"),
    ("policy_uri", "Privacy policy", ""),
    ("tos_uri", "Terms of service", ""),
    ("contact", "Whom to ask for access", "Told to people who may not use it"),
];

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    revision: String,
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

struct Input {
    field: &'static str,
    says: &'static str,
    about: &'static str,
    text: String,
}

/// How it registered itself.
struct Registered {
    token: Option<String>,
    address: Option<String>,
    said: Vec<(String, String)>,
}

impl Registered {
    fn of(registration: Registration) -> Registered {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
        let said = registration.said.iter();
        Registered {
            said: said.map(|(name, value)| (name.replace('_', " "), text(value))).collect(),
            token: registration.token,
            address: registration.address,
        }
    }
}

#[derive(Template)]
#[template(path = "admin/applications/overview.html")]
struct OverviewPage {
    shell: Shell,
    frame: Frame,
    errors: Vec<FieldError>,
    conflicts: Option<Vec<Conflict>>,
    revision: String,
    inputs: Vec<Input>,
    status: Status,
    who: String,
    app_url: Option<String>,
    owners: Vec<String>,
    issuers: Vec<(&'static str, String)>,
    registered: Option<Registered>,
    created: When,
    changed: When,
    command: String,
}

/// `GET /admin/applications/{id}`
pub async fn get(app: AppState, console: Console<SeesClient>) -> Response {
    let client = match load(&app, console.right.client()) {
        Ok(client) => client,
        Err(error) => return console.refused(&app, error),
    };
    match overview(&app, &console, &client).await {
        Ok((page, jar)) => page::show(StatusCode::OK, jar, &page),
        Err(error) => console.refused(&app, error),
    }
}

async fn overview<R>(
    app: &AppState,
    console: &Console<R>,
    client: &Client,
) -> Result<(OverviewPage, CookieJar)> {
    let status = Status::of(app, console, client).await?;
    let owners = client_owners::of_client(&mut app.db.read().await?, &client.id).await?;
    let url = app.config.public_url.as_str();
    let issuer = |layout| (layout_name(layout), layouts::issuer(url, layout, client));
    let now = app.clock.now();
    let (shell, jar) = console.shell(app, HERE);
    let page = OverviewPage {
        shell,
        frame: Frame::new(app, console, client, ""),
        errors: Vec::new(),
        conflicts: None,
        revision: Revision::of(&ClientView::from(client)).as_str().to_owned(),
        inputs: inputs(console, client),
        status,
        who: who(&app.registry(), client),
        app_url: client.settings.app_url.clone(),
        owners: owners.into_iter().map(|name| name.to_string()).collect(),
        issuers: Layout::ALL.into_iter().map(issuer).collect(),
        registered: registration::of(app, &client.id).await?.map(Registered::of),
        created: When::of(client.created_at, now),
        changed: When::of(client.updated_at, now),
        command: command(client),
    };
    Ok((page, jar))
}

/// Whose URLs a layout has.
pub fn layout_name(layout: Layout) -> &'static str {
    match layout {
        Layout::Native => "Keystead",
        Layout::Authentik => "as authentik has it",
        Layout::Kanidm => "as Kanidm has it",
    }
}

/// Everybody who opens the portal loads the logo: from where is not an owner's to say.
fn inputs<R>(console: &Console<R>, client: &Client) -> Vec<Input> {
    let administers = Administers::by_role(&console.staff).is_some();
    let input = |(field, says, about)| Input { field, says, about, text: stored(client, field) };
    let offered = FIELDS.into_iter().filter(|(field, ..)| administers || *field != "logo_uri");
    offered.map(input).collect()
}

fn stored(client: &Client, field: &str) -> String {
    let settings = &client.settings;
    let text = match field {
        "name" => return client.name.clone(),
        "launch_url" => &settings.launch_url,
        "logo_uri" => &settings.logo_uri,
        "policy_uri" => &settings.policy_uri,
        "tos_uri" => &settings.tos_uri,
        _ => &settings.contact,
    };
    text.clone().unwrap_or_default()
}

fn write(client: &mut Client, fields: &BTreeMap<String, String>) {
    let text = |field: &str| fields.get(field).map(|text| text.trim().to_owned());
    if let Some(name) = text("name") {
        client.name = name;
    }
    let settings = &mut client.settings.0;
    for (slot, field) in [
        (&mut settings.launch_url, "launch_url"),
        (&mut settings.logo_uri, "logo_uri"),
        (&mut settings.policy_uri, "policy_uri"),
        (&mut settings.tos_uri, "tos_uri"),
        (&mut settings.contact, "contact"),
    ] {
        if let Some(text) = text(field) {
            *slot = Some(text).filter(|text| !text.is_empty());
        }
    }
}

/// `POST /admin/applications/{id}`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesClient, Filled>,
) -> Response {
    let id = console.right.client().clone();
    let saw = Revision::sent(form.revision.clone());
    let fields = form.fields.clone();
    let edit = move |client: &mut Client| write(client, &fields);
    let name = (id.as_str(), Some(&saw));
    let error = match clients::update(&app, &console.right.actor(), name, Force::No, edit).await {
        Ok(done) => {
            let told = if done.changed {
                format!("Saved {}.", done.value.name)
            } else {
                done.notes.join(" ")
            };
            return console.done(&app, &path(&id, ""), &told);
        }
        Err(error) => error,
    };
    let client = match load(&app, &id) {
        Ok(client) => client,
        Err(error) => return console.refused(&app, error),
    };
    let (mut page, jar) = match overview(&app, &console, &client).await {
        Ok(shown) => shown,
        Err(error) => return console.refused(&app, error),
    };
    let mine = |input: &Input| form.fields.get(input.field).unwrap_or(&input.text).clone();
    let status = match error {
        DirectoryError::Changed(_) => {
            let all = page.inputs.iter().map(|one| (one.says, one.text.clone(), mine(one)));
            page.conflicts = Some(conflicts(all));
            StatusCode::CONFLICT
        }
        DirectoryError::Value { .. } => {
            page.errors = vec![FieldError::new(field_of(&error), sentence(&error))];
            // Somebody else may have been faster: the next attempt must notice.
            page.revision.clone_from(&form.revision);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        error => return console.refused(&app, error),
    };
    for input in &mut page.inputs {
        input.text = mine(input);
    }
    page::show(status, jar, &page)
}

/// The field an error is about.
fn field_of(error: &DirectoryError) -> &'static str {
    let DirectoryError::Value { what, .. } = error else { return "" };
    match what.as_str() {
        "a client's name" => "name",
        "a launch URL" => "launch_url",
        "a logo URI" => "logo_uri",
        "a policy URI" => "policy_uri",
        "a terms of service URI" => "tos_uri",
        "a contact" => "contact",
        _ => "",
    }
}

fn command(client: &Client) -> String {
    let mut line = Command::new("client update").arg(client.id.as_str());
    for (field, ..) in FIELDS {
        let text = stored(client, field);
        if !text.is_empty() {
            line = line.flag(&field.replace('_', "-"), &text);
        }
    }
    line.to_string()
}
