//! Changing one's password, and seeing where one is signed in.

use super::{events_of, person};
use crate::admin::Visitor;
use crate::harness::{Browser, PASSWORD, Scene, each_database};

const PATH: &str = "/account/security";
const NEW: &str = "another fine long password";

fn form<'a>(current: &'a str, new: &'a str, again: &'a str) -> [(&'static str, &'a str); 4] {
    [("action", "password"), ("current", current), ("password", new), ("password_again", again)]
}

/// The session that a page offers to end.
async fn offered(visitor: &mut Visitor) -> String {
    let page = visitor.get(PATH).await;
    let found = page.inputs().into_iter().find(|(name, _)| name == "session");
    found.unwrap_or_else(|| panic!("no other session: {}", page.body)).1
}

#[tokio::test]
async fn a_new_password_takes_the_place_of_the_proved_one_and_ends_all_else() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let refresh = scene.refresh_token().await;
        let mut other = Browser::new(&app.app);
        other.sign_in("alice").await;
        let csrf = |page: &crate::harness::http::Answer| {
            page.inputs().into_iter().find(|(name, _)| name == "csrf").unwrap().1
        };
        let page = scene.browser.get(PATH).await;
        let token = csrf(&page);
        let before = scene.browser.cookies.clone();
        let sent = [form(PASSWORD, NEW, NEW).as_slice(), &[("csrf", token.as_str())]].concat();
        let answer = scene.browser.post(PATH, &sent).await;
        assert_eq!((answer.status, answer.location()), (303, PATH), "{}", answer.body);
        let page = scene.browser.follow(answer).await;
        assert!(page.text("toast").starts_with("Changed your password."), "{}", page.body);
        assert!(page.has("this-browser") && !page.has("end-others"));
        assert!(other.get("/").await.location().starts_with("/login"));
        let mut stolen = Browser::new(&app.app);
        stolen.cookies = before;
        assert!(stolen.get("/").await.location().starts_with("/login"), "the old cookie");
        assert_eq!(scene.party.refresh(&refresh).await.status, 400);
        let login = other.get("/login").await;
        assert!(other.log_in(&login, "alice", PASSWORD).await.has("login-submit"));
        let login = other.get("/login").await;
        assert!(other.log_in(&login, "alice", NEW).await.has("current-user"));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_or_weak_password_is_refused_beside_its_field_and_never_sent_back() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        for (sent, field) in [
            (form("wrong wrong wrong", NEW, NEW), "current"),
            (form(PASSWORD, "hunter2", "hunter2"), "password"),
            (form(PASSWORD, NEW, "another"), "password_again"),
            (form("", NEW, NEW), "current"),
        ] {
            let answer = alice.post(PATH, &sent).await;
            assert_eq!(answer.status, 422, "{field}");
            assert!(answer.body.contains(&format!("href=\"#{field}\"")), "{}", answer.body);
            for secret in [PASSWORD, NEW, "hunter2", "wrong wrong wrong"] {
                assert!(!answer.body.contains(secret), "{secret}");
            }
        }
        let told = events_of(&app, &alice).await;
        assert!(told.contains(&"sign_in.failed".to_owned()), "{told:?}");
        assert!(!told.contains(&"user.password_set".to_owned()), "{told:?}");
        alice.done(PATH, &form(PASSWORD, NEW, NEW)).await;
        assert_eq!(events_of(&app, &alice).await[0], "user.password_set");
    })
    .await;
}

#[tokio::test]
async fn guessing_the_current_password_is_slowed_down_like_a_sign_in() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        let mut last = alice.post(PATH, &form("guess number zero", NEW, NEW)).await;
        for _ in 0..12 {
            last = alice.post(PATH, &form("guess after guess", NEW, NEW)).await;
        }
        assert_eq!(last.status, 429, "{}", last.body);
        assert!(last.header("retry-after").parse::<i64>().unwrap() > 0);
        let right = alice.post(PATH, &form(PASSWORD, NEW, NEW)).await;
        assert_eq!(right.status, 429, "the right one waits as well");
    })
    .await;
}

