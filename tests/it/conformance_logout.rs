//! The OpenID Foundation's plan for RP-Initiated Logout 1.0. Each story names its module, and is told
//! for each response type, since the hint is what each brings.

use keystead::domain::Algorithm;
use keystead::jose::{NewKey, Signer};
use serde_json::Value;

use crate::harness::http::Answer;
use crate::harness::steps::{claims_of, header_of};
use crate::harness::{Browser, Stage, Way, each_way, http};

const HOME: &str = "https://web.example.com/";
const BACK: (&str, &str) = ("post_logout_redirect_uri", HOME);

fn ways() -> Vec<Way> {
    Way::all().into_iter().filter(|way| !way.posted).collect()
}

/// Where a browser is sent to sign out with these parameters.
fn bye(stage: &Stage, params: &[(&str, &str)]) -> String {
    let joint = if params.is_empty() { "" } else { "?" };
    format!("{}{joint}{}", stage.party.path("end_session_endpoint"), http::encode(params))
}

/// Whether a client still finds somebody signed in.
async fn is_signed_in(stage: &Stage, browser: &mut Browser, way: Way) -> bool {
    let answer = browser.get(&stage.ask(way, &[("prompt", "none")])).await;
    let fields = stage.fields(way, &answer);
    let error = fields.iter().find(|(name, _)| name == "error").map(|(_, error)| error.as_str());
    assert!(error.is_none_or(|error| error == "login_required"), "{error:?}");
    error.is_none()
}

#[track_caller]
fn stays(answer: &Answer) {
    assert_eq!(answer.location(), "", "never a redirect");
    assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
}

