//! A large installation for the console: people in groups, clients, events, sessions, flows.
//!
//! Straight into the tables, like `fill`, and for the same reason.

use anyhow::Result;
use keystead::domain::Selector;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, query};

/// Clients, and groups.
pub const CLIENTS: u64 = 1_000;
/// Members of the group `large`.
pub const LARGE: u64 = 10_000;
/// Lines of the audit log for each person.
pub const EVENTS_EACH: u64 = 10;
/// Sessions for each person.
pub const SESSIONS_EACH: u64 = 2;
/// Flows; no more are kept.
pub const FLOWS: u64 = 10_000;
/// Failures that are alike, counted.
pub const FAILURES: u64 = 1_000;

/// Of nothing that anybody has.
const HASH: &[u8] = &[0; 32];
const MICROSECOND: u64 = 1 << Selector::NODE_BITS;
const DAY: u64 = 86_400;

/// The username of a person.
pub fn username(n: u64) -> String {
    format!("user-{n:07}")
}

/// Fills the database at `url` with so many people.
pub async fn fill(url: &str, people: u64, now: u64) -> Result<()> {
    let postgres = url.starts_with("postgres:");
    let bytes = |text: &str| match postgres {
        true => format!("convert_to({text}, 'UTF8')"),
        false => format!("cast({text} as blob)"),
    };
    let digits = |n: &str| format!("substr(cast(10000000 + {n} as text), 2)");
    let numbers = Numbers { people, now, digits: &digits };
    let statements: Vec<String> =
        [numbers.people(), numbers.words(&bytes), numbers.groups(), numbers.activity()].concat();
    if postgres {
        let mut conn = PgConnection::connect(url).await?;
        for statement in statements {
            let hash = statement.contains("$1");
            let statement = query(AssertSqlSafe(statement));
            conn.execute(if hash { statement.bind(HASH) } else { statement }).await?;
        }
        conn.execute("vacuum analyze").await?;
        conn.close().await?;
    } else {
        let mut conn = rusqlite::Connection::open(url.trim_start_matches("sqlite://"))?;
        let tx = conn.transaction()?;
        for statement in statements {
            let hash: &[&dyn rusqlite::ToSql] =
                if statement.contains("$1") { &[&HASH] } else { &[] };
            tx.execute(&statement, hash)?;
        }
        tx.commit()?;
    }
    Ok(())
}

struct Numbers<'f> {
    people: u64,
    now: u64,
    digits: &'f dyn Fn(&str) -> String,
}

