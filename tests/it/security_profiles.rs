//! Security profiles: chosen in one place, held at every endpoint, and the explainer names the switch.

use keystead::domain::{Algorithm, Cause, Client, ClientId, Dpop, PushedRequests, SecurityProfile};
use keystead::store::flows::{self, Filter};
use serde_json::{Value, json};

use crate::admin::{Visitor, at};
use crate::cli::each_shell;
use crate::harness::http::{self, Answer};
use crate::harness::signer::{Keys, keys, set};
use crate::harness::{Party, Scene, TestApp, each_database};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn bank(app: &TestApp, keys: &Keys) -> Scene {
    Scene::with(app, |client: &mut Client| {
        client.settings.jwks = Some(set(&[keys]));
        SecurityProfile::Fapi2.apply(&mut client.settings, false);
    })
    .await
}

/// Posts with an assertion of the client.
async fn call(
    party: &Party,
    keys: &Keys,
    endpoint: &str,
    form: &[(&str, &str)],
    proof: Option<&str>,
) -> Answer {
    let now = party.app.clock.now().0;
    let jti = format!("{:?}", party.app.random.bytes::<8>());
    let claims = json!({
        "iss": "web", "sub": "web", "aud": "https://id.example.com", "jti": jti, "exp": now + 60,
    });
    let assertion = keys.signer.sign("JWT", &claims).unwrap();
    let mut form = form.to_vec();
    form.extend([("client_assertion_type", ASSERTION), ("client_assertion", &assertion)]);
    let headers: Vec<(&str, &str)> = proof.map(|proof| ("dpop", proof)).into_iter().collect();
    http::post_with(&party.app, &party.path(endpoint), &form, &headers).await
}

async fn newest(app: &TestApp) -> Option<String> {
    while app.flows.flush(&app.db).await.unwrap() {}
    let all = app.read(async |conn| flows::list(conn, &Filter::default(), None, 1).await).await;
    all[0].cause.clone()
}

#[tokio::test]
async fn each_switch_of_fapi_2_refuses_and_is_named() {
    each_database(async |app| {
        let keys = keys(Algorithm::ES256);
        let scene = bank(&app, &keys).await;
        let party = &scene.party;
        let direct = http::get(&app.app, &party.ask(&[])).await;
        assert_eq!(direct.param("error").as_deref(), Some("invalid_request"));
        assert_eq!(newest(&app).await.as_deref(), Some(Cause::PushedRequestRequired.code()));
        app.wait(1);
        let form = [("grant_type", "authorization_code"), ("code", "x")];
        let bare = call(party, &keys, "token_endpoint", &form, None).await;
        assert_eq!(bare.error(), (400, "invalid_request".to_owned()));
        assert_eq!(newest(&app).await.as_deref(), Some(Cause::DpopProofMissing.code()));
        app.wait(1);
        let plain = party.exchange("x").await;
        assert_eq!(plain.error(), (401, "invalid_client".to_owned()));
        assert_eq!(newest(&app).await.as_deref(), Some(Cause::ClientAuthMethod.code()));
    })
    .await;
}

#[tokio::test]
async fn rs256_is_not_taken_where_fapi_2_leaves_it_out() {
    each_database(async |app| {
        let keys = keys(Algorithm::RS256);
        let scene = bank(&app, &keys).await;
        let form = [("grant_type", "authorization_code"), ("code", "x")];
        let answer = call(&scene.party, &keys, "token_endpoint", &form, None).await;
        assert_eq!(answer.error(), (401, "invalid_client".to_owned()));
        assert_eq!(newest(&app).await.as_deref(), Some(Cause::ClientAlgorithmRefused.code()));
        app.wait(1);
        let request =
            keys.signer.sign("JWT", &json!({ "iss": "web", "aud": "https://id.example.com" }));
        let url = scene.party.ask(&[("request", &request.unwrap())]);
        let answer = http::get(&app.app, &url).await;
        assert_eq!(answer.param("error").as_deref(), Some("invalid_request_object"));
        assert_eq!(newest(&app).await.as_deref(), Some(Cause::ClientAlgorithmRefused.code()));
        let document: Value =
            http::get(&app.app, "/application/o/web/.well-known/openid-configuration").await.json();
        for list in [
            "token_endpoint_auth_signing_alg_values_supported",
            "request_object_signing_alg_values_supported",
        ] {
            let strong = json!(["PS256", "ES256", "ES384", "EdDSA", "Ed25519"]);
            assert_eq!(document[list], strong, "{list}");
        }
        assert_eq!(document["require_pushed_authorization_requests"], true);
    })
    .await;
}