/// Signs Alice in, and out again with what `params` makes of her ID token.
async fn leave(
    stage: &Stage,
    way: Way,
    params: impl Fn(&str) -> Vec<(&'static str, String)>,
) -> (Browser, Answer) {
    let (mut browser, brought) = stage.signed_in(way, &[]).await;
    let params = params(brought.id_token());
    let params: Vec<(&str, &str)> = params.iter().map(|(name, v)| (*name, v.as_str())).collect();
    let answer = browser.get(&bye(stage, &params)).await;
    (browser, answer)
}

fn hint(token: &str) -> (&'static str, String) {
    ("id_token_hint", token.to_owned())
}

fn back(uri: &str) -> (&'static str, String) {
    (BACK.0, uri.to_owned())
}

/// oidcc-rp-initiated-logout-discovery-endpoint-verification
#[tokio::test]
async fn discovery_names_the_end_session_endpoint() {
    each_way(&[Way::CODE], async |stage, _| {
        let url = stage.party.metadata["end_session_endpoint"].as_str().unwrap();
        assert!(url.starts_with("https://id.example.com/"), "{url}");
    })
    .await;
}

/// oidcc-rp-initiated-logout
#[tokio::test]
async fn a_sign_out_ends_the_session_and_goes_back_with_state_alone() {
    each_way(&ways(), async |stage, way| {
        let params = |token: &str| vec![hint(token), back(HOME), ("state", "a b&c=%".to_owned())];
        let (mut browser, answer) = leave(stage, way, params).await;
        assert_eq!(
            (answer.status, answer.location()),
            (303, &*format!("{HOME}?state=a+b%26c%3D%25"))
        );
        assert!(!is_signed_in(stage, &mut browser, way).await);
        // And may come in again.
        stage.sign_in(&mut browser, way, &[]).await;
    })
    .await;
}

/// oidcc-rp-initiated-logout-no-state
#[tokio::test]
async fn without_state_the_address_is_left_as_it_is() {
    each_way(&ways(), async |stage, way| {
        let (mut browser, answer) = leave(stage, way, |token| vec![hint(token), back(HOME)]).await;
        assert_eq!((answer.status, answer.location()), (303, HOME));
        assert!(!is_signed_in(stage, &mut browser, way).await);
    })
    .await;
}

/// oidcc-rp-initiated-logout-bad-post-logout-redirect-uri
#[tokio::test]
async fn an_address_that_is_not_registered_gets_a_page() {
    each_way(&ways(), async |stage, way| {
        let bad = "https://web.example.com/elsewhere";
        let (mut browser, answer) = leave(stage, way, |token| vec![hint(token), back(bad)]).await;
        stays(&answer);
        assert_eq!(answer.text("error-code"), "post_logout_redirect_uri_mismatch");
        assert!(is_signed_in(stage, &mut browser, way).await, "nothing has happened yet");
    })
    .await;
}

/// oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri
#[tokio::test]
async fn a_query_beyond_the_registered_address_gets_a_page() {
    each_way(&ways(), async |stage, way| {
        let bad = "https://web.example.com/?foo=bar";
        let (_, answer) = leave(stage, way, |token| vec![hint(token), back(bad)]).await;
        stays(&answer);
        assert_eq!(answer.text("error-code"), "post_logout_redirect_uri_mismatch");
    })
    .await;
}

/// oidcc-rp-initiated-logout-modified-id-token-hint
#[tokio::test]
async fn a_hint_that_was_made_unsigned_gets_a_page() {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
    each_way(&ways(), async |stage, way| {
        let unsigned = |token: &str| {
            let mut header = header_of(token);
            header["alg"] = Value::from("none");
            let claims = token.split('.').nth(1).unwrap();
            format!("{}.{claims}.", BASE64_URL_SAFE_NO_PAD.encode(header.to_string()))
        };
        let params = |token: &str| vec![hint(&unsigned(token)), back(HOME)];
        let (mut browser, answer) = leave(stage, way, params).await;
        stays(&answer);
        assert_eq!(answer.text("error-code"), "bad_id_token_hint");
        assert!(is_signed_in(stage, &mut browser, way).await);
    })
    .await;
}

/// oidcc-rp-initiated-logout-bad-id-token-hint
#[tokio::test]
async fn a_hint_that_somebody_else_signed_gets_a_page() {
    each_way(&ways(), async |stage, way| {
        let key = NewKey::generate(Algorithm::ES256).unwrap();
        let foreign = |token: &str| {
            let kid = keystead::domain::Kid(header_of(token)["kid"].as_str().unwrap().to_owned());
            let signer = Signer::parse(kid, Algorithm::ES256, &key.private).unwrap();
            signer.sign("JWT", &claims_of(token)).unwrap()
        };
        let params = |token: &str| vec![hint(&foreign(token)), back(HOME)];
        let (mut browser, answer) = leave(stage, way, params).await;
        stays(&answer);
        assert_eq!(answer.text("error-code"), "bad_id_token_hint");
        assert!(is_signed_in(stage, &mut browser, way).await);
    })
    .await;
}

/// oidcc-rp-initiated-logout-no-id-token-hint
#[tokio::test]
async fn an_address_without_a_hint_gets_a_page() {
    each_way(&ways(), async |stage, way| {
        let (_, answer) = leave(stage, way, |_| vec![back(HOME), ("state", "s".to_owned())]).await;
        stays(&answer);
        assert_eq!(answer.text("error-code"), "post_logout_redirect_uri_mismatch");
    })
    .await;
}

/// Sees that the person is asked, signed out, told so, and never sent away.
async fn asks(stage: &Stage, way: Way, params: &[(&'static str, &str)]) {
    let owned = |_: &str| params.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let (mut browser, page) = leave(stage, way, owned).await;
    stays(&page);
    assert!(page.has("logout-confirm"), "{}", page.body);
    let done = browser.submit(&page, &[]).await;
    stays(&done);
    assert!(done.has("logout-done") && !is_signed_in(stage, &mut browser, way).await);
}

/// oidcc-rp-initiated-logout-no-params
#[tokio::test]
async fn without_parameters_the_person_is_asked_and_signed_out_here() {
    each_way(&ways(), async |stage, way| asks(stage, way, &[]).await).await;
}

/// oidcc-rp-initiated-logout-only-state
#[tokio::test]
async fn with_state_alone_the_person_is_asked_and_signed_out_here() {
    each_way(&ways(), async |stage, way| asks(stage, way, &[("state", "s")]).await).await;
}

/// oidcc-rp-initiated-logout-no-post-logout-redirect-uri
#[tokio::test]
async fn a_hint_without_an_address_signs_out_and_says_so() {
    each_way(&ways(), async |stage, way| {
        let params = |token: &str| vec![hint(token), ("state", "s".to_owned())];
        let (mut browser, answer) = leave(stage, way, params).await;
        stays(&answer);
        assert!(answer.has("logout-done"), "{}", answer.body);
        assert!(!is_signed_in(stage, &mut browser, way).await);
    })
    .await;
}
