//! How the newest sign-in to an application went: what somebody who sets it up waits for.

use crate::app::AppState;
use crate::directory::{Result, failures};
use crate::domain::{Cause, Client, Flow, FlowState};
use crate::explain::harmless;
use crate::store::flows::{self, Filter};
use crate::web::admin::console::Console;
use crate::web::admin::when::When;
use crate::web::assets;

/// Sign-ins among which the newest of a person is looked for.
const LOOKED_AT: i64 = 20;

/// How the newest sign-in went.
pub struct Status {
    /// A badge: its text and its kind.
    pub badge: (&'static str, &'static str),
    /// What happened, in a sentence.
    pub sentence: String,
    /// What to do, where it failed.
    pub fix: Option<String>,
    /// When it began.
    pub began: Option<When>,
    /// Its reference.
    pub reference: Option<String>,
    /// Whether one that works is still to come.
    pub waits: bool,
    /// Another whenever there is news.
    pub key: String,
    /// URL of the script that looks again.
    pub script: String,
}

impl Status {
    /// Of this application, as far as whoever looks may know it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of<R>(app: &AppState, console: &Console<R>, client: &Client) -> Result<Status> {
        let filter = Filter { client: Some(client.id.clone()), ..Filter::default() };
        let newest = flows::list(&mut app.db.read().await?, &filter, None, LOOKED_AT).await?;
        let told = match newest.iter().find(|flow| !is_silent(flow)) {
            Some(flow) => failures::look_as(app, &console.staff, &flow.reference).await?,
            None => None,
        };
        let Some(told) = told else { return Ok(Status::none()) };
        let fix = told.story.trouble.map(|trouble| harmless(&trouble.fix));
        let badge = match (told.flow.state, &fix) {
            (FlowState::Done, None) => ("Works", "good"),
            (FlowState::Open, None) => ("Under way", "accent"),
            _ => ("Failed", "bad"),
        };
        Ok(Status {
            badge,
            key: format!("{}-{}-{}", told.flow.reference, badge.0, told.steps.len()),
            waits: badge.1 != "good",
            sentence: told.story.summary,
            fix,
            began: Some(When::of(told.flow.started_at, app.clock.now())),
            reference: Some(told.flow.reference.0),
            script: assets::url("live.js"),
        })
    }

    fn none() -> Status {
        Status {
            badge: ("No sign-in yet", ""),
            sentence: "Nobody has tried to sign in to it yet.".to_owned(),
            fix: None,
            began: None,
            reference: None,
            waits: true,
            key: "none".to_owned(),
            script: assets::url("live.js"),
        }
    }
}

/// Whether it only asked if somebody is signed in, as the integration check does too.
fn is_silent(flow: &Flow) -> bool {
    flow.cause.as_deref() == Some(Cause::LoginRequired.code())
}