#[tokio::test]
async fn a_profile_is_chosen_in_the_shell() {
    each_shell(|shell| {
        shell.done("client create wiki --redirect-uri https://wiki.example.com/cb");
        assert_eq!(shell.json("client show wiki")["profile"], "standard");
        let refused = shell.run("client update wiki --profile fapi2");
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("--jwks-file"), "{}", refused.err);
        assert_eq!(shell.json("client show wiki")["profile"], "standard");
        let keys = "--jwks-uri https://wiki.example.com/jwks";
        shell.done(&format!("client update wiki --profile fapi2 {keys}"));
        let wiki = shell.json("client show wiki");
        assert_eq!(wiki["profile"], "fapi2");
        assert_eq!(wiki["settings"]["dpop"], "required");
        shell.done("client update wiki --profile legacy");
        assert_eq!(shell.json("client show wiki")["profile"], "legacy");
        assert!(shell.done("client show wiki").contains("security profile"));
        shell.done("client update wiki --profile strict --pkce optional --alg ES256");
        let wiki = shell.json("client show wiki");
        assert_eq!(
            (&wiki["profile"], &wiki["settings"]["pkce"]),
            (&json!(null), &json!("optional"))
        );
        let misused = shell.run("client update wiki --profile paranoid");
        assert_eq!(misused.code, 2);
        assert!(misused.err.contains("use standard, strict, fapi2 or legacy"), "{}", misused.err);
    })
    .await;
}

#[tokio::test]
async fn the_console_says_what_a_profile_would_change_before_it_does() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("web").await;
        let web = || app.registry().client(&ClientId("web".into())).unwrap();
        let page = root.get(&at("web", "/security")).await;
        let (_, panel) = page.body.split_once("id=\"profile\"").unwrap();
        assert!(panel[..300].contains(">Standard</span>"), "{}", page.body);
        let path = at("web", "/profile");
        let page = root.get(&path).await;
        assert!(
            page.body.contains("<td>Pushed requests (PAR)</td><td>Optional</td><td>Required</td>"),
            "{}",
            page.body
        );
        let refused = root.post(&path, &[("profile", "fapi2")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("give its public keys"), "{}", refused.body);
        assert_eq!(web().settings.dpop, Dpop::Optional);
        assert_eq!(root.post(&path, &[("profile", "x")]).await.status, 422);
        let page = root.done(&path, &[("profile", "legacy")]).await;
        assert_eq!(page.text("toast"), "web has the profile Legacy now.");
        assert_eq!(SecurityProfile::of(&web()), Some(SecurityProfile::Legacy));
        assert_eq!(web().settings.pushed_requests, PushedRequests::Optional);
    })
    .await;
}

/// A row of the table in the documentation.
fn row(profile: SecurityProfile) -> String {
    let switches = profile.switches().iter().map(|switch| {
        let allowed = switch.allowed.join("`, `");
        let with = switch.with.map_or(String::new(), |grant| format!(" with `{}`", grant.word()));
        format!("`{}`: `{allowed}`{with}", switch.field)
    });
    let switches: Vec<String> = switches.collect();
    format!("| `{}` | {} | {} |", profile.as_str(), profile.about(), switches.join("<br>"))
}

#[test]
fn the_documentation_shows_every_switch_of_every_profile() {
    let document = std::fs::read_to_string("docs/profiles.md").unwrap();
    for profile in SecurityProfile::ALL {
        assert!(
            document.contains(&row(profile)),
            "docs/profiles.md needs the row\n{}",
            row(profile)
        );
    }
}
