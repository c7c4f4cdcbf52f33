//! The first run: which step the link opens, what is proposed and believed, and no way to get stuck.

use axum::body::Body;
use axum::http::Request;
use keystead::app::AppState;
use keystead::directory::DirectoryError::{LinkExpired, SetupDone};
use keystead::directory::users::{self, NewUser, UserChange};
use keystead::directory::{Force, links, public_url};
use keystead::domain::{Actor, Role, Token};
use keystead::store::{self, settings};

use crate::admin::Visitor;
use crate::harness::http::{self, Answer};
use crate::harness::{Browser, PASSWORD, TestApp, each_database};
use crate::mail::told;

const CLI: Actor = Actor::CommandLine;

/// A node to which only the database says what it is called.
async fn nameless(app: &TestApp, more: &[(&str, &str)]) -> AppState {
    app.another_node_with(&[&[("KEYSTEAD_PUBLIC_URL", "")], more].concat()).await
}

async fn token(app: &AppState) -> String {
    let link = links::setup_link(app, &Actor::System).await.unwrap();
    link.url.split_once("token=").unwrap().1.to_owned()
}

async fn open(app: &AppState, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    http::send(app, request.body(Body::empty()).unwrap()).await
}

fn proposed(page: &Answer) -> String {
    page.inputs().into_iter().find(|(name, _)| name == "public_url").unwrap().1
}

#[tokio::test]
async fn the_link_opens_the_administrator_where_no_address_is_to_be_decided() {
    each_database(async |app| {
        let path = format!("/setup?token={}", token(&app.app).await);
        let page = open(&app.app, &path, &[("host", "elsewhere.example.com")]).await;
        assert!(page.has("password_again"), "the settings name the address");
        assert_eq!(page.text("setup-step"), "Step 2 of 4");
        let fixed = open(&app.app, &format!("{path}&step=address"), &[]).await;
        assert!(fixed.body.contains("Set by KEYSTEAD_PUBLIC_URL"), "{}", fixed.body);
        assert!(
            fixed.has("address-keep") && fixed.has("address-check") && !fixed.has("address-submit")
        );
        let node = nameless(&app, &[]).await;
        for host in ["127.0.0.1:8080", "127.0.0.1:9999", "localhost:9999", "[::1]:80"] {
            let page = open(&node, &path, &[("host", host)]).await;
            assert!(page.has("password_again"), "{host}");
        }
        let page = open(&node, &path, &[("host", "sso.example.com")]).await;
        assert!(page.has("address-submit"), "{}", page.body);
        assert_eq!(page.text("setup-step"), "Step 1 of 4");
        assert_eq!(proposed(&page), "http://sso.example.com");
        let step = format!("{path}&step=administrator");
        let again = open(&node, &step, &[("host", "sso.example.com")]).await;
        assert!(again.has("address-submit"), "undecided still");
    })
    .await;
}

