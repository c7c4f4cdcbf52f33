//! Proofs of possession (DPoP, RFC 9449), beside the rows of FAPI 2.0 (`conformance_fapi_proofs`).

use futures_util::future::join_all;
use keystead::domain::Dpop;
use serde_json::json;

use crate::harness::http::{self, Answer};
use crate::harness::prover::{Draft, Prover, ath};
use crate::harness::{Party, Scene, TestApp, each_database, wait};

const TOKEN: &str = "https://id.example.com/oauth2/token";
const USERINFO: &str = "https://id.example.com/oauth2/userinfo";

/// The client must prove a key, and gets a token for the one it proves.
async fn bound(app: &TestApp) -> (Scene, Prover, String) {
    let mut scene = Scene::with(app, |client| client.settings.dpop = Dpop::Required).await;
    let prover = Prover::new();
    let code = scene.code().await;
    let answer = scene.party.exchange_with(&code, &prover.for_token(&scene.party)).await;
    assert_eq!((answer.status, &answer.json()["token_type"]), (200, &json!("DPoP")));
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    (scene, prover, token)
}

fn named(answer: &Answer) -> (u16, String) {
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.starts_with("DPoP algs=\"ES256 ES384 PS256 EdDSA Ed25519\", error="),
        "{challenge}"
    );
    answer.error()
}

fn invalid(status: u16) -> (u16, String) {
    (status, "invalid_dpop_proof".to_owned())
}

