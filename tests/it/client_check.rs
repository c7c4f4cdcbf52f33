//! The integration check: what it finds in what the server answers, and against a running server.

use keystead::domain::{Algorithm, AuthMethod, Client, Dpop, GrantType, Pkce, Scopes, Timestamp};
use keystead::integration::{
    self, Expected, Finding, Heard, Library, NO_CODE, Observed, Reply, Unreached, Verdict,
    authentication_method, authorization_url,
};
use serde_json::Value;

use crate::harness::http::{self, Answer};
use crate::harness::{Party, Registered, TestApp, each_database};
use crate::processes::Installation;

const ISSUER: &str = "https://id.example.com";
const CALLBACK: &str = "https://netbox.example.com/oauth/complete/oidc/";

fn reply(answer: &Answer) -> Reply {
    let location = Some(answer.location().to_owned()).filter(|to| !to.is_empty());
    Reply { status: answer.status, location, date: None, body: answer.body.clone() }
}

/// What the router answers to whoever plays the relying party.
async fn observed(app: &TestApp, expected: &Expected<'_>, secret: Option<&str>) -> Observed {
    let get = async |url: &str| -> Heard {
        Ok(reply(&http::get(&app.app, url.strip_prefix(ISSUER).unwrap()).await))
    };
    let discovery = get(&format!("{ISSUER}/.well-known/openid-configuration")).await;
    let document = discovery.as_ref().unwrap().json();
    let url = document["authorization_endpoint"].as_str().unwrap();
    let authorization = match authorization_url(url, expected) {
        Some(url) => Some(get(&url).await),
        None => None,
    };
    let authentication = match (authentication_method(expected, &document), secret) {
        (Some(method), Some(secret)) => {
            let party = Party {
                app: app.app.clone(),
                id: expected.client.id.0.clone(),
                secret: Some(secret.to_owned()),
                redirect_uri: CALLBACK.to_owned(),
                metadata: document.clone(),
                pkce: false,
                signs: None,
            };
            let form = [("grant_type", "authorization_code"), ("code", NO_CODE)];
            Some((method, Ok(reply(&party.call("token_endpoint", &form).await))))
        }
        _ => None,
    };
    let now = app.clock.now_ms();
    Observed {
        doubled: get(&format!("{ISSUER}//.well-known/openid-configuration")).await,
        jwks: Some(get(document["jwks_uri"].as_str().unwrap()).await),
        status: get(&format!("{ISSUER}/status")).await,
        asked_ms: (now, now),
        discovery,
        authorization,
        authentication,
    }
}

fn netbox(client: &mut Client) {
    client.redirect_uris = vec![CALLBACK.into()];
    client.post_logout_redirect_uris = vec!["https://netbox.example.com/".into()];
    client.settings.pkce = Pkce::Optional;
    client.settings.grant_types = vec![GrantType::AuthorizationCode];
}

fn maps() -> Vec<(String, Scopes)> {
    vec![("everyone".into(), Scopes::parse("openid profile email groups"))]
}

fn expected<'a>(client: &'a Client, library: &str, maps: &'a [(String, Scopes)]) -> Expected<'a> {
    let library = library.parse().unwrap();
    Expected { issuer: ISSUER, client, library, maps, serves_tls: true, trusts_proxy: false }
}

fn of<'f>(findings: &'f [Finding], id: &str) -> &'f Finding {
    findings.iter().find(|finding| finding.id == id).unwrap_or_else(|| panic!("no {id}"))
}

async fn registered(app: &TestApp, change: impl FnOnce(&mut Client)) -> Registered {
    app.client_with("netbox", |client| {
        netbox(client);
        change(client);
    })
    .await
}

/// The findings for a client after `change`, as this library.
async fn found(app: &TestApp, library: &str, change: impl FnOnce(&mut Client)) -> Vec<Finding> {
    let registered = registered(app, change).await;
    let maps = maps();
    let expected = expected(&registered.client, library, &maps);
    let secret = registered.secret.as_ref().map(|secret| secret.expose().to_owned());
    integration::check(&expected, &observed(app, &expected, secret.as_deref()).await)
}

