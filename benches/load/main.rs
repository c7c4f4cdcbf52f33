//! `make bench`: Keystead under load on both databases, beside its limits and a peer.

mod browser;
mod console;
mod crowd;
mod devices;
mod fill;
mod http;
mod limits;
mod measure;
mod ours;
mod peer;
mod process;
mod provider;
mod report;
mod rows;
mod signers;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use sqlx::Connection;

use console::Console;
use measure::Load;
use ours::{Keystead, Postgres};
use provider::{DISCOVERY, Provider};
use report::{Report, Section};
use rows::{Row, Rows};

/// Connections, each with a person of its own.
const CONNECTIONS: usize = 16;
/// Restarts of which the median counts.
const RESTARTS: usize = 5;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// What `cargo bench` adds.
    #[arg(long, global = true, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Measures everything and writes the results.
    Measure(Measure),
    /// The handler that does nothing.
    Bare { address: SocketAddr, folder: PathBuf },
}

/// What there is to measure.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Part {
    /// What relying parties ask for.
    Provider,
    /// The pages of administrators.
    Console,
}

#[derive(Args)]
struct Measure {
    /// An empty folder for databases and logs.
    #[arg(long)]
    scratch: PathBuf,
    /// Where the results go.
    #[arg(long)]
    results: PathBuf,
    /// Where those of the console go.
    #[arg(long)]
    console: PathBuf,
    /// Measure this part alone.
    #[arg(long)]
    only: Option<Part>,
    /// People in the installation behind the console.
    #[arg(long, default_value_t = 100_000)]
    people: u64,
    /// A PostgreSQL to measure on, too.
    #[arg(long, requires = "cluster")]
    postgres: Option<String>,
    /// Its folder.
    #[arg(long)]
    cluster: Option<PathBuf>,
    /// The folder of the peer.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// Seconds for each row.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Measure again with so many people, and ten grants for each, in the database.
    #[arg(long, default_value_t = 0)]
    fill: u64,
    /// The time, in seconds since 1970.
    #[arg(long)]
    now: u64,
    /// A line for the head of the results.
    #[arg(long)]
    note: Vec<String>,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Command::Bare { address, folder } => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(limits::serve_bare(address, &folder))
        }
        // One thread: what the load costs, the server lacks.
        Command::Measure(measure) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(measure.run())
        }
    }
}

impl Measure {
    fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    async fn run(self) -> Result<()> {
        if self.only != Some(Part::Console) {
            self.provider().await?;
        }
        if self.only == Some(Part::Provider) {
            return Ok(());
        }
        let header = [self.note.clone(), vec![format!("load average: {}", load_average()?)]];
        let console = Console {
            scratch: &self.scratch,
            results: &self.console,
            header: &header.concat(),
            people: self.people,
            duration: self.duration(),
            now: self.now,
        };
        console.measure(self.console_database().await?).await
    }

    fn postgres(&self) -> Option<Postgres> {
        let (url, cluster) = self.postgres.clone().zip(self.cluster.clone())?;
        Some(Postgres { url, cluster })
    }

    /// A database of its own in the same cluster.
    async fn console_database(&self) -> Result<Option<Postgres>> {
        let Some(Postgres { url, cluster }) = self.postgres() else { return Ok(None) };
        let mut conn = sqlx::PgConnection::connect(&url).await?;
        sqlx::Executor::execute(&mut conn, "create database console").await?;
        conn.close().await?;
        let (server, _) = url.rsplit_once('/').context("no database in the address")?;
        Ok(Some(Postgres { url: format!("{server}/console"), cluster }))
    }

    async fn provider(&self) -> Result<()> {
        let mut report = Report { header: self.note.clone(), ..Report::default() };
        report.header.push(format!("load average at the start: {}", load_average()?));
        eprintln!("limits");
        report.limits = limits::signatures(self.duration())?;
        report.limits.push(limits::argon2id(self.duration())?);
        let sqlite = Keystead::new(&self.scratch.join("sqlite"), None)?;
        self.keystead(&mut report, (&sqlite, "SQLite")).await?;
        if let Some(database) = self.postgres() {
            let postgres = Keystead::new(&self.scratch.join("postgres"), Some(database))?;
            self.keystead(&mut report, (&postgres, "PostgreSQL")).await?;
        }
        if let Some(folder) = &self.peer {
            report.sections.push(self.peer(folder).await?);
        }
        report.header.push(format!("load average at the end: {}", load_average()?));
        std::fs::write(&self.results, report.to_string())?;
        Ok(())
    }

