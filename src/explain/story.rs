//! A flow as a story: what happened when, what stopped it, the values side by side, and the fix.

use std::fmt;

use serde::Serialize;

use super::explanation;
use super::facts::Facts;
use super::notice::noticed;
use super::phrase::harmless;
use super::step::step;
use super::trouble::{Trouble, trouble, username};
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
    /// What stopped nothing by itself, and may have to do with it.
    pub noticed: Vec<Trouble>,
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

/// Tells the flow from its steps, in the light of how things are now.
pub fn flow(flow: &Flow, steps: &[FlowStep], facts: &Facts<'_>) -> Story {
    let start = steps.first().map_or(flow.started_at.0.saturating_mul(1000), |step| step.at_ms);
    let timeline = steps.iter().map(|one| Moment {
        at_ms: one.at_ms,
        after_ms: one.at_ms.saturating_sub(start),
        sentence: step(one),
    });
    let cause = cause(flow, steps, facts.now);
    Story {
        reference: flow.reference.0.clone(),
        summary: summary(flow, steps, (cause, facts.username)),
        timeline: timeline.collect(),
        trouble: cause.map(|cause| trouble(cause, flow, steps, facts)),
        noticed: noticed(steps, facts)
            .into_iter()
            .map(|cause| trouble(cause, flow, steps, facts))
            .collect(),
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
    let further = [
        "signed_in",
        "consent_shown",
        "consented",
        "code_issued",
        "device_let_in",
        "backchannel_approved",
    ];
    steps
        .iter()
        .rev()
        .take_while(|step| !refused(step))
        .any(|step| further.contains(&step.kind.as_str()))
}

fn summary(
    flow: &Flow,
    steps: &[FlowStep],
    (cause, username): (Option<Cause>, Option<&str>),
) -> String {
    let client = flow.client_id.as_ref().map_or("an unnamed client", ClientId::as_str);
    let who = self::username(steps).or(username).unwrap_or("Somebody");
    let whoever = self::username(steps).or(username).unwrap_or("somebody");
    let what = match (flow.state, cause) {
        _ if steps.iter().any(|step| step.kind == "sign_out_refused") => {
            format!("{who} was not taken back to {client} after signing out")
        }
        _ if steps.iter().any(|step| step.kind == "logout_token_delivered") => {
            format!("{client} was told late that {whoever} signed out")
        }
        _ if steps.iter().any(|step| step.kind == "logout_token_failed") => {
            format!("{client} was not told that {whoever} signed out")
        }
        _ if steps.iter().all(|step| step.kind == "refused") && is_from_the_application(cause) => {
            format!("{client} asked for tokens and was refused")
        }
        (_, Some(Cause::RestartedAfterTokens)) => {
            format!("{who} signed in to {client}, which got its tokens, and began again at once")
        }
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

/// Whether it is refused where people never come.
fn is_from_the_application(cause: Option<Cause>) -> bool {
    use Cause::{
        BackchannelUnknown, ClientAuthMethod, ClientAuthMissing, ClientSecretWrong, CodeUnknown,
        DeviceCodeUnknown, GrantNotAllowed, RefreshUnknown, UnsupportedGrantType,
    };
    matches!(
        cause,
        Some(
            BackchannelUnknown
                | ClientAuthMethod
                | ClientAuthMissing
                | ClientSecretWrong
                | CodeUnknown
                | DeviceCodeUnknown
                | GrantNotAllowed
                | RefreshUnknown
                | UnsupportedGrantType
        )
    )
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
        for sentence in &trouble.background {
            writeln!(f, "\n  {}", harmless(sentence))?;
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
