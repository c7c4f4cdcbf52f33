//! A flow as a story: what happened when, what stopped it, the values side by side, and the fix.

use std::fmt;

use serde::Serialize;

use super::difference::{Difference, uri_difference};
use super::explanation::{self, explanation};
use super::phrase::harmless;
use super::step::step;
use crate::domain::{Cause, ClientId, Flow, FlowState, FlowStep, MINUTE, Timestamp};

/// Seconds after which a code that nobody came for is a fault: twice the longest life of a code.
const STALLED_AFTER: i64 = 2 * MINUTE;

/// A flow in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Story {
    /// Its reference.
    #[serde(rename = "ref")]
    pub reference: String,
    /// How it ended, or where it stands, in a sentence.
    pub summary: String,
    /// What happened, in order.
    pub timeline: Vec<Moment>,
    /// What stopped it.
    pub trouble: Option<Trouble>,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Milliseconds since the first step.
    pub after_ms: i64,
    /// What happened.
    pub sentence: String,
}

/// What stopped a flow, and how to mend it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trouble {
    /// The stable code.
    pub cause: Cause,
    /// A heading.
    pub title: String,
    /// What happened and why it usually does.
    pub meaning: String,
    /// Values side by side.
    pub compared: Vec<Compared>,
    /// What to do.
    pub fix: String,
}

/// A value as it was sent beside the one that was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What the value is, and which part of it differs.
    pub what: String,
    /// As sent.
    pub offered: String,
    /// As expected; of several the nearest.
    pub registered: String,
}

/// Tells the flow from its steps, in the light of the client's redirect URIs as they are `now`.
pub fn flow(flow: &Flow, steps: &[FlowStep], registered: &[String], now: Timestamp) -> Story {
    let start = steps.first().map_or(flow.started_at.0.saturating_mul(1000), |step| step.at_ms);
    let timeline = steps.iter().map(|one| Moment {
        at_ms: one.at_ms,
        after_ms: one.at_ms.saturating_sub(start),
        sentence: step(one),
    });
    let cause = cause(flow, steps, now);
    Story {
        reference: flow.reference.0.clone(),
        summary: summary(flow, steps, cause),
        timeline: timeline.collect(),
        trouble: cause.map(|cause| trouble(cause, flow, steps, registered)),
    }
}

/// Why the flow went no further: what refused it, or a code that nobody came for.
pub fn cause(flow: &Flow, steps: &[FlowStep], now: Timestamp) -> Option<Cause> {
    if flow.state == FlowState::Done {
        return None;
    }
    // A refusal before a code was issued is overcome: a wrong password, and then the right one.
    if let Some(code) = steps.last().filter(|step| step.kind == "code_issued") {
        let waited = now - Timestamp(code.at_ms / 1000);
        return (waited >= STALLED_AFTER).then_some(Cause::CodeNeverRedeemed);
    }
    flow.cause.as_deref().and_then(explanation::cause)
}

fn summary(flow: &Flow, steps: &[FlowStep], cause: Option<Cause>) -> String {
    let client = flow.client_id.as_ref().map_or("an unnamed client", ClientId::as_str);
    let user = steps.iter().rev().find_map(|step| step.detail.get("user")?.as_str());
    let who = user.unwrap_or("Somebody");
    let what = match (flow.state, cause) {
        (FlowState::Done, _) => format!("{who} signed in to {client}"),
        (_, Some(Cause::CodeNeverRedeemed)) => {
            format!("{who} signed in for {client}, which never came for its tokens")
        }
        (_, Some(_)) => format!("{who} could not sign in to {client}"),
        (FlowState::Failed, None) if flow.cause.is_some() && !awaits_client(steps) => {
            format!("{who} could not sign in to {client}")
        }
        (_, None) if awaits_client(steps) => {
            format!("{who} signed in for {client}, which has yet to come for its tokens")
        }
        (_, None) => format!("{who} began to sign in to {client}"),
    };
    format!("{}.", harmless(&what))
}

fn awaits_client(steps: &[FlowStep]) -> bool {
    steps.last().is_some_and(|step| step.kind == "code_issued")
}

fn trouble(cause: Cause, flow: &Flow, steps: &[FlowStep], registered: &[String]) -> Trouble {
    let told = explanation(cause);
    let difference = difference(cause, steps, registered);
    let fix = difference.as_ref().map_or(told.fix, |difference| &difference.fix);
    Trouble {
        cause,
        title: told.title.to_owned(),
        meaning: told.meaning.to_owned(),
        fix: named(fix, flow, steps),
        compared: match &difference {
            Some(difference) => vec![compared(difference)],
            None => offered(cause, steps, registered),
        },
    }
}