#[tokio::test]
async fn a_bound_token_opens_userinfo_for_whoever_holds_its_key() {
    each_database(async |app| {
        let (scene, prover, token) = bound(&app).await;
        let party = &scene.party;
        // The scheme is read in any case.
        for scheme in ["DPoP", "dpop"] {
            let proof = prover.for_userinfo(party, &token);
            let answer = party.userinfo_with((scheme, &token), &proof).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert!(answer.json()["sub"].is_string());
        }
        let post = prover.proof(&app, ("POST", USERINFO), |d| d.claims["ath"] = json!(ath(&token)));
        let headers = [("authorization", &format!("DPoP {token}")[..]), ("dpop", &post)];
        assert_eq!(http::post_with(&app.app, "/oauth2/userinfo", &[], &headers).await.status, 200);
        let stolen = party.userinfo(&token).await;
        assert_eq!(named(&stolen), (401, "invalid_token".to_owned()));
        let thief = Prover::new();
        let proof = thief.for_userinfo(party, &token);
        let answer = party.userinfo_with(("DPoP", &token), &proof).await;
        assert_eq!(named(&answer), (401, "invalid_token".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn what_anybody_may_use_is_not_taken_for_bound() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let tokens = scene.tokens(&[]).await;
        let token = tokens.get("access_token");
        let proof = Prover::new().for_userinfo(&scene.party, token);
        let answer = scene.party.userinfo_with(("DPoP", token), &proof).await;
        assert_eq!(named(&answer), (401, "invalid_token".to_owned()));
        assert_eq!(scene.party.userinfo(token).await.status, 200);
    })
    .await;
}

/// A way to spoil a proof, and its name.
type Spoiled = (&'static str, fn(&mut Draft));

const SPOILED: &[Spoiled] = &[
    ("typ", |d| d.header["typ"] = json!("JWT")),
    ("no typ", |d| drop(d.header.as_object_mut().unwrap().remove("typ"))),
    ("no alg", |d| drop(d.header.as_object_mut().unwrap().remove("alg"))),
    ("alg none", |d| d.header["alg"] = json!("none")),
    ("alg RS256", |d| d.header["alg"] = json!("RS256")),
    ("alg HS256", |d| d.header["alg"] = json!("HS256")),
    ("alg of another kind", |d| d.header["alg"] = json!("PS256")),
    ("crit", |d| d.header["crit"] = json!(["exp"])),
    ("no jwk", |d| drop(d.header.as_object_mut().unwrap().remove("jwk"))),
    ("a private jwk", |d| d.header["jwk"]["d"] = json!("AA")),
    ("a jwk that is no point", |d| d.header["jwk"]["x"] = json!("AA")),
    ("the jwk of another", |d| d.header["jwk"] = Prover::new().jwk),
    ("no jti", |d| drop(d.claims.as_object_mut().unwrap().remove("jti"))),
    ("no htm", |d| drop(d.claims.as_object_mut().unwrap().remove("htm"))),
    ("htm", |d| d.claims["htm"] = json!("PUT")),
    ("no htu", |d| drop(d.claims.as_object_mut().unwrap().remove("htu"))),
    ("htu", |d| d.claims["htu"] = json!("https://id.example.com/oauth2/other")),
    ("no iat", |d| drop(d.claims.as_object_mut().unwrap().remove("iat"))),
    ("iat an hour ago", |d| d.claims["iat"] = json!(d.claims["iat"].as_i64().unwrap() - 3600)),
    ("iat in an hour", |d| d.claims["iat"] = json!(d.claims["iat"].as_i64().unwrap() + 3600)),
];

/// fapi2-security-profile-final-dpop-negative-tests
#[tokio::test]
async fn no_spoiled_proof_counts_at_userinfo_and_what_else_a_good_one_says_does_not_matter() {
    each_database(async |app| {
        let (scene, prover, token) = bound(&app).await;
        let party = &scene.party;
        let own: [Spoiled; 2] = [
            ("no ath", |d| drop(d.claims.as_object_mut().unwrap().remove("ath"))),
            ("ath", |d| d.claims["ath"] = json!(ath("another"))),
        ];
        for (what, spoil) in SPOILED.iter().chain(&own) {
            let proof = prover.proof(&app, ("GET", USERINFO), |draft| {
                draft.claims["ath"] = json!(ath(&token));
                spoil(draft);
            });
            let answer = party.userinfo_with(("DPoP", &token), &proof).await;
            assert_eq!(named(&answer), invalid(401), "{what}");
        }
        let good = prover.for_userinfo(party, &token);
        for bad in ["", "a.b.c", &good[..good.len() - 4], &format!("{good}.x")] {
            let answer = party.userinfo_with(("DPoP", &token), bad).await;
            assert_eq!(named(&answer), invalid(401), "{bad}");
        }
        let sent = format!("DPoP {token}");
        let twice = [("authorization", &sent[..]), ("dpop", &good), ("dpop", &good)];
        let answer = http::get_with(&app.app, "/oauth2/userinfo", &twice).await;
        assert_eq!(named(&answer), invalid(401));
        let none = http::get_with(&app.app, "/oauth2/userinfo", &twice[..1]).await;
        assert_eq!(named(&none), invalid(401));
        let other = Prover::new().for_userinfo(party, &token);
        for (scheme, proof) in [("DPoP", &other), ("Bearer", &good)] {
            let answer = party.userinfo_with((scheme, &token), proof).await;
            assert_eq!(named(&answer), (401, "invalid_token".to_owned()), "{scheme}");
        }
        for (what, change) in HARMLESS {
            let proof = prover.proof(&app, ("GET", USERINFO), |draft| {
                draft.claims["ath"] = json!(ath(&token));
                change(draft);
            });
            let first = party.userinfo_with(("DPoP", &token), &proof).await;
            assert_eq!(first.status, 200, "{what}: {}", first.body);
            let again = party.userinfo_with(("DPoP", &token), &proof).await;
            assert_eq!(named(&again), invalid(401), "{what}: once");
        }
    })
    .await;
}

/// What may stand in a proof.
const HARMLESS: &[Spoiled] = &[
    ("query and fragment", |d| d.claims["htu"] = json!(format!("{USERINFO}?a=b#c"))),
    ("the default port", |d| {
        d.claims["htu"] = json!("HTTPS://ID.example.com:443/oauth2/userinfo");
    }),
    ("more members", |d| {
        d.header["x"] = json!(1);
        d.claims["y"] = json!({});
    }),
];

#[tokio::test]
async fn no_spoiled_proof_counts_at_the_token_endpoint() {
    each_database(async |app| {
        let scene = Scene::with(&app, |client| client.settings.dpop = Dpop::Required).await;
        let prover = Prover::new();
        for (what, spoil) in SPOILED {
            let proof = prover.proof(&app, ("POST", TOKEN), spoil);
            let answer = scene.party.exchange_with("x", &proof).await;
            assert_eq!(answer.error(), invalid(400), "{what}");
        }
        assert_eq!(scene.party.exchange("x").await.error(), (400, "invalid_request".to_owned()));
        let good = prover.for_token(&scene.party);
        let answer = scene.party.exchange_with("x", &good).await;
        assert_eq!(answer.error(), (400, "invalid_grant".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_that_asked_for_it() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let (prover, other) = (Prover::new(), Prover::new());
        let asked = [("dpop_jkt", prover.jkt.as_str())];
        let code = scene.code_for(&asked).await;
        let answer = scene.party.exchange_with(&code, &prover.for_token(&scene.party)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        for with in [Some(&other), None] {
            let code = scene.code_for(&asked).await;
            let answer = match with {
                Some(key) => scene.party.exchange_with(&code, &key.for_token(&scene.party)).await,
                None => scene.party.exchange(&code).await,
            };
            assert_eq!(answer.error(), (400, "invalid_grant".to_owned()));
        }
        let answer = scene.ask(&[("dpop_jkt", "short")]).await;
        assert_eq!(answer.param("error").as_deref(), Some("invalid_request"));
    })
    .await;
}

#[tokio::test]
async fn a_proof_at_the_push_endpoint_binds_the_code() {
    each_database(async |app| {
        let mut scene = Scene::with(&app, |client| client.settings.dpop = Dpop::Required).await;
        let (prover, other) = (Prover::new(), Prover::new());
        let push = async |party: &Party, proof: &str, jkt: &str| {
            let url = party.ask(&[("dpop_jkt", jkt)]);
            let query = url.split_once('?').unwrap().1.to_owned();
            let form: Vec<(String, String)> =
                url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let form: Vec<_> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let endpoint = "pushed_authorization_request_endpoint";
            party.call_with(endpoint, &form, &[("dpop", proof)]).await
        };
        let url = "https://id.example.com/oauth2/par";
        let proof = || prover.proof(&app, ("POST", url), |_| {});
        let refused = push(&scene.party, &proof(), &other.jkt).await;
        assert_eq!(refused.error(), invalid(400));
        let spoiled = prover.proof(&app, ("POST", TOKEN), |_| {});
        assert_eq!(push(&scene.party, &spoiled, "").await.error(), invalid(400));
        for (proof, jkt, redeems) in
            [(proof(), "", true), (proof(), prover.jkt.as_str(), true), (proof(), "", false)]
        {
            let pushed = push(&scene.party, &proof, jkt).await;
            assert_eq!(pushed.status, 201, "{}", pushed.body);
            let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
            let asked = http::encode(&[("client_id", "web"), ("request_uri", &uri)]);
            let url = format!("/oauth2/authorize?{asked}");
            let code = scene.browser.authorize(&url, "alice").await.param("code").unwrap();
            let key = if redeems { &prover } else { &other };
            let answer = scene.party.exchange_with(&code, &key.for_token(&scene.party)).await;
            assert_eq!(answer.status == 200, redeems, "{}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_proof_is_good_once_on_any_number_of_nodes() {
    each_database(async |app| {
        let (scene, prover, token) = bound(&app).await;
        let other = app.another_node().await;
        let proof = prover.for_userinfo(&scene.party, &token);
        let sent = format!("DPoP {token}");
        let race = (0..50).map(async |n: usize| {
            let node = if n.is_multiple_of(2) { &app.app } else { &other };
            let headers = [("authorization", sent.as_str()), ("dpop", proof.as_str())];
            http::get_with(node, "/oauth2/userinfo", &headers).await.status
        });
        let answers = join_all(race).await;
        let good = answers.iter().filter(|status| **status == 200).count();
        let bad = answers.iter().filter(|status| **status == 401).count();
        assert_eq!((good, bad), (1, 49), "{answers:?}");
        // The same jti of another key is another proof.
        let jti = |draft: &mut Draft| draft.claims["jti"] = json!("same");
        for key in [Prover::new(), Prover::new()] {
            let proof = key.proof(&app, ("POST", TOKEN), jti);
            let answer = scene.party.exchange_with("x", &proof).await;
            assert_eq!(answer.error(), (400, "invalid_grant".to_owned()));
        }
        other.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_that_needs_our_nonce_is_told_it() {
    each_database(async |app| {
        let mut scene = Scene::with(&app, |client| client.settings.dpop = Dpop::Nonce).await;
        let other = app.another_node().await;
        let prover = Prover::new();
        let code = scene.code().await;
        let asked = scene.party.exchange_with(&code, &prover.for_token(&scene.party)).await;
        assert_eq!(asked.error(), (400, "use_dpop_nonce".to_owned()));
        let nonce = asked.header("dpop-nonce").to_owned();
        assert!(nonce.len() >= 16, "{nonce}");
        // A clock that is an hour off does not matter then, and any node knows the nonce.
        scene.party.app = other.clone();
        let with = |place: (&str, &str), token: Option<&str>, nonce: &str| {
            prover.proof(&app, place, |draft| {
                draft.claims["nonce"] = json!(nonce);
                draft.claims["iat"] = json!(draft.claims["iat"].as_i64().unwrap() - 3600);
                if let Some(token) = token {
                    draft.claims["ath"] = json!(ath(token));
                }
            })
        };
        let answer = scene.party.exchange_with(&code, &with(("POST", TOKEN), None, &nonce)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let proof = with(("GET", USERINFO), Some(&token), &nonce);
        assert_eq!(scene.party.userinfo_with(("DPoP", &token), &proof).await.status, 200);
        wait(&other, 601);
        let proof = with(("GET", USERINFO), Some(&token), &nonce);
        let late = scene.party.userinfo_with(("DPoP", &token), &proof).await;
        assert_eq!(named(&late), (401, "use_dpop_nonce".to_owned()));
        assert_ne!(late.header("dpop-nonce"), nonce);
        other.db.close().await;
    })
    .await;
}
