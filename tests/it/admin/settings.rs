//! Settings and sign-in policy on their pages: saved, refused beside the field, shown on other pages.

use keystead::domain::Role;
use serde_json::json;

use super::Visitor;
use crate::harness::http::{self, Answer};
use crate::harness::{Browser, TestApp, each_database};
use crate::settings::set;

const BRANDING: &str = "/admin/settings";
const POLICY: &str = "/admin/sign-in-policy";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0rest";

/// What the page of a form would send: its own fields with these in their place.
async fn filled<'a>(
    root: &mut Visitor,
    path: &str,
    mine: &[(&'a str, &'a str)],
) -> Vec<(String, String)> {
    let page = root.get(path).await;
    let mut form = page.inputs();
    form.retain(|(name, _)| name != "csrf" && name != "q" && name != "branding-logo");
    form.retain(|(name, _)| !mine.iter().any(|(other, _)| name == other));
    form.extend(mine.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    form
}

async fn send(root: &mut Visitor, path: &str, form: &[(String, String)]) -> Answer {
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    root.post(path, &form).await
}

#[tokio::test]
async fn branding_reaches_every_page_of_signing_in() {
    each_database(async |app: TestApp| {
        let mut root = Visitor::root(&app).await;
        let form = filled(
            &mut root,
            BRANDING,
            &[
                ("branding-name", "Acme <b>"),
                ("branding-accent", "#ffd400"),
                ("branding-sentence", "Staff & guests"),
                ("branding-support", "help@acme.example"),
            ],
        )
        .await;
        let saved = send(&mut root, BRANDING, &form).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
        let page = root.browser.follow(saved).await;
        assert!(
            page.text("toast").contains("too pale to be read on white"),
            "{}",
            page.text("toast")
        );
        assert!(page.body.contains("keystead setting set branding.accent"), "{}", page.body);
        assert!(page.body.contains("  branding:\n"), "{}", page.body);
        let login = Browser::new(&app.app).get("/login").await;
        assert!(login.body.contains("Acme &#60;b&#62;"), "{}", login.body);
        assert_eq!(login.text("sentence"), "Staff &#38; guests");
        let sheet = login.body.split("href=\"").find(|text| text.starts_with("/brand/ffd400.css"));
        let sheet = http::get(&app.app, sheet.unwrap().split('"').next().unwrap()).await;
        assert!(sheet.body.contains(":root {") && sheet.body.contains("--on-accent: #ffffff"));
        assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
        assert!(sheet.header("cache-control").contains("immutable"));
        assert_eq!(sheet.header("x-content-type-options"), "nosniff");
        let preview = http::get(&app.app, "/brand/preview-ffd400.css").await;
        assert!(preview.body.starts_with(".brand-preview {"));
        for other in ["/brand/FFD400.css", "/brand/red.css", "/brand/ffd400", "/brand/logo/none"] {
            assert_eq!(http::get(&app.app, other).await.status, 404, "{other}");
        }
        let error = Browser::new(&app.app).get("/login?resume=nonsense").await;
        assert!(error.body.contains("href=\"mailto:help@acme.example\""), "{}", error.body);
    })
    .await;
}

#[tokio::test]
async fn a_logo_is_kept_only_if_it_is_a_picture_of_dots() {
    each_database(async |app: TestApp| {
        let mut root = Visitor::root(&app).await;
        let form = filled(&mut root, BRANDING, &[]).await;
        let csrf =
            root.get(BRANDING).await.inputs().into_iter().find(|(n, _)| n == "csrf").unwrap();
        let mut form: Vec<(&str, &str)> =
            form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        form.push(("csrf", &csrf.1));
        let saved = root.browser.upload(BRANDING, &form, ("branding-logo", PNG)).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
        let page = root.browser.follow(saved).await;
        let logo = page.body.split("src=\"").find(|text| text.starts_with("/brand/logo/"));
        assert!(logo.is_none(), "the console keeps its own mark");
        let login = Browser::new(&app.app).get("/login").await;
        let logo =
            login.body.split("src=\"").find(|text| text.starts_with("/brand/logo/")).unwrap();
        let logo = http::get(&app.app, logo.split('"').next().unwrap()).await;
        assert_eq!((logo.status, logo.header("content-type")), (200, "image/png"));
        assert_eq!(logo.header("x-content-type-options"), "nosniff");
        for evil in [&b"<svg onload=alert(1)>"[..], b"GIF89a", &[PNG, &vec![0; 140_000]].concat()] {
            let form = filled(&mut root, BRANDING, &[("branding-name", "Kept")]).await;
            let mut form: Vec<(&str, &str)> =
                form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            form.push(("csrf", &csrf.1));
            let refused = root.browser.upload(BRANDING, &form, ("branding-logo", evil)).await;
            assert_eq!(refused.status, 422);
            assert!(refused.body.contains("href=\"#branding-logo\""), "{}", refused.body);
            assert!(refused.inputs().contains(&("branding-name".into(), "Kept".into())));
        }
        let form = filled(&mut root, BRANDING, &[("branding-logo-remove", "1")]).await;
        assert_eq!(send(&mut root, BRANDING, &form).await.status, 303);
        assert!(app.registry().settings().branding.logo.is_none());
        let unsigned =
            root.browser.upload(BRANDING, &[("csrf", "x")], ("branding-logo", PNG)).await;
        assert_eq!(unsigned.text("error-code"), "form_rejected");
    })
    .await;
}

#[tokio::test]
async fn each_fields_error_stands_beside_it_and_a_preview_saves_nothing() {
    each_database(async |app: TestApp| {
        let mut root = Visitor::root(&app).await;
        let form = filled(
            &mut root,
            BRANDING,
            &[
                ("branding-name", "Kept"),
                ("branding-accent", "blue"),
                ("branding-support", "javascript:alert(1)"),
            ],
        )
        .await;
        let refused = send(&mut root, BRANDING, &form).await;
        assert_eq!(refused.status, 422);
        for field in ["branding-accent", "branding-support"] {
            assert!(refused.body.contains(&format!("href=\"#{field}\"")), "{}", refused.body);
            assert!(refused.text(&format!("{field}-error")).starts_with("Write"), "{field}");
        }
        assert!(refused.inputs().contains(&("branding-accent".into(), "blue".into())));
        let form = filled(
            &mut root,
            BRANDING,
            &[("branding-name", "Shown"), ("branding-accent", "1f4e9e"), ("action", "preview")],
        )
        .await;
        let shown = send(&mut root, BRANDING, &form).await;
        assert_eq!((shown.status, shown.text("preview-name").as_str()), (200, "Shown"));
        assert!(shown.body.contains("/brand/preview-1f4e9e.css"));
        assert_eq!(app.registry().settings().branding.name, "Keystead");
        // Somebody else was faster.
        let form = filled(&mut root, BRANDING, &[("branding-name", "Mine")]).await;
        set(&app, "branding.name", json!("Theirs")).await;
        let conflict = send(&mut root, BRANDING, &form).await;
        assert_eq!(conflict.status, 409);
        assert!(conflict.body.contains("<td>Theirs</td><td>Mine</td>"), "{}", conflict.body);
        assert_eq!(app.registry().settings().branding.name, "Theirs");
    })
    .await;
}

#[tokio::test]
async fn the_sign_in_policy_holds_at_once() {
    each_database(async |app: TestApp| {
        let mut root = Visitor::root(&app).await;
        let mut alice = Visitor::new(&app, "alice", None).await;
        let form = filled(
            &mut root,
            POLICY,
            &[
                ("sign-in-idle-minutes", "4000"),
                ("sign-in-least-password", "20"),
                ("sign-in-remember-days", "5"),
                ("profile-editable-phone_number", "1"),
            ],
        )
        .await;
        let saved = send(&mut root, POLICY, &form).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
        let page = root.browser.follow(saved).await;
        assert!(page.has("warnings") && page.body.contains("more than a day"), "{}", page.body);
        let settings = app.registry().settings();
        assert_eq!(settings.profile.editable, ["phone_number"]);
        assert!(!settings.sign_in.remember, "a box that is not ticked is not sent");
        let login = Browser::new(&app.app).get("/login").await;
        assert!(!login.has("remember"));
        let profile = alice.get("/account/profile").await;
        assert!(profile.has("phone_number") && !profile.has("website"), "{}", profile.body);
        let change = [("phone_number", "+41446681800"), ("website", "https://a.example")];
        let revision = profile.inputs().into_iter().find(|(name, _)| name == "revision").unwrap().1;
        alice.done("/account/profile", &[&change[..], &[("revision", &revision)]].concat()).await;
        let user = alice.user.username.clone();
        let user =
            app.read(async |c| keystead::store::users::find_by_username(c, &user).await).await;
        let user = user.unwrap();
        assert_eq!(user.profile.phone_number.as_deref(), Some("+41446681800"));
        assert_eq!(user.profile.website, None);
        let weak = [
            ("action", "password"),
            ("password", "kTz8#vQ2!mLp"),
            ("password_again", "kTz8#vQ2!mLp"),
        ];
        let answer = alice.post("/account/security", &weak).await;
        assert!(answer.body.contains("use at least 20 characters"), "{}", answer.body);
        let wrong = filled(&mut root, POLICY, &[("sign-in-least-password", "8")]).await;
        assert_eq!(send(&mut root, POLICY, &wrong).await.status, 422);
        let mail = filled(&mut root, POLICY, &[("sign-in-recovery", "1")]).await;
        let refused = send(&mut root, POLICY, &mail).await;
        assert!(refused.text("sign-in-recovery-error").contains("mail.host"), "{}", refused.body);
    })
    .await;
}

#[tokio::test]
async fn what_the_file_decides_is_locked_and_the_server_page_says_where() {
    each_database(async |app: TestApp| {
        let mut root = Visitor::root(&app).await;
        let node = app.another_node_with(&[("KEYSTEAD_SESSION__IDLE_MINUTES", "77")]).await;
        root.browser.app = node;
        let page = root.get(POLICY).await;
        assert!(!page.has("sign-in-idle-minutes"), "{}", page.body);
        assert!(page.body.contains("KEYSTEAD_SESSION__IDLE_MINUTES decides this"), "{}", page.body);
        let server = root.get("/admin/settings/server").await;
        assert!(server.body.contains("<td>77</td><td>KEYSTEAD_SESSION__IDLE_MINUTES</td>"));
        assert!(
            server.body.contains("(hidden)")
                || !server.body.contains("secret_key</code></th><td>A")
        );
        let mut auditor = Visitor::new(&app, "aud", Some(Role::Auditor)).await;
        let page = auditor.get(POLICY).await;
        assert!(page.has("fixed") && !page.has("save"), "{}", page.body);
    })
    .await;
}

#[tokio::test]
async fn legal_texts_are_links_or_pages_of_their_own() {
    each_database(async |app: TestApp| {
        let mut root = Visitor::root(&app).await;
        assert!(!root.get("/login?other=1").await.body.contains("class=\"legal\""));
        let form = filled(
            &mut root,
            "/admin/settings/legal",
            &[
                ("legal-imprint", "Acme <Ltd>\r\nOxford\r\n\r\nCall us"),
                ("legal-privacy", "https://acme.example/privacy"),
            ],
        )
        .await;
        assert_eq!(send(&mut root, "/admin/settings/legal", &form).await.status, 303);
        let login = Browser::new(&app.app).get("/login").await;
        assert!(login.body.contains("href=\"/legal/imprint\""), "{}", login.body);
        assert!(login.body.contains("href=\"https://acme.example/privacy\""));
        assert!(root.get("/").await.body.contains("href=\"/legal/imprint\""));
        let page = Browser::new(&app.app).get("/legal/imprint").await;
        assert!(
            page.body.contains("<p>Acme &#60;Ltd&#62;\nOxford</p><p>Call us</p>"),
            "{}",
            page.body
        );
        for none in ["/legal/privacy", "/legal/terms", "/legal/other"] {
            assert_eq!(Browser::new(&app.app).get(none).await.status, 404, "{none}");
        }
    })
    .await;
}
