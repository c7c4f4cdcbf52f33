//! Events as plain sentences: "command line added alice to netbox-admins".

use serde_json::Value;

use super::explanation::{cause, explanation};
use super::phrase::{fill, harmless, readable, words};
use crate::domain::Event;

pub use super::step::step;

/// A sentence for each kind of event; the names are those of the event and of its detail.
const PHRASES: &[(&str, &str)] = &[
    ("sign_in.succeeded", "{actor} signed in[ to {client}]"),
    ("sign_in.failed", "{actor} failed to sign in[ as {target}][ to {client}]"),
    ("session.ended", "{actor} ended a session[ of {other}]"),
    ("user.created", "{actor} created the user {target}"),
    ("user.updated", "{actor} changed[ {changed} of] the user {target}"),
    ("user.deleted", "{actor} deleted the user {target}"),
    ("user.disabled", "{actor} disabled the user {target}"),
    ("user.enabled", "{actor} enabled the user {target}"),
    ("user.exported", "{actor} took a copy of all that is kept[ of {other}]"),
    ("user.signed_out", "{actor} ended all sessions of {target}"),
    ("user.signed_out_elsewhere", "{actor} ended all other sessions[ of {other}]"),
    ("user.unlocked", "{actor} lifted the throttling of {target}"),
    ("user.invited", "{actor} made an invitation for {target}"),
    ("user.reset_link_made", "{actor} made a link for {target} to set a password"),
    ("user.password_set", "{actor} set a password[ for {other}][ through the {link} link]"),
    ("user.external_id_added", "{actor} noted that {source} calls {target} {value}"),
    ("user.external_id_removed", "{actor} forgot that {source} calls {target} {value}"),
    ("group.created", "{actor} created the group {target}"),
    ("group.updated", "{actor} changed[ {changed} of] the group {target}"),
    ("group.deleted", "{actor} deleted the group {target}"),
    ("group.member_added", "{actor} added {target} to {group}"),
    ("group.member_removed", "{actor} removed {target} from {group}"),
    ("client.created", "{actor} registered the client {client}"),
    ("client.updated", "{actor} changed[ {changed} of] the client {client}"),
    ("client.deleted", "{actor} deleted the client {client}"),
    ("client.secret_shown", "{actor} looked at the secret of {client}"),
    ("client.secret_rotated", "{actor} gave {client} a new secret"),
    ("client.redirect_uri_added", "{actor} registered[ {uri} as] a redirect URI of {client}"),
    ("client.redirect_uri_removed", "{actor} removed[ {uri} from] the redirect URIs of {client}"),
    (
        "client.post_logout_redirect_uri_added",
        "{actor} registered[ {uri} as] a post-logout redirect URI of {client}",
    ),
    (
        "client.post_logout_redirect_uri_removed",
        "{actor} removed[ {uri} from] the post-logout redirect URIs of {client}",
    ),
    ("client.owner_added", "{actor} made {target} an owner of {client}"),
    ("client.owner_removed", "{actor} took {client} from its owner {target}"),
    ("client.scope_map_set", "{actor} let members of {group} have {scopes} at {client}"),
    ("client.scope_map_removed", "{actor} took the scopes of {group} at {client} away"),
    ("client.claim_map_set", "{actor} set[ {values} in] the claim {claim} of {group} at {client}"),
    ("client.claim_map_removed", "{actor} removed the claim {claim} of {group} at {client}"),
    (
        "client.authentication_failed",
        "{client:a client that is not registered} failed to prove who it is[ at {endpoint}]",
    ),
    ("client.registered", "{actor} registered itself[ with the token {token}]"),
    ("client.token_issued", "{actor} got a token for itself[, with {scope}]"),
    ("scope.created", "{actor} made the scope {target}"),
    ("scope.deleted", "{actor} deleted the scope {target}"),
    ("scope.updated", "{actor} changed[ {changed} of] the scope {target}"),
    ("api_token.created", "{actor} made the API token {target}[ for {for}][ with {scopes}]"),
    ("api_token.revoked", "{actor} revoked the API token {target}"),
    ("registration_token.created", "{actor} made the registration token {target}[ for {group}]"),
    ("registration_token.revoked", "{actor} revoked the registration token {target}"),
    ("consent.granted", "{actor} consented to {client}[ for {scope}]"),
    ("consent.refused", "{actor} refused to consent to {client}"),
    ("consent.withdrawn", "{actor} withdrew the consent[ of {other}] for {client}"),
    ("grant.revoked", "{actor} revoked what was issued to {client}[ for {target}]"),
    ("device.let_in", "{actor} let a device in to {client}[ for {scope}]"),
    ("device.refused", "{actor} did not let a device in to {client}"),
    ("backchannel.approved", "{actor} approved a sign-in to {client}[ for {scope}]"),
    ("backchannel.refused", "{actor} did not approve a sign-in to {client}"),
    (
        "token.exchanged",
        "{actor} exchanged a token of {target} at {from} for one at {audience}[, with {scope}]",
    ),
    (
        "assertion.taken",
        "{actor} got tokens for {target}, for whom {issuer} vouched[, with {scope}]",
    ),
    ("code.reused", "{client:a client} used a code twice, and what it stood for was revoked"),
    (
        "refresh_token.reused",
        "{client:a client} used a refresh token twice, and what it stood for was revoked",
    ),
    ("key.created", "{actor} made the signing key {target}"),
    ("key.activated", "{actor} began to sign with the key {target}"),
    ("key.retired", "{actor} retired the signing key {target}"),
    ("key.deleted", "{actor} deleted the signing key {target}"),
    ("failure.reopened", "{actor} opened the failure {target} again[: {cause}][ at {client}]"),
    ("failure.solved", "{actor} marked the failure {target} as solved[: {cause}][ at {client}]"),
    ("logout_token.delivered", "{actor} told {client} that somebody signed out"),
    ("logout_token.failed", "{actor} could not tell {client} that somebody signed out"),
    ("logout_token.given_up", "{actor} gave up telling {client} that somebody signed out"),
    (
        "logout_token.retried",
        "{actor} asked for {client} to be told again that somebody signed out",
    ),
    ("mail.failed", "{actor} could not send {what} to {to}[: {error}]"),
    ("mail.sent", "{actor} sent {what} to {to}"),
    ("recovery.asked", "{actor} asked for a new password for {target}"),
    ("recovery.failed", "{actor} asked for a new password[ for {target}] and got none[: {why}]"),
    ("public_url.changed", "{actor} changed the public URL[ from {before}] to {target}"),
    ("secret_key.replaced", "{actor} replaced the secret key"),
    ("backup.created", "{actor} made the backup {target}"),
    ("backup.verified", "{actor} verified the backup {target}[, which {outcome}]"),
    ("backup.downloaded", "{actor} downloaded the backup {target}"),
    ("backup.deleted", "{actor} deleted the backup {target}"),
    ("backup.restored", "{actor} restored the backup {target}"),
    ("database.moved", "{actor} moved everything[ from {from}][ to {to}]"),
    ("settings.updated", "{actor} changed[ {changed} in] the settings"),
    ("setup.completed", "{actor} set Keystead up and became its first administrator"),
    ("setup_link.made", "{actor} made a set-up link"),
];

