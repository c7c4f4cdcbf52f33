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
    if let Some(code) = unredeemed(steps) {
        let waited = now - Timestamp(code.at_ms / 1000);
        return (waited >= STALLED_AFTER).then_some(Cause::CodeNeverRedeemed);
    }
    let last = flow.cause.as_deref().and_then(explanation::cause);
    last.filter(|_| flow.state == FlowState::Failed || !is_overcome(steps))
}

/// The code that ends the steps. A refusal before it is overcome: a wrong password, and then the
/// right one.
fn unredeemed(steps: &[FlowStep]) -> Option<&FlowStep> {
    steps.last().filter(|step| step.kind == "code_issued")
}

/// Whether the person got further after the last refusal.
fn is_overcome(steps: &[FlowStep]) -> bool {
    let refused = |step: &FlowStep| step.kind == "refused" || step.kind.ends_with("_refused");
    let further = ["signed_in", "consent_shown", "consented", "code_issued"];
    steps
        .iter()
        .rev()
        .take_while(|step| !refused(step))
        .any(|step| further.contains(&step.kind.as_str()))
}

fn summary(flow: &Flow, steps: &[FlowStep], cause: Option<Cause>) -> String {
    let client = flow.client_id.as_ref().map_or("an unnamed client", ClientId::as_str);
    let who = username(steps).unwrap_or("Somebody");
    let what = match (flow.state, cause) {
        (FlowState::Done, _) => format!("{who} signed in to {client}"),
        (_, Some(Cause::CodeNeverRedeemed)) => {
            format!("{who} signed in for {client}, which never came for its tokens")
        }
        (_, None) if unredeemed(steps).is_some() => {
            format!("{who} signed in for {client}, which has yet to come for its tokens")
        }
        (FlowState::Failed, _) => format!("{who} could not sign in to {client}"),
        (FlowState::Open, Some(_)) => format!("{who} has not managed to sign in to {client} yet"),
        (FlowState::Open, None) => format!("{who} began to sign in to {client}"),
    };
    format!("{}.", harmless(&what))
}

fn username(steps: &[FlowStep]) -> Option<&str> {
    steps.iter().rev().find_map(|step| step.detail.get("username")?.as_str())
}

fn trouble(cause: Cause, flow: &Flow, steps: &[FlowStep], registered: &[String]) -> Trouble {
    let told = explanation(cause);
    let (compared, fix) = match cause {
        Cause::RedirectUriMismatch => against_registered(steps, registered),
        Cause::CodeOtherRedirectUri => (against_request(steps), None),
        _ => (as_noted(steps, "the value"), None),
    };
    Trouble {
        cause,
        title: told.title.to_owned(),
        meaning: told.meaning.to_owned(),
        fix: named(fix.as_deref().unwrap_or(told.fix), flow, steps),
        compared: compared.into_iter().collect(),
    }
}

/// The offered redirect URI against those of the client, and what makes them differ.
fn against_registered(
    steps: &[FlowStep],
    registered: &[String],
) -> (Option<Compared>, Option<String>) {
    let sent = detail(steps, "refused", "offered").or(detail(steps, "asked", "redirect_uri"));
    let Some(offered) = sent else { return (None, None) };
    if let Some(difference) = uri_difference(offered, registered) {
        let fix = difference.fix.clone();
        return (Some(Compared::from(difference)), Some(fix));
    }
    let (registered, fix) = if registered.is_empty() {
        ("none", None)
    } else {
        (
            offered,
            Some("Start again from the application: the address was registered since.".into()),
        )
    };
    let what = "redirect_uri".to_owned();
    (Some(Compared { what, offered: offered.into(), registered: registered.into() }), fix)
}

/// The redirect URI of the token request against that of the authorization request.
fn against_request(steps: &[FlowStep]) -> Option<Compared> {
    let offered = detail(steps, "refused", "offered")?;
    let asked = detail(steps, "refused", "expected").or(detail(steps, "asked", "redirect_uri"))?;
    match uri_difference(offered, &[asked.to_owned()]) {
        Some(difference) if offered.contains(':') => Some(Compared::from(difference)),
        // None was sent, which the step says in words.
        _ => as_noted(steps, "redirect_uri"),
    }
}

/// Whatever else the refusing step holds as offered and expected.
fn as_noted(steps: &[FlowStep], what: &str) -> Option<Compared> {
    Some(Compared {
        what: detail(steps, "refused", "what").unwrap_or(what).to_owned(),
        offered: detail(steps, "refused", "offered")?.to_owned(),
        registered: detail(steps, "refused", "expected")?.to_owned(),
    })
}

impl From<Difference> for Compared {
    fn from(difference: Difference) -> Compared {
        Compared {
            what: format!("redirect_uri, {} differs", difference.part.as_str()),
            offered: difference.offered,
            registered: difference.registered,
        }
    }
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
    if let Some(user) = username(steps).filter(safe) {
        fix = replace_word(&fix, "USER", user);
    }
    fix
}

/// Only inside commands, which stand between backquotes, and there only once: what follows may be
/// a value that somebody sent.
fn replace_word(text: &str, word: &str, name: &str) -> String {
    let (word, name) = (format!(" {word}"), format!(" {name}"));
    let parts = text.split('`').enumerate();
    let replaced = parts.map(|(n, part)| match n % 2 {
        1 => part.replacen(&word, &name, 1),
        _ => part.to_owned(),
    });
    replaced.collect::<Vec<_>>().join("`")
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
            writeln!(f, "    expected    {}", harmless(&compared.registered))?;
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

#[cfg(test)]
mod tests;
