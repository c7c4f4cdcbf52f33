//! `keystead event`: the audit log.

use serde_json::{Value, json};

use super::context::{Context, Explained, explained};
use super::output::{self, Json};
use super::when::{self, When};
use crate::app::App;
use crate::directory::{DirectoryError, find};
use crate::domain::{ClientId, Event, UserId};
use crate::explain::sentence;
use crate::store::Conn;
use crate::store::events::{self, Filter};

const EXAMPLES: &str = "\
Examples:
  keystead event list --since 24h --failed
  keystead event list --user alice
  keystead event list --client netbox --since 2026-11-01";

/// The audit log: who changed what, who signed in
#[derive(clap::Subcommand)]
pub(super) enum EventCommand {
    /// List events, the newest first
    #[command(after_help = EXAMPLES)]
    List(List),
}

#[derive(clap::Args)]
pub(super) struct List {
    /// Of this client only, by id or slug
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Of this person only, by username, id or e-mail address
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// From then on: 2026-11-22, 2026-11-22T08:15:00Z, or so long ago: 30m, 24h, 7d
    #[arg(long, value_name = "TIME")]
    since: Option<When>,
    /// Refusals only
    #[arg(long)]
    failed: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
    #[command(flatten)]
    output: Json,
}

impl EventCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let EventCommand::List(list) = self;
        let app = context.app().await?;
        let filter = list.filter(&app).await?;
        let found = events::list(&mut app.db.read().await?, &filter, None, list.limit).await?;
        let asked = filter.client.filter(|_| filter.since.is_none() && !filter.failed);
        let stranger = asked.filter(|id| app.registry().client(id).is_none());
        app.db.close().await;
        if let Some(ClientId(name)) = stranger.filter(|_| found.is_empty()) {
            // Neither registered nor in the log: a slip of the finger.
            return Err(explained(DirectoryError::NotFound {
                what: "client",
                name,
                near: Vec::new(),
            }));
        }
        if list.output.json {
            return output::document(&found.iter().map(document).collect::<Vec<_>>());
        }
        let rows = found.iter().map(|event| {
            let user = event.detail.get("os_user").and_then(Value::as_str).map(str::to_owned);
            let address = event.address.clone().or(user).unwrap_or_else(|| "-".into());
            let flow = event.flow.as_ref().map_or_else(|| "-".into(), |flow| flow.0.clone());
            [event.at.rfc3339(), sentence::event(event), address, flow]
        });
        output::table(["TIME", "EVENT", "FROM", "FLOW"], rows.collect(), "Nothing happened.")
    }
}

impl List {
    async fn filter(&self, app: &App) -> anyhow::Result<Filter> {
        let mut conn = app.db.read().await?;
        let client = match &self.client {
            Some(name) => Some(client(find::client(&mut conn, name).await, name).explained()?),
            None => None,
        };
        let user = match &self.user {
            Some(name) => Some(user(&mut conn, name).await.explained()?),
            None => None,
        };
        let since = self.since.map(|when| when::moment(when, app.clock.now()));
        Ok(Filter { client, user, since, failed: self.failed, ..Filter::default() })
    }
}

/// The id as text: it has more digits than many JSON readers keep.
fn document(event: &Event) -> Value {
    let mut document = json!(event);
    document["id"] = json!(event.id.0.to_string());
    document["at"] = json!(event.at.rfc3339());
    document["sentence"] = json!(sentence::event(event));
    document
}

/// What was deleted is still in the log, under its id.
pub(super) fn client(
    found: Result<crate::domain::Client, DirectoryError>,
    name: &str,
) -> Result<ClientId, DirectoryError> {
    match found {
        Ok(client) => Ok(client.id),
        Err(DirectoryError::NotFound { near, .. }) if near.is_empty() => {
            Ok(ClientId(name.to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// The same of people: by their id, or by the name they had when they were deleted.
pub(super) async fn user(conn: &mut Conn, name: &str) -> Result<UserId, DirectoryError> {
    match find::user(conn, name).await {
        Ok(user) => Ok(user.id),
        Err(DirectoryError::NotFound { .. }) if uuid::Uuid::parse_str(name).is_ok() => {
            Ok(UserId(name.to_owned()))
        }
        Err(error @ DirectoryError::NotFound { .. }) => {
            events::deleted_user(conn, name).await?.ok_or(error)
        }
        Err(error) => Err(error),
    }
}
