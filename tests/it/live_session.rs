//! What flows tell of people who were signed in before the application asked.

use keystead::directory::failures;
use keystead::domain::FlowState;
use keystead::store::flows::{self, Filter};

use crate::harness::http;
use crate::harness::{Scene, TestApp, each_database};

/// The summary and the sentences of the newest flow, which began this second.
async fn newest(app: &TestApp) -> (String, Vec<String>) {
    while app.flows.flush(&app.db).await.unwrap() {}
    let all = app.read(async |conn| flows::list(conn, &Filter::default(), None, 100).await).await;
    let flow = all.into_iter().find(|flow| flow.started_at == app.clock.now()).unwrap();
    assert_eq!(flow.state, FlowState::Done);
    let story = failures::look(&app.app, &flow.reference).await.unwrap().unwrap().story;
    (story.summary, story.timeline.into_iter().map(|moment| moment.sentence).collect())
}

#[tokio::test]
async fn a_flow_with_a_live_session_knows_the_person_and_why_nothing_was_asked() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        scene.tokens(&[]).await;
        app.wait(10);
        scene.tokens(&[]).await;
        let (summary, told) = newest(&app).await;
        assert_eq!(summary, "alice signed in to web.");
        assert_eq!(told[1], "alice was signed in already.");
        assert_eq!(told[2], "Consent was not needed: it was given before.");
        assert_eq!(told.last().unwrap(), "An ID token was issued, signed with RS256.");
    })
    .await;
}

#[tokio::test]
async fn who_just_signed_in_is_not_said_to_have_been_signed_in_already() {
    each_database(async |app| {
        let mut scene = Scene::with(&app, |client| client.trusted = true).await;
        scene.tokens(&[]).await;
        let (summary, told) = newest(&app).await;
        assert_eq!(summary, "alice signed in to web.");
        assert!(!told.iter().any(|line| line.contains("already")), "{told:?}");
        let why = "Consent was not needed: the client is trusted.";
        assert!(told.iter().any(|line| line == why), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn who_cannot_be_let_in_silently_is_known_all_the_same() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        scene.browser.sign_in("alice").await;
        let answer = scene.browser.get(&scene.party.ask(&[("prompt", "none")])).await;
        assert_eq!(answer.param("error").as_deref(), Some("consent_required"));
        while app.flows.flush(&app.db).await.unwrap() {}
        let all = app.read(async |c| flows::list(c, &Filter::default(), None, 9).await).await;
        let story = failures::look(&app.app, &all[0].reference).await.unwrap().unwrap().story;
        assert!(story.summary.starts_with("alice could not sign in to web"), "{}", story.summary);
    })
    .await;
}

#[tokio::test]
async fn flows_of_one_second_are_listed_with_the_newest_first() {
    each_database(async |app| {
        let scene = Scene::new(&app).await;
        for n in 0..9 {
            app.wait_ms(20);
            let wrong = format!("https://web.example.com/{n}");
            http::get(&app.app, &scene.party.ask(&[("redirect_uri", &wrong)])).await;
        }
        while app.flows.flush(&app.db).await.unwrap() {}
        let all = app.read(async |c| flows::list(c, &Filter::default(), None, 9).await).await;
        assert!(all.iter().all(|flow| flow.started_at == app.clock.now()));
        let mut tried = Vec::new();
        for flow in &all {
            let steps = app.read(async |c| flows::steps(c, &flow.reference, 9).await).await;
            tried.push(steps[0].detail["offered"].as_str().unwrap().to_owned());
        }
        let newest: Vec<String> =
            (0..9).rev().map(|n| format!("https://web.example.com/{n}")).collect();
        assert_eq!(tried, newest);
    })
    .await;
}
