//! What flows tell of people who were signed in before the application asked.

use keystead::directory::failures;
use keystead::domain::FlowState;
use keystead::store::flows::{self, Filter};

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