#[tokio::test]
async fn browsers_are_named_and_signed_out_one_by_one_or_all() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        let mut phone = Browser::new(&app.app).at("203.0.113.9");
        phone.sign_in("alice").await;
        let page = alice.get(PATH).await;
        assert!(page.body.contains("An unknown browser") && page.body.contains("203.0.113.9"));
        assert_eq!(page.body.matches("id=\"this-browser\"").count(), 1);
        let session = offered(&mut alice).await;
        let page = alice.done(PATH, &[("action", "end"), ("session", &session)]).await;
        assert_eq!(page.text("toast"), "Signed that browser out.");
        assert!(phone.get("/").await.location().starts_with("/login"));
        let twice = alice.post(PATH, &[("action", "end"), ("session", &session)]).await;
        assert_eq!(twice.status, 404);
        phone.sign_in("alice").await;
        Browser::new(&app.app).sign_in("alice").await;
        let page = alice.done(PATH, &[("action", "end-others")]).await;
        assert_eq!(page.text("toast"), "Signed 2 other browsers out.");
        assert!(phone.get("/").await.location().starts_with("/login"));
        assert_eq!(events_of(&app, &alice).await[0], "user.signed_out_elsewhere");
    })
    .await;
}

#[tokio::test]
async fn tokens_of_a_browser_that_is_signed_out_stop_working_at_once() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let tokens = scene.tokens(&[]).await;
        let mut alice = Browser::new(&app.app);
        let home = alice.sign_in("alice").await;
        let csrf = home.inputs().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        assert_eq!(scene.party.userinfo(tokens.get("access_token")).await.status, 200);
        let answer = alice.post(PATH, &[("csrf", &csrf), ("action", "end-others")]).await;
        assert_eq!(answer.status, 303);
        assert_eq!(scene.party.userinfo(tokens.get("access_token")).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn nobody_ends_the_session_of_another() {
    each_database(async |app| {
        let mut bob = person(&app, "bob").await;
        let mut bobs_phone = Browser::new(&app.app);
        bobs_phone.sign_in("bob").await;
        let session = offered(&mut bob).await;
        let mut alice = person(&app, "alice").await;
        assert!(!alice.get(PATH).await.body.contains(&session));
        for id in [session.as_str(), "0", "-1", "9223372036854775807"] {
            let answer = alice.post(PATH, &[("action", "end"), ("session", id)]).await;
            assert_eq!(answer.status, 404, "{id}");
        }
        alice.done(PATH, &[("action", "end"), ("session", "x")]).await;
        alice.done(PATH, &[("action", "end-others")]).await;
        assert!(bobs_phone.get("/").await.has("current-user"));
    })
    .await;
}

#[tokio::test]
async fn what_could_shut_somebody_out_wants_a_recent_sign_in() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        let mut phone = Browser::new(&app.app);
        phone.sign_in("alice").await;
        app.wait(3601);
        let page = alice.get(PATH).await;
        assert!(page.has("again") && !page.has("change-password") && !page.has("end-others"));
        for sent in [&form(PASSWORD, NEW, NEW)[..], &[("action", "end-others")]] {
            let answer = alice.post(PATH, sent).await;
            assert_eq!(answer.location(), format!("/login?again=1&next={PATH}"));
        }
        assert!(phone.get("/").await.has("current-user"));
        let login = alice.get(&format!("/login?again=1&next={PATH}")).await;
        assert!(alice.browser.log_in(&login, "alice", PASSWORD).await.has("change-password"));
    })
    .await;
}

#[tokio::test]
async fn what_a_browser_says_of_itself_is_only_shown() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        let mut sessions =
            app.read(async |c| keystead::store::sessions::of_user(c, &alice.user.id).await).await;
        let mut hostile = sessions.remove(0);
        hostile.id = app.random.selector(&app.clock);
        hostile.user_agent = Some("<script>alert(1)</script> Firefox/1 \"onload=".into());
        app.write(async |tx| keystead::store::sessions::insert(tx, &hostile).await).await;
        let page = alice.get(PATH).await;
        assert!(page.body.contains("<strong>Firefox</strong>"), "{}", page.body);
        assert!(!page.body.contains("alert(1)"));
    })
    .await;
}
