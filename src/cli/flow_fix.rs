//! `keystead flow groups`, `fix` and `solve`: working through what failed.

use std::io::{IsTerminal, Write};

use serde_json::json;

use super::context::{ACTOR, Explained};
use super::event;
use super::flow::{code, look};
use super::output::{self, Json};
use crate::app::App;
use crate::directory::{failures, find, fixes};
use crate::domain::{FailureId, Timestamp};
use crate::explain::{self, Offer, harmless};
use crate::store::failures::Filter;

#[derive(clap::Args)]
pub(super) struct Groups {
    /// Of this client only, by id or slug
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// For this cause only, by its code
    #[arg(long, value_name = "CODE", value_parser = code)]
    cause: Option<String>,
    /// Those that are solved too
    #[arg(long)]
    solved: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Fix {
    /// The reference, as on the error page
    #[arg(value_name = "REF")]
    reference: String,
    /// Which of several, as flow show numbers them
    #[arg(long, value_name = "N")]
    number: Option<usize>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Reopen {
    /// The reference of a flow, or of a group of failures
    #[arg(value_name = "REF|GROUP")]
    name: String,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Solve {
    /// References of flows, or of groups of failures
    #[arg(required = true, value_name = "REF|GROUP")]
    names: Vec<String>,
    #[command(flatten)]
    output: Json,
}

impl Groups {
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let client = match &self.client {
            Some(name) => {
                let found = find::client(&mut app.db.read().await?, name).await;
                Some(event::client(found, name).explained()?)
            }
            None => None,
        };
        let filter = Filter { solved: self.solved, client, cause: self.cause };
        let groups = failures::groups(app, &filter, self.limit).await.explained()?;
        if self.output.json {
            return output::document(&groups.iter().map(document).collect::<Vec<_>>());
        }
        let rows = groups.iter().map(|told| {
            let state = match (told.solved, told.back) {
                (true, _) => "solved",
                (_, true) => "back",
                _ => "open",
            };
            let example = told.examples.first().map_or("-", |reference| reference.as_str());
            [
                told.group.id.0.clone(),
                told.group.times.to_string(),
                told.group.last_at.rfc3339(),
                state.to_owned(),
                example.to_owned(),
                told.sentence.clone(),
            ]
        });
        let headings = ["GROUP", "TIMES", "LAST", "STATE", "EXAMPLE", "FAILURE"];
        output::table(headings, rows.collect(), "Nothing failed.")
    }
}

fn document(told: &failures::Group) -> serde_json::Value {
    let mut document = json!(told);
    document["first_at"] = json!(told.group.first_at.rfc3339());
    document["last_at"] = json!(told.group.last_at.rfc3339());
    document["solved_at"] = json!(told.group.solved_at.map(Timestamp::rfc3339));
    document
}

impl Fix {
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let told = look(app, &self.reference).await?;
        let offers = fixes::offered(&told.story);
        let offer = self.chosen(&offers)?;
        fixes::check(app, &offer.fix).await.explained()?;
        if !self.output.json {
            output::say(&harmless(&offer.sentence))?;
            if let Some(warning) = &offer.warning {
                output::say(&format!("Think first: {}", harmless(warning)))?;
            }
        }
        if self.dry_run {
            if self.output.json {
                return output::document(&json!({ "applied": false, "offer": offer }));
            }
            return output::say(&format!("It would run: {}", harmless(&offer.command)));
        }
        self.confirm(offer)?;
        let group = told.flow.group_id.as_ref();
        let done = fixes::mend(app, &ACTOR, &offer.fix, group).await.explained()?;
        if self.output.json {
            let document = json!({ "applied": done.changed, "offer": offer, "notes": done.notes });
            return output::document(&document);
        }
        output::note(&done.notes);
        if done.changed { output::say("Done.") } else { Ok(()) }
    }

    /// The one that is asked for; without a number the only one, to end the alarm aside.
    fn chosen<'o>(&self, offers: &[&'o Offer]) -> anyhow::Result<&'o Offer> {
        let list = format!("see: keystead flow show {}", self.reference);
        let dismisses = |offer: &&Offer| matches!(offer.fix, explain::Fix::Dismiss { .. });
        if let Some(n) = self.number {
            return match n.checked_sub(1).and_then(|n| offers.get(n)) {
                Some(offer) => Ok(offer),
                None => {
                    anyhow::bail!("there are {} fixes, and no number {n}; {list}", offers.len())
                }
            };
        }
        match offers.iter().filter(|offer| !dismisses(offer)).count() {
            1 => Ok(offers[0]),
            0 => anyhow::bail!(
                "there is nothing that Keystead can mend itself; {list}; to end the alarm: \
                 keystead flow solve {}",
                self.reference
            ),
            count => anyhow::bail!("there are {count} fixes; choose one with --number; {list}"),
        }
    }

    /// Nothing that anybody could have sent gets into the settings before somebody has seen it.
    fn confirm(&self, offer: &Offer) -> anyhow::Result<()> {
        if self.yes || !(offer.fix.is_from_strangers() || std::io::stdin().is_terminal()) {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            anyhow::bail!(
                "anybody could have sent this value, so look at it first, then repeat with --yes"
            );
        }
        let mut out = std::io::stderr().lock();
        write!(out, "Do it? [y/N] ")?;
        out.flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => anyhow::bail!("nothing was done"),
        }
    }
}

impl Solve {
    /// Marks all of them, or none.
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let mut ids = Vec::new();
        for name in &self.names {
            ids.push(group(app, name).await?);
        }
        let all = failures::solve_several(app, &ACTOR, &ids).await.explained()?;
        if self.output.json {
            let documents: Vec<_> = all.iter().map(|done| &done.value).collect();
            return match documents.as_slice() {
                [one] => output::document(one),
                several => output::document(&several),
            };
        }
        for done in all {
            if done.changed {
                output::say(&format!(
                    "Marked {} as solved, which happened {}; it comes back if it happens again.",
                    done.value.id,
                    times(done.value.times)
                ))?;
            }
            output::note(&done.notes);
        }
        Ok(())
    }
}

impl Reopen {
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let id = group(app, &self.name).await?;
        let done = failures::reopen(app, &ACTOR, &id).await.explained()?;
        if self.output.json {
            return output::document(&done.value);
        }
        if done.changed {
            output::say(&format!("{} is open again.", done.value.id))?;
        }
        output::note(&done.notes);
        Ok(())
    }
}

/// The failures that are named, by themselves or by one of their flows.
async fn group(app: &App, name: &str) -> anyhow::Result<FailureId> {
    let id = FailureId::heard(name);
    if id.as_str().len() == 14 {
        return Ok(id);
    }
    match look(app, name).await?.flow.group_id {
        Some(id) => Ok(id),
        None => anyhow::bail!("flow {id} is not counted as a failure"),
    }
}

fn times(count: i64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{count} times"),
    }
}
