//! What every answer carries so that browsers guard it.

use crate::harness::http::{self, Answer};
use crate::harness::{Browser, PASSWORD, Scene, each_database};

const POLICY: &str = "default-src 'self'; img-src 'self' https: data:; object-src 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";

#[track_caller]
fn is_guarded(answer: &Answer, what: &str) {
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("strict-transport-security", "max-age=31536000"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ] {
        assert_eq!(answer.header(name), value, "{name} of {what}");
    }
    assert_no_inline(answer, what);
}

#[track_caller]
fn assert_no_inline(answer: &Answer, what: &str) {
    let body = answer.body.to_lowercase();
    for inline in ["<style", " style=", "javascript:", " onclick=", " onload=", "<script>"] {
        assert!(!body.contains(inline), "{inline} in {what}");
    }
    assert!(!body.contains("http://"), "something from elsewhere in {what}");
}

#[tokio::test]
async fn every_page_is_guarded_whoever_looks() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let link =
            keystead::directory::links::setup_link(&app.app, &keystead::domain::Actor::System)
                .await
                .unwrap()
                .url;
        let link = link.strip_prefix("https://id.example.com").unwrap().to_owned();
        let consent = scene.browser.get(&scene.party.ask(&[])).await;
        let login = scene.browser.follow(consent).await;
        let mut pages = vec![("login for a client", scene.browser.get("/login").await)];
        let wrong = scene.browser.log_in(&login, "alice", "wrong").await;
        let consent = scene.browser.log_in(&login, "alice", PASSWORD).await;
        assert!(consent.has("consent-allow"), "{}", consent.body);
        pages.extend([("login", login), ("wrong password", wrong), ("consent", consent)]);
        for path in [
            "/",
            "/login",
            "/logout",
            "/oauth2/end-session",
            "/oauth2/end-session?client_id=nobody",
            "/oauth2/authorize",
            "/oauth2/authorize?resume=x",
            "/consent?resume=x",
            "/invite?token=x",
            "/recover?token=x",
            "/setup?token=x",
            link.as_str(),
            "/.well-known/webfinger?resource=a&resource=b",
        ] {
            pages.push(("a page for alice", scene.browser.get(path).await));
            pages.push(("a page for anybody", http::get(&app.app, path).await));
        }
        let request = axum::http::Request::get("/nothing").header("accept", "text/html");
        pages.push(("not found", http::send(&app.app, request.body("".into()).unwrap()).await));
        for path in ["/login", "/consent", "/logout", "/setup", "/invite", "/recover"] {
            pages.push(("a rejected form", http::post(&app.app, path, &[]).await));
        }
        assert!(pages.iter().filter(|(_, page)| page.status == 200).count() > 8);
        for (what, page) in &pages {
            is_guarded(page, &format!("{what}: {} {}", page.status, page.location()));
        }
    })
    .await;
}

#[tokio::test]
async fn the_page_that_posts_a_code_is_guarded_too() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let answer = scene.ask(&[("response_mode", "form_post")]).await;
        assert!(answer.has("form-post-submit"), "{}", answer.body);
        let policy = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        for (name, value) in [
            ("content-security-policy", policy),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), value, "{name}");
        }
        assert_no_inline(&answer, "form_post");
    })
    .await;
}

#[tokio::test]
async fn what_is_personal_is_never_kept() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let login = scene.browser.get(&scene.party.ask(&[])).await;
        let answer = scene.ask(&[]).await;
        let tokens = scene.party.exchange(&answer.param("code").unwrap()).await;
        let token = tokens.json()["access_token"].as_str().unwrap().to_owned();
        let about = [("token", token.as_str())];
        let answers = [
            ("the way to the login page", login),
            ("the answer with the code", answer),
            ("tokens", tokens),
            ("userinfo", scene.party.userinfo(&token).await),
            ("introspection", scene.party.call("introspection_endpoint", &about).await),
            ("a refused token request", scene.party.exchange("x").await),
            ("a refused userinfo request", scene.party.userinfo("x").await),
            (
                "an error at the callback",
                http::get(&app.app, &scene.party.ask(&[("max_age", "x")])).await,
            ),
        ];
        for (what, answer) in answers {
            assert_eq!(answer.header("cache-control"), "no-store", "{what}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
            assert!(!answer.headers.contains_key("server"), "{what}");
        }
    })
    .await;
}

/// The attributes of each cookie that a sign-in sets, by name.
async fn cookies(browser: &mut Browser, remember: bool) -> Vec<(String, String)> {
    let page = browser.get("/login").await;
    let mut form = page.inputs();
    form.retain(|(name, _)| !["username", "password"].contains(&name.as_str()));
    let remember = if remember { "1" } else { "" };
    let mut sent: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    sent.extend([("username", "alice"), ("password", PASSWORD), ("action", "login")]);
    if !remember.is_empty() {
        sent.push(("remember", remember));
    }
    let signed_in = browser.post("/login", &sent).await;
    assert_eq!(signed_in.status, 303, "{}", signed_in.body);
    let both = [page, signed_in];
    let all = both.iter().flat_map(|answer| answer.headers.get_all("set-cookie"));
    let split = |text: &str| {
        let (name, rest) = text.split_once('=').unwrap();
        (name.to_owned(), rest.split_once(';').unwrap().1.to_owned())
    };
    all.map(|value| split(value.to_str().unwrap())).collect()
}

#[tokio::test]
async fn cookies_are_bound_to_this_host_and_hidden_from_scripts() {
    each_database(async |app| {
        app.user("alice").await;
        for (remember, life) in [(false, ""), (true, "Max-Age=")] {
            let set = cookies(&mut Browser::new(&app.app), remember).await;
            assert_eq!(set.len(), 3, "{set:?}");
            for (name, attributes) in &set {
                assert!(name.starts_with("__Host-keystead"), "{name}");
                for wanted in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
                    assert!(attributes.contains(wanted), "{name}: {attributes}");
                }
                assert!(!attributes.contains("Domain"), "{name}: {attributes}");
                if name == "__Host-keystead" {
                    assert_eq!(attributes.contains("Max-Age"), !life.is_empty(), "{attributes}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn over_plain_http_cookies_and_headers_promise_nothing_that_cannot_be_kept() {
    each_database(async |app| {
        app.user("alice").await;
        let plain = [("KEYSTEAD_PUBLIC_URL", "http://127.0.0.1:8080")];
        let node = app.another_node_with(&plain).await;
        for (name, attributes) in cookies(&mut Browser::new(&node), false).await {
            assert!(name.starts_with("keystead"), "{name}");
            assert!(!attributes.contains("Secure"), "{name}: {attributes}");
            assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"));
        }
        let page = http::get(&node, "/login").await;
        assert_eq!(page.header("strict-transport-security"), "");
        assert_eq!(page.header("content-security-policy"), POLICY);
    })
    .await;
}
