//! An attempt to sign in as its page tells it, as far as whoever looks may know it.

use super::{path, state, times};
use crate::app::AppState;
use crate::directory::failures::{self, Told as Known};
use crate::directory::rights::SeesPeople;
use crate::directory::{Result, fixes};
use crate::domain::{FlowState, Timestamp};
use crate::explain::{Compared, Fix, Moment, Offer, Trouble, harmless};
use crate::web::admin::console::Console;
use crate::web::admin::when::When;

/// An attempt.
pub struct Told {
    /// Its reference.
    pub reference: String,
    /// How it ended.
    pub summary: String,
    /// How it stands, as a badge: its text and its kind.
    pub state: (&'static str, &'static str),
    /// When it began.
    pub began: When,
    /// From where; for those who may read everything.
    pub address: Option<String>,
    /// At which application: its page and its name.
    pub application: Option<(String, String)>,
    /// Whose it is: their page, for those who may open it, and their username.
    pub person: Option<(Option<String>, String)>,
    /// What happened.
    pub timeline: Vec<Line>,
    /// What stopped it.
    pub trouble: Option<Stopped>,
    /// What stopped nothing by itself.
    pub noticed: Vec<Stopped>,
    /// What Keystead can do.
    pub offers: Vec<Offered>,
    /// What it is counted with.
    pub alike: Option<Alike>,
}

/// A line of the timeline.
pub struct Line {
    /// `08:15:02.120`, UTC.
    pub at: String,
    /// `+0.120 s`.
    pub after: String,
    /// What happened.
    pub sentence: String,
}

/// What stopped an attempt.
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
    /// A sentence to send to the person.
    pub reply: String,
}

/// What Keystead can do.
pub struct Offered {
    /// By which the form names it: what was read is what is done.
    pub key: String,
    /// What would be done.
    pub sentence: String,
    /// What to think of before.
    pub warning: Option<String>,
    /// The command that does the same.
    pub command: String,
    /// Whether it only ends the alarm.
    pub dismisses: bool,
}

/// What an attempt is counted with.
pub struct Alike {
    /// The page of these failures.
    pub href: String,
    /// `12 times`.
    pub times: String,
    /// How they stand, as a badge.
    pub state: (&'static str, &'static str),
    /// Who says they are solved.
    pub solved_by: Option<String>,
}

impl Told {
    /// What whoever looks may know of it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of<R>(app: &AppState, console: &Console<R>, known: Known) -> Result<Told> {
        let sees_people = SeesPeople::by_role(&console.staff).is_some();
        let offers = fixes::offered(&known.story).into_iter().map(offered).collect();
        let alike = match &known.flow.group_id {
            Some(id) => failures::group(app, id).await?.map(|group| Alike {
                href: path(id),
                times: times(group.group.times),
                state: state(&group),
                solved_by: group.group.solved_by.clone().filter(|_| group.solved),
            }),
            None => None,
        };
        let application = known.flow.client_id.as_ref().and_then(|id| app.registry().client(id));
        let application =
            application.map(|client| (super::activity(&client.id), client.name.clone()));
        let page = known.flow.user_id.as_ref().filter(|_| sees_people);
        let page = page.map(|id| format!("/admin/users/{id}"));
        let (flow, story) = (known.flow, known.story);
        Ok(Told {
            state: match (flow.state, story.trouble.is_some()) {
                (FlowState::Done, false) => ("Signed in", "good"),
                (FlowState::Open, false) => ("Under way", ""),
                _ => ("Failed", "bad"),
            },
            reference: flow.reference.0,
            summary: story.summary,
            began: When::of(flow.started_at, app.clock.now()),
            address: flow.address,
            application,
            person: known.username.map(|name| (page, name)),
            timeline: story.timeline.into_iter().map(line).collect(),
            trouble: story.trouble.map(stopped),
            noticed: story.noticed.into_iter().map(stopped).collect(),
            offers,
            alike,
        })
    }
}

/// By which a form names an offer.
pub fn key(offer: &Offer) -> String {
    harmless(&offer.sentence)
}

fn offered(offer: &Offer) -> Offered {
    Offered {
        key: key(offer),
        sentence: harmless(&offer.sentence),
        warning: offer.warning.as_deref().map(harmless),
        command: harmless(&offer.command),
        dismisses: matches!(offer.fix, Fix::Dismiss { .. }),
    }
}

fn stopped(trouble: Trouble) -> Stopped {
    Stopped {
        code: trouble.cause.code(),
        title: trouble.title,
        meaning: trouble.meaning,
        compared: trouble.compared.into_iter().map(plain).collect(),
        background: trouble.background.iter().map(|sentence| harmless(sentence)).collect(),
        fix: harmless(&trouble.fix),
        reply: trouble.reply,
    }
}

/// Values whose characters are all seen where they stand.
pub fn plain(mut pair: Compared) -> Compared {
    for part in pair.offered_marked.iter_mut().chain(&mut pair.registered_marked) {
        part.text = harmless(&part.text);
    }
    pair
}

fn line(moment: Moment) -> Line {
    let clock = Timestamp(moment.at_ms.div_euclid(1000)).rfc3339();
    let clock: String = clock.chars().skip(11).take(8).collect();
    let after = match moment.after_ms {
        ms @ ..60_000 => format!("+{}.{:03} s", ms / 1000, ms % 1000),
        ms => format!("+{} min", ms / 60_000),
    };
    let ms = moment.at_ms.rem_euclid(1000);
    Line { at: format!("{clock}.{ms:03}"), after, sentence: moment.sentence }
}