/// Every kind of event that has a sentence, by name.
pub fn kinds() -> Vec<&'static str> {
    let mut kinds: Vec<&str> = PHRASES.iter().map(|(kind, _)| *kind).collect();
    kinds.sort_unstable();
    kinds
}

/// A kind as people read it: `sign_in.failed` becomes "sign in failed".
pub fn kind_words(kind: &str) -> String {
    words(kind)
}

/// The event as a sentence, without time and address.
pub fn event(event: &Event) -> String {
    let value = |name: &str| value(event, name);
    let known = PHRASES.iter().find(|(kind, _)| *kind == event.kind);
    let mut sentence = match known {
        Some((_, phrase)) => fill(phrase, &value).0,
        None => readable_kind(event),
    };
    if let Some(reason) = &event.reason {
        sentence.push_str(": ");
        sentence.push_str(&heading(reason));
    } else if event.failed && !event.kind.ends_with("failed") {
        sentence.push_str(" (refused)");
    }
    sentence
}

fn value(event: &Event, name: &str) -> Option<String> {
    match name {
        "actor" => Some(harmless(&event.actor)),
        "target" => event.target.as_deref().map(harmless),
        // Whom else it concerns than the one who acted.
        "other" => event.target.as_deref().filter(|name| *name != event.actor).map(harmless),
        "client" => event.client_id.as_ref().map(|id| harmless(id.as_str())),
        "changed" => changed(event.detail.get("changes")?),
        _ => event.detail.get(name).and_then(readable).filter(|text| !text.is_empty()),
    }
}

/// What an event changed, from what to what: each in words, empty where there is nothing.
pub fn changes(event: &Event) -> Vec<(String, String, String)> {
    let told = |value: Option<&Value>| value.and_then(readable).unwrap_or_default();
    let changes = event.detail.get("changes").and_then(Value::as_object);
    let changes = changes.into_iter().flatten();
    changes
        .map(|(name, change)| {
            (words(&harmless(name)), told(change.get("from")), told(change.get("to")))
        })
        .collect()
}

/// `email, display name and role`.
fn changed(changes: &Value) -> Option<String> {
    let names: Vec<String> =
        changes.as_object()?.keys().map(|name| words(&harmless(name))).collect();
    match names.as_slice() {
        [] => None,
        [name] => Some(name.clone()),
        [names @ .., last] => Some(format!("{} and {last}", names.join(", "))),
    }
}

