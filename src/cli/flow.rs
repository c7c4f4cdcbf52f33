//! `keystead flow`: sign-in attempts step by step, why they failed, and what can be done.

use serde_json::json;

use super::context::{Context, Explained};
use super::event;
use super::flow_fix::{Fix, Groups, Reopen, Solve};
use super::output::{self, Json};
use super::when::{self, When};
use crate::app::App;
use crate::directory::failures::{self, Told};
use crate::directory::{find, fixes};
use crate::domain::{Flow, FlowRef, FlowState};
use crate::explain::{self, Compared, Segment, Trouble, harmless};
use crate::store::{flows, users};

const LIST: &str = "\
Examples:
  keystead flow list --failed --since 24h
  keystead flow list --client netbox --cause redirect_uri_mismatch
  keystead flow list --user alice --json";
const SHOW: &str = "\
Example:
  keystead flow show K7QF-2M9X    the reference on the error page";
const FIX: &str = "\
Examples:
  keystead flow fix K7QF-2M9X --dry-run    what would be done
  keystead flow fix K7QF-2M9X              do it, if there is one thing to do
  keystead flow fix K7QF-2M9X --number 2   do the second of several
  keystead flow fix K7QF-2M9X --yes        without asking, for scripts";
const SOLVE: &str = "\
Examples:
  keystead flow solve K7QF-2M9X         the failures that this flow is counted with
  keystead flow solve 7K2M-9QPT-4XWA    these failures, as flow groups lists them";
const REOPEN: &str = "\
Example:
  keystead flow reopen 7K2M-9QPT-4XWA    it is not solved after all";
const GROUPS: &str = "\
Examples:
  keystead flow groups
  keystead flow groups --client netbox --solved";

/// Sign-in attempts step by step, and why they failed
#[derive(clap::Subcommand)]
pub(super) enum FlowCommand {
    /// List attempts, the newest first
    #[command(after_help = LIST)]
    List(List),
    /// List failures that are alike together, what failed last first
    #[command(after_help = GROUPS)]
    Groups(Groups),
    /// Show one attempt: what happened, what stopped it, and what to do
    #[command(after_help = SHOW)]
    Show(Show),
    /// Do what mends the cause of a failure
    #[command(after_help = FIX)]
    Fix(Fix),
    /// Mark failures as solved, until they happen again
    #[command(after_help = SOLVE)]
    Solve(Solve),
    /// Take back that failures are solved
    #[command(after_help = REOPEN)]
    Reopen(Reopen),
}

#[derive(clap::Args)]
pub(super) struct List {
    /// Those that failed only
    #[arg(long)]
    failed: bool,
    /// Of this client only, by id or slug
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Of this person only, by username, id or e-mail address
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Refused for this cause, by its code
    #[arg(long, value_name = "CODE", value_parser = code)]
    cause: Option<String>,
    /// Begun from then on: 2026-11-22, 2026-11-22T08:15:00Z, or so long ago: 30m, 24h, 7d
    #[arg(long, value_name = "TIME")]
    since: Option<When>,
    /// How many at most
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Show {
    /// The reference, as on the error page
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    output: Json,
}

impl FlowCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let app = context.app().await?;
        match self {
            FlowCommand::List(list) => list.run(&app).await?,
            FlowCommand::Groups(groups) => groups.run(&app).await?,
            FlowCommand::Show(show) => show.run(&app).await?,
            FlowCommand::Fix(fix) => fix.run(&app).await?,
            FlowCommand::Solve(solve) => solve.run(&app).await?,
            FlowCommand::Reopen(reopen) => reopen.run(&app).await?,
        }
        app.db.close().await;
        Ok(())
    }
}

impl List {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let filter = self.filter(app).await?;
        let mut conn = app.db.read().await?;
        let found = flows::list(&mut conn, &filter, None, self.limit).await?;
        let mut documents = Vec::new();
        let mut rows = Vec::new();
        for flow in &found {
            let user = match &flow.user_id {
                Some(id) => users::find(&mut conn, id).await?.map(|user| user.username.to_string()),
                None => None,
            };
            if self.output.json {
                documents.push(document(flow, user));
                continue;
            }
            rows.push([
                flow.reference.0.clone(),
                flow.started_at.rfc3339(),
                flow.client_id.as_ref().map_or_else(|| "-".into(), |id| id.0.clone()),
                user.unwrap_or_else(|| "-".into()),
                flow.state.as_str().to_owned(),
                cause(flow),
            ]);
        }
        if self.output.json {
            return output::document(&documents);
        }
        let headings = ["REF", "STARTED", "CLIENT", "USER", "STATE", "CAUSE"];
        output::table(headings, rows, "Nobody tried to sign in.")
    }

    async fn filter(&self, app: &App) -> anyhow::Result<flows::Filter> {
        let mut conn = app.db.read().await?;
        let client = match &self.client {
            Some(name) => {
                Some(event::client(find::client(&mut conn, name).await, name).explained()?)
            }
            None => None,
        };
        let user = match &self.user {
            Some(name) => Some(event::user(&mut conn, name).await.explained()?),
            None => None,
        };
        Ok(flows::Filter {
            failed: self.failed,
            client,
            user,
            cause: self.cause.clone(),
            group: None,
            since: self.since.map(|when| when::moment(when, app.clock.now())),
        })
    }
}

