//! Application owners: their own applications, within bounds, and nothing of anybody else's.

use keystead::directory::{Force, owners, users};
use keystead::domain::{Actor, Cause, ClientId, Role, SubMode};
use keystead::explain::explanation;
use keystead::store::flows::{self, Filter};

use super::{Visitor, at};
use crate::harness::ciba::till;
use crate::harness::{Browser, PASSWORD, Party, Scene, TestApp, each_database};

const ALL: Actor = Actor::CommandLine;
const TABS: [&str; 7] =
    ["", "/connect", "/access", "/claims", "/security", "/redirects", "/activity"];

async fn owner(app: &TestApp) -> Visitor {
    let visitor = Visitor::new(app, "owner", Some(Role::ApplicationOwner)).await;
    owners::add(app, &ALL, "web", "owner").await.unwrap();
    visitor
}

#[tokio::test]
async fn owners_see_and_change_their_own_alone() {
    each_database(async |app| {
        app.client("web").await;
        app.client("wiki").await;
        let mut owner = owner(&app).await;
        let list = owner.get("/admin/applications").await;
        assert_eq!(list.text("list-count"), "1 application");
        assert!(!list.body.contains("wiki") && !list.has("add-application"), "{}", list.body);
        let csv = owner.get("/admin/applications?format=csv").await;
        assert!(!csv.body.contains("wiki"), "{}", csv.body);
        let home = owner.get("/admin").await;
        assert!(home.body.contains("href=\"/admin/applications/web\""), "{}", home.body);
        for tab in TABS {
            assert_eq!(owner.get(&at("web", tab)).await.status, 200, "{tab}");
            for other in ["wiki", "none"] {
                let answer = owner.get(&at(other, tab)).await;
                assert_eq!(answer.status, 403, "{other}{tab} tells not even whether it is there");
            }
        }
        for tab in ["", "/connect", "/rotate", "/access", "/security", "/redirects", "/state"] {
            let form = [("action", "add"), ("uri", "https://evil.example/"), ("owner", "owner")];
            assert_eq!(owner.post(&at("wiki", tab), &form).await.status, 403, "{tab}");
        }
        let form = [("action", "add"), ("uri", "https://web.example.org/cb")];
        owner.done(&at("web", "/redirects"), &form).await;
        let wiki = app.registry().client(&ClientId("wiki".into())).unwrap();
        assert_eq!(wiki.redirect_uris, ["https://wiki.example.com/callback"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_reserved_is_not_in_their_form_and_not_taken_from_it() {
    each_database(async |app| {
        app.client("web").await;
        let mut owner = owner(&app).await;
        let page = owner.get(&at("web", "/security")).await;
        assert!(!page.has("trusted") && !page.has("sub") && page.has("alg"), "{}", page.body);
        assert!(page.text("fixed").contains("Trusted"), "{}", page.body);
        let inputs = page.inputs();
        let saw = &inputs.iter().find(|(name, _)| name == "revision").unwrap().1;
        let form = [
            ("revision", saw.as_str()),
            ("alg", "ES256"),
            ("trusted", "yes"),
            ("sub", "email"),
            ("slug", "other"),
            ("force", "1"),
        ];
        owner.done(&at("web", "/security"), &form).await;
        let web = app.registry().client(&ClientId("web".into())).unwrap();
        assert_eq!(web.settings.alg.as_str(), "ES256");
        assert!(!web.trusted && web.slug == "web" && web.settings.sub == SubMode::Uuid);
        owner.done(&at("web", "/state"), &[("action", "disable")]).await;
        let again = owner.post(&at("web", "/state"), &[("action", "enable")]).await;
        assert_eq!((again.status, again.text("error-code")), (403, "not_allowed".to_owned()));
        let page = owner.get(&at("web", "")).await;
        assert!(!page.has("change-state") && !page.has("delete"), "{}", page.body);
        let sent = [("action", "add-owner"), ("owner", "owner")];
        assert_eq!(owner.post(&at("web", "/access"), &sent).await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn owners_learn_nothing_of_people_and_groups_beyond_who_signed_in() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let bob = app.user("bob").await;
        app.group("secret-project", &[&bob]).await;
        let mut owner = owner(&app).await;
        let claims = owner.get(&at("web", "/claims?person=bob")).await;
        assert!(!claims.body.contains("bob@example.com"), "{}", claims.body);
        assert!(claims.body.contains("owner@example.com"), "of themselves: {}", claims.body);
        let access = owner.get(&at("web", "/access")).await;
        assert!(!access.body.contains("secret-project"), "{}", access.body);
        let form = [("action", "set-scopes"), ("group", "secret-projct"), ("scope-openid", "1")];
        let near = owner.post(&at("web", "/access"), &form).await;
        assert_eq!(near.status, 422);
        assert!(!near.body.contains("secret-project&#39;"), "{}", near.body);
        scene.tokens(&[]).await;
        while app.flows.flush(&app.db).await.unwrap() {}
        let activity = owner.get(&at("web", "/activity")).await;
        assert!(activity.body.contains("<td>alice</td>"), "{}", activity.body);
        assert!(!activity.body.contains("198.51.100.7"), "{}", activity.body);
        let events = activity.body.split_once("<h2>Latest changes").unwrap().1;
        assert!(!events.contains("alice signed in"), "{events}");
        assert_eq!(owner.get("/admin/users").await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn an_attempt_does_not_tell_an_owner_whether_an_account_exists() {
    each_database(async |app| {
        let registered = app.client("web").await;
        for name in ["alice", "closed"] {
            app.user(name).await;
        }
        users::disable(&app, &ALL, "closed", Force::No).await.unwrap();
        let party = Party::new(&app.app, &registered).await;
        let wrong = "not the password";
        for (typed, password) in
            [("alice@example.com", wrong), ("closed", PASSWORD), ("nobody", wrong)]
        {
            let mut browser = Browser::new(&app.app);
            let login = browser.get(&party.ask(&[])).await;
            let login = browser.get(login.location()).await;
            browser.log_in(&login, typed, password).await;
        }
        while app.flows.flush(&app.db).await.unwrap() {}
        let mut owner = owner(&app).await;
        let mut root = Visitor::root(&app).await;
        let all = Filter::default();
        let list = app.read(async |conn| flows::list(conn, &all, None, 9).await).await;
        assert_eq!(list.len(), 3);
        for flow in list {
            let told = owner.get(&format!("/admin/flows/{}", flow.reference)).await.body;
            for hidden in ["alice", "closed", "nobody", "unknown_user", "user_disabled"] {
                assert!(!told.contains(hidden), "{hidden}: {told}");
            }
            assert!(told.contains("wrong_password"), "{told}");
        }
        let failures = owner.get("/admin/failures").await.body;
        for cause in [Cause::UserDisabled, Cause::UnknownUser, Cause::WrongPassword] {
            assert!(!failures.contains(explanation(cause).title), "{failures}");
        }
        let activity = root.get(&at("web", "/activity")).await.body;
        assert!(activity.contains(explanation(Cause::UserDisabled).title), "{activity}");
        assert!(activity.contains(explanation(Cause::UnknownUser).title), "{activity}");
    })
    .await;
}

#[tokio::test]
async fn asking_for_people_does_not_tell_an_owner_whether_an_account_exists() {
    each_database(async |app| {
        let registered = app.client_with("web", till).await;
        let party = Party::new(&app.app, &registered).await;
        app.user("closed").await;
        users::disable(&app, &ALL, "closed", Force::No).await.unwrap();
        for hint in ["closed", "nobody"] {
            party.ask_with(&[("scope", "openid"), ("login_hint", hint)]).await;
        }
        app.user("alice").await;
        party.ask_with(&[("scope", "openid"), ("login_hint", "alice@example.com")]).await;
        while app.flows.flush(&app.db).await.unwrap() {}
        let mut owner = owner(&app).await;
        let mut root = Visitor::root(&app).await;
        let all = Filter::default();
        let list = app.read(async |conn| flows::list(conn, &all, None, 9).await).await;
        assert_eq!(list.len(), 3);
        for flow in &list {
            let told = owner.get(&format!("/admin/flows/{}", flow.reference)).await.body;
            for hidden in ["this account", "nobody has", "user_disabled", ">alice<"] {
                assert!(!told.contains(hidden), "{hidden}: {told}");
            }
        }
        let mut told = String::new();
        for flow in &list {
            told += &root.get(&format!("/admin/flows/{}", flow.reference)).await.body;
        }
        assert!(told.contains("this account is closed"), "{told}");
    })
    .await;
}
