//! Groups, who is in them, and which is inside which.

use sqlx::AssertSqlSafe;

use super::page::marks;
use super::user_list::Crowd;
use super::{Conn, Result, Tx, record};
use crate::domain::{EVERYONE, Group, GroupId, Nesting, UserId, Username};

record! { Group { id, name, description, created_at } }
record! { Nesting { parent_id, child_id } }

/// Adds a group.
pub async fn insert(tx: &mut Tx, group: &Group) -> Result<()> {
    tx.query("insert into groups (id, name, description, created_at) values ($1, $2, $3, $4)")
        .bind(&group.id)
        .bind(&group.name)
        .bind(&group.description)
        .bind(group.created_at)
        .execute()
        .await?;
    Ok(())
}

/// Every group, by name.
pub async fn all(conn: &mut Conn) -> Result<Vec<Group>> {
    conn.query("select id, name, description, created_at from groups order by name").all().await
}

/// Overwrites a group's name and description.
pub async fn update(tx: &mut Tx, group: &Group) -> Result<()> {
    tx.query("update groups set name = $2, description = $3 where id = $1")
        .bind(&group.id)
        .bind(&group.name)
        .bind(&group.description)
        .execute()
        .await?;
    Ok(())
}

/// Deletes a group and its maps.
pub async fn delete(tx: &mut Tx, id: &GroupId) -> Result<bool> {
    Ok(tx.query("delete from groups where id = $1").bind(id).execute().await? > 0)
}

/// Adds a person; `false` if already a member.
pub async fn add_member(tx: &mut Tx, group: &GroupId, user: &UserId) -> Result<bool> {
    let added = tx
        .query(
            "insert into group_members (group_id, user_id) values ($1, $2) on conflict do nothing",
        )
        .bind(group)
        .bind(user)
        .execute()
        .await?;
    Ok(added > 0)
}

/// Removes a person; `false` if not a member.
pub async fn remove_member(tx: &mut Tx, group: &GroupId, user: &UserId) -> Result<bool> {
    let removed = tx
        .query("delete from group_members where group_id = $1 and user_id = $2")
        .bind(group)
        .bind(user)
        .execute()
        .await?;
    Ok(removed > 0)
}

/// Puts one group inside another; `false` if it is there already.
pub async fn nest(tx: &mut Tx, nesting: &Nesting) -> Result<bool> {
    let added = tx
        .query(
            "insert into group_nesting (parent_id, child_id) values ($1, $2) on conflict do nothing",
        )
        .bind(&nesting.parent_id)
        .bind(&nesting.child_id)
        .execute()
        .await?;
    Ok(added > 0)
}

/// Takes one group out of another.
pub async fn unnest(tx: &mut Tx, nesting: &Nesting) -> Result<bool> {
    let removed = tx
        .query("delete from group_nesting where parent_id = $1 and child_id = $2")
        .bind(&nesting.parent_id)
        .bind(&nesting.child_id)
        .execute()
        .await?;
    Ok(removed > 0)
}

/// Every nesting.
pub async fn nestings(conn: &mut Conn) -> Result<Vec<Nesting>> {
    conn.query("select parent_id, child_id from group_nesting").all().await
}

/// The groups a person was put into, without those that follow from nesting.
pub async fn direct(conn: &mut Conn, user: &UserId) -> Result<Vec<GroupId>> {
    let rows: Vec<(GroupId,)> = conn
        .query("select group_id from group_members where user_id = $1")
        .bind(user)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Who was put into which group: all of it, by person.
pub async fn memberships(conn: &mut Conn) -> Result<Vec<(UserId, GroupId)>> {
    conn.query("select user_id, group_id from group_members order by user_id, group_id").all().await
}

/// The usernames of a group's direct members, after `after`; a page at a time.
pub async fn members(
    conn: &mut Conn,
    (group, crowd): (&GroupId, Crowd),
    after: &str,
    limit: i64,
) -> Result<Vec<Username>> {
    // Few are sorted after they were found; of many, a page of all people has some.
    let key = if crowd != Crowd::Most { "u.username || ''" } else { "u.username" };
    let sql = format!(
        "select u.username from group_members m join users u on u.id = m.user_id
         where m.group_id = $1 and {key} > $2 order by {key} limit $3"
    );
    let rows: Vec<(Username,)> =
        conn.query(AssertSqlSafe(sql)).bind(group).bind(after).bind(limit).all().await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// How many people were put into these groups, into each set of them together, each counted up to
/// `most`. A set without a group is none.
pub async fn count_members(conn: &mut Conn, sets: &[&[GroupId]], most: i64) -> Result<Vec<i64>> {
    if sets.iter().any(|set| set.is_empty()) || sets.is_empty() {
        return Ok(Vec::new());
    }
    let mut parts = Vec::new();
    let mut first = 2;
    for (n, set) in sets.iter().enumerate() {
        // Nobody is in one group twice.
        let distinct = if set.len() == 1 { "" } else { "distinct " };
        parts.push(format!(
            "select cast({n} as bigint) as n, (select count(*) from (select {distinct}user_id from group_members
             where group_id in ({}) limit $1) as counted) as members",
            marks(first, set.len())
        ));
        first += set.len();
    }
    let sql = format!("{} order by n", parts.join(" union all "));
    let mut query = conn.query(AssertSqlSafe(sql)).bind(most);
    for group in sets.iter().copied().flatten() {
        query = query.bind(group);
    }
    let rows: Vec<(i64, i64)> = query.all().await?;
    Ok(rows.into_iter().map(|(_, members)| members).collect())
}

/// How many groups each of these people was put into; nobody who is in none.
pub async fn count_each(conn: &mut Conn, users: &[UserId]) -> Result<Vec<(UserId, i64)>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select user_id, count(*) from group_members where user_id in ({}) group by user_id",
        marks(1, users.len())
    );
    let mut query = conn.query(AssertSqlSafe(sql));
    for user in users {
        query = query.bind(user);
    }
    query.all().await
}

/// How many people with an open account belong to one of these groups and to none of `others`, also
/// through groups nested inside; everybody is in `everyone`.
pub async fn count_people(conn: &mut Conn, groups: &[GroupId], others: &[GroupId]) -> Result<i64> {
    let everybody = |groups: &[GroupId]| groups.iter().any(|id| id.as_str() == EVERYONE);
    if groups.is_empty() || everybody(others) {
        return Ok(0);
    }
    let groups = if everybody(groups) { &[] } else { groups };
    let (mut walks, mut conditions) = (Vec::new(), String::new());
    let mut first = 1;
    for (name, not, groups) in [("theirs", "", groups), ("spared", "not ", others)] {
        if groups.is_empty() {
            continue;
        }
        walks.push(format!(
            "{name} (id) as (select id from groups where id in ({})
             union select n.child_id from group_nesting n join {name} on n.parent_id = {name}.id)",
            marks(first, groups.len())
        ));
        first += groups.len();
        conditions.push_str(&format!(
            " and {not}exists (select 1 from group_members m
             where m.user_id = u.id and m.group_id in (select id from {name}))"
        ));
    }
    let with = match walks.is_empty() {
        true => String::new(),
        false => format!("with recursive {} ", walks.join(", ")),
    };
    let sql = format!("{with}select count(*) from users u where u.disabled_at is null{conditions}");
    let mut query = conn.query(AssertSqlSafe(sql));
    for group in groups.iter().chain(others) {
        query = query.bind(group);
    }
    let row: (i64,) = query.one().await?;
    Ok(row.0)
}
