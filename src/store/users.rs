//! People.

use super::{Conn, Record, Result, Tx, record, user_words};
use crate::domain::{GroupId, Timestamp, User, UserId, Username};

record! { User {
    id, username, display_name, given_name, family_name, email, email_verified, profile, role,
    password_changed_at, disabled_at, created_at, updated_at
} }

/// What every query of a whole person selects.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, username, display_name, given_name, family_name, email, email_verified,
             profile, role, password_changed_at, disabled_at, created_at, updated_at from users ",
            $rest
        )
    };
}

/// Adds a person.
pub async fn insert(tx: &mut Tx, user: &User, password_hash: Option<&str>) -> Result<()> {
    tx.query(
        "insert into users (id, username, display_name, given_name, family_name, email,
         email_verified, profile, role, password_hash, password_changed_at, disabled_at,
         created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&user.id)
    .bind(&user.username)
    .bind(&user.display_name)
    .bind(&user.given_name)
    .bind(&user.family_name)
    .bind(&user.email)
    .bind(user.email_verified)
    .bind(&user.profile)
    .bind(user.role)
    .bind(password_hash)
    .bind(user.password_changed_at)
    .bind(user.disabled_at)
    .bind(user.created_at)
    .bind(user.updated_at)
    .execute()
    .await?;
    user_words::put(tx, user).await
}

/// Overwrites everything an administrator may change; not the password.
pub async fn update(tx: &mut Tx, user: &User) -> Result<()> {
    tx.query(
        "update users set username = $2, display_name = $3, given_name = $4, family_name = $5,
         email = $6, email_verified = $7, profile = $8, role = $9, disabled_at = $10,
         updated_at = $11 where id = $1",
    )
    .bind(&user.id)
    .bind(&user.username)
    .bind(&user.display_name)
    .bind(&user.given_name)
    .bind(&user.family_name)
    .bind(&user.email)
    .bind(user.email_verified)
    .bind(&user.profile)
    .bind(user.role)
    .bind(user.disabled_at)
    .bind(user.updated_at)
    .execute()
    .await?;
    user_words::put(tx, user).await
}

/// The person with this id.
pub async fn find(conn: &mut Conn, id: &UserId) -> Result<Option<User>> {
    conn.query(select!("where id = $1")).bind(id).optional().await
}

/// The person with this id, and the groups they were put into, without those that follow from
/// nesting.
pub async fn with_groups(conn: &mut Conn, id: &UserId) -> Result<Option<(User, Vec<GroupId>)>> {
    let rows: Vec<(User, Option<GroupId>)> = conn
        .query(
            "select u.id, u.username, u.display_name, u.given_name, u.family_name, u.email,
             u.email_verified, u.profile, u.role, u.password_changed_at, u.disabled_at,
             u.created_at, u.updated_at, m.group_id
             from users u left join group_members m on m.user_id = u.id where u.id = $1",
        )
        .bind(id)
        .all_as(|columns| Ok((User::read(columns)?, columns.named("group_id")?)))
        .await?;
    let (users, groups): (Vec<User>, Vec<Option<GroupId>>) = rows.into_iter().unzip();
    Ok(users.into_iter().next().map(|user| (user, groups.into_iter().flatten().collect())))
}

/// The person with this username.
pub async fn find_by_username(conn: &mut Conn, name: &Username) -> Result<Option<User>> {
    conn.query(select!("where username = $1")).bind(name).optional().await
}

/// The people with this e-mail address, at most two: with two, it identifies nobody.
pub async fn find_by_email(conn: &mut Conn, email: &str) -> Result<Vec<User>> {
    conn.query(select!("where email = $1 limit 2")).bind(email).all().await
}

/// People in order of username, after `after`; a page at a time.
pub async fn list(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<User>> {
    conn.query(select!("where username > $1 order by username limit $2"))
        .bind(after)
        .bind(limit)
        .all()
        .await
}

/// Usernames that begin with `start`, in order, at most `limit`; found by an index, however many
/// people there are.
pub async fn names_starting(conn: &mut Conn, start: &str, limit: i64) -> Result<Vec<Username>> {
    let escaped = start.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let (from, to) = user_words::range(start);
    let rows: Vec<(Username,)> = conn
        .query(
            "select distinct u.username from (select user_id from user_words
                 where word >= $1 and word < $2 order by word limit $3) w
             join users u on u.id = w.user_id
             where u.username like $4 escape '\\' order by u.username limit $5",
        )
        .bind(from)
        .bind(to)
        // Words of other names begin so as well.
        .bind(limit.saturating_mul(8))
        .bind(format!("{escaped}%"))
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Administrators who could sign in, in order of username.
pub async fn administrators(conn: &mut Conn) -> Result<Vec<Username>> {
    let rows: Vec<(Username,)> = conn
        .query(
            "select username from users where role = 'administrator' and disabled_at is null
             order by username",
        )
        .all()
        .await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// The stored password, as a PHC string.
pub async fn password_hash(conn: &mut Conn, id: &UserId) -> Result<Option<String>> {
    let row: Option<(Option<String>,)> =
        conn.query("select password_hash from users where id = $1").bind(id).optional().await?;
    Ok(row.and_then(|(hash,)| hash))
}

/// The stored password of an account that is open, which nobody changes until this transaction
/// ends.
pub async fn hold(tx: &mut Tx, id: &UserId) -> Result<Option<String>> {
    let row: Option<(Option<String>,)> = tx
        .query(
            "update users set updated_at = updated_at where id = $1 and disabled_at is null
             returning password_hash",
        )
        .bind(id)
        .optional()
        .await?;
    Ok(row.and_then(|(hash,)| hash))
}

/// Sets a new password.
pub async fn set_password(tx: &mut Tx, id: &UserId, hash: &str, now: Timestamp) -> Result<()> {
    tx.query(
        "update users set password_hash = $2, password_changed_at = $3, updated_at = $3 where id = $1",
    )
    .bind(id)
    .bind(hash)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Replaces a hash by a better one of the same password, unless it was changed meanwhile.
pub async fn upgrade_hash(tx: &mut Tx, id: &UserId, old: &str, new: &str) -> Result<()> {
    tx.query("update users set password_hash = $3 where id = $1 and password_hash = $2")
        .bind(id)
        .bind(old)
        .bind(new)
        .execute()
        .await?;
    Ok(())
}

/// Deletes a person and all that hangs off them.
pub async fn delete(tx: &mut Tx, id: &UserId) -> Result<bool> {
    Ok(tx.query("delete from users where id = $1").bind(id).execute().await? > 0)
}

/// How many administrators could sign in.
pub async fn count_administrators(conn: &mut Conn) -> Result<i64> {
    let row: (i64,) = conn
        .query("select count(*) from users where role = 'administrator' and disabled_at is null")
        .one()
        .await?;
    Ok(row.0)
}

/// How many people there are.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    let row: (i64,) = conn.query("select count(*) from users").one().await?;
    Ok(row.0)
}
