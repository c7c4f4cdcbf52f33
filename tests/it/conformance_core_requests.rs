//! The basic, implicit, hybrid and form post plans: what stands in a request. Each story names its
//! module, and is told in each way of those plans that has it.

use serde_json::json;

use crate::harness::registrar::{open_node, party, registered};
use crate::harness::steps::handed_over;
use crate::harness::{Way, each_database, each_way, http};

/// Those in which no ID token comes through the browser.
fn without_early_id_token() -> Vec<Way> {
    Way::all().into_iter().filter(|way| !way.has("id_token")).collect()
}

/// oidcc-response-type-missing
#[tokio::test]
async fn a_missing_response_type_is_told_to_the_client_in_the_query_or_posted() {
    each_way(&[Way::CODE, Way { posted: true, ..Way::CODE }], async |stage, way| {
        let answer = stage.browser().get(&stage.ask(way, &[("response_type", "")])).await;
        assert_eq!(stage.error(way, &answer), "invalid_request");
    })
    .await;
}

/// oidcc-ensure-request-without-nonce-succeeds-for-code-flow
#[tokio::test]
async fn a_nonce_is_not_needed_where_the_id_token_comes_from_the_token_endpoint() {
    each_way(&without_early_id_token(), async |stage, way| {
        let (_, brought) = stage.signed_in(way, &[("nonce", "")]).await;
        assert!(!brought.claims().contains_key("nonce"));
    })
    .await;
}

/// oidcc-ensure-request-without-nonce-fails
#[tokio::test]
async fn a_nonce_is_needed_where_an_id_token_comes_through_the_browser() {
    each_way(&Way::with("id_token"), async |stage, way| {
        let answer = stage.browser().get(&stage.ask(way, &[("nonce", "")])).await;
        assert_eq!(stage.error(way, &answer), "invalid_request");
    })
    .await;
}

/// oidcc-alternate-happy-flow
#[tokio::test]
async fn scopes_and_parameters_may_come_in_any_order() {
    each_way(&Way::all(), async |stage, way| {
        let more = [("scope", "email openid profile")];
        let mut browser = stage.browser();
        stage.sign_in(&mut browser, way, &more).await;
        let ask = stage.ask(way, &more);
        let (path, query) = ask.split_once('?').unwrap();
        let turned: Vec<&str> = query.split('&').rev().collect();
        let answer = browser.get(&format!("{path}?{}", turned.join("&"))).await;
        stage.take(way, &answer, &more).await;
    })
    .await;
}

/// Sees that a request is answered as if it did not have this parameter.
async fn is_no_error(name: &'static str, value: &'static str) {
    each_way(&Way::all(), async |stage, way| {
        stage.signed_in(way, &[(name, value)]).await;
    })
    .await;
}

/// oidcc-display-page
#[tokio::test]
async fn display_page_is_no_error() {
    is_no_error("display", "page").await;
}

/// oidcc-display-popup
#[tokio::test]
async fn display_popup_is_no_error() {
    is_no_error("display", "popup").await;
}

#[tokio::test]
async fn other_displays_are_no_errors_either() {
    each_way(&[Way::CODE], async |stage, way| {
        for display in ["touch", "wap", "hologram"] {
            stage.signed_in(way, &[("display", display)]).await;
        }
    })
    .await;
}

/// oidcc-ensure-request-with-unknown-parameter-succeeds
#[tokio::test]
async fn unknown_parameters_are_ignored() {
    is_no_error("extra", "foobar").await;
}

/// oidcc-ui-locales
#[tokio::test]
async fn a_language_that_there_is_not_is_no_error() {
    is_no_error("ui_locales", "se").await;
}

/// oidcc-claims-locales
#[tokio::test]
async fn claims_in_a_language_that_there_is_not_are_no_error() {
    is_no_error("claims_locales", "se").await;
}

/// oidcc-login-hint
#[tokio::test]
async fn a_hint_at_somebody_unknown_is_no_error_and_the_field_stays_editable() {
    each_way(&Way::all(), async |stage, way| {
        let more = [("login_hint", "buffy@id.example.com")];
        let mut browser = stage.browser();
        let page = browser.get(&stage.ask(way, &more)).await;
        let page = browser.follow(page).await;
        let (_, field) = page.body.split_once("id=\"username\"").unwrap();
        let field = field.split_once('>').unwrap().0;
        assert!(field.contains("buffy@id.example.com"), "{field}");
        assert!(!field.contains("readonly") && !field.contains("disabled"), "{field}");
        stage.sign_in(&mut browser, way, &more).await;
    })
    .await;
}

/// oidcc-ensure-request-with-acr-values-succeeds
#[tokio::test]
async fn of_acr_values_that_are_asked_for_one_is_returned() {
    each_way(&Way::all(), async |stage, way| {
        for values in ["1", "1 2"] {
            let (_, brought) = stage.signed_in(way, &[("acr_values", values)]).await;
            assert_eq!(brought.claims()["acr"], "1", "{values}");
        }
        assert_eq!(stage.party.metadata["acr_values_supported"], json!(["1"]));
    })
    .await;
}

