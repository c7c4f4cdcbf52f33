//! Who may use an application and what follows from their groups there: scope maps, claim maps, and
//! who owns it. Whatever lets people in or shuts them out says how many before it is done.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load, path, signs_in};
use super::groups::{ScopeTick, offered, ticked, ticks};
use crate::app::AppState;
use crate::directory::claim_maps::{self, NewClaimMap};
use crate::directory::command::Command;
use crate::directory::impact::{self, MapChange};
use crate::directory::rights::{ManagesClient, SeesAll, SeesClient};
use crate::directory::view::{ClaimMapView, ScopeMapView};
use crate::directory::{DirectoryError, Fate, Result, owners, scope_maps, together};
use crate::domain::{Client, Join, Scopes};
use crate::store::client_owners;
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The forms of the page, told apart by `action`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    action: String,
    group: String,
    /// What somebody was told of the change, and wants it all the same.
    knowing: String,
    claim: String,
    claim_group: String,
    values: String,
    join: String,
    owner: String,
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

/// A change that people notice, to be confirmed.
struct Question {
    action: &'static str,
    title: String,
    /// What the form said, to be sent once more.
    fields: Vec<(String, String)>,
    impact: String,
}

impl Filled {
    /// Its fields, to be sent once more with another button.
    fn again(&self) -> Vec<(String, String)> {
        let named = [
            ("group", &self.group),
            ("claim", &self.claim),
            ("claim_group", &self.claim_group),
            ("values", &self.values),
            ("join", &self.join),
        ];
        let named = named.into_iter().filter(|(_, value)| !value.is_empty());
        let scopes = self.fields.iter().filter(|(field, _)| field.starts_with("scope-"));
        named
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .chain(scopes.map(|(name, value)| (name.clone(), value.clone())))
            .collect()
    }
}

/// Why the page is shown again.
#[derive(Default)]
struct Again {
    filled: Filled,
    errors: Vec<FieldError>,
    question: Option<Question>,
}

/// A way to join values: value, title, chosen.
type Choice = (&'static str, &'static str, bool);

#[derive(Template)]
#[template(path = "admin/applications/access.html")]
struct AccessPage {
    shell: Shell,
    frame: Frame,
    errors: Vec<FieldError>,
    filled: Filled,
    question: Option<Question>,
    signs_in: bool,
    scope_maps: Vec<ScopeMapView>,
    claim_maps: Vec<ClaimMapView>,
    owners: Vec<String>,
    offered: Vec<String>,
    scopes: Vec<ScopeTick>,
    joins: Vec<Choice>,
    commands: String,
}

