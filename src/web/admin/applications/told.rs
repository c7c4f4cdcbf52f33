//! A flow of an application as its page tells it, as far as whoever looks may know it.

use crate::app::AppState;
use crate::directory::rights::SeesAll;
use crate::directory::{DirectoryError, Result, failures, fixes};
use crate::domain::{Client, FlowRef};
use crate::explain::{Compared, Moment, explanation};
use crate::web::admin::console::Console;
use crate::web::admin::when::When;

/// A flow.
pub struct Told {
    /// Its reference.
    pub reference: String,
    /// How it ended.
    pub summary: String,
    /// When it began.
    pub began: When,
    /// From where; for those who may read everything.
    pub address: Option<String>,
    /// What happened.
    pub timeline: Vec<Line>,
    /// What stopped it.
    pub trouble: Option<Stopped>,
}

/// A line of the timeline.
pub struct Line {
    /// `+0.120 s`.
    pub after: String,
    /// What happened.
    pub sentence: String,
}

/// What stopped a flow.
pub struct Stopped {
    /// The stable code.
    pub code: &'static str,
    /// A heading.
    pub title: String,
    /// What happened and why it usually does.
    pub meaning: String,
    /// Values side by side.
    pub compared: Vec<Compared>,
    /// What bears on it.
    pub background: Vec<String>,
    /// What to do.
    pub fix: String,
    /// Commands that do it.
    pub commands: Vec<String>,
    /// A sentence to send to the person.
    pub reply: String,
}

impl Told {
    /// A flow of this application.
    ///
    /// # Errors
    /// When there is none of this application.
    pub async fn of<R>(
        app: &AppState,
        console: &Console<R>,
        (client, name): (&Client, &str),
    ) -> Result<Told> {
        let reference = FlowRef(name.trim().to_ascii_uppercase());
        let sees_all = SeesAll::by_role(&console.staff).is_some();
        let told = match sees_all {
            true => failures::look(app, &reference).await?,
            false => failures::look_as_owner(app, &reference).await?,
        };
        let own = told.filter(|told| told.flow.client_id.as_ref() == Some(&client.id));
        let none = || DirectoryError::NotFound {
            what: "flow of this application",
            name: reference.0.clone(),
            near: Vec::new(),
        };
        let told = own.ok_or_else(none)?;
        let offers = fixes::offered(&told.story);
        let commands = offers.iter().map(|offer| offer.command.clone()).collect();
        let trouble = told.story.trouble.map(|trouble| match sees_all {
            true => Stopped {
                code: trouble.cause.code(),
                title: trouble.title,
                meaning: trouble.meaning,
                compared: trouble.compared,
                background: trouble.background,
                fix: trouble.fix,
                commands,
                reply: trouble.reply,
            },
            // The groups of a person are not an owner's to know.
            false => Stopped {
                code: trouble.cause.code(),
                title: trouble.title,
                meaning: trouble.meaning,
                compared: trouble.compared,
                background: Vec::new(),
                fix: explanation(trouble.cause).fix.to_owned(),
                commands: Vec::new(),
                reply: trouble.reply,
            },
        });
        Ok(Told {
            reference: told.flow.reference.0,
            summary: told.story.summary,
            began: When::of(told.flow.started_at, app.clock.now()),
            address: told.flow.address.filter(|_| sees_all),
            timeline: told.story.timeline.into_iter().map(line).collect(),
            trouble,
        })
    }
}

fn line(moment: Moment) -> Line {
    let (seconds, rest) = (moment.after_ms / 1000, moment.after_ms % 1000);
    Line { after: format!("+{seconds}.{rest:03} s"), sentence: moment.sentence }
}
