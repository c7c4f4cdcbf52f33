//! Failed sign-ins as an administrator works through them: one flow told, failures that are alike
//! counted, and those that are solved marked.

use serde::Serialize;

use super::{
    Done, Fate, Result, batch, begin_as, commit, find, fixes, owners, rights, together,
    users as people,
};
use crate::app::App;
use crate::domain::{Actor, Cause, FailureGroup, FailureId, Flow, FlowRef, FlowStep, Staff};
use crate::explain::audit::Entry;
use crate::explain::{self, Facts, Story};
use crate::store::{Tx, failures, flows, users};

/// Steps that are told of one flow.
const STEPS: i64 = 500;
/// Flows that are named as examples of a group.
const EXAMPLES: i64 = 5;
/// Groups that are shown in all; no more are kept.
const SEEN: i64 = 5_000;
/// Flows of a group among which people are counted.
const LOOKED_AT: i64 = 1_000;

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

/// The same as far as somebody may know it, who may see the flow. The owner of an application is not
/// told whether an account exists, from where somebody came, in which groups they are, nor what an
/// owner cannot do about it.
///
/// # Errors
/// When the database refuses.
pub async fn look_as(app: &App, staff: &Staff, reference: &FlowRef) -> Result<Option<Told>> {
    if rights::SeesAll::by_role(staff).is_some() {
        return look(app, reference).await;
    }
    let found = find_flow(app, reference).await?;
    let Some((mut flow, mut steps)) = found else { return Ok(None) };
    explain::discreet(&mut flow, &mut steps);
    flow.address = None;
    let mut told = told(app, flow, steps).await?;
    let actor = Actor::Staff(staff.clone());
    let story = &mut told.story;
    for trouble in story.trouble.iter_mut().chain(&mut story.noticed) {
        trouble.offers.retain(|offer| fixes::reaches(&actor, &offer.fix));
        if matches!(trouble.cause, Cause::NoScopeMap | Cause::ScopeIgnored) {
            trouble.fix = explain::explanation(trouble.cause).fix.to_owned();
            trouble.background.clear();
        }
    }
    Ok(Some(told))
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

/// The failures that somebody may see, without examples: all, or those at what they own that tell
/// nothing of accounts. What
/// failed last comes first.
///
/// # Errors
/// When the database refuses.
pub async fn seen(app: &App, actor: &Actor) -> Result<Vec<Group>> {
    let Actor::Staff(staff) = actor else { return Ok(Vec::new()) };
    let own = owners::seen(app, actor).await?;
    let filter = failures::Filter { solved: true, ..failures::Filter::default() };
    let mut found = failures::list(&mut app.db.read().await?, &filter, SEEN).await?;
    if rights::SeesAll::by_role(staff).is_none() {
        let owned = |group: &FailureGroup| {
            let at_own = own.iter().any(|client| group.client_id.as_ref() == Some(&client.id));
            at_own && !explain::is_of_the_account(&group.cause)
        };
        found.retain(owned);
    }
    Ok(found.into_iter().map(|group| tell(group, Vec::new())).collect())
}

/// One group, without examples; `None` if there is none.
///
/// # Errors
/// When the database refuses.
pub async fn group(app: &App, id: &FailureId) -> Result<Option<Group>> {
    let found = failures::find(&mut app.db.read().await?, id).await?;
    Ok(found.map(|group| tell(group, Vec::new())))
}

/// How many people are known to have met a failure: of its flows that are still kept.
///
/// # Errors
/// When the database refuses.
pub async fn met_by(app: &App, id: &FailureId) -> Result<i64> {
    Ok(flows::people(&mut app.db.read().await?, id, LOOKED_AT).await?)
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
    let group = reached(&mut tx, actor, (id, "mark failures as solved")).await?;
    if !failures::solve(&mut tx, id, (app.clock.now(), &actor.label())).await? {
        return Ok(Done::nothing(group, "It was solved before, and did not happen since."));
    }
    entry(app, actor, ("failure.solved", &group)).append(&mut tx).await?;
    let group = failures::find(&mut tx, id).await?.unwrap_or(group);
    commit(app, tx).await?;
    Ok(Done::new(group, None))
}

/// Marks several as solved: all of them, or none.
///
/// # Errors
/// As `solve`, or when there are too many.
pub async fn solve_several(
    app: &App,
    actor: &Actor,
    ids: &[FailureId],
) -> Result<Vec<Done<FailureGroup>>> {
    batch::bounded(ids.len())?;
    together(app, async {
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            all.push(solve(app, actor, id).await?);
        }
        Ok(Fate::Keep(all))
    })
    .await
}

/// Takes back that failures are solved.
///
/// # Errors
/// When there is no such group, or the actor may not change its client.
pub async fn reopen(app: &App, actor: &Actor, id: &FailureId) -> Result<Done<FailureGroup>> {
    let mut tx = begin_as(app, actor).await?;
    let group = reached(&mut tx, actor, (id, "open failures again")).await?;
    if !failures::reopen(&mut tx, id).await? {
        return Ok(Done::nothing(group, "It was not marked as solved."));
    }
    entry(app, actor, ("failure.reopened", &group)).append(&mut tx).await?;
    let group = failures::find(&mut tx, id).await?.unwrap_or(group);
    commit(app, tx).await?;
    Ok(Done::new(group, None))
}

/// The group, if the actor may change its client.
async fn reached(
    tx: &mut Tx,
    actor: &Actor,
    (id, what): (&FailureId, &str),
) -> Result<FailureGroup> {
    let Some(group) = failures::find(tx, id).await? else {
        return Err(find::not_found("failure", id.as_str(), []));
    };
    match &group.client_id {
        Some(client) => rights::reach_client(tx, actor, client).await?,
        None => rights::administer(actor, what)?,
    }
    Ok(group)
}

fn entry(app: &App, actor: &Actor, (kind, group): (&'static str, &FailureGroup)) -> Entry {
    let mut entry = Entry::new(app, kind, actor)
        .target(group.id.as_str())
        .detail("cause", group.cause.as_str());
    if let Some(client) = &group.client_id {
        entry = entry.client(client).target(group.id.as_str());
    }
    match &group.value {
        Some(value) => entry.detail("value", value.as_str()),
        None => entry,
    }
}