    /// Start-up, every row, memory; then, if asked, the rows again with a full database.
    async fn keystead(
        &self,
        report: &mut Report,
        (keystead, name): (&Keystead, &str),
    ) -> Result<()> {
        eprintln!("Keystead on {name}");
        let first = keystead.serve().await?;
        let mut facts = vec![format!("first start until ready: {:.0} ms", ms(first.started_in))];
        let mut provider = keystead.prepare(first, CONNECTIONS).await?;
        provider.server.stop()?;
        facts.push(format!("restart until ready: {:.0} ms", ms(restart(keystead).await?)));
        provider.server = keystead.serve().await?;
        tokio::time::sleep(Duration::from_secs(3)).await;
        facts.push(format!("resident memory, idle: {:.1} MiB", provider.server.memory()?.0));
        if report.sections.is_empty() {
            let limits = self.bare(&provider).await?;
            report.limits.extend(limits);
        }
        let (rows, memory) = self.rows(&mut provider).await?;
        facts.extend(memory);
        let database_apart = keystead.database.is_some();
        let title = format!("Keystead on {name}");
        report.sections.push(Section { title, rows, facts, database_apart });
        if self.fill == 0 {
            return Ok(());
        }
        provider.server.stop()?;
        fill::fill(&keystead.database_url(), self.fill, self.now).await?;
        let start = restart(keystead).await?;
        let mut facts = vec![format!("restart until ready: {:.0} ms", ms(start))];
        provider.server = keystead.serve().await?;
        let (rows, memory) = self.rows(&mut provider).await?;
        facts.extend(memory);
        let (people, grants) = (self.fill, self.fill * fill::GRANTS_EACH);
        let title =
            format!("Keystead on {name} with {people} more people and {grants} more grants");
        report.sections.push(Section { title, rows, facts, database_apart });
        Ok(())
    }

    async fn bare(&self, provider: &Provider) -> Result<Vec<limits::Limit>> {
        let mut conn = http::Conn::open(provider.server.address).await?;
        let discovery = conn.send(&http::get(DISCOVERY, "")).await?.body.to_owned();
        let jwks = conn.send(&http::get(provider.path("jwks_uri")?, "")).await?.body.to_owned();
        let load = Load::full(self.duration());
        limits::bare_handler(load, CONNECTIONS, [&discovery, &jwks], &self.scratch).await
    }

    async fn rows(&self, provider: &mut Provider) -> Result<(Vec<Row>, Vec<String>)> {
        let mut rows = Rows::new(provider, self.duration()).all().await?;
        let before = provider.server.memory()?.1;
        rows.extend(rows::sign_ins(provider, self.duration()).await?);
        let after = provider.server.memory()?.1;
        let text =
            format!("resident memory, highest: {before:.0} MiB, with sign-ins {after:.0} MiB");
        Ok((rows, vec![text]))
    }

    async fn peer(&self, folder: &Path) -> Result<Section> {
        let title = format!("oidc-provider {}, everything in memory", peer::version(folder)?);
        eprintln!("{title}");
        let mut provider = peer::start(folder, CONNECTIONS).await?;
        let start = ms(provider.server.started_in);
        let idle = provider.server.memory()?.0;
        let rows = Rows::new(&mut provider, self.duration()).all().await?;
        let highest = provider.server.memory()?.1;
        let facts = vec![
            format!("start until ready: {start:.0} ms"),
            format!("resident memory, idle: {idle:.0} MiB, highest: {highest:.0} MiB"),
        ];
        Ok(Section { title, rows, facts, database_apart: false })
    }
}

/// The median time until a server with an existing database is ready.
async fn restart(keystead: &Keystead) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..RESTARTS {
        let server = keystead.serve().await?;
        times.push(server.started_in);
        server.stop()?;
    }
    times.sort_unstable();
    times.get(RESTARTS / 2).copied().context("no restarts")
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn load_average() -> Result<String> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').take(3).collect::<Vec<_>>().join(", "))
}
