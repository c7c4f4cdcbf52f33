//! Setting an application up to the first sign-in: waiting for it, checking it, and what was changed.

use std::time::Duration;

use keystead::directory::{clients, owners};
use keystead::domain::{Actor, Algorithm, ClientId, Role};
use keystead::store::events::{self, Filter};

use super::{Visitor, at};
use crate::harness::{Scene, TestApp, each_database};

async fn flushed(app: &TestApp) {
    while app.app.flows.flush(&app.db).await.unwrap() {}
}

#[tokio::test]
async fn the_live_check_turns_green_with_the_first_sign_in_and_says_why_one_failed() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::new(&app).await;
        let live = at("web", "/live");
        let part = format!("{live}?part=1");
        let page = root.get(&live).await;
        assert_eq!(page.text("status-sentence"), "Nobody has tried to sign in to it yet.");
        let again = "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>";
        assert!(page.body.contains(again) && page.has("stop"), "{}", page.body);
        assert!(page.body.contains("role=\"status\""), "{}", page.body);
        // To ask if somebody is signed in is no sign-in.
        scene.browser.get(&scene.party.ask(&[("prompt", "none")])).await;
        flushed(&app).await;
        assert!(root.get(&part).await.body.contains("data-key=\"none\""));
        let good = scene.party.redirect_uri.clone();
        scene.party.redirect_uri.push('/');
        app.wait(1);
        let reference = scene.ask(&[]).await.text("error-ref");
        flushed(&app).await;
        let failed = root.get(&part).await;
        assert!(failed.body.contains("Failed") && failed.body.contains("data-waits"));
        assert!(failed.body.contains(&format!("/admin/flows/{reference}\">Show why, and mend it")));
        assert!(!failed.body.contains("<html"), "the part alone: {}", failed.body);
        scene.party.redirect_uri = good;
        app.wait(1);
        scene.tokens(&[]).await;
        flushed(&app).await;
        let works = root.get(&part).await;
        assert_eq!(works.text("status-sentence"), "alice signed in to web.");
        assert!(works.body.contains("Works") && !works.body.contains("data-waits"));
        let page = root.get(&live).await;
        assert!(!page.body.contains("http-equiv"), "{}", page.body);
        assert!(root.get(&at("web", "/connect")).await.body.contains("/static/live.js"));
    })
    .await;
}

#[tokio::test]
async fn the_history_tells_who_changed_what_from_what_to_what() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut owner = Visitor::new(&app, "owner", Some(Role::ApplicationOwner)).await;
        Scene::new(&app).await.tokens(&[]).await;
        owners::add(&app, &Actor::CommandLine, "web", "owner").await.unwrap();
        let name = [("revision", revision(&mut root).await), ("name", "The <b>web</b>".to_owned())];
        let name: Vec<_> = name.iter().map(|(n, v)| (*n, v.as_str())).collect();
        root.done(&at("web", ""), &name).await;
        let page = owner.get(&at("web", "/history")).await;
        assert!(page.body.contains("root changed name of the client web"), "{}", page.body);
        let row = "<th scope=\"row\">name</th><td><del>web</del></td>\
                   <td><ins>The &#60;b&#62;web&#60;/b&#62;</ins></td>";
        assert!(page.body.contains(row), "{}", page.body);
        assert!(page.body.contains("command line made owner an owner of web"), "{}", page.body);
        assert!(!page.body.contains("signed in to web"), "sign-ins are no changes");
        for n in 0..60 {
            let alg = if n % 2 == 0 { Algorithm::ES256 } else { Algorithm::RS256 };
            let change = move |client: &mut keystead::domain::Client| client.settings.alg = alg;
            let force = keystead::directory::Force::Yes;
            clients::update(&app, &Actor::CommandLine, ("web", None), force, change).await.unwrap();
        }
        let mut path = at("web", "/history");
        let (mut told, mut pages) = (0, 0);
        loop {
            let page = root.get(&path).await;
            told += page.body.matches("<li class=\"panel\">").count();
            pages += 1;
            let Some((_, rest)) = page.body.split_once("id=\"older\" href=\"") else { break };
            path = rest.split('"').next().unwrap().to_owned();
        }
        let filter =
            Filter { client: Some(ClientId("web".into())), history: true, ..Filter::default() };
        let all = app.read(async |conn| events::list(conn, &filter, None, 999).await).await;
        assert_eq!((told, pages), (all.len(), 3));
        assert!(all.iter().all(|event| event.kind.starts_with("client.")));
    })
    .await;
}

async fn revision(root: &mut Visitor) -> String {
    let page = root.get(&at("web", "")).await;
    page.inputs().into_iter().find(|(name, _)| name == "revision").unwrap().1
}

#[tokio::test]
async fn the_check_is_run_from_the_console_and_leads_to_where_things_are_mended() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut auditor = Visitor::new(&app, "auditor", Some(Role::Auditor)).await;
        app.client_with("web", |web| web.settings.alg = Algorithm::ES256).await;
        let path = at("web", "/check");
        let page = root.get(&path).await;
        assert!(page.has("run-check"), "{}", page.body);
        assert!(!auditor.get(&path).await.has("run-check"));
        let odd = root.post(&path, &[("library", "social-core"), ("version", "x")]).await;
        assert_eq!(odd.status, 422, "{}", odd.body);
        // Nothing answers under the public URL of a story: the findings say so, one by one.
        let ran = root.post(&path, &[("library", "social-core:4.8.3")]);
        let ran = tokio::time::timeout(Duration::from_secs(29), ran).await.unwrap();
        assert_eq!(ran.status, 200, "{}", ran.body);
        assert!(ran.body.contains("As python-social-auth 4.8.3"), "{}", ran.body);
        assert_eq!(ran.text("verdict"), "Nobody can sign in to it so.");
        let access = ran.body.split_once("id=\"found-access\"").unwrap().1;
        let access = access.split("</li>").next().unwrap();
        assert!(access.contains("In order"), "{access}");
        let alg = ran.body.split_once("id=\"found-algorithm\"").map(|(_, rest)| rest);
        let pkce = ran.body.split_once("id=\"found-pkce\"").unwrap().1;
        let pkce = pkce.split("</li>").next().unwrap();
        let link = format!("<a href=\"{}\">Security</a>", at("web", "/security"));
        assert!(pkce.contains("cannot send it") && pkce.contains(&link), "{alg:?} {pkce}");
        assert!(ran.body.contains("keystead client check web --as social-core:4.8.3"));
    })
    .await;
}
