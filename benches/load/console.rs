//! Pages of the console with a large installation behind them, as an administrator opens them.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::browser::Browser;
use super::crowd::{self, CLIENTS, EVENTS_EACH, FAILURES, FLOWS, LARGE, SESSIONS_EACH};
use super::http::{Conn, get};
use super::measure::{Load, Measured};
use super::ours::{Keystead, Postgres};
use super::process::Server;
use super::provider::expect;

/// Administrators who click at once.
const ADMINISTRATORS: usize = 2;
/// Within this, 99 of 100 pages are to come.
const TARGET_MS: f64 = 50.0;
/// The paths of the pages that are opened are found on others.
const ADMIN: &str = "admin";

/// What to measure, and where to write it.
pub struct Console<'c> {
    /// An empty folder.
    pub scratch: &'c Path,
    /// Where the results go.
    pub results: &'c Path,
    /// Above the tables.
    pub header: &'c [String],
    /// People.
    pub people: u64,
    /// For each page.
    pub duration: Duration,
    /// The time.
    pub now: u64,
}

/// A page: what it is called, where it is, and words on it.
type Page = (&'static str, String, String);

impl Console<'_> {
    /// Measures on SQLite, and on PostgreSQL if there is one; writes the results.
    pub async fn measure(&self, postgres: Option<Postgres>) -> Result<()> {
        let mut text = String::from("# Benchmarks of the console\n\n");
        write!(text, "Made by `make bench`. {}\n\n", self.explanation())?;
        for line in self.header {
            writeln!(text, "- {line}")?;
        }
        let databases = [Some((None, "SQLite")), postgres.map(|one| (Some(one), "PostgreSQL"))];
        for (database, name) in databases.into_iter().flatten() {
            eprintln!("console on {name}");
            let folder = self.scratch.join(format!("console-{}", name.to_lowercase()));
            let keystead = Keystead::new(&folder, database)?;
            self.section(&mut text, (&keystead, name)).await?;
            std::fs::write(self.results, &text)?;
        }
        Ok(())
    }

    fn explanation(&self) -> String {
        let people = self.people;
        format!(
            "{ADMINISTRATORS} administrators open one page after the other over loopback, each kind \
             of page for {} s, in an installation of {people} people, {CLIENTS} clients and groups, \
             {} events, {} sessions, {FLOWS} flows and {FAILURES} kinds of failures; of a file, until \
             its first byte. *Of {TARGET_MS} ms* is the time within which 99 of 100 pages came, divided \
             by what they may take.",
            self.duration.as_secs(),
            people * EVENTS_EACH,
            people * SESSIONS_EACH,
        )
    }

    async fn section(&self, text: &mut String, (keystead, name): (&Keystead, &str)) -> Result<()> {
        let first = keystead.serve().await?;
        keystead.create_user(ADMIN, &["--admin"])?;
        first.stop()?;
        let start = Instant::now();
        crowd::fill(&keystead.database_url(), self.people, self.now).await?;
        eprintln!("  filled in {:.0} s", start.elapsed().as_secs_f64());
        let server = keystead.serve().await?;
        let cookies = sign_in(&server, keystead.browser(ADMIN)).await?;
        write!(
            text,
            "\n## {name}\n\n| page | per CPU-second | rate /s | p50 ms | p99 ms | of {TARGET_MS} ms |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
        )?;
        let mut conn = Conn::open(server.address).await?;
        for (called, target, words) in self.pages() {
            let request = get(&target, &cookies);
            let reply = conn.send(&request).await?;
            expect(&reply, 200, &words).with_context(|| target.clone())?;
            let step = async |(): &mut (), conn: &mut Conn| {
                expect(&conn.send(&request).await?, 200, &words).map(|()| true)
            };
            let mut all = [(); ADMINISTRATORS];
            let measured = Load::full(self.duration).run(&server, &mut all, step).await?;
            row(text, called, &measured)?;
        }
        let request = get("/admin/users?format=csv", &cookies);
        let step = async |(): &mut (), _: &mut Conn| {
            let mut conn = Conn::open(server.address).await?;
            ensure!(conn.begin(&request).await? == 200, "no file");
            Ok(true)
        };
        let measured = Load::full(self.duration).run(&server, &mut [()], step).await?;
        row(text, "users as a file, first byte", &measured)?;
        let (resident, highest) = server.memory()?;
        writeln!(text, "\n- resident memory: {resident:.0} MiB, highest {highest:.0} MiB")?;
        server.stop()
    }

    fn pages(&self) -> Vec<Page> {
        let people = self.people;
        let user = |n: u64| crowd::username(n);
        let after = |n: u64| {
            let place = format!("[\"{}\",\"\"]", user(n));
            format!("after={}", BASE64_URL_SAFE_NO_PAD.encode(place))
        };
        let page =
            |called, target: &str, words: &str| (called, target.to_owned(), words.to_owned());
        let member = |n: u64| format!("/admin/groups/large?{}", after(n));
        let client = "client-0000000";
        vec![
            page("overview", "/admin", "Health"),
            page("users, first page", "/admin/users", &user(7)),
            page(
                "users, middle page",
                &format!("/admin/users?{}", after(people / 2)),
                &user(people / 2 + 1),
            ),
            page(
                "users, last page",
                &format!("/admin/users?{}", after(people - 20)),
                &user(people - 1),
            ),
            page("users, the youngest first", "/admin/users?sort=-created", &user(people - 1)),
            page("users, search for one", &format!("/admin/users?q={}", user(4_242)), "1 user"),
            page("users, search for many", "/admin/users?q=given", "more than"),
            page("users, disabled", "/admin/users?state=disabled", "Disabled"),
            page("users of a large group", "/admin/users?group=large", "more than"),
            page("user", &format!("/admin/users/{}", user(77)), "Identifier"),
            page("user, events (many)", &format!("/admin/users/{}/events", user(0)), "more than"),
            page("user, sessions", &format!("/admin/users/{}/sessions", user(78)), "session"),
            page(
                "user, applications",
                &format!("/admin/users/{}/applications", user(77)),
                "applications",
            ),
            page("groups", "/admin/groups", "group-0000001"),
            page("groups, nesting", "/admin/groups/tree", "group-0000001"),
            page("group of a hundred", "/admin/groups/group-0000500", "put into it"),
            page("group of ten thousand", "/admin/groups/large", "more than"),
            page("group of ten thousand, middle page", &member(LARGE / 2), &user(LARGE / 2 + 1)),
            page("group of ten thousand, search", "/admin/groups/large?q=given7", "put into it"),
            page("group of everybody who was put into it", "/admin/groups/huge", "more than"),
            page("applications", "/admin/applications", "Application 0000001"),
            page(
                "application, activity",
                &format!("/admin/applications/{client}/activity"),
                "attempts",
            ),
            page("events", "/admin/events", "more than"),
            page("events of a user", &format!("/admin/events?user={}", user(77)), "events"),
            page("events of a client", &format!("/admin/events?client={client}"), "more than"),
            page("events, refused", "/admin/events?failed=1", "more than"),
            page(
                "events of a client, refused",
                &format!("/admin/events?client={client}&failed=1"),
                "events",
            ),
            page("events of a kind", "/admin/events?kind=user.updated", "more than"),
            page("sessions", "/admin/sessions", "sessions"),
            page("sessions, the oldest first", "/admin/sessions?sort=-age", "sessions"),
            page("sessions, search", "/admin/sessions?q=given7", "sessions"),
            page("failed sign-ins", "/admin/failures", "kinds of failures"),
            page("keys", "/admin/keys", "RS256"),
            page("scopes", "/admin/scopes", "openid"),
            page("search everything", "/admin/search?q=given42", "User"),
        ]
    }
}

async fn sign_in(server: &Server, mut browser: Browser) -> Result<String> {
    let mut conn = Conn::open(server.address).await?;
    browser.visit(&mut conn, "/login", "/").await?;
    Ok(browser.cookies())
}

fn row(text: &mut String, called: &str, measured: &Measured) -> Result<()> {
    if let Some(complaint) = &measured.complaint {
        eprintln!("    {} failed: {complaint}", measured.failed);
    }
    let (p50, p99) = (measured.percentile(50), measured.percentile(99));
    let line = format!(
        "| {called} | {:.0} | {:.0} | {p50:.2} | {p99:.2} | {:.2} |",
        measured.per_cpu_second(),
        measured.rate(),
        p99 / TARGET_MS
    );
    eprintln!("  {line}");
    writeln!(text, "{line}")?;
    Ok(())
}