/// oidcc-ensure-registered-redirect-uri
#[tokio::test]
async fn an_unregistered_redirect_uri_gets_a_page_and_never_a_redirect() {
    each_way(&Way::all(), async |stage, way| {
        for uri in ["https://web.example.com/callback/x1", "https://web.example.com/callback?x=1"] {
            let answer = stage.browser().get(&stage.ask(way, &[("redirect_uri", uri)])).await;
            assert_eq!((answer.status, answer.location()), (400, ""));
            assert_eq!(answer.text("error-code"), "redirect_uri_mismatch");
            assert!(!answer.body.contains("web.example.com"), "nothing registered is shown");
        }
        let answer = stage.browser().get(&stage.ask(way, &[("redirect_uri", "")])).await;
        assert_eq!(answer.text("error-code"), "redirect_uri_missing");
    })
    .await;
}

/// oidcc-ensure-post-request-succeeds
#[tokio::test]
async fn a_request_may_be_posted_though_cookies_stay_behind() {
    each_way(&Way::all(), async |stage, way| {
        let (mut browser, _) = stage.signed_in(way, &[]).await;
        let ask = stage.ask(way, &[]);
        let (path, query) = ask.split_once('?').unwrap();
        let form: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        // From another site a browser sends no Lax cookie along with a POST.
        let answer = http::post(&stage.node, path, &form).await;
        let answer = browser.follow(answer).await;
        stage.take(way, &answer, &[]).await;
    })
    .await;
}

/// oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
#[tokio::test]
async fn an_address_of_an_unsigned_request_is_rejected_as_unsupported() {
    each_way(&Way::all(), async |stage, way| {
        let more = [("request_uri", "https://web.example.com/request")];
        let answer = stage.browser().get(&stage.ask(way, &more)).await;
        assert_eq!(stage.error(way, &answer), "request_uri_not_supported");
    })
    .await;
}

/// oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported
#[tokio::test]
async fn an_unsigned_request_object_is_rejected_as_unsupported_and_never_ignored() {
    each_way(&Way::all(), async |stage, way| {
        // {"alg":"none"}
        let more = [("request", "eyJhbGciOiJub25lIn0.e30.")];
        let answer = stage.browser().get(&stage.ask(way, &more)).await;
        assert_eq!(stage.error(way, &answer), "request_not_supported");
        let algs = stage.party.metadata["request_object_signing_alg_values_supported"].to_string();
        assert!(algs.contains("RS256") && !algs.contains("none"), "{algs}");
    })
    .await;
    each_database(async |app| {
        app.client("web").await;
        let own = http::get(&app.app, "/oauth2/openid/web/.well-known/openid-configuration").await;
        let own = own.json();
        assert_eq!(own["request_parameter_supported"], false, "it has no keys");
        assert_eq!(own["request_uri_parameter_supported"], false, "and no addresses");
        assert!(own.get("request_object_signing_alg_values_supported").is_none());
    })
    .await;
}

/// oidcc-ensure-request-object-with-redirect-uri
#[tokio::test]
async fn a_redirect_uri_in_an_unsigned_object_leads_nowhere() {
    each_way(&Way::all(), async |stage, way| {
        use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
        let claims = json!({ "redirect_uri": stage.party.redirect_uri }).to_string();
        let object = format!("eyJhbGciOiJub25lIn0.{}.", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let more = [("request", &*object), ("redirect_uri", "https://web.example.com/other")];
        let answer = stage.browser().get(&stage.ask(way, &more)).await;
        assert_eq!((answer.status, answer.location()), (400, ""));
    })
    .await;
}

/// oidcc-ensure-request-with-valid-pkce-succeeds
#[tokio::test]
async fn a_challenge_and_its_verifier_are_taken_from_a_confidential_client() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        for way in Way::with("code") {
            let grants: &[&str] = match way.kind {
                "code" => &["authorization_code"],
                _ => &["authorization_code", "implicit"],
            };
            let more = json!({ "response_types": [way.kind], "grant_types": grants });
            let mut party = party(&node, &registered(&node, &more).await).await;
            for pkce in [false, true] {
                party.pkce = pkce;
                let mode = if way.posted { "form_post" } else { "" };
                let more = [("response_type", way.kind), ("response_mode", mode)];
                let ask = party.ask(&more);
                let answer = crate::harness::Browser::new(&node).authorize(&ask, "alice").await;
                let fields = handed_over(&answer);
                let (_, code) = fields.iter().find(|(name, _)| name == "code").unwrap();
                assert_eq!(party.exchange(code).await.status, 200, "{way:?} {pkce}");
            }
        }
        node.db.close().await;
    })
    .await;
}
