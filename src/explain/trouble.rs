//! What stopped a flow, and what is worth telling beside it: the values side by side, the fix, and
//! what Keystead can do itself.

use serde::Serialize;

use super::difference::{Difference, Marked, marked, uri_difference};
use super::explanation::explanation;
use super::facts::Facts;
use super::fix::Offer;
use super::{background, remedy};
use crate::domain::{Cause, ClientId, Flow, FlowStep, near};

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
    /// What is known of this relying party that bears on it, a sentence each.
    pub background: Vec<String>,
    /// What to do.
    pub fix: String,
    /// What Keystead can do itself; the likeliest first.
    pub offers: Vec<Offer>,
    /// A sentence to send to the person.
    pub reply: String,
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
    /// As sent, with what differs marked.
    pub offered_marked: Marked,
    /// As expected, with what differs marked.
    pub registered_marked: Marked,
}

impl Compared {
    /// With what differs marked.
    pub fn new(
        what: impl Into<String>,
        offered: impl Into<String>,
        registered: impl Into<String>,
    ) -> Compared {
        let (offered, registered) = (offered.into(), registered.into());
        let (offered_marked, registered_marked) = marked(&offered, &registered);
        Compared { what: what.into(), offered, registered, offered_marked, registered_marked }
    }
}

impl From<Difference> for Compared {
    fn from(difference: Difference) -> Compared {
        let parts: Vec<&str> = difference.parts.iter().map(|part| part.as_str()).collect();
        let what = match parts.as_slice() {
            [parts @ .., last] if !parts.is_empty() => {
                format!("redirect_uri, {} and {last} differ", parts.join(", "))
            }
            _ => format!("redirect_uri, {} differs", difference.part.as_str()),
        };
        Compared::new(what, difference.offered, difference.registered)
    }
}

/// What is told of one cause of one flow.
pub(super) fn trouble(cause: Cause, flow: &Flow, steps: &[FlowStep], facts: &Facts<'_>) -> Trouble {
    let told = explanation(cause);
    let (compared, fix) = compare(cause, flow, steps, facts);
    let fix = named(fix.as_deref().unwrap_or(told.fix), flow, steps);
    Trouble {
        cause,
        title: told.title.to_owned(),
        meaning: told.meaning.to_owned(),
        compared: compared.into_iter().collect(),
        background: background::of(cause, steps, facts),
        fix,
        offers: remedy::offers(cause, flow, steps, facts),
        reply: told.reply.to_owned(),
    }
}

/// The values that explain a cause, and a fix that knows them.
fn compare(
    cause: Cause,
    flow: &Flow,
    steps: &[FlowStep],
    facts: &Facts<'_>,
) -> (Option<Compared>, Option<String>) {
    match cause {
        Cause::RedirectUriMismatch => {
            let registered = facts.client.map_or(&[][..], |client| &client.redirect_uris);
            let asked = detail(steps, "asked", "redirect_uri");
            against_registered(refused(steps, "offered").or(asked), registered)
        }
        Cause::PostLogoutUriMismatch => {
            let registered = facts.client.map_or(&[][..], |c| &c.post_logout_redirect_uris);
            let (compared, fix) = against_registered(refused(steps, "offered"), registered);
            let compared = compared.map(|compared| Compared {
                what: format!("post_logout_{}", compared.what),
                ..compared
            });
            (compared, fix.map(|fix| fix.replace("add-redirect-uri CLIENT", POST_LOGOUT)))
        }
        Cause::CodeOtherRedirectUri => (against_request(steps), None),
        Cause::UnknownClient => unknown(flow, steps, facts),
        Cause::WrongHost => {
            let host = facts.public_url.split_once("://").map_or("", |(_, host)| host);
            (noted(steps, "host").map(|sent| Compared::new("host", sent, host)), None)
        }
        Cause::DoubledSlashes => {
            let sent = noted(steps, "doubled_slashes");
            let single = |path: &str| {
                let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
                format!("/{}", parts.join("/"))
            };
            (sent.map(|sent| Compared::new("path", sent, single(sent))), None)
        }
        Cause::FetchedByScript => {
            let sent = noted(steps, "script_of");
            (sent.map(|origin| Compared::new("origin of the script", origin, "none")), None)
        }
        Cause::ScopeIgnored => {
            let asked = detail(steps, "asked", "scope").unwrap_or_default();
            let granted = detail(steps, "code_issued", "scope").unwrap_or_default();
            (Some(Compared::new("scope", asked, granted)), None)
        }
        _ => (as_noted(steps, "the value"), None),
    }
}

