//! A database that has been in use for long: many people, grants, refresh tokens, sessions.
//!
//! Straight into the tables, since a million sign-ins would take hours. The only SQL outside the
//! store, and in the dialect that both databases accept.

use anyhow::Result;
use keystead::domain::Selector;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, query};

/// Grants, refresh tokens and access tokens for each person.
pub const GRANTS_EACH: u64 = 10;

/// Of no token that anybody has.
const HASH: &[u8] = &[0; 32];

/// Selectors are made of microseconds, with a few bits below them.
const MICROSECOND: u64 = 1 << Selector::NODE_BITS;

/// Fills the database at `url` with so many people, over the thirty days before `now` (seconds).
pub async fn fill(url: &str, people: u64, now: u64) -> Result<()> {
    let statements = statements(people, now);
    if url.starts_with("postgres:") {
        let mut conn = PgConnection::connect(url).await?;
        for (hash, statement) in statements {
            let statement = query(AssertSqlSafe(statement));
            conn.execute(if hash { statement.bind(HASH) } else { statement }).await?;
        }
        conn.execute("analyze").await?;
        conn.close().await?;
    } else {
        let conn = rusqlite::Connection::open(url.trim_start_matches("sqlite://"))?;
        for (hash, statement) in statements {
            let hash: &[&dyn rusqlite::ToSql] = if hash { &[&HASH] } else { &[] };
            conn.execute(&statement, hash)?;
        }
    }
    Ok(())
}

/// Statements, each after whether it stores hashes.
fn statements(people: u64, now: u64) -> Vec<(bool, String)> {
    let grants = people * GRANTS_EACH;
    // Younger than what is swept.
    let (since, step) = (now - 29 * 86_400, 29 * 86_400_000_000 / grants);
    let until = now + 30 * 86_400;
    let id = format!("({} + i * {step}) * {MICROSECOND}", since * 1_000_000);
    let user = format!("'fill-' || cast(i % {people} as text)");
    let numbers = |count: u64| {
        format!(
            "with recursive n (i) as (select cast(0 as bigint) union all select i + 1 from n
             where i < {} )",
            count - 1
        )
    };
    let all = [
        format!(
            "insert into users (id, username, email, profile, created_at, updated_at)
             {} select 'fill-' || cast(i as text), 'fill-' || cast(i as text),
             'fill-' || cast(i as text) || '@example.com', '{{}}', {since}, {since} from n",
            numbers(people)
        ),
        format!(
            "insert into sessions (id, hash, sid, user_id, layout, auth_time, amr, remember,
             created_at, last_seen_at, expires_at)
             {} select {id}, $1, cast(i as text), {user}, 'native', {since},
             '[\"pwd\"]', true, {since}, {now}, {until} from n",
            numbers(people)
        ),
        format!(
            "insert into grants (id, client_id, user_id, sid, layout, scopes, claims, auth_time, acr,
             amr, flow, created_at)
             {} select {id}, 'offline', {user}, cast(i as text), 'native',
             '[\"openid\",\"offline_access\"]',
             '{{\"id_token\":[],\"userinfo\":[]}}', {since}, '0',
             '[\"pwd\"]', cast(i as text), {since} from n",
            numbers(grants)
        ),
        format!(
            "insert into refresh_tokens (id, hash, grant_id, client_id, scopes, expires_at)
             {} select {id} + 1, $1, {id}, 'offline',
             '[\"openid\",\"offline_access\"]', {until} from n",
            numbers(grants)
        ),
        format!(
            "insert into access_tokens (id, hash, grant_id, client_id, layout, scopes, issued_at,
             expires_at)
             {} select {id} + 2, $1, {id}, 'offline', 'native', '[\"openid\"]',
             {now}, {until} from n",
            numbers(grants)
        ),
    ];
    all.into_iter().map(|sql| (sql.contains("$1"), sql)).collect()
}
