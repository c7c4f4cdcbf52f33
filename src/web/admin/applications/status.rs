//! How the newest sign-in to an application went: what somebody who sets it up waits for.

use crate::app::AppState;
use crate::directory::rights::SeesAll;
use crate::directory::{Result, failures};
use crate::domain::{Client, FlowState};
use crate::explain::{explanation, harmless};
use crate::store::flows::{self, Filter};
use crate::web::admin::console::Console;
use crate::web::admin::when::When;

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
}

impl Status {
    /// Of this application, as far as whoever looks may know it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of<R>(app: &AppState, console: &Console<R>, client: &Client) -> Result<Status> {
        let filter = Filter { client: Some(client.id.clone()), ..Filter::default() };
        let newest = flows::list(&mut app.db.read().await?, &filter, None, 1).await?;
        let sees_all = SeesAll::by_role(&console.staff).is_some();
        let told = match newest.first() {
            Some(flow) if sees_all => failures::look(app, &flow.reference).await?,
            Some(flow) => failures::look_as_owner(app, &flow.reference).await?,
            None => None,
        };
        let Some(told) = told else { return Ok(Status::none()) };
        let fix = told.story.trouble.map(|trouble| match sees_all {
            true => harmless(&trouble.fix),
            // The other may name groups that the person is in.
            false => explanation(trouble.cause).fix.to_owned(),
        });
        let badge = match (told.flow.state, &fix) {
            (FlowState::Done, None) => ("Works", "good"),
            (FlowState::Open, None) => ("Under way", "accent"),
            _ => ("Failed", "bad"),
        };
        Ok(Status {
            badge,
            sentence: told.story.summary,
            fix,
            began: Some(When::of(told.flow.started_at, app.clock.now())),
            reference: Some(told.flow.reference.0),
        })
    }

    fn none() -> Status {
        Status {
            badge: ("No sign-in yet", ""),
            sentence: "Nobody has tried to sign in to it yet.".to_owned(),
            fix: None,
            began: None,
            reference: None,
        }
    }
}