/// For kinds that have no phrase: `archive.created` of `x` becomes "created the archive x".
fn readable_kind(event: &Event) -> String {
    let actor = harmless(&event.actor);
    let kind = harmless(&event.kind);
    let target = event.target.as_deref().map(|target| format!(" {}", harmless(target)));
    let target = target.unwrap_or_default();
    match kind.rsplit_once('.') {
        Some((noun, verb)) if verb.ends_with("ed") && !verb.contains('_') => {
            format!("{actor} {verb} the {}{target}", words(noun))
        }
        _ => format!("{actor}: {}{target}", words(&kind)),
    }
}

/// A reason code as people read it.
fn heading(code: &str) -> String {
    match cause(code) {
        Some(cause) => lower_first(explanation(cause).title),
        None => words(&harmless(code)),
    }
}

/// Lower case at the start, unless the first word is an abbreviation.
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sqlx::types::Json;

    use super::*;
    use crate::domain::{ClientId, Selector, Timestamp};

    fn told(kind: &str, actor: &str, target: Option<&str>, detail: Value) -> Event {
        Event {
            id: Selector(1),
            at: Timestamp(0),
            kind: kind.into(),
            actor: actor.into(),
            user_id: None,
            client_id: None,
            target: target.map(str::to_owned),
            failed: false,
            reason: None,
            flow: None,
            address: None,
            detail: Json(detail.as_object().cloned().unwrap_or_default()),
        }
    }

    #[test]
    fn events_read_as_sentences() {
        let netbox = |event: Event| Event { client_id: Some(ClientId("netbox".into())), ..event };
        let added = told(
            "group.member_added",
            "command line",
            Some("alice"),
            json!({ "group": "netbox-admins" }),
        );
        assert_eq!(event(&added), "command line added alice to netbox-admins");
        let signed_in = told("sign_in.succeeded", "alice", Some("alice"), json!({}));
        assert_eq!(event(&signed_in), "alice signed in");
        assert_eq!(event(&netbox(signed_in)), "alice signed in to netbox");
        let changed = json!({ "changes": { "email": {}, "display_name": {}, "role": {} } });
        assert_eq!(
            event(&told("user.updated", "root", Some("bob"), changed)),
            "root changed display name, email and role of the user bob"
        );
        assert_eq!(
            event(&told("user.updated", "root", Some("bob"), json!({}))),
            "root changed the user bob"
        );
        let uri = json!({ "uri": "https://a.example/cb" });
        assert_eq!(
            event(&netbox(told("client.redirect_uri_added", "command line", None, uri))),
            "command line registered https://a.example/cb as a redirect URI of netbox"
        );
    }

    #[test]
    fn people_who_act_for_themselves_are_named_once() {
        let own = told("user.password_set", "alice", Some("alice"), json!({ "link": "reset" }));
        assert_eq!(event(&own), "alice set a password through the reset link");
        let other = told("user.password_set", "command line", Some("alice"), json!({}));
        assert_eq!(event(&other), "command line set a password for alice");
        let own = told("session.ended", "alice", Some("alice"), json!({}));
        assert_eq!(event(&own), "alice ended a session");
    }

    #[test]
    fn a_refusal_says_why() {
        let mut failed = told("sign_in.failed", "somebody", Some("alice"), json!({}));
        failed.failed = true;
        failed.reason = Some("wrong_password".into());
        assert_eq!(event(&failed), "somebody failed to sign in as alice: wrong password");
        failed.target = None;
        failed.reason = Some("pkce_missing".into());
        assert_eq!(event(&failed), "somebody failed to sign in: PKCE missing");
        failed.reason = Some("of_another_version".into());
        assert_eq!(event(&failed), "somebody failed to sign in: of another version");
    }

    #[test]
    fn a_kind_without_a_phrase_can_still_be_read() {
        assert_eq!(
            event(&told("archive.created", "command line", Some("a.tar"), json!({}))),
            "command line created the archive a.tar"
        );
        assert_eq!(
            event(&told("api_token.last_use", "Keystead", None, json!({}))),
            "Keystead: api token last use"
        );
        assert_eq!(event(&told("odd", "Keystead", None, json!({}))), "Keystead: odd");
    }

    #[test]
    fn every_phrase_names_who_acted_or_which_client() {
        for (kind, phrase) in PHRASES {
            assert!(phrase.starts_with("{actor} ") || phrase.starts_with("{client:"), "{kind}");
            let bare = event(&told(kind, "alice", Some("x"), json!({})));
            assert!(!bare.contains(['{', '}', '[', ']']), "{kind}: {bare}");
        }
    }

    #[test]
    fn a_name_cannot_forge_a_line_of_the_log() {
        let forged = told("user.created", "alice", Some("x\nroot created the user y"), json!({}));
        assert!(!event(&forged).contains('\n'));
    }
}
