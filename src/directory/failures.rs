//! Failed sign-ins as an administrator works through them: one flow told, failures that are alike
//! counted, and those that are solved marked.

use serde::Serialize;

use super::{Done, Result, begin_as, commit, find, rights, users as people};
use crate::app::App;
use crate::domain::{Actor, Cause, FailureGroup, FailureId, Flow, FlowRef, FlowStep};
use crate::explain::audit::Entry;
use crate::explain::{self, Facts, Story};
use crate::store::{failures, flows, users};

/// Steps that are told of one flow.
const STEPS: i64 = 500;
/// Flows that are named as examples of a group.
const EXAMPLES: i64 = 5;

/// One flow, told.
#[derive(Debug, Clone)]
pub struct Told {
    /// As stored.
    pub flow: Flow,
    /// Who signed in, if that is known.
    pub username: Option<String>,
    /// Its steps.
    pub steps: Vec<FlowStep>,
    /// What happened, what stopped it, and what can be done.
    pub story: Story,
}

/// Failures that are alike, told.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// As counted.
    #[serde(flatten)]
    pub group: FailureGroup,
    /// A heading.
    pub title: String,
    /// What failed for whom, in a sentence.
    pub sentence: String,
    /// Whether it was solved and did not happen since.
    pub solved: bool,
    /// Whether it was solved and happened again.
    pub back: bool,
    /// The newest flows of it that are still kept.
    pub examples: Vec<FlowRef>,
}

/// Tells a flow in the light of how things are now; `None` if there is none.
///
/// # Errors
/// When the database refuses.
pub async fn look(app: &App, reference: &FlowRef) -> Result<Option<Told>> {
    let found = find_flow(app, reference).await?;
    let Some((flow, steps)) = found else { return Ok(None) };
    Ok(Some(told(app, flow, steps).await?))
}

/// The same for the owner of its application, who is not told whether an account exists.
///
/// # Errors
/// When the database refuses.
pub async fn look_as_owner(app: &App, reference: &FlowRef) -> Result<Option<Told>> {
    let found = find_flow(app, reference).await?;
    let Some((mut flow, mut steps)) = found else { return Ok(None) };
    explain::discreet(&mut flow, &mut steps);
    Ok(Some(told(app, flow, steps).await?))
}

async fn find_flow(app: &App, reference: &FlowRef) -> Result<Option<(Flow, Vec<FlowStep>)>> {
    let mut conn = app.db.read().await?;
    let Some(flow) = flows::find(&mut conn, reference).await? else { return Ok(None) };
    let steps = flows::steps(&mut conn, reference, STEPS).await?;
    Ok(Some((flow, steps)))
}

async fn told(app: &App, flow: Flow, steps: Vec<FlowStep>) -> Result<Told> {
    let mut conn = app.db.read().await?;
    let user = match &flow.user_id {
        Some(id) => users::find(&mut conn, id).await?,
        None => None,
    };
    drop(conn);
    let groups = match &user {
        Some(user) => {
            let (direct, inherited) = people::groups_of(app, user).await?;
            [direct, inherited].concat()
        }
        None => Vec::new(),
    };
    let registry = app.registry();
    let client = flow.client_id.as_ref().and_then(|id| registry.client(id));
    let clients: Vec<String> = match &client {
        Some(_) => Vec::new(),
        None => registry.clients().iter().map(|client| client.id.0.clone()).collect(),
    };
    let maps = client.as_ref().map(|client| find::maps(&registry, &client.id)).unwrap_or_default();
    let scopes: Vec<String> = registry.scopes().keys().cloned().collect();
    let username = user.map(|user| user.username.to_string());
    let facts = Facts {
        client: client.as_deref(),
        clients: &clients,
        public_url: app.config.public_url.as_str(),
        username: username.as_deref(),
        groups: &groups,
        maps: &maps,
        scopes: &scopes,
        now: app.clock.now(),
    };
    let story = explain::flow(&flow, &steps, &facts);
    Ok(Told { flow, username, steps, story })
}

/// The failures that are alike, what failed last first.
///
/// # Errors
/// When the database refuses.
pub async fn groups(app: &App, filter: &failures::Filter, limit: i64) -> Result<Vec<Group>> {
    let mut conn = app.db.read().await?;
    let found = failures::list(&mut conn, filter, limit).await?;
    let mut groups = Vec::with_capacity(found.len());
    for group in found {
        let filter = flows::Filter { group: Some(group.id.clone()), ..flows::Filter::default() };
        let examples = flows::list(&mut conn, &filter, None, EXAMPLES).await?;
        let examples = examples.into_iter().map(|flow| flow.reference).collect();
        groups.push(tell(group, examples));
    }
    Ok(groups)
}

fn tell(group: FailureGroup, examples: Vec<FlowRef>) -> Group {
    let cause = explain::cause(&group.cause);
    let title =
        cause.map_or(group.cause.clone(), |cause| explain::explanation(cause).title.to_owned());
    Group {
        sentence: sentence(&group, cause, &title),
        title,
        solved: group.is_solved(),
        back: group.is_back(),
        examples,
        group,
    }
}

/// `Redirect URI does not match at netbox: http://...`
fn sentence(group: &FailureGroup, cause: Option<Cause>, title: &str) -> String {
    let at = group.client_id.as_ref().map(|id| format!(" at {id}")).unwrap_or_default();
    let value = match (&group.value, group.others) {
        (_, true) => ": other values".to_owned(),
        (Some(value), false) => match cause {
            Some(Cause::UserDisabled | Cause::NoPassword | Cause::Throttled) => {
                format!(": account {value}")
            }
            _ => format!(": {value}"),
        },
        (None, false) => String::new(),
    };
    explain::harmless(&format!("{title}{at}{value}"))
}

/// Marks failures as solved, until they happen again.
///
/// # Errors
/// When there is no such group, or the actor may not change its client.
pub async fn solve(app: &App, actor: &Actor, id: &FailureId) -> Result<Done<FailureGroup>> {
    let mut tx = begin_as(app, actor).await?;
    let Some(group) = failures::find(&mut tx, id).await? else {
        return Err(find::not_found("failure", id.as_str(), []));
    };
    match &group.client_id {
        Some(client) => rights::reach_client(&mut tx, actor, client).await?,
        None => rights::administer(actor, "mark failures as solved")?,
    }
    if !failures::solve(&mut tx, id, (app.clock.now(), &actor.label())).await? {
        return Ok(Done::nothing(group, "It was solved before, and did not happen since."));
    }
    let mut entry = Entry::new(app, "failure.solved", actor)
        .target(id.as_str())
        .detail("cause", group.cause.as_str());
    if let Some(client) = &group.client_id {
        entry = entry.client(client).target(id.as_str());
    }
    if let Some(value) = &group.value {
        entry = entry.detail("value", value.as_str());
    }
    entry.append(&mut tx).await?;
    let group = failures::find(&mut tx, id).await?.unwrap_or(group);
    commit(app, tx).await?;
    Ok(Done::new(group, None))
}
