//! Who is in a group: people, and other groups.

use std::collections::HashMap;

use super::groups::own;
use super::{DirectoryError, Done, Result, begin_as, find, publish, rights};
use crate::app::App;
use crate::domain::{Actor, EVERYONE, Group, GroupId, Nesting, User};
use crate::explain::audit::Entry;
use crate::store::user_list::Crowd;
use crate::store::{Conn, groups};

/// People and groups by name or id.
#[derive(Debug, Clone, Default)]
pub struct Members {
    /// People.
    pub users: Vec<String>,
    /// Groups: their members become members.
    pub groups: Vec<String>,
}

/// How many people were put into each set of groups, each counted up to `most`.
///
/// # Errors
/// When the database refuses.
pub async fn count(app: &App, sets: &[&[GroupId]], most: i64) -> Result<Vec<i64>> {
    Ok(groups::count_members(&mut app.db.read().await?.apart(), sets, most).await?)
}

/// The members of a group, for the list of people; everybody, of the group that holds everybody.
///
/// # Errors
/// When the database refuses.
pub async fn of(app: &App, group: &Group) -> Result<Option<(GroupId, Crowd)>> {
    if group.id.as_str() == EVERYONE {
        return Ok(None);
    }
    let set = [std::slice::from_ref(&group.id)];
    let members = count(app, &set, Crowd::MANY + 1).await?.iter().sum();
    Ok(Some((group.id.clone(), Crowd::of(members))))
}

/// Adds people and groups to a group: all of them, or none if one cannot be.
///
/// # Errors
/// When somebody does not exist, the group is built in, or it would be inside itself.
pub async fn add(app: &App, actor: &Actor, group: &str, members: &Members) -> Result<Done<Group>> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change groups")?;
    let group = find::group(&mut tx, group).await?;
    own(&group)?;
    let (mut notes, mut changed) = (Vec::new(), false);
    for user in people(&mut tx, &members.users).await? {
        if groups::add_member(&mut tx, &group.id, &user.id).await? {
            person(app, actor, ("group.member_added", &group), &user).append(&mut tx).await?;
            changed = true;
        } else {
            notes.push(format!("'{}' was a member of '{}' before.", user.username, group.name));
        }
    }
    for name in &members.groups {
        let child = find::group(&mut tx, name).await?;
        own(&child)?;
        no_circle(&mut tx, &child, &group).await?;
        let nesting = Nesting { parent_id: group.id.clone(), child_id: child.id.clone() };
        if groups::nest(&mut tx, &nesting).await? {
            nested(app, actor, ("group.member_added", &group), &child).append(&mut tx).await?;
            changed = true;
        } else {
            notes.push(format!("'{}' was in '{}' before.", child.name, group.name));
        }
    }
    if !changed {
        return Ok(Done { value: group, notes, changed });
    }
    publish(app, tx).await?;
    Ok(Done::new(group, notes))
}

/// Takes people and groups out of a group: all of them, or none if one cannot be.
///
/// # Errors
/// When somebody does not exist.
pub async fn remove(
    app: &App,
    actor: &Actor,
    group: &str,
    members: &Members,
) -> Result<Done<Group>> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change groups")?;
    let group = find::group(&mut tx, group).await?;
    own(&group)?;
    let (mut notes, mut changed) = (Vec::new(), false);
    for user in people(&mut tx, &members.users).await? {
        if groups::remove_member(&mut tx, &group.id, &user.id).await? {
            person(app, actor, ("group.member_removed", &group), &user).append(&mut tx).await?;
            changed = true;
        } else {
            notes.push(format!("'{}' was not put into '{}'.", user.username, group.name));
        }
    }
    for name in &members.groups {
        let child = find::group(&mut tx, name).await?;
        let nesting = Nesting { parent_id: group.id.clone(), child_id: child.id.clone() };
        if groups::unnest(&mut tx, &nesting).await? {
            nested(app, actor, ("group.member_removed", &group), &child).append(&mut tx).await?;
            changed = true;
        } else {
            notes.push(format!("'{}' was not directly in '{}'.", child.name, group.name));
        }
    }
    if !changed {
        return Ok(Done { value: group, notes, changed });
    }
    publish(app, tx).await?;
    Ok(Done::new(group, notes))
}

async fn people(conn: &mut Conn, names: &[String]) -> Result<Vec<User>> {
    let mut people = Vec::new();
    for name in names {
        people.push(find::user(conn, name).await?);
    }
    Ok(people)
}

fn person(app: &App, actor: &Actor, (kind, group): (&str, &Group), user: &User) -> Entry {
    let entry = Entry::new(app, kind, actor).user(&user.id, user.username.as_str());
    entry.detail("group", group.name.as_str())
}

fn nested(app: &App, actor: &Actor, (kind, group): (&str, &Group), child: &Group) -> Entry {
    let entry = Entry::new(app, kind, actor).target(&child.name);
    entry.detail("group", group.name.as_str()).detail("nested", true)
}

/// Refuses to put `child` into `parent` when `parent` is inside `child` already.
async fn no_circle(conn: &mut Conn, child: &Group, parent: &Group) -> Result<()> {
    let nestings = groups::nestings(conn).await?;
    let Some(path) = way_up(&nestings, &parent.id, &child.id) else { return Ok(()) };
    let names: HashMap<GroupId, String> =
        groups::all(conn).await?.into_iter().map(|group| (group.id, group.name)).collect();
    let named = |id: &GroupId| format!("'{}'", names.get(id).unwrap_or(&id.0));
    let problem = match path.as_slice() {
        [_] => "a group cannot be inside itself; choose another".to_owned(),
        path => {
            let path: Vec<String> = path.iter().map(named).collect();
            format!("{}; take one of them out first", path.join(" is in "))
        }
    };
    let (child, parent) = (child.name.clone(), parent.name.clone());
    Err(DirectoryError::Cycle { child, parent, problem })
}

/// The groups on the way from `from` out to `to`, both included; `None` if there is no way.
fn way_up(nestings: &[Nesting], from: &GroupId, to: &GroupId) -> Option<Vec<GroupId>> {
    let mut ways = vec![vec![from.clone()]];
    let mut seen = vec![from.clone()];
    while let Some(way) = ways.pop() {
        let Some(last) = way.last().filter(|last| *last != to) else { return Some(way) };
        for nesting in nestings.iter().filter(|nesting| nesting.child_id == *last) {
            if !seen.contains(&nesting.parent_id) {
                seen.push(nesting.parent_id.clone());
                ways.push([way.as_slice(), std::slice::from_ref(&nesting.parent_id)].concat());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::way_up;
    use crate::domain::{GroupId, Nesting};

    fn id(name: &str) -> GroupId {
        GroupId(name.into())
    }

    #[test]
    fn the_way_from_an_inner_group_to_an_outer_one() {
        let inside = |child, parent| Nesting { child_id: id(child), parent_id: id(parent) };
        let nestings = [inside("c", "b"), inside("b", "a"), inside("c", "x"), inside("x", "a")];
        let way = way_up(&nestings, &id("c"), &id("a")).unwrap();
        assert_eq!((way.len(), &way[0], &way[2]), (3, &id("c"), &id("a")));
        assert_eq!(way_up(&nestings, &id("a"), &id("c")), None);
        assert_eq!(way_up(&nestings, &id("a"), &id("a")), Some(vec![id("a")]));
    }
}
