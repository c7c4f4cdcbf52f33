//! A database that has been in use for long: many people, grants, refresh tokens, sessions.
//!
//! Straight into the tables, since a million sign-ins would take hours. The only SQL outside the
//! store, and in the dialect that both databases accept.

use anyhow::Result;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

/// Grants, refresh tokens and access tokens for each person.
pub const GRANTS_EACH: u64 = 10;

/// As selectors are made: microseconds, and twelve bits below them.
const MICROSECOND: u64 = 1 << 12;

/// Fills the database at `url` with so many people, over the thirty days before `now` (seconds).
pub async fn fill(url: &str, people: u64, now: u64) -> Result<()> {
    let statements = statements(people, now);
    if url.starts_with("postgres:") {
        let mut conn = PgConnection::connect(url).await?;
        for statement in statements {
            conn.execute(AssertSqlSafe(statement)).await?;
        }
        conn.execute("analyze").await?;
        conn.close().await?;
    } else {
        let mut conn = SqliteConnection::connect(url).await?;
        for statement in statements {
            conn.execute(AssertSqlSafe(statement)).await?;
        }
        conn.close().await?;
    }
    Ok(())
}

fn statements(people: u64, now: u64) -> Vec<String> {
    let grants = people * GRANTS_EACH;
    // Spread over 29 days, a week in the past for sessions to be live.
    let (since, step) = (now - 29 * 86_400, 29 * 86_400_000_000 / grants);
    let until = now + 30 * 86_400;
    let id = format!("({since} * 1000000 + i * {step}) * {MICROSECOND}");
    let user = format!("'fill-' || cast(i % {people} as text)");
    let hash = "cast('0123456789abcdef0123456789abcdef' as bytea)";
    let numbers = |count: u64| {
        format!(
            "with recursive n (i) as (select cast(0 as bigint) union all select i + 1 from n
             where i < {} )",
            count - 1
        )
    };
    vec![
        format!(
            "insert into users (id, username, email, profile, created_at, updated_at)
             {} select 'fill-' || cast(i as text), 'fill-' || cast(i as text),
             'fill-' || cast(i as text) || '@example.com', cast('{{}}' as jsonb), {since}, {since} from n",
            numbers(people)
        ),
        format!(
            "insert into sessions (id, hash, sid, user_id, layout, auth_time, amr, remember,
             created_at, last_seen_at, expires_at)
             {} select {id}, {hash}, cast(i as text), {user}, 'native', {since},
             cast('[\"pwd\"]' as jsonb), true, {since}, {now}, {until} from n",
            numbers(people)
        ),
        format!(
            "insert into grants (id, client_id, user_id, sid, layout, scopes, claims, auth_time, acr,
             amr, flow, created_at)
             {} select {id}, 'offline', {user}, cast(i as text), 'native',
             cast('[\"openid\",\"offline_access\"]' as jsonb),
             cast('{{\"id_token\":[],\"userinfo\":[]}}' as jsonb), {since}, '0',
             cast('[\"pwd\"]' as jsonb), cast(i as text), {since} from n",
            numbers(grants)
        ),
        format!(
            "insert into refresh_tokens (id, hash, grant_id, client_id, scopes, expires_at)
             {} select {id} + 1, {hash}, {id}, 'offline',
             cast('[\"openid\",\"offline_access\"]' as jsonb), {until} from n",
            numbers(grants)
        ),
        format!(
            "insert into access_tokens (id, hash, grant_id, client_id, layout, scopes, issued_at,
             expires_at)
             {} select {id} + 2, {hash}, {id}, 'offline', 'native', cast('[\"openid\"]' as jsonb),
             {now}, {until} from n",
            numbers(grants)
        ),
    ]
}
