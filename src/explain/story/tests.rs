//! What is told of flows that ended well, were refused, or stalled.

use serde_json::{Value, json};
use sqlx::types::Json;

use super::*;
use crate::domain::{Client, ClientSettings, FlowRef, Layout};
use crate::explain::Compared;
use crate::explain::explanation::explanation;

const START: i64 = 1_800_000_000;
const REGISTERED: &str = "https://netbox.example.com/oauth/complete/oidc/";

fn steps(told: &[(&str, Value)]) -> Vec<FlowStep> {
    let step = |(n, (kind, detail)): (usize, &(&str, Value))| FlowStep {
        reference: FlowRef("K7QF-2M9X".into()),
        at_ms: START * 1000 + n as i64 * 1_500,
        n: n as i64,
        kind: (*kind).into(),
        detail: Json(detail.as_object().cloned().unwrap_or_default()),
    };
    told.iter().enumerate().map(step).collect()
}

fn flow_of(state: FlowState, cause: Option<Cause>) -> Flow {
    Flow {
        reference: FlowRef("K7QF-2M9X".into()),
        client_id: Some(ClientId("netbox".into())),
        user_id: None,
        layout: Layout::Native,
        state,
        cause: cause.map(|cause| cause.code().to_owned()),
        group_id: None,
        address: None,
        started_at: Timestamp(START),
        updated_at: Timestamp(START),
        begun_ms: START * 1000,
    }
}

fn registered() -> Vec<String> {
    vec![REGISTERED.to_owned()]
}

fn client(redirect_uris: &[String]) -> Client {
    Client {
        id: ClientId("netbox".into()),
        slug: "netbox".into(),
        name: "NetBox".into(),
        public: false,
        trusted: false,
        disabled_at: None,
        secret_hash: None,
        secret_sealed: None,
        settings: Json(ClientSettings::default()),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        redirect_uris: redirect_uris.to_vec(),
        post_logout_redirect_uris: Vec::new(),
    }
}

/// Told where the client has these redirect URIs.
fn flow(flow: &Flow, steps: &[FlowStep], registered: &[String], now: Timestamp) -> Story {
    let client = client(registered);
    super::flow(flow, steps, &Facts { client: Some(&client), ..Facts::at(now) })
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(START + seconds)
}

#[test]
fn a_finished_flow_has_a_timeline_and_no_trouble() {
    let steps = steps(&[
        ("asked", json!({ "redirect_uri": REGISTERED, "scope": "openid" })),
        ("signed_in", json!({ "username": "alice" })),
        ("code_issued", json!({})),
        ("code_redeemed", json!({ "client_auth": "client_secret_basic" })),
        ("userinfo_read", json!({})),
    ]);
    let story = flow(&flow_of(FlowState::Done, None), &steps, &registered(), at(9_999));
    assert_eq!(story.summary, "alice signed in to netbox.");
    assert_eq!(story.trouble, None);
    assert_eq!(story.timeline.len(), 5);
    assert_eq!(story.timeline[2].after_ms, 3_000);
    assert!(story.to_string().contains("  +1.500 s  alice signed in.\n"), "{story}");
}

#[test]
fn a_redirect_uri_mismatch_is_shown_side_by_side_with_its_fix() {
    let offered = "http://netbox.example.com/oauth/complete/oidc/";
    let cause = Cause::RedirectUriMismatch;
    let steps = steps(&[("refused", json!({ "cause": cause.code(), "offered": offered }))]);
    let failed = flow_of(FlowState::Failed, Some(cause));
    let trouble = flow(&failed, &steps, &registered(), at(1)).trouble.unwrap();
    assert_eq!(
        trouble.compared,
        [Compared::new("redirect_uri, scheme differs", offered, REGISTERED)]
    );
    assert!(trouble.fix.contains("X-Forwarded-Proto"), "{}", trouble.fix);
}

#[test]
fn a_command_to_copy_names_the_client() {
    let cause = Cause::RedirectUriMismatch;
    let offered = "https://netbox.example.com/oauth/complete/oidc";
    let steps = steps(&[("asked", json!({ "redirect_uri": offered })), ("refused", json!({}))]);
    let failed = flow_of(FlowState::Failed, Some(cause));
    let fix = flow(&failed, &steps, &registered(), at(1)).trouble.unwrap().fix;
    let command = format!("`keystead client add-redirect-uri netbox {offered}`");
    assert!(fix.contains(&command), "{fix}");
}

#[test]
fn a_client_id_that_somebody_made_up_gets_into_no_command() {
    let mut failed = flow_of(FlowState::Failed, Some(Cause::ClientSecretWrong));
    failed.client_id = Some(ClientId("x; rm -rf ~".into()));
    let fix = flow(&failed, &[], &[], at(1)).trouble.unwrap().fix;
    assert!(fix.contains("`keystead client show-secret CLIENT`"), "{fix}");
}

#[test]
fn an_address_registered_meanwhile_needs_no_fix() {
    let cause = Cause::RedirectUriMismatch;
    let steps = steps(&[("refused", json!({ "offered": REGISTERED }))]);
    let failed = flow_of(FlowState::Failed, Some(cause));
    let trouble = flow(&failed, &steps, &registered(), at(1)).trouble.unwrap();
    assert_eq!(trouble.fix, "Start again from the application: the address was registered since.");
    let trouble = flow(&failed, &steps, &[], at(1)).trouble.unwrap();
    assert_eq!(trouble.compared[0].registered, "none");
}

