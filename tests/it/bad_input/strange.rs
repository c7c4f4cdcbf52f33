//! Values that databases and parsers stumble over, in every parameter of every endpoint: none may
//! break anything.

use keystead::directory::links;

use crate::harness::http::{self, encode};
use crate::harness::{Scene, VERIFIER, each_database};

/// NUL, which PostgreSQL does not store; controls and text that runs backwards; formats and quotes;
/// a value that is long, and takes more bytes than characters.
fn values() -> [String; 4] {
    let long = "é\u{1f600}".repeat(3_000);
    ["\0@\0", "\u{fffe}\u{202e}\u{7f}\r\n\t", "%s'\"\\;--{{}}<>&", &long].map(str::to_owned)
}

/// Sends each of these fields in turn with each strange value, the others as they are.
async fn try_all(scene: &mut Scene, path: &str, fields: &[(&str, &str)]) {
    let authorization = scene.party.basic();
    let headers: Vec<(&str, &str)> =
        authorization.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for strange in values() {
        for (name, _) in fields {
            let replaced = fields.iter().map(|(field, value)| {
                (*field, if field == name { strange.as_str() } else { *value })
            });
            let form: Vec<(&str, &str)> = replaced.collect();
            let answer = match path {
                "/oauth2/token" | "/oauth2/introspect" | "/oauth2/revoke" => {
                    http::post_with(&scene.party.app, path, &form, &headers).await
                }
                "/.well-known/webfinger" => {
                    scene.browser.get(&format!("{path}?{}", encode(&form))).await
                }
                _ => scene.browser.post(path, &form).await,
            };
            assert!(answer.status < 500, "{path} {name}: {} {}", answer.status, answer.body);
        }
    }
}

#[tokio::test]
async fn no_value_breaks_what_clients_call() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let refresh = scene.refresh_token().await;
        let code = scene.code().await;
        let uri = "https://web.example.com/callback";
        let exchange = [
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("code", code.as_str()),
            ("redirect_uri", uri),
            ("code_verifier", VERIFIER),
        ];
        try_all(&mut scene, "/oauth2/token", &exchange).await;
        let again = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
            ("scope", "openid"),
            ("client_secret", ""),
        ];
        try_all(&mut scene, "/oauth2/token", &again).await;
        let about = [("token", refresh.as_str()), ("token_type_hint", "x")];
        try_all(&mut scene, "/oauth2/introspect", &about).await;
        try_all(&mut scene, "/oauth2/revoke", &about).await;
        try_all(&mut scene, "/oauth2/userinfo", &[("access_token", "x")]).await;
        try_all(&mut scene, "/.well-known/webfinger", &[("resource", "x"), ("rel", "x")]).await;
    })
    .await;
}

#[tokio::test]
async fn no_value_breaks_the_pages() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let login = scene.browser.get("/login?next=/x").await;
        let inputs = login.inputs();
        let csrf = inputs.iter().find(|(name, _)| name == "csrf").unwrap().1.as_str();
        for path in ["/login", "/consent", "/setup", "/invite", "/recover", "/oauth2/end-session"] {
            for strange in values() {
                for name in ["resume", "next", "token", "state", "id_token_hint"] {
                    let asked = format!("{path}?{}", encode(&[(name, &strange)]));
                    let answer = scene.browser.get(&asked).await;
                    assert!(answer.status < 500, "{asked}: {}", answer.status);
                }
            }
        }
        let sealed = scene.browser.get(&scene.party.ask(&[])).await.param("resume").unwrap();
        let name = [
            ("csrf", csrf),
            ("username", "alice"),
            ("password", "wrong"),
            ("next", "/"),
            ("resume", ""),
            ("remember", "1"),
            ("action", "login"),
        ];
        try_all(&mut scene, "/login", &name).await;
        let consent = [("csrf", csrf), ("resume", sealed.as_str()), ("action", "deny")];
        try_all(&mut scene, "/consent", &consent).await;
        let link = links::setup_link(&app.app, &keystead::domain::Actor::System).await.unwrap().url;
        let token = link.split_once('=').unwrap().1;
        let password = [
            ("csrf", csrf),
            ("token", token),
            ("password", "short"),
            ("password_again", "short"),
            ("username", "root"),
            ("email", "root@example.com"),
            ("display_name", "Root"),
        ];
        for path in ["/setup", "/invite", "/recover"] {
            try_all(&mut scene, path, &password).await;
        }
        let out = [
            ("csrf", csrf),
            ("client_id", "web"),
            ("id_token_hint", "x"),
            ("post_logout_redirect_uri", "https://web.example.com/"),
            ("state", "x"),
        ];
        try_all(&mut scene, "/logout", &out).await;
        try_all(&mut scene, "/oauth2/end-session", &out).await;
    })
    .await;
}

#[tokio::test]
async fn no_value_in_an_authorization_request_breaks_the_way_to_its_tokens() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        for strange in &values()[..3] {
            let claims =
                serde_json::json!({ "userinfo": { strange: null }, "id_token": { strange: null } });
            for (name, value) in [
                ("state", strange.as_str()),
                ("nonce", strange),
                ("login_hint", strange),
                ("scope", &format!("openid {strange}")),
                ("acr_values", strange),
                ("ui_locales", strange),
                ("claims", &claims.to_string()),
                (strange, "x"),
            ] {
                if name == "nonce" && value.contains('\0') {
                    continue; // It is refused, as the stories of that endpoint tell.
                }
                let answer = scene.ask(&[(name, value), ("prompt", "consent")]).await;
                assert!(answer.param("error").is_none(), "{name}={value:?}: {}", answer.location());
                scene.party.redeem(&answer).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_value_in_an_authorization_request_breaks_its_refusal() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        scene.browser.sign_in("alice").await;
        for strange in values() {
            for name in [
                "client_id",
                "redirect_uri",
                "response_type",
                "response_mode",
                "prompt",
                "max_age",
                "code_challenge",
                "code_challenge_method",
                "id_token_hint",
                "claims",
                "request",
                "request_uri",
                "resume",
            ] {
                let answer = scene.browser.get(&scene.party.ask(&[(name, &strange)])).await;
                assert!(answer.status < 500, "{name}: {} {}", answer.status, answer.body);
                assert_ne!(answer.param("error").as_deref(), Some("server_error"), "{name}");
            }
        }
        while app.flows.flush(&app.db).await.unwrap() {}
    })
    .await;
}