#[tokio::test]
async fn a_client_as_the_template_makes_it_has_nothing_to_mend() {
    each_database(async |app| {
        let findings = found(&app, "social-core:4.3.0", |_| ()).await;
        let wrong: Vec<&Finding> =
            findings.iter().filter(|finding| finding.verdict != Verdict::Ok).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(integration::verdict(&findings), Verdict::Ok);
        let ids: Vec<&str> = findings.iter().map(|finding| finding.id).collect();
        let all = "tls proxy clock discovery doubled_slash issuer endpoints jwks algorithm client \
                   redirect_uri pkce access claims authorization client_authentication post_logout";
        assert_eq!(ids.join(" "), all);
        let page = std::fs::read_to_string("docs/troubleshooting.md").unwrap();
        assert!(ids.iter().all(|id| page.contains(&format!("`{id}`"))), "docs/troubleshooting.md");
    })
    .await;
}

#[tokio::test]
async fn what_a_library_cannot_do_depends_on_its_version() {
    for (library, verdict, words) in [
        ("social-core:4.8.3", Verdict::Fail, "python-social-auth 4.8.3 cannot send it"),
        ("social-core:4.8.7", Verdict::Warn, "sends it only when told"),
        ("social-core", Verdict::Warn, "from 4.8.7 on"),
        ("generic", Verdict::Ok, "switch it on"),
    ] {
        each_database(async |app| {
            let findings = found(&app, library, |c| c.settings.pkce = Pkce::Required).await;
            let pkce = of(&findings, "pkce");
            assert_eq!(pkce.verdict, verdict, "{library}");
            assert!(pkce.sentence.contains(words), "{library}: {}", pkce.sentence);
            let tried = of(&findings, "authorization").verdict;
            let fails = verdict == Verdict::Fail;
            assert_eq!(tried == Verdict::Fail, fails, "{library}: played for real");
        })
        .await;
    }
}

#[tokio::test]
async fn what_social_core_cannot_read_is_a_failure() {
    for (library, verdict) in [("social-core", Verdict::Fail), ("generic", Verdict::Warn)] {
        each_database(async |app| {
            let sign = |client: &mut Client| {
                client.settings.userinfo_signed_response_alg = Some(Algorithm::RS256);
            };
            let findings = found(&app, library, sign).await;
            let answers = of(&findings, "answers");
            assert_eq!(answers.verdict, verdict);
            assert!(answers.sentence.contains("signed userinfo"), "{}", answers.sentence);
            let page = std::fs::read_to_string("docs/troubleshooting.md").unwrap();
            assert!(page.contains("`answers`"), "docs/troubleshooting.md");
        })
        .await;
    }
}

#[tokio::test]
async fn an_algorithm_that_must_be_named_is_a_warning_with_both_ways_out() {
    each_database(async |app| {
        let findings = found(&app, "social-core", |c| c.settings.alg = Algorithm::ES256).await;
        let algorithm = of(&findings, "algorithm");
        assert_eq!(algorithm.verdict, Verdict::Warn);
        let fix = algorithm.fix.as_ref().unwrap();
        assert!(fix.contains("SOCIAL_AUTH_OIDC_JWT_ALGORITHMS = ['RS256', 'ES256']"), "{fix}");
        assert!(fix.contains("keystead client update netbox --alg RS256"), "{fix}");
        assert_eq!(of(&findings, "jwks").verdict, Verdict::Ok);
    })
    .await;
}

#[tokio::test]
async fn a_redirect_uri_that_the_library_does_not_send_is_a_failure() {
    for (uri, words, fix) in [
        ("https://netbox.example.com/oauth/complete/oidc", "lacks the slash", CALLBACK),
        ("https://netbox.example.com/callback", "comes back to .../oauth/complete/oidc/", CALLBACK),
        ("", "No redirect URI is registered", "https://HOST/oauth/complete/oidc/"),
    ] {
        each_database(async |app| {
            let change = |client: &mut Client| {
                client.redirect_uris = vec![uri.to_owned()];
                client.redirect_uris.retain(|uri| !uri.is_empty());
            };
            let findings = found(&app, "social-core", change).await;
            let redirect_uri = of(&findings, "redirect_uri");
            assert_eq!(redirect_uri.verdict, Verdict::Fail, "{uri}");
            assert!(redirect_uri.sentence.contains(words), "{}", redirect_uri.sentence);
            let told = redirect_uri.fix.as_ref().unwrap();
            assert!(told.contains(&format!("add-redirect-uri netbox {fix}`")), "{told}");
            assert_eq!(of(&findings, "authorization").verdict, Verdict::Fail);
        })
        .await;
    }
}