impl Numbers<'_> {
    fn series(count: u64) -> String {
        format!(
            "with recursive n (i) as (select cast(0 as bigint) union all select i + 1 from n
             where i < {} )",
            count.max(1) - 1
        )
    }

    /// `user-0000042`, for an expression.
    fn user(&self, n: &str) -> String {
        format!("'user-' || {}", (self.digits)(n))
    }

    /// A selector between thirty days ago and now, for the i-th of so many.
    fn selector(&self, count: u64) -> String {
        let (since, step) = (self.now - 29 * DAY, 29 * DAY * 1_000_000 / count);
        format!("(({} + i * {step}) * {MICROSECOND})", since * 1_000_000)
    }

    /// The second of that.
    fn second(&self, count: u64) -> String {
        format!("({} + i * {} / {count})", self.now - 29 * DAY, 29 * DAY)
    }

    fn people(&self) -> Vec<String> {
        let (people, user) = (self.people, self.user("i"));
        vec![
            format!(
                "insert into users (id, username, display_name, given_name, family_name, email,
                 email_verified, profile, disabled_at, created_at, updated_at)
                 {} select {user}, {user},
                 'Given' || cast(i % 997 as text) || ' Family' || cast(i % 9973 as text),
                 'Given' || cast(i % 997 as text), 'Family' || cast(i % 9973 as text),
                 {user} || '@example.com', true, '{{}}',
                 case when i % 50 = 7 then {now} end, {created}, {created} from n",
                Self::series(people),
                now = self.now,
                created = self.second(people),
            ),
            format!(
                "insert into clients (id, slug, name, public, trusted, settings, created_at,
                 updated_at) {} select 'client-' || {n}, 'client-' || {n}, 'Application ' || {n},
                 i % 7 = 0, i % 3 = 0, '{{}}', {created}, {created} from n",
                Self::series(CLIENTS),
                n = (self.digits)("i"),
                created = self.second(CLIENTS),
            ),
        ]
    }

    /// What people are found by.
    fn words(&self, bytes: &dyn Fn(&str) -> String) -> Vec<String> {
        let user = self.user("i");
        let given = "'given' || cast(i % 997 as text)";
        let family = "'family' || cast(i % 9973 as text)";
        let full = format!("{given} || ' ' || {family}");
        let email = format!("{user} || '@example.com'");
        let words = [&user, &email, given, family, &full];
        let insert = |word: &str| {
            format!(
                "insert into user_words (word, user_id) {} select {}, {user} from n",
                Self::series(self.people),
                bytes(word)
            )
        };
        words.iter().map(|word| insert(word)).collect()
    }

    fn groups(&self) -> Vec<String> {
        let group = |n: &str| format!("'group-' || {}", (self.digits)(n));
        // `where true`: what follows the table would be taken for a condition of a join.
        let put = |of: &str, count: u64| {
            format!(
                "insert into group_members (group_id, user_id) {} select {of}, {} from n
                 where true on conflict do nothing",
                Self::series(count),
                self.user("i"),
            )
        };
        let named = |name: &str| {
            format!("insert into groups (id, name, created_at) values ('{name}', '{name}', 0)")
        };
        vec![
            format!(
                "insert into groups (id, name, description, created_at) {} select {g}, {g},
                 'A group of many', 0 from n",
                Self::series(CLIENTS),
                g = group("i"),
            ),
            named("large"),
            named("huge"),
            put(&group(&format!("(i % {CLIENTS})")), self.people),
            put(&group(&format!("(i * 7 % {CLIENTS})")), self.people),
            put("'large'", LARGE.min(self.people)),
            put("'huge'", self.people),
            format!(
                "insert into group_nesting (parent_id, child_id) {} select {}, {} from n
                 where i > 9",
                Self::series(CLIENTS),
                group("(i / 10)"),
                group("i"),
            ),
            format!(
                "insert into scope_maps (client_id, group_id, scopes) {} select
                 'client-' || {}, case when i % 10 = 0
                 then '00000000-0000-0000-0000-000000000001' when i % 10 = 1 then 'huge'
                 when i % 10 = 2 then 'large' else {} end, '[\"openid\",\"groups\"]' from n",
                Self::series(CLIENTS),
                (self.digits)("i"),
                group("i"),
            ),
        ]
    }

    fn activity(&self) -> Vec<String> {
        let (people, now) = (self.people, self.now);
        let (events, sessions) = (people * EVENTS_EACH, people * SESSIONS_EACH);
        // One person and one client have far more than the others.
        let user = self.user(&format!("(case when i % 20 = 0 then 0 else i % {people} end)"));
        let client = format!(
            "'client-' || {}",
            (self.digits)(&format!("(case when i % 5 = 0 then 0 else i % {CLIENTS} end)"))
        );
        vec![
            format!(
                "insert into events (id, at, kind, actor, user_id, client_id, failed, reason,
                 address, detail, chain) {} select {}, {},
                 case when i % 100 < 4 then 'sign_in.failed' when i % 100 = 99
                 then 'user.updated' else 'sign_in.succeeded' end, {user}, {user},
                 case when i % 3 > 0 then {client} end, i % 100 < 4,
                 case when i % 100 < 4 then 'password_wrong' end, '192.0.2.' ||
                 cast(i % 256 as text), '{{}}', $1 from n",
                Self::series(events),
                self.selector(events),
                self.second(events),
            ),
            format!(
                "insert into sessions (id, hash, sid, user_id, layout, auth_time, amr, remember,
                 address, user_agent, created_at, last_seen_at, expires_at, ended_at)
                 {} select {}, $1, cast(i as text), {}, 'native', {at}, '[\"pwd\"]', i % 2 = 0,
                 '192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0',
                 {at}, {at}, case when i % 2 = 0 then {} else {at} + {DAY} end,
                 case when i % 10 = 3 then {at} end from n",
                Self::series(sessions),
                self.selector(sessions),
                self.user(&format!("(i % {people})")),
                now + 30 * DAY,
                at = self.second(sessions),
            ),
            format!(
                "insert into flows (ref, client_id, user_id, layout, state, cause, group_id,
                 address, started_at, updated_at, begun_ms) {} select 'R' || {}, {client},
                 {}, 'native', case when i % 10 = 0 then 'failed' else 'done' end,
                 case when i % 10 = 0 then 'no_scope_map' end,
                 case when i % 10 = 0 then 'failure-' || {} end, '192.0.2.1', {at}, {at},
                 {at} * 1000 from n",
                Self::series(FLOWS),
                (self.digits)("i"),
                self.user(&format!("(i % {people})")),
                (self.digits)(&format!("(i % {FAILURES})")),
                at = self.second(FLOWS),
            ),
            format!(
                "insert into failure_groups (id, cause, client_id, value, others, times, first_at,
                 last_at) {} select 'failure-' || {n}, 'no_scope_map', 'client-' || {n},
                 'value', false, 1 + i % 90, {at}, {at} from n",
                Self::series(FAILURES),
                n = (self.digits)("i"),
                at = self.second(FAILURES),
            ),
            format!(
                "insert into grants (id, client_id, user_id, sid, layout, scopes, claims,
                 auth_time, acr, amr, flow, created_at) {} select {}, {client}, {}, cast(i as text),
                 'native', '[\"openid\"]', '{{\"id_token\":[],\"userinfo\":[]}}', {at}, '0',
                 '[\"pwd\"]', cast(i as text), {at} from n",
                Self::series(sessions),
                self.selector(sessions),
                self.user(&format!("(i % {people})")),
                at = self.second(sessions),
            ),
        ]
    }
}
