//! Steps of flows as plain sentences.

use super::explanation::{cause, explanation};
use super::phrase::{fill, harmless, readable, words};
use crate::domain::FlowStep;

/// A sentence for each kind of step; the names are those of its detail.
const PHRASES: &[(&str, &str)] = &[
    ("asked", "The application asked[ for {scope}][, the answer to go to {redirect_uri}]"),
    (
        "asked_silently",
        "The application asked[ for {scope}] without showing a page[, the answer to go to \
         {redirect_uri}]",
    ),
    ("login_shown", "The login page was shown"),
    ("session_found", "{username:The person} was signed in already"),
    ("signed_in", "{username:The person} signed in[ by {amr}]"),
    ("sign_in_refused", "The sign-in[ as {account}] was refused[: {cause}]"),
    ("second_factor_shown", "The second factor was asked for"),
    ("second_factor_passed", "{username:The person} passed the second factor"),
    ("second_factor_refused", "The second factor was refused[: {cause}]"),
    ("consent_shown", "The consent page was shown"),
    ("consent_skipped", "Consent was not needed[: {why}]"),
    ("consented", "{username:The person} allowed it[: {scope}]"),
    ("consent_refused", "{username:The person} did not allow it"),
    ("code_issued", "A code was issued and sent back to the application"),
    ("code_redeemed", "The application redeemed the code[, authenticated by {client_auth}]"),
    ("tokens_issued", "Tokens were issued"),
    ("tokens_in_browser", "An access token was handed over through the browser"),
    (
        "pushed",
        "The application pushed its request[ for {scope}][, the answer to go to {redirect_uri}]",
    ),
    ("push_opened", "The browser came with the pushed request"),
    ("device_asked", "The application asked for a code for a device[, for {scope}]"),
    ("device_found", "{username:The person} entered the code that the device shows"),
    ("device_let_in", "{username:The person} let the device in[: {scope}]"),
    ("device_slowed", "The device asked too often and was told to wait {pause} seconds"),
    ("device_redeemed", "The device got its tokens[, authenticated by {client_auth}]"),
    (
        "backchannel_asked",
        "The application asked {account:a person} to approve a sign-in[, for {scope}]",
    ),
    ("approval_shown", "{username:The person} saw what is to be approved"),
    ("backchannel_approved", "{username:The person} approved it[: {scope}]"),
    ("backchannel_slowed", "The application asked too often and was told to wait {pause} seconds"),
    (
        "backchannel_redeemed",
        "The application got the tokens that it waited for[, authenticated by {client_auth}]",
    ),
    ("assertion_taken", "{issuer:Somebody} vouched for {username:a person}[, for {scope}]"),
    (
        "token_exchanged",
        "{by:Another client} exchanged the token[ for one at {audience}][, with {scope}]",
    ),
    ("tokens_refreshed", "The application refreshed its tokens"),
    ("id_token_issued", "An ID token was issued[, signed with {alg}]"),
    ("userinfo_read", "The application read userinfo"),
    ("sign_out_refused", "The sign-out was refused[: {cause}]"),
    ("logout_token_failed", "The application was not told[: {cause}]"),
    ("logout_token_delivered", "The application was told after all"),
    ("token_revoked", "The application gave its tokens up"),
    ("refused", "Refused[: {cause}]"),
];

/// The step as a sentence; details that the sentence does not use follow as `name: value`.
pub fn step(step: &FlowStep) -> String {
    let value = |name: &str| match (name, step.detail.get(name)) {
        ("cause", Some(code)) => code.as_str().map(heading),
        (_, found) => found.and_then(readable).filter(|text| !text.is_empty()),
    };
    let known = PHRASES.iter().find(|(kind, _)| *kind == step.kind);
    let (mut sentence, used) = match known {
        Some((_, phrase)) => fill(phrase, &value),
        None => (upper_first(&words(&harmless(&step.kind))), Vec::new()),
    };
    let rest: Vec<String> = step
        .detail
        .keys()
        .filter(|name| !used.contains(&name.as_str()))
        .filter_map(|name| Some(format!("{}: {}", harmless(name), value(name)?)))
        .collect();
    if !rest.is_empty() {
        sentence.push_str(&format!(" ({})", rest.join(", ")));
    }
    sentence.push('.');
    sentence
}

fn heading(code: &str) -> String {
    match cause(code) {
        Some(cause) => explanation(cause).title.to_owned(),
        None => words(&harmless(code)),
    }
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use sqlx::types::Json;

    use super::*;
    use crate::domain::FlowRef;

    fn told(kind: &str, detail: Value) -> String {
        step(&FlowStep {
            reference: FlowRef("K7QF-2M9X".into()),
            at_ms: 0,
            n: 0,
            kind: kind.into(),
            detail: Json(detail.as_object().cloned().unwrap_or_default()),
        })
    }

    #[test]
    fn steps_read_as_sentences() {
        assert_eq!(
            told(
                "asked",
                json!({ "scope": "openid groups", "redirect_uri": "https://a.example/cb",
                                  "response_type": "code" })
            ),
            "The application asked for openid groups, the answer to go to https://a.example/cb \
             (response_type: code)."
        );
        assert_eq!(
            told("signed_in", json!({ "username": "alice", "amr": "pwd" })),
            "alice signed in by pwd."
        );
        assert_eq!(told("signed_in", json!({})), "The person signed in.");
        assert_eq!(
            told("code_redeemed", json!({ "client_auth": "client_secret_basic" })),
            "The application redeemed the code, authenticated by client_secret_basic."
        );
    }

    #[test]
    fn a_refusal_names_its_cause_and_what_was_offered() {
        assert_eq!(
            told("refused", json!({ "cause": "redirect_uri_mismatch", "offered": "http://a" })),
            "Refused: Redirect URI does not match (offered: http://a)."
        );
        assert_eq!(told("refused", json!({ "cause": "odd_one" })), "Refused: odd one.");
    }

    #[test]
    fn an_unknown_step_can_still_be_read() {
        assert_eq!(told("clock_checked", json!({ "skew_ms": 12 })), "Clock checked (skew_ms: 12).");
        assert_eq!(told("", json!({})), ".");
    }

    #[test]
    fn every_phrase_makes_a_sentence_without_details() {
        for (kind, _) in PHRASES {
            let bare = told(kind, json!({}));
            assert!(bare.len() > 5 && !bare.contains(['{', '}', '[', ']']), "{kind}: {bare}");
        }
    }

    #[test]
    fn what_somebody_sent_stays_on_its_line() {
        let sentence = told("asked", json!({ "scope": "a\u{1b}[2J\nb", "x\ny": "z" }));
        assert!(!sentence.contains(|c: char| c.is_control()), "{sentence}");
    }
}