#[tokio::test]
async fn only_a_trusted_proxy_is_believed_and_the_page_says_so() {
    each_database(async |app| {
        let node = nameless(&app, &[]).await;
        let path = format!("/setup?token={}", token(&node).await);
        let told = [
            ("host", "sso.example.com"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-for", "203.0.113.9"),
        ];
        let page = open(&node, &path, &told).await;
        assert_eq!(
            proposed(&page),
            "http://sso.example.com",
            "what anybody can send is not believed"
        );
        assert!(page.body.contains("Then the address would read https://sso.example.com."));
        assert!(page.has("untrusted"), "{}", page.body);
        assert!(page.body.contains("trusted_proxies = [\"198.51.100.7\"]"), "{}", page.body);
        assert!(page.body.contains("x-forwarded-proto"));
        let trusting = nameless(&app, &[("KEYSTEAD_TRUSTED_PROXIES", "198.51.100.7")]).await;
        let page = open(&trusting, &path, &told).await;
        assert_eq!(proposed(&page), "https://sso.example.com");
        assert!(!page.has("untrusted"));
        assert!(page.text("proxy-nginx").contains("server_name sso.example.com;"), "{}", page.body);
        assert!(page.text("proxy-caddy").contains("reverse_proxy 127.0.0.1:8080"));
        assert!(page.text("proxy-traefik").contains("Host(`sso.example.com`)"));
        let odd = [("host", "a\"><script>"), ("x-forwarded-proto", "javascript:")];
        assert!(!open(&trusting, &path, &odd).await.body.contains("<script>"));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_cannot_be_proven_may_be_kept_or_used_all_the_same() {
    each_database(async |app| {
        let node = nameless(&app, &[]).await;
        let token = token(&node).await;
        let path = format!("/setup?token={token}");
        let mut browser = Browser::new(&node);
        let step = format!("{path}&step=address");
        let page = browser.get(&step).await;
        let form = |url: &str, action: &str| {
            let mut form = page.inputs();
            form.retain(|(name, _)| name != "public_url");
            form.push(("public_url".into(), url.into()));
            form.push(("action".into(), action.into()));
            form
        };
        let mut send = async |url: &str, action: &str| {
            let form = form(url, action);
            let form: Vec<(&str, &str)> =
                form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            browser.post("/setup/address", &form).await
        };
        for (url, words) in [
            ("sso.example.com", "not an http or https address"),
            ("https://sso.example.com/auth", "with a path"),
            ("", "not an http or https address"),
        ] {
            let answer = send(url, "check").await;
            assert_eq!(answer.status, 422, "{url}");
            assert!(answer.text("address-error").contains(words), "{}", answer.body);
            assert!(!answer.has("address-use"), "nonsense is not used");
        }
        let answer = send("http://127.0.0.1:9", "check").await;
        assert!(answer.text("address-error").contains("Nothing answers at"), "{}", answer.body);
        assert!(answer.has("address-use") && answer.has("address-keep"));
        let kept = send("", "keep").await;
        assert_eq!(kept.location(), format!("{path}&step=administrator"));
        assert!(public_url::is_decided(&node).await.unwrap());
        let used = send("https://sso.example.com", "use").await;
        assert_eq!(used.location(), format!("{path}&step=administrator"));
        let stored = app.read(async |conn| settings::find(conn, "server").await).await.unwrap();
        assert_eq!(stored["public_url"], "https://sso.example.com");
        let later = nameless(&app, &[]).await;
        assert_eq!(later.config.public_url.as_str(), "https://sso.example.com");
        let page = open(&later, &path, &[("host", "127.0.0.1:8080")]).await;
        assert!(page.has("cookies-lost"), "over http it says where to go on: {}", page.body);
        let back =
            [("token", token.as_str()), ("public_url", "http://127.0.0.1:8080"), ("action", "use")];
        let headers = [("host", "127.0.0.1:8080")];
        assert_eq!(http::post_with(&later, "/setup/address", &back, &headers).await.status, 303);
        let changed =
            "somebody changed the public URL from https://sso.example.com to http://127.0.0.1:8080";
        assert_eq!(told(&app, "public_url.").await[0], changed);
    })
    .await;
}

#[tokio::test]
async fn nobody_without_the_link_sets_the_address() {
    each_database(async |app| {
        let node = nameless(&app, &[]).await;
        let token = token(&node).await;
        let form = [("token", "x"), ("public_url", "https://evil.example"), ("action", "use")];
        assert_eq!(http::post(&node, "/setup/address", &form).await.status, 400);
        let form = [("token", token.as_str()), form[1], form[2]];
        let answer = http::post(&node, "/setup/address", &form).await;
        assert_eq!(answer.text("error-code"), "form_rejected", "not from our page");
        let new = NewUser {
            username: "root".into(),
            role: Some(Role::Administrator),
            ..NewUser::default()
        };
        let mut browser = Browser::new(&node);
        let page = browser.get(&format!("/setup?token={token}&step=address")).await;
        assert_eq!(page.action(), "/setup/address");
        users::create(&app, &Actor::CommandLine, new).await.unwrap();
        let answer = browser.submit(&page, &form[1..]).await;
        assert_eq!(answer.text("error-code"), "link_expired", "there is an administrator");
        let stored = app.read(async |conn| settings::find(conn, "server").await).await;
        assert!(stored.is_none());
    })
    .await;
}

/// Makes an account that is one step from being in charge, and takes that step.
async fn begin(app: &TestApp, way: &str) {
    let role = (way == "enabled").then_some(Role::Administrator);
    let new = NewUser { username: "root".into(), role, ..NewUser::default() };
    if way != "created" {
        users::create(app, &CLI, new).await.unwrap();
    }
    if way == "enabled" {
        users::disable(app, &CLI, "root", Force::Yes).await.unwrap();
    }
}

async fn put_in_charge(app: &TestApp, way: &str) {
    let role = Some(Role::Administrator);
    match way {
        "created" => {
            let new = NewUser { username: "root".into(), role, ..NewUser::default() };
            users::create(app, &CLI, new).await.unwrap();
        }
        "given the role" => {
            let change = UserChange { role: Some(role), ..UserChange::default() };
            users::update(app, &CLI, "root", change, Force::No).await.unwrap();
        }
        "enabled" => drop(users::enable(app, &CLI, "root").await.unwrap()),
        _ => {
            let sql = "update users set role = 'administrator'";
            TestApp::sql_at(app.url(), sql).await;
        }
    }
}

#[tokio::test]
async fn once_somebody_is_in_charge_no_link_decides_the_address() {
    for way in ["created", "given the role", "enabled", "below Keystead"] {
        each_database(async |app| {
            begin(&app, way).await;
            let node = nameless(&app, &[]).await;
            let token = token(&node).await;
            let mut browser = Browser::new(&node);
            let page = browser.get(&format!("/setup?token={token}&step=address")).await;
            assert_eq!(page.action(), "/setup/address");
            put_in_charge(&app, way).await;
            let parsed = Token::parse(&token).unwrap();
            let link = app.read(async |conn| store::links::find(conn, &parsed).await).await;
            assert_eq!(link.is_some(), way == "below Keystead", "{way}: it is withdrawn");
            let url = "https://evil.example";
            for action in ["use", "keep", "check"] {
                let form = [("public_url", url), ("action", action)];
                let answer = browser.submit(&page, &form).await;
                assert_eq!(answer.text("error-code"), "link_expired", "{way}: {}", answer.body);
            }
            let kept = public_url::keep_at_setup(&node, &token, url).await.unwrap_err();
            let left = public_url::leave_at_setup(&node, &token).await.unwrap_err();
            for error in [kept, left] {
                let gone = matches!(error, LinkExpired | SetupDone(_));
                assert!(gone, "{way}: {error}");
            }
            let stored = app.read(async |conn| settings::find(conn, "server").await).await;
            assert!(stored.is_none() && !public_url::is_decided(&node).await.unwrap(), "{way}");
        })
        .await;
    }
}

#[tokio::test]
async fn the_last_steps_are_the_administrators() {
    each_database(async |app| {
        let token = token(&app.app).await;
        let mut browser = Browser::new(&app.app);
        for path in ["/setup/mail", "/setup/application"] {
            let answer = browser.get(path).await;
            assert!(answer.location().starts_with("/login"), "{path}");
        }
        let form = browser.get(&format!("/setup?token={token}")).await;
        let filled = [("username", "ada"), ("password", PASSWORD), ("password_again", PASSWORD)];
        let mail = browser.submit(&form, &filled).await;
        assert_eq!(mail.text("setup-step"), "Step 3 of 4", "{}", mail.body);
        assert!(mail.has("mail-skip") && mail.text("current-user").contains("ada"));
        let next = browser.submit(&mail, &[("action", "save")]).await;
        assert_eq!(next.text("setup-step"), "Step 4 of 4", "{}", next.body);
        assert!(next.body.contains("/admin/add-application?template=netbox"));
        assert!(
            browser.get("/admin/add-application?template=netbox").await.body.contains("NetBox")
        );
        let mut clerk = Visitor::new(&app, "clerk", Some(Role::Helpdesk)).await;
        for path in ["/setup/mail", "/setup/application"] {
            assert_eq!(clerk.get(path).await.status, 403, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_proof_is_one_that_only_we_can_give() {
    each_database(async |app| {
        let nonce = "n".repeat(43);
        let path = format!("/setup/proof?nonce={nonce}");
        let ours = http::get(&app.app, &path).await;
        assert_eq!(ours.status, 200);
        assert_eq!(http::get(&app.another_node().await, &path).await.body, ours.body);
        let other = http::get(&app.app, &format!("/setup/proof?nonce={}", "m".repeat(43))).await;
        assert_ne!(other.body, ours.body);
        for odd in ["", "x", &"n".repeat(44)] {
            assert_eq!(http::get(&app.app, &format!("/setup/proof?nonce={odd}")).await.status, 400);
        }
    })
    .await;
}

#[tokio::test]
async fn the_console_changes_the_public_url_only_for_those_who_are_sure() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let page = root.get("/admin/settings/address").await;
        assert!(page.body.contains("KEYSTEAD_PUBLIC_URL") && !page.has("save"), "fixed there");
        let form = [("public_url", "https://new.example.com"), ("sure", "1"), ("action", "use")];
        assert_eq!(root.post("/admin/settings/address", &form).await.status, 422);
        let node = nameless(&app, &[]).await;
        Visitor::new(&app, "root2", Some(Role::Administrator)).await;
        let mut browser = Browser::new(&node);
        browser.sign_in("root2").await;
        let page = browser.get("/admin/settings/address").await;
        assert!(page.has("issuer-warning"), "{}", page.body);
        let csrf = page.inputs().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        let mut send = async |form: &[(&str, &str)]| {
            let form = [form, &[("csrf", csrf.as_str())]].concat();
            browser.post("/admin/settings/address", &form).await
        };
        let unsure = send(&[form[0], form[2]]).await;
        assert!(unsure.has("sure") && unsure.status == 422);
        let nowhere = [("public_url", "http://127.0.0.1:9"), form[1], ("action", "check")];
        let unproven = send(&nowhere).await;
        assert!(unproven.has("address-use"), "{}", unproven.body);
        let done = send(&form).await;
        assert_eq!(done.location(), "https://new.example.com/admin/settings/address");
        assert!(told(&app, "public_url.").await[0].starts_with("root2 changed the public URL"));
    })
    .await;
}