fn difference(cause: Cause, steps: &[FlowStep], registered: &[String]) -> Option<Difference> {
    match cause {
        Cause::RedirectUriMismatch => uri_difference(sent_uri(steps)?, registered),
        Cause::CodeOtherRedirectUri => {
            let first = detail(steps, "asked", "redirect_uri").map(str::to_owned);
            uri_difference(detail(steps, "refused", "offered")?, first.as_slice()).map(
                |difference| Difference { fix: explanation(cause).fix.to_owned(), ..difference },
            )
        }
        _ => None,
    }
}

fn compared(difference: &Difference) -> Compared {
    Compared {
        what: format!("redirect_uri, {} differs", difference.part.as_str()),
        offered: difference.offered.clone(),
        registered: difference.registered.clone(),
    }
}

/// Whatever the refusing step holds as offered and expected.
fn offered(cause: Cause, steps: &[FlowStep], registered: &[String]) -> Vec<Compared> {
    let Some(offered) = detail(steps, "refused", "offered")
        .or_else(|| matches!(cause, Cause::RedirectUriMismatch).then(|| sent_uri(steps)).flatten())
    else {
        return Vec::new();
    };
    let expected = match cause {
        Cause::RedirectUriMismatch if registered.iter().any(|uri| uri == offered) => {
            "registered since then".to_owned()
        }
        Cause::RedirectUriMismatch => "none is registered".to_owned(),
        _ => match detail(steps, "refused", "expected") {
            Some(expected) => expected.to_owned(),
            None => return Vec::new(),
        },
    };
    let what = detail(steps, "refused", "what").unwrap_or("redirect_uri");
    vec![Compared { what: what.to_owned(), offered: offered.to_owned(), registered: expected }]
}

fn sent_uri(steps: &[FlowStep]) -> Option<&str> {
    detail(steps, "refused", "offered").or_else(|| detail(steps, "asked", "redirect_uri"))
}

/// The value `name` of the last step of this kind.
fn detail<'s>(steps: &'s [FlowStep], kind: &str, name: &str) -> Option<&'s str> {
    let found = steps.iter().rev().filter(|step| step.kind == kind);
    found.filter_map(|step| step.detail.get(name)).find_map(|value| value.as_str())
}

/// Fills in the names that commands need, where they are names that a shell takes as they are.
fn named(fix: &str, flow: &Flow, steps: &[FlowStep]) -> String {
    let safe = |name: &&str| ClientId::parse(name).is_ok() && !name.starts_with('-');
    let mut fix = fix.to_owned();
    if let Some(client) = flow.client_id.as_ref().map(ClientId::as_str).filter(safe) {
        fix = replace_word(&fix, "CLIENT", client);
    }
    let user = steps.iter().rev().find_map(|step| step.detail.get("user")?.as_str());
    if let Some(user) = user.filter(safe) {
        fix = replace_word(&fix, "USER", user);
    }
    fix
}

/// Only in commands, and only the placeholder's first place there: what follows may be a value.
fn replace_word(text: &str, word: &str, name: &str) -> String {
    let mut parts = text.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (n, part) in parts.enumerate() {
        out.push('`');
        out.push_str(&if n % 2 == 0 {
            part.replacen(&format!(" {word}"), &format!(" {name}"), 1)
        } else {
            part.to_owned()
        });
    }
    out
}

impl fmt::Display for Story {
    /// As `flow show` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}  {}", self.reference, self.summary)?;
        writeln!(f)?;
        for moment in &self.timeline {
            writeln!(f, "  {:>9}  {}", passed(moment.after_ms), moment.sentence)?;
        }
        let Some(trouble) = &self.trouble else { return Ok(()) };
        writeln!(f, "\n{} ({})", trouble.title, trouble.cause)?;
        writeln!(f, "  {}", trouble.meaning)?;
        for compared in &trouble.compared {
            writeln!(f, "\n  {}:", compared.what)?;
            writeln!(f, "    sent        {}", harmless(&compared.offered))?;
            writeln!(f, "    registered  {}", harmless(&compared.registered))?;
        }
        writeln!(f, "\nFix: {}", harmless(&trouble.fix))
    }
}

/// `+0.120 s`, `+3 min`.
fn passed(ms: i64) -> String {
    match ms {
        ..60_000 => format!("+{}.{:03} s", ms / 1000, ms % 1000),
        _ => format!("+{} min", ms / 60_000),
    }
}