/// `GET /admin/applications/{id}/access`
pub async fn get(app: AppState, console: Console<SeesClient>) -> Response {
    let shown = async {
        let client = load(&app, console.right.client())?;
        show(&app, &console, &client, Again::default()).await
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

async fn show<R>(
    app: &AppState,
    console: &Console<R>,
    client: &Client,
    again: Again,
) -> Result<Response> {
    let Again { filled, errors, question } = again;
    let status = match errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let registry = app.registry();
    let maps = registry.scope_maps(&client.id).iter();
    let mut scope_maps: Vec<_> = maps.map(|map| ScopeMapView::new(&registry, map)).collect();
    scope_maps.sort_by(|a, b| a.group.cmp(&b.group));
    let maps = registry.claim_maps(&client.id).iter();
    let mut claim_maps: Vec<_> = maps.map(|map| ClaimMapView::new(&registry, map)).collect();
    claim_maps.sort_by(|a, b| (&a.claim, &a.group).cmp(&(&b.claim, &b.group)));
    let owners = client_owners::of_client(&mut app.db.read().await?, &client.id).await?;
    let sees_all = SeesAll::by_role(&console.staff).is_some();
    let mut chosen = ticked(&filled.fields);
    if filled.action.is_empty() {
        chosen = Scopes::parse("openid profile email");
    }
    let (shell, jar) = console.shell(app, HERE);
    let page = AccessPage {
        shell,
        frame: Frame::new(app, console, client, "/access"),
        errors,
        question,
        signs_in: signs_in(client),
        scope_maps,
        claim_maps,
        owners: owners.into_iter().map(|name| name.to_string()).collect(),
        offered: offered(app, sees_all),
        scopes: ticks(app, &chosen),
        joins: joins(&filled.join),
        commands: commands(client),
        filled,
    };
    Ok(page::show(status, jar, &page))
}

fn joins(chosen: &str) -> Vec<Choice> {
    let all = [
        ("", "As it is, or what fits the claim"),
        ("array", "A list"),
        ("csv", "One text, with commas"),
        ("ssv", "One text, with spaces"),
    ];
    all.map(|(value, title)| (value, title, value == chosen)).to_vec()
}

fn commands(client: &Client) -> String {
    let id = client.id.as_str();
    let scope = Command::new("client scope-map").arg(id).bare("GROUP openid profile email");
    let claim = Command::new("client claim-map").arg(id).bare("CLAIM GROUP VALUE");
    format!("{scope}\n{claim}")
}

/// `POST /admin/applications/{id}/access`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesClient, Filled>,
) -> Response {
    let answered = async {
        let client = load(&app, console.right.client())?;
        let question = question(&app, &console, &client, &form).await?;
        if question.is_some() {
            let again = Again { filled: form, question, ..Again::default() };
            return show(&app, &console, &client, again).await;
        }
        match change(&app, &console, &client, &form).await {
            Ok(told) => Ok(console.done(&app, &path(&client.id, "/access"), &told)),
            Err(error) => {
                let Some(field) = field_of(&error, &form) else { return Err(error) };
                let errors = vec![FieldError::new(field, sentence(&error))];
                show(&app, &console, &client, Again { filled: form, errors, question: None }).await
            }
        }
    };
    answered.await.unwrap_or_else(|error| console.refused(&app, error))
}

/// What is to be asked before the change: if people notice it, and it is not what somebody was told
/// of. How many are in a group is for those who may read it.
async fn question(
    app: &AppState,
    console: &Console<ManagesClient>,
    client: &Client,
    form: &Filled,
) -> Result<Option<Question>> {
    let sees_all = SeesAll::by_role(&console.staff).is_some();
    let claim = form.action.ends_with("-claim");
    let registry = app.registry();
    let name = if claim { form.claim_group.trim() } else { form.group.trim() };
    let by_id = || registry.groups().values().find(|group| group.id.as_str() == name);
    // What cannot be done is refused when it is tried.
    let Some(group) = registry.group_by_name(name).or_else(by_id) else { return Ok(None) };
    let scopes = ticked(&form.fields);
    let (action, title, change) = match form.action.as_str() {
        "set-scopes" if !scopes.is_empty() => {
            ("set-scopes", format!("Let in {}?", group.name), Some(MapChange::Set(&group.id)))
        }
        "remove-scopes" => {
            let title = format!("Shut out {}?", group.name);
            ("remove-scopes", title, Some(MapChange::Remove(&group.id)))
        }
        "set-claim" => ("set-claim", format!("Give {} a role?", group.name), None),
        "remove-claim" => ("remove-claim", format!("Take a role from {}?", group.name), None),
        _ => return Ok(None),
    };
    let told = match change {
        Some(change) => {
            let impact = impact::of(app, &client.id, change).await?;
            (!impact.is_none()).then(|| impact.to_string())
        }
        None => {
            if !could(app, console, client, form).await {
                return Ok(None);
            }
            impact::of_claim(app, form.claim.trim(), &group.id).await?
        }
    };
    let told = told.map(|told| match sees_all {
        true => told,
        false => "People in that group notice it at their next sign-in.".to_owned(),
    });
    let told = told.filter(|told| *told != form.knowing);
    Ok(told.map(|impact| Question { action, title, fields: form.again(), impact }))
}

/// Whether a change of a claim map would be made: it is, and taken back.
async fn could(
    app: &AppState,
    console: &Console<ManagesClient>,
    client: &Client,
    form: &Filled,
) -> bool {
    let tried = together(app, async {
        change(app, console, client, form).await?;
        Ok::<_, DirectoryError>(Fate::TakeBack(()))
    });
    tried.await.is_ok()
}

async fn change(
    app: &AppState,
    console: &Console<ManagesClient>,
    client: &Client,
    form: &Filled,
) -> Result<String> {
    let (actor, id) = (console.right.actor(), client.id.as_str());
    let (group, claim_group) = (form.group.trim(), form.claim_group.trim());
    let (told, notes) = match form.action.as_str() {
        "set-scopes" => {
            let scopes = ticked(&form.fields);
            let done = scope_maps::set(app, &actor, id, (group, &scopes)).await?;
            (format!("Members of {group} may use it, with {scopes}."), done.notes)
        }
        "remove-scopes" => {
            let done = scope_maps::remove(app, &actor, id, group).await?;
            (format!("Took the scopes of {group} away."), done.notes)
        }
        "set-claim" => {
            let new = new_claim_map(form);
            let done = claim_maps::set(app, &actor, id, new).await?;
            (format!("Members of {claim_group} get {}.", done.value.claim), done.notes)
        }
        "remove-claim" => {
            claim_maps::remove(app, &actor, id, (form.claim.trim(), claim_group)).await?;
            (format!("Took {} of {claim_group} away.", form.claim.trim()), Vec::new())
        }
        "add-owner" => {
            let done = owners::add(app, &actor, id, form.owner.trim()).await?;
            (format!("{} owns it.", form.owner.trim()), done.notes)
        }
        "remove-owner" => {
            let done = owners::remove(app, &actor, id, form.owner.trim()).await?;
            (format!("{} owns it no longer.", form.owner.trim()), done.notes)
        }
        _ => (String::new(), Vec::new()),
    };
    Ok([vec![told], notes].concat().join(" ").trim().to_owned())
}

/// One value a line, as claims may hold spaces and commas.
fn new_claim_map(form: &Filled) -> NewClaimMap {
    let values = form.values.lines().map(str::trim).filter(|value| !value.is_empty());
    NewClaimMap {
        claim: form.claim.trim().to_owned(),
        group: form.claim_group.trim().to_owned(),
        values: values.map(str::to_owned).collect(),
        join: form.join.parse::<Join>().ok(),
    }
}

/// The field an error is about; `None` for what no form can mend.
fn field_of(error: &DirectoryError, form: &Filled) -> Option<&'static str> {
    match error {
        DirectoryError::NotFound { what: "group", .. } if form.action.ends_with("claim") => {
            Some("claim_group")
        }
        DirectoryError::NotFound { what: "group", .. } => Some("group"),
        DirectoryError::NotFound { what: "scope", .. } => Some("scopes"),
        DirectoryError::NotFound { what: "user", .. } => Some("owner"),
        DirectoryError::Value { what, .. } => Some(match what.as_str() {
            "a list of scopes" => "scopes",
            "a mapped claim" => "claim",
            "a value of the claim" => "values",
            _ => "",
        }),
        DirectoryError::NotThere(_) => Some(""),
        _ => None,
    }
}