/// The code of a cause, or the nearest ones.
pub(super) fn code(text: &str) -> Result<String, String> {
    if explain::cause(text).is_some() {
        return Ok(text.to_owned());
    }
    let known = crate::domain::Cause::ALL.iter().map(|cause| cause.code().to_owned());
    match crate::domain::near(text, known).as_slice() {
        [] => Err("there is no such cause; docs/troubleshooting.md lists them".to_owned()),
        near => Err(format!("there is no such cause; did you mean {}?", near.join(" or "))),
    }
}

impl Show {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let told = look(app, &self.reference).await?;
        if self.output.json {
            let flow = &told.flow;
            let mut document = json!(told.story);
            document["state"] = json!(flow.state);
            document["client_id"] = json!(flow.client_id);
            document["user_id"] = json!(flow.user_id);
            document["username"] = json!(told.username);
            document["group_id"] = json!(flow.group_id);
            document["started_at"] = json!(flow.started_at.rfc3339());
            document["address"] = json!(flow.address);
            document["steps"] = json!(told.steps);
            return output::document(&document);
        }
        tell(&told)
    }
}

/// The flow that somebody names.
pub(super) async fn look(app: &App, name: &str) -> anyhow::Result<Told> {
    match failures::look(app, &FlowRef::heard(name)).await.explained()? {
        Some(told) => Ok(told),
        None => anyhow::bail!(
            "no flow '{name}'; it was mistyped, or is older than the {} flows that are kept \
             (flows.keep): list them with: keystead flow list",
            app.config.flows.keep
        ),
    }
}

fn tell(told: &Told) -> anyhow::Result<()> {
    let (flow, story) = (&told.flow, &told.story);
    let address = flow.address.as_ref().map(|from| format!(", from {from}")).unwrap_or_default();
    output::say(&story.summary)?;
    output::say(&format!("Flow {}, {}{address}\n", story.reference, flow.started_at.rfc3339()))?;
    for moment in &story.timeline {
        let seconds = moment.after_ms as f64 / 1000.0;
        output::say(&format!("  {seconds:>9.3} s  {}", moment.sentence))?;
    }
    if let Some(trouble) = &story.trouble {
        tell_trouble(trouble)?;
    }
    for noticed in &story.noticed {
        output::say("\nNoticed as well:")?;
        tell_trouble(noticed)?;
    }
    let offers = fixes::offered(story);
    if !offers.is_empty() {
        output::say("\nWhat Keystead can do:")?;
    }
    for (n, offer) in offers.iter().enumerate() {
        output::say(&format!("  {}. {}", n + 1, harmless(&offer.sentence)))?;
        output::say(&format!("     keystead flow fix {} --number {}", story.reference, n + 1))?;
        output::say(&format!("     or: {}", harmless(&offer.command)))?;
        if let Some(warning) = &offer.warning {
            output::say(&format!("     Think first: {}", harmless(warning)))?;
        }
    }
    match &story.trouble {
        Some(trouble) => output::say(&format!("\nTo tell the person: {}", trouble.reply)),
        None => Ok(()),
    }
}

fn tell_trouble(trouble: &Trouble) -> anyhow::Result<()> {
    output::say(&format!("\n{} ({})", trouble.title, trouble.cause))?;
    output::say(&format!("  {}", trouble.meaning))?;
    for sentence in &trouble.background {
        output::say(&format!("  {sentence}"))?;
    }
    for Compared { what, offered_marked, registered_marked, offered, registered } in
        &trouble.compared
    {
        output::say(&format!("\n  {}", harmless(what)))?;
        for (name, value, marked) in
            [("sent:    ", offered, offered_marked), ("expected:", registered, registered_marked)]
        {
            output::say(&format!("    {name} {}", harmless(value)))?;
            let marks = underlined(marked);
            if !marks.is_empty() {
                output::say(&format!("              {marks}"))?;
            }
        }
    }
    output::say(&format!("\nWhat to do: {}", harmless(&trouble.fix)))
}

/// A line of marks below what differs.
fn underlined(marked: &[Segment]) -> String {
    let marks = marked.iter().map(|segment| {
        let mark = if segment.differs { '^' } else { ' ' };
        harmless(&segment.text).chars().map(|_| mark).collect::<String>()
    });
    marks.collect::<String>().trim_end().to_owned()
}

fn document(flow: &Flow, user: Option<String>) -> serde_json::Value {
    let mut document = json!(flow);
    document["username"] = json!(user);
    document["started_at"] = json!(flow.started_at.rfc3339());
    document["updated_at"] = json!(flow.updated_at.rfc3339());
    document
}

fn cause(flow: &Flow) -> String {
    let cause = flow.cause.as_deref().filter(|_| flow.state == FlowState::Failed);
    match cause.map(|code| (code, explain::cause(code))) {
        None => "-".to_owned(),
        Some((_, Some(cause))) => explain::explanation(cause).title.to_owned(),
        Some((code, None)) => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn a_mistyped_cause_is_told_its_neighbours() {
        assert_eq!(code("no_scope_map").as_deref(), Ok("no_scope_map"));
        let error = code("no_scope_maps").unwrap_err();
        assert!(error.contains("did you mean no_scope_map?"), "{error}");
    }
}
