//! Groups: make, describe and delete them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::revision::Revision;
use super::view::GroupView;
use super::{DirectoryError, Done, Result, begin_as, diff, find, publish, rights};
use crate::app::App;
use crate::domain::{Actor, ClientId, EVERYONE, Group, GroupId, Username};
use crate::explain::audit::Entry;
use crate::registry::Snapshot;
use crate::store::user_list::Crowd;
use crate::store::{self, groups, is_taken};

/// Members read at a time.
const PAGE: i64 = 1000;
/// Applications that are named at most.
const NAMED: usize = 10;

/// Makes a group.
///
/// # Errors
/// When the name is taken or breaks its rule.
pub async fn create(
    app: &App,
    actor: &Actor,
    name: &str,
    description: Option<String>,
) -> Result<Group> {
    Group::check_name(name)?;
    let description = checked(description)?;
    let group = Group {
        id: app.random.group_id(),
        name: name.to_owned(),
        description,
        created_at: app.clock.now(),
    };
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change groups")?;
    groups::insert(&mut tx, &group).await.map_err(|error| taken(error, name))?;
    Entry::new(app, "group.created", actor).target(name).append(&mut tx).await?;
    publish(app, tx).await?;
    Ok(group)
}

/// What is to be changed about a group; what is not named stays.
#[derive(Debug, Clone, Default)]
pub struct GroupChange {
    /// Another name.
    pub name: Option<String>,
    /// What it is for; `None` inside takes the description away.
    pub description: Option<Option<String>>,
    /// What the change was made from; refused if it is not so any more.
    pub revision: Option<Revision>,
}

/// Renames a group, or describes it anew.
///
/// # Errors
/// When it is built in, or the name is taken or breaks its rule.
pub async fn update(
    app: &App,
    actor: &Actor,
    name: &str,
    change: GroupChange,
) -> Result<Done<Group>> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change groups")?;
    let before = find::group(&mut tx, name).await?;
    own(&before)?;
    Revision::check(change.revision.as_ref(), &GroupView::from(&before), &before.name)?;
    let mut group = before.clone();
    if let Some(name) = change.name {
        Group::check_name(&name)?;
        group.name = name;
    }
    if let Some(description) = change.description {
        group.description = checked(description)?;
    }
    let changes = diff::changes(&GroupView::from(&before), &GroupView::from(&group));
    if changes.is_empty() {
        return Ok(Done::nothing(before, "Nothing changed."));
    }
    groups::update(&mut tx, &group).await.map_err(|error| taken(error, &group.name))?;
    Entry::new(app, "group.updated", actor)
        .target(&group.name)
        .detail("changes", changes)
        .append(&mut tx)
        .await?;
    publish(app, tx).await?;
    let renamed = before.name != group.name;
    let notes = renamed.then(|| told_names(&app.registry())).flatten();
    Ok(Done::new(group, notes))
}

/// Which applications may be told the names of groups; they see another name at the next sign-in.
pub fn told_names(registry: &Snapshot) -> Option<String> {
    let groups = |scope: &str| {
        registry.scopes().get(scope).is_some_and(|scope| scope.claims.iter().any(|c| c == "groups"))
    };
    let told =
        |id: &ClientId| registry.scope_maps(id).iter().any(|map| map.scopes.iter().any(&groups));
    let names: Vec<String> = registry
        .clients()
        .iter()
        .filter(|client| told(&client.id))
        .map(|client| format!("'{}'", client.id))
        .collect();
    let (named, more) = names.split_at(names.len().min(NAMED));
    let more = match more.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!names.is_empty()).then(|| {
        format!(
            "Applications that match the name of the group see the new one from the next sign-in on: {}{more}.",
            named.join(", ")
        )
    })
}

/// Deletes a group, its memberships and its maps.
///
/// # Errors
/// When it is built in.
pub async fn delete(app: &App, actor: &Actor, name: &str) -> Result<Done<Group>> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change groups")?;
    let group = find::group(&mut tx, name).await?;
    own(&group)?;
    let notes = clients_that_lose_it(&app.registry(), &group.id);
    groups::delete(&mut tx, &group.id).await?;
    Entry::new(app, "group.deleted", actor).target(&group.name).append(&mut tx).await?;
    publish(app, tx).await?;
    Ok(Done::new(group, notes))
}

/// A group with everybody in it.
#[derive(Debug, Clone, Serialize)]
pub struct GroupDocument {
    /// The group itself.
    #[serde(flatten)]
    pub group: GroupView,
    /// Usernames of those who were put into it.
    pub members: Vec<String>,
    /// Those who belong to it through a group inside it.
    pub inherited_members: Vec<InheritedMember>,
    /// The groups directly inside it.
    pub groups: Vec<String>,
    /// The groups it is directly inside.
    pub parents: Vec<String>,
}

/// Somebody who belongs to a group through another.
#[derive(Debug, Clone, Serialize)]
pub struct InheritedMember {
    /// Who.
    pub username: String,
    /// The group they were put into.
    pub via: String,
}

/// A group, its members direct and inherited, and what it is inside.
///
/// # Errors
/// When there is no such group.
pub async fn show(app: &App, name: &str) -> Result<GroupDocument> {
    let group = find::group(&mut app.db.read().await?, name).await?;
    let registry = app.registry();
    let mut inherited = Vec::new();
    for inner in inside(&registry, &group.id) {
        let via = find::group_name(&registry, &inner);
        for username in members(app, &inner).await? {
            inherited.push(InheritedMember { username, via: via.clone() });
        }
    }
    let names = |ids: Vec<GroupId>| {
        let mut names: Vec<_> = ids.iter().map(|id| find::group_name(&registry, id)).collect();
        names.sort();
        names
    };
    Ok(GroupDocument {
        members: members(app, &group.id).await?,
        inherited_members: inherited,
        groups: names(registry.children_of(&group.id).to_vec()),
        parents: names(registry.parents_of(&group.id).to_vec()),
        group: GroupView::from(&group),
    })
}