#[tokio::test]
async fn an_address_without_encryption_is_a_warning_beside_a_good_one() {
    each_database(async |app| {
        let findings = found(&app, "social-core", |client| {
            client.redirect_uris.push("http://netbox.lan/oauth/complete/oidc/".into());
            client.redirect_uris.push("http://127.0.0.1:8000/oauth/complete/oidc/".into());
        })
        .await;
        let verdicts: Vec<Verdict> = findings
            .iter()
            .filter(|finding| finding.id == "redirect_uri")
            .map(|finding| finding.verdict)
            .collect();
        assert_eq!(verdicts, [Verdict::Ok, Verdict::Warn]);
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_proven_without_a_person() {
    each_database(async |app| {
        let registered = registered(&app, |_| ()).await;
        let maps = maps();
        let expected = expected(&registered.client, "social-core", &maps);
        let judge = async |secret: Option<&str>| {
            let findings = integration::check(&expected, &observed(&app, &expected, secret).await);
            of(&findings, "client_authentication").verdict
        };
        let secret = registered.secret.as_ref().unwrap().expose();
        assert_eq!(judge(Some(secret)).await, Verdict::Ok);
        assert_eq!(judge(Some("another secret")).await, Verdict::Fail);
        assert_eq!(judge(None).await, Verdict::Warn);
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_proven_though_tokens_are_for_the_holder_of_a_key() {
    each_database(async |app| {
        let findings = found(&app, "generic", |client| client.settings.dpop = Dpop::Required).await;
        let found = of(&findings, "client_authentication");
        assert_eq!(found.verdict, Verdict::Ok, "{}", found.sentence);
    })
    .await;
}

#[tokio::test]
async fn a_method_that_the_library_does_not_use_is_named() {
    each_database(async |app| {
        let post = |client: &mut Client| {
            client.settings.auth_method = Some(AuthMethod::ClientSecretPost);
        };
        let findings = found(&app, "social-core", post).await;
        let found = of(&findings, "client_authentication");
        assert_eq!(found.verdict, Verdict::Fail);
        assert!(found.fix.as_ref().unwrap().contains("--auth-method either"), "{found:?}");
    })
    .await;
}

#[tokio::test]
async fn a_closed_client_or_one_without_people_is_a_failure() {
    each_database(async |app| {
        let closed = |client: &mut Client| client.disabled_at = Some(Timestamp(1));
        let registered = registered(&app, closed).await;
        let (none, narrow) =
            (Vec::new(), vec![("staff".to_owned(), Scopes::parse("openid email"))]);
        let empty = expected(&registered.client, "social-core", &none);
        let observed = observed(&app, &empty, None).await;
        let findings = integration::check(&empty, &observed);
        assert_eq!(of(&findings, "client").verdict, Verdict::Fail);
        assert_eq!(of(&findings, "access").verdict, Verdict::Fail);
        let narrow = expected(&registered.client, "social-core", &narrow);
        let findings = integration::check(&narrow, &observed);
        let claims = of(&findings, "claims");
        assert_eq!(claims.verdict, Verdict::Warn);
        assert!(claims.sentence.starts_with("Members of staff get no profile"), "{claims:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_on_the_way_is_told_by_where_it_is() {
    each_database(async |app| {
        let registered = registered(&app, |_| ()).await;
        let maps = maps();
        let expected = expected(&registered.client, "social-core", &maps);
        let good = observed(&app, &expected, None).await;
        let judge = |change: &dyn Fn(&mut Observed), id: &str| {
            let mut changed = good.clone();
            change(&mut changed);
            let findings = integration::check(&expected, &changed);
            let found = of(&findings, id);
            (found.verdict, format!("{} {}", found.sentence, found.fix.clone().unwrap_or_default()))
        };
        let discovery = |observed: &mut Observed, change: &dyn Fn(&mut Value)| {
            let mut document = observed.discovery.as_ref().unwrap().json();
            change(&mut document);
            observed.discovery.as_mut().unwrap().body = document.to_string();
        };
        let tls = Unreached::Tls("invalid peer certificate: UnknownIssuer".into());
        let (verdict, told) = judge(&|o| o.discovery = Err(tls.clone()), "tls");
        assert_eq!(verdict, Verdict::Fail);
        assert!(told.contains("SOCIAL_AUTH_VERIFY_SSL"), "{told}");
        let slash = &|o: &mut Observed| {
            discovery(o, &|d| d["issuer"] = "https://id.example.com/".into());
        };
        let (verdict, told) = judge(slash, "issuer");
        assert!(verdict == Verdict::Fail && told.contains("by a slash at the end"), "{told}");
        let elsewhere =
            &|o: &mut Observed| discovery(o, &|d| d["jwks_uri"] = "http://10.0.0.7/jwks".into());
        assert_eq!(judge(elsewhere, "endpoints").0, Verdict::Fail);
        let missing = &|o: &mut Observed| discovery(o, &|d| d["userinfo_endpoint"] = Value::Null);
        let (verdict, told) = judge(missing, "discovery");
        assert!(verdict == Verdict::Fail && told.contains("userinfo_endpoint"), "{told}");
        let bare = &|o: &mut Observed| {
            o.jwks.as_mut().unwrap().as_mut().unwrap().body = r#"{"keys":[{"kid":"a"}]}"#.into();
        };
        let (verdict, told) = judge(bare, "jwks");
        assert!(verdict == Verdict::Fail && told.contains("no 'alg'"), "{told}");
        let doubled = &|o: &mut Observed| o.doubled.as_mut().unwrap().status = 404;
        assert_eq!(judge(doubled, "doubled_slash").0, Verdict::Warn);
        let late = &|o: &mut Observed| o.asked_ms = (o.asked_ms.0 + 3000, o.asked_ms.1 + 3000);
        let (verdict, told) = judge(late, "clock");
        assert!(verdict == Verdict::Warn && told.contains("3.0 s apart"), "{told}");
        let proxied = Expected { serves_tls: false, ..expected };
        let findings = integration::check(&proxied, &good);
        assert_eq!(of(&findings, "proxy").verdict, Verdict::Warn);
    })
    .await;
}

#[test]
fn a_library_is_recognised_by_template_or_address() {
    let mut client = crate::harness::samples::client("web");
    assert_eq!(Library::of(&client), Library::Generic);
    client.redirect_uris = vec!["https://a.example/oauth/complete/oidc".into()];
    assert_eq!(Library::of(&client), Library::SocialCore(None));
}

#[tokio::test]
async fn it_is_played_against_the_running_server() {
    for installation in Installation::each().await {
        let create = ["client", "create", "netbox", "--template", "netbox"];
        let url = ["--url", "https://netbox.example.com"];
        installation.cli(&["user", "create", "admin", "--admin"], "");
        installation.cli(&[create.as_slice(), &url].concat(), "");
        let check = ["client", "check", "netbox", "--as", "social-core:4.8.3"];
        let down = installation.run(&check, "");
        assert_eq!(down.status.code(), Some(1));
        let told = String::from_utf8(down.stdout).unwrap();
        assert!(told.contains("FAIL  discovery: http://127.0.0.1:"), "{told}");
        let server = installation.serve().await;
        let told = installation.cli(&[check.as_slice(), &["--json"]].concat(), "");
        let document: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(
            (&document["verdict"], &document["library"]),
            (&"ok".into(), &"python-social-auth 4.8.3".into()),
            "{told}"
        );
        let text = installation.cli(&check, "");
        assert!(
            text.contains("ok    client_authentication: The registered secret is accepted"),
            "{text}"
        );
        assert!(text.contains("ok    authorization: A sign-in was tried"), "{text}");
        let late = ["client", "create", "late", "--template", "netbox"];
        installation.cli(&[late.as_slice(), &["--url", "https://late.example.com"]].concat(), "");
        // It fails unless the server has noticed the new client by then.
        installation.cli(&["client", "check", "late"], "");
        let groups = installation.cli(&["flow", "groups", "--json"], "");
        assert_eq!(groups.trim(), "[]", "the check itself is no failure");
        installation
            .cli(&["client", "update", "netbox", "--alg", "EdDSA", "--pkce", "required"], "");
        let refused = installation.run(&check, "");
        let told = String::from_utf8(refused.stdout).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.contains("FAIL  pkce: ") && told.contains("warn  algorithm: "), "{told}");
        let wrong = installation.run(&["client", "check", "netbox", "--as", "authlib"], "");
        assert_eq!(wrong.status.code(), Some(2));
        drop(server);
        installation.remove().await;
    }
}
