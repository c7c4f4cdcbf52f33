//! `keystead flow`: sign-in attempts step by step, and why they failed.

use serde_json::json;

use super::context::Context;
use super::output::{self, Json};
use crate::app::App;
use crate::domain::{Client, Flow, FlowRef, FlowState};
use crate::explain::{self, Story};
use crate::store::{flows, users};

/// Steps that are shown of one flow.
const STEPS: i64 = 500;

/// Sign-in attempts step by step, and why they failed
#[derive(clap::Subcommand)]
pub(super) enum FlowCommand {
    /// List attempts, the newest first
    #[command(after_help = "Example:\n  keystead flow list --failed")]
    List(List),
    /// Show one attempt: what happened, what stopped it, and what to do
    #[command(
        after_help = "Example:\n  keystead flow show K7QF-2M9X    the reference on the error page"
    )]
    Show(Show),
}

#[derive(clap::Args)]
pub(super) struct List {
    /// Those that failed only
    #[arg(long)]
    failed: bool,
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
            FlowCommand::Show(show) => show.run(&app).await?,
        }
        app.db.close().await;
        Ok(())
    }
}

impl List {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let mut conn = app.db.read().await?;
        let found = flows::list(&mut conn, self.failed, self.limit).await?;
        let mut documents = Vec::new();
        let mut rows = Vec::new();
        for flow in &found {
            let user = match &flow.user_id {
                Some(id) => users::find(&mut conn, id).await?.map(|user| user.username.to_string()),
                None => None,
            };
            let cause = cause(flow);
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
                cause,
            ]);
        }
        if self.output.json {
            return output::document(&documents);
        }
        let headings = ["REF", "STARTED", "CLIENT", "USER", "STATE", "CAUSE"];
        output::table(headings, rows, "Nobody tried to sign in.")
    }
}

impl Show {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let reference = FlowRef(canonical(&self.reference));
        let mut conn = app.db.read().await?;
        let Some(flow) = flows::find(&mut conn, &reference).await? else {
            anyhow::bail!(
                "no flow '{}'; it was mistyped, or is older than the {} flows that are kept \
                 (flows.keep): list them with: keystead flow list",
                self.reference,
                app.config.flows.keep
            );
        };
        let steps = flows::steps(&mut conn, &reference, STEPS).await?;
        drop(conn);
        let client = flow.client_id.as_ref().and_then(|id| app.registry().client(id));
        let registered = client.map(|client| Client::clone(&client).redirect_uris);
        let registered = registered.unwrap_or_default();
        let story = explain::flow(&flow, &steps, &registered, app.clock.now());
        if self.output.json {
            let mut document = json!(story);
            document["state"] = json!(flow.state);
            document["client_id"] = json!(flow.client_id);
            document["user_id"] = json!(flow.user_id);
            document["started_at"] = json!(flow.started_at.rfc3339());
            document["address"] = json!(flow.address);
            document["steps"] = json!(steps);
            return output::document(&document);
        }
        tell(&flow, &story)
    }
}

fn tell(flow: &Flow, story: &Story) -> anyhow::Result<()> {
    let address = flow.address.as_ref().map(|from| format!(", from {from}")).unwrap_or_default();
    output::say(&story.summary)?;
    output::say(&format!("Flow {}, {}{address}\n", story.reference, flow.started_at.rfc3339()))?;
    for moment in &story.timeline {
        let seconds = moment.after_ms as f64 / 1000.0;
        output::say(&format!("  {seconds:>9.3} s  {}", moment.sentence))?;
    }
    let Some(trouble) = &story.trouble else { return Ok(()) };
    output::say(&format!("\n{} ({})", trouble.title, trouble.cause))?;
    output::say(&format!("  {}", trouble.meaning))?;
    for compared in &trouble.compared {
        output::say(&format!("\n  {}", compared.what))?;
        output::say(&format!("    sent:     {}", compared.offered))?;
        output::say(&format!("    expected: {}", compared.registered))?;
    }
    output::say(&format!("\nWhat to do: {}", trouble.fix))
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

/// Read out, a reference loses its case and its hyphen, and O and I become digits.
fn canonical(text: &str) -> String {
    let letters: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    match letters.split_at_checked(4) {
        Some((start, end)) if !end.is_empty() => format!("{start}-{end}"),
        _ => letters,
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn a_reference_may_be_written_as_it_was_heard() {
        for heard in ["K7QF-2M91", "k7qf2m9l", " K7QF 2M9I "] {
            assert_eq!(canonical(heard), "K7QF-2M91");
        }
    }
}