#[test]
fn a_code_redeemed_with_another_redirect_uri_is_compared_with_the_request() {
    let cause = Cause::CodeOtherRedirectUri;
    let steps = steps(&[
        ("asked", json!({ "redirect_uri": "http://10.0.0.7/oauth/complete/oidc/" })),
        ("code_issued", json!({})),
        ("refused", json!({ "cause": cause.code(), "offered": REGISTERED })),
    ]);
    let failed = flow_of(FlowState::Failed, Some(cause));
    let trouble = flow(&failed, &steps, &registered(), at(1)).trouble.unwrap();
    assert_eq!(trouble.compared[0].what, "redirect_uri, scheme and host differ");
    assert_eq!(trouble.compared[0].registered, "http://10.0.0.7/oauth/complete/oidc/");
    assert_eq!(trouble.fix, explanation(cause).fix);
}

#[test]
fn a_code_redeemed_without_its_redirect_uri_says_so() {
    let cause = Cause::CodeOtherRedirectUri;
    let noted = json!({ "cause": cause.code(), "offered": "none", "expected": REGISTERED });
    let failed = flow_of(FlowState::Failed, Some(cause));
    let trouble = flow(&failed, &steps(&[("refused", noted)]), &registered(), at(1)).trouble;
    assert_eq!(trouble.unwrap().compared, [Compared::new("redirect_uri", "none", REGISTERED)]);
}

#[test]
fn a_code_nobody_came_for_is_a_stall_after_two_minutes() {
    let steps = steps(&[("signed_in", json!({ "username": "alice" })), ("code_issued", json!({}))]);
    let open = flow_of(FlowState::Open, None);
    let waiting = flow(&open, &steps, &registered(), at(100));
    assert_eq!(waiting.trouble, None);
    assert_eq!(
        waiting.summary,
        "alice signed in for netbox, which has yet to come for its tokens."
    );
    let stalled = flow(&open, &steps, &registered(), at(122));
    assert_eq!(stalled.summary, "alice signed in for netbox, which never came for its tokens.");
    let trouble = stalled.trouble.unwrap();
    assert_eq!(trouble.cause, Cause::CodeNeverRedeemed);
    for reason in ["firewall", "TLS certificate", "client secret"] {
        assert!(trouble.meaning.contains(reason), "{reason}");
    }
}

#[test]
fn a_wrong_password_before_the_right_one_is_not_what_stalled_the_flow() {
    let steps = steps(&[
        ("sign_in_refused", json!({ "cause": "wrong_password" })),
        ("signed_in", json!({})),
        ("code_issued", json!({})),
    ]);
    let failed = flow_of(FlowState::Failed, Some(Cause::WrongPassword));
    assert_eq!(cause(&failed, &steps, at(60)), None);
    assert_eq!(cause(&failed, &steps, at(600)), Some(Cause::CodeNeverRedeemed));
}

#[test]
fn a_refused_sign_in_is_told_until_the_person_gets_further() {
    let open = flow_of(FlowState::Open, Some(Cause::WrongPassword));
    let refused = ("sign_in_refused", json!({ "cause": "wrong_password" }));
    let tries = steps(&[("login_shown", json!({})), refused.clone(), ("login_shown", json!({}))]);
    let story = flow(&open, &tries, &registered(), at(9));
    assert_eq!(story.summary, "Somebody has not managed to sign in to netbox yet.");
    assert_eq!(story.trouble.unwrap().cause, Cause::WrongPassword);
    let further = steps(&[refused, ("signed_in", json!({})), ("consent_shown", json!({}))]);
    assert_eq!(flow(&open, &further, &registered(), at(9)).trouble, None);
}

#[test]
fn a_code_that_was_refused_did_not_stall() {
    let steps = steps(&[
        ("code_issued", json!({})),
        ("refused", json!({ "cause": "client_secret_wrong" })),
    ]);
    let failed = flow_of(FlowState::Failed, Some(Cause::ClientSecretWrong));
    let story = flow(&failed, &steps, &registered(), at(600));
    assert_eq!(story.summary, "Somebody could not sign in to netbox.");
    assert!(story.trouble.unwrap().fix.contains("keystead client show-secret netbox"));
}

#[test]
fn a_cause_of_another_version_leaves_the_timeline() {
    let mut failed = flow_of(FlowState::Failed, None);
    failed.cause = Some("of_another_version".into());
    let story = flow(&failed, &[], &[], at(1));
    assert_eq!(story.trouble, None);
    assert_eq!(story.summary, "Somebody could not sign in to netbox.");
}

#[test]
fn what_somebody_sent_cannot_draw_on_the_terminal() {
    let steps = steps(&[(
        "refused",
        json!({ "cause": "redirect_uri_mismatch", "offered": "https://a\u{1b}[2J\nFix: none" }),
    )]);
    let failed = flow_of(FlowState::Failed, Some(Cause::RedirectUriMismatch));
    let shown = flow(&failed, &steps, &registered(), at(1)).to_string();
    assert!(!shown.contains('\u{1b}') && !shown.contains("\nFix: none"), "{shown}");
}

#[test]
fn as_json_a_story_has_stable_names() {
    let story = flow(&flow_of(FlowState::Open, None), &[], &[], at(1));
    let told = serde_json::to_value(story).unwrap();
    assert_eq!(told["ref"], "K7QF-2M9X");
    assert_eq!(told["summary"], "Somebody began to sign in to netbox.");
    assert_eq!(told["trouble"], Value::Null);
}