/// A group with what is inside and around it.
pub struct Around {
    /// The group.
    pub group: Group,
    /// Comes with Keystead and holds everybody.
    pub builtin: bool,
    /// The groups it is directly inside, by name.
    pub parents: Vec<Group>,
    /// The groups inside it, each with some of its members.
    pub inside: Vec<Inside>,
}

/// A group inside another.
pub struct Inside {
    /// The inner group.
    pub group: Group,
    /// Whether it was put there itself, rather than into another inner group.
    pub direct: bool,
    /// How many were put into it, counted up to `COUNTED`.
    pub count: i64,
    /// Some of them.
    pub members: Vec<String>,
}

/// Members are counted up to here for those who only look.
pub const COUNTED: i64 = 501;

impl Inside {
    /// How many were put into it, as people read it.
    pub fn counted(&self) -> String {
        counted(self.count)
    }
}

/// Members that were counted up to `COUNTED`, as people read it.
pub fn counted(members: i64) -> String {
    match members {
        COUNTED.. => format!("{}+", COUNTED - 1),
        few => few.to_string(),
    }
}

/// Groups inside a group that are told of with their members.
const TOLD: usize = 50;

/// A group, and the groups inside and around it.
///
/// # Errors
/// When there is no such group.
pub async fn around(app: &App, name: &str) -> Result<Around> {
    const SAMPLE: i64 = 10;
    let mut conn = app.db.read().await?.apart();
    let group = find::group(&mut conn, name).await?;
    let registry = app.registry();
    let mut inner: Vec<&Group> =
        inside(&registry, &group.id).iter().filter_map(|id| registry.groups().get(id)).collect();
    inner.sort_by(|a, b| a.name.cmp(&b.name));
    inner.truncate(TOLD);
    let sets: Vec<&[GroupId]> = inner.iter().map(|group| std::slice::from_ref(&group.id)).collect();
    let counts = groups::count_members(&mut conn, &sets, COUNTED).await?;
    let mut all = Vec::new();
    for (inner, count) in inner.into_iter().zip(counts) {
        let crowd = Crowd::of(count);
        let sample = groups::members(&mut conn, (&inner.id, crowd), "", SAMPLE).await?;
        all.push(Inside {
            direct: registry.parents_of(&inner.id).contains(&group.id),
            count,
            members: sample.iter().map(Username::to_string).collect(),
            group: inner.clone(),
        });
    }
    let parents = registry.parents_of(&group.id).iter();
    let mut parents: Vec<Group> =
        parents.filter_map(|id| registry.groups().get(id).cloned()).collect();
    parents.sort_by(|a, b| a.name.cmp(&b.name));
    let builtin = group.id.as_str() == EVERYONE;
    Ok(Around { group, builtin, parents, inside: all })
}

/// Refuses what cannot be done to the group that holds everybody.
///
/// # Errors
/// When it is built in.
pub fn own(group: &Group) -> Result<()> {
    match group.id.as_str() == EVERYONE {
        true => Err(DirectoryError::Builtin(group.name.clone())),
        false => Ok(()),
    }
}

fn checked(description: Option<String>) -> Result<Option<String>> {
    let description = description.filter(|text| !text.trim().is_empty());
    if let Some(text) = &description
        && (text.chars().count() > 500 || text.chars().any(char::is_control))
    {
        let rule = "use at most 500 characters, no line breaks";
        return Err(DirectoryError::value("a description", text, rule));
    }
    Ok(description)
}

fn taken(error: store::Error, name: &str) -> DirectoryError {
    match is_taken(&error) {
        true => DirectoryError::Taken { what: "group name", name: name.to_owned() },
        false => error.into(),
    }
}

async fn members(app: &App, group: &GroupId) -> Result<Vec<String>> {
    let mut conn = app.db.read().await?;
    let mut all: Vec<String> = Vec::new();
    loop {
        let after = all.last().cloned().unwrap_or_default();
        let page = groups::members(&mut conn, (group, Crowd::Most), &after, PAGE).await?;
        let full = page.len() as i64 == PAGE;
        all.extend(page.into_iter().map(|name| name.to_string()));
        if !full {
            return Ok(all);
        }
    }
}

/// All groups inside this one, at any depth.
fn inside(registry: &Snapshot, group: &GroupId) -> Vec<GroupId> {
    let mut all = BTreeSet::new();
    let mut next = registry.children_of(group).to_vec();
    while let Some(inner) = next.pop() {
        if all.insert(inner.clone()) {
            next.extend_from_slice(registry.children_of(&inner));
        }
    }
    all.into_iter().collect()
}

/// A group and all groups inside it, whose members are its members.
pub fn with_inside(registry: &Snapshot, group: &GroupId) -> Vec<GroupId> {
    let mut all = inside(registry, group);
    all.push(group.clone());
    all
}

fn clients_that_lose_it(registry: &Snapshot, group: &GroupId) -> Vec<String> {
    let mut notes = Vec::new();
    for client in registry.clients() {
        let maps = registry.scope_maps(&client.id);
        if !maps.is_empty() && maps.iter().all(|map| map.group_id == *group) {
            notes.push(format!(
                "Nobody may use '{}' any more, since this was its only group; give another one a scope map.",
                client.id
            ));
        }
    }
    notes
}