/// Of the command that registers an address for sign-outs.
const POST_LOGOUT: &str = "add-redirect-uri CLIENT --post-logout";

/// The id of a client that is none, beside the nearest one that is.
fn unknown(
    flow: &Flow,
    steps: &[FlowStep],
    facts: &Facts<'_>,
) -> (Option<Compared>, Option<String>) {
    let named = flow.client_id.as_ref().map(ClientId::as_str);
    let Some(sent) = refused(steps, "client_id").or(named) else { return (None, None) };
    let near = near(sent, facts.clients.iter().cloned());
    let fix = match near.as_slice() {
        [] => None,
        [one] => Some(format!(
            "If '{one}' is meant, correct the client id in the application's settings, else \
             register it with `keystead client create`."
        )),
        some => Some(format!(
            "If one of '{}' is meant, correct the client id in the application's settings, else \
             register it with `keystead client create`.",
            some.join("', '")
        )),
    };
    let registered = near.first().map_or("none like it", String::as_str);
    (Some(Compared::new("client_id", sent, registered)), fix)
}

/// An offered URI against those of the client, and what makes them differ.
fn against_registered(
    sent: Option<&str>,
    registered: &[String],
) -> (Option<Compared>, Option<String>) {
    let Some(offered) = sent else { return (None, None) };
    if let Some(difference) = uri_difference(offered, registered) {
        let fix = difference.fix.clone();
        return (Some(Compared::from(difference)), Some(fix));
    }
    if registered.is_empty() {
        return (Some(Compared::new("redirect_uri", offered, "none")), None);
    }
    let fix = "Start again from the application: the address was registered since.";
    (Some(Compared::new("redirect_uri", offered, offered)), Some(fix.to_owned()))
}

/// The redirect URI of the token request against that of the authorization request.
fn against_request(steps: &[FlowStep]) -> Option<Compared> {
    let offered = refused(steps, "offered")?;
    let asked = refused(steps, "expected").or(detail(steps, "asked", "redirect_uri"))?;
    match uri_difference(offered, &[asked.to_owned()]) {
        Some(difference) if offered.contains(':') => Some(Compared::from(difference)),
        // None was sent, which the step says in words.
        _ => as_noted(steps, "redirect_uri"),
    }
}

/// Whatever else the refusing step holds as offered and expected.
fn as_noted(steps: &[FlowStep], what: &str) -> Option<Compared> {
    let what = refused(steps, "what").unwrap_or(what);
    Some(Compared::new(what, refused(steps, "offered")?, refused(steps, "expected")?))
}

/// The value `name` of the last refusal that has one.
pub(super) fn refused<'s>(steps: &'s [FlowStep], name: &str) -> Option<&'s str> {
    let refusals = steps.iter().rev().filter(|step| step.kind.ends_with("refused"));
    refusals.filter_map(|step| step.detail.get(name)).find_map(|value| value.as_str())
}

/// The value `name` of the last step of this kind.
pub(super) fn detail<'s>(steps: &'s [FlowStep], kind: &str, name: &str) -> Option<&'s str> {
    let found = steps.iter().rev().filter(|step| step.kind == kind);
    found.filter_map(|step| step.detail.get(name)).find_map(|value| value.as_str())
}

/// The value `name` of whichever step has one.
pub(super) fn noted<'s>(steps: &'s [FlowStep], name: &str) -> Option<&'s str> {
    steps.iter().find_map(|step| step.detail.get(name)?.as_str())
}

/// Who signed in, or whose account it was tried with.
pub(super) fn username(steps: &[FlowStep]) -> Option<&str> {
    let find = |wanted: &str| {
        steps.iter().rev().find_map(|step| step.detail.get(wanted).and_then(|v| v.as_str()))
    };
    find("username").or_else(|| find("account"))
}

/// Fills in the names that commands need, where they are names that a shell takes as they are.
fn named(fix: &str, flow: &Flow, steps: &[FlowStep]) -> String {
    let safe = |name: &&str| ClientId::parse(name).is_ok() && !name.starts_with('-');
    let mut fix = fix.to_owned();
    if let Some(client) = flow.client_id.as_ref().map(ClientId::as_str).filter(safe) {
        fix = replace_word(&fix, "CLIENT", client);
    }
    fix = replace_word(&fix, "REF", flow.reference.as_str());
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
