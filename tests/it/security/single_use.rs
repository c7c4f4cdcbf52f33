//! Codes and refresh tokens work once, however many come for them at the same moment.

use std::collections::BTreeMap;

use keystead::app::AppState;
use keystead::domain::Client;

use crate::harness::http::Answer;
use crate::harness::{Party, Scene, TestApp, each_database};

/// Sends the same form to the token endpoint fifty times at once, taking turns between the nodes.
async fn fifty(party: &Party, nodes: &[AppState], form: &[(&str, &str)]) -> Vec<Answer> {
    let path = party.path("token_endpoint");
    let form: Vec<(String, String)> =
        form.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let authorization = party.basic();
    let start = std::sync::Arc::new(tokio::sync::Barrier::new(50));
    let racers = (0..50).map(|n| {
        let (app, path, form) = (nodes[n % nodes.len()].clone(), path.clone(), form.clone());
        let (authorization, start) = (authorization.clone(), start.clone());
        tokio::spawn(async move {
            let form: Vec<(&str, &str)> =
                form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let headers: Vec<(&str, &str)> =
                authorization.iter().map(|(n, v)| (*n, v.as_str())).collect();
            start.wait().await;
            crate::harness::http::post_with(&app, &path, &form, &headers).await
        })
    });
    let mut answers = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        answers.push(racer.await.unwrap());
    }
    answers
}

/// One success; everybody else hears that it is not valid; and what the winner got is dead, since
/// nobody can tell who won.
async fn one_wins(party: &Party, answers: Vec<Answer>) {
    let mut outcomes: BTreeMap<(u16, String), usize> = BTreeMap::new();
    for answer in &answers {
        *outcomes.entry(answer.error()).or_default() += 1;
    }
    let expected = [((200, String::new()), 1), ((400, "invalid_grant".to_owned()), 49)];
    assert_eq!(outcomes, BTreeMap::from(expected));
    let won = answers.iter().find(|answer| answer.status == 200).unwrap().json();
    assert_eq!(party.userinfo(won["access_token"].as_str().unwrap()).await.status, 401);
    if let Some(refresh) = won["refresh_token"].as_str() {
        assert_eq!(party.refresh(refresh).await.error(), (400, "invalid_grant".into()));
    }
}

fn exchange<'a>(party: &'a Party, code: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &party.redirect_uri),
        ("code_verifier", crate::harness::VERIFIER),
    ]
}

fn graceless(client: &mut Client) {
    client.settings.refresh_grace = 0;
}

async fn race_for_a_code(app: &TestApp, nodes: &[AppState]) {
    let mut scene = Scene::with(app, graceless).await;
    refresh_all(nodes).await;
    let code = scene.code_for(&[("scope", "openid offline_access")]).await;
    let answers = fifty(&scene.party, nodes, &exchange(&scene.party, &code)).await;
    one_wins(&scene.party, answers).await;
}

async fn race_for_a_refresh_token(app: &TestApp, nodes: &[AppState]) {
    let mut scene = Scene::with(app, graceless).await;
    refresh_all(nodes).await;
    let token = scene.refresh_token().await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", &token)];
    let answers = fifty(&scene.party, nodes, &form).await;
    one_wins(&scene.party, answers).await;
}

async fn refresh_all(nodes: &[AppState]) {
    for node in nodes {
        node.refresh_registry().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_redeem_a_code_at_once_one_gets_tokens() {
    each_database(async |app| race_for_a_code(&app, std::slice::from_ref(&app.app)).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_redeem_a_code_on_two_nodes_one_gets_tokens() {
    each_database(async |app| {
        let other = app.another_node().await;
        race_for_a_code(&app, &[app.app.clone(), other]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_refresh_at_once_one_gets_tokens() {
    each_database(async |app| race_for_a_refresh_token(&app, std::slice::from_ref(&app.app)).await)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_refresh_on_two_nodes_one_gets_tokens() {
    each_database(async |app| {
        let other = app.another_node().await;
        race_for_a_refresh_token(&app, &[app.app.clone(), other]).await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again_for_a_moment_and_a_stolen_token_kills_the_grant() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let first = scene.refresh_token().await;
        let second = scene.party.refresh(&first).await.json();
        let again = scene.party.refresh(&first).await;
        assert_eq!(again.status, 200, "the answer was lost: {}", again.body);
        let again = again.json();
        app.wait(11);
        let stolen = scene.party.refresh(&first).await;
        assert_eq!(stolen.error(), (400, "invalid_grant".into()));
        for tokens in [&second, &again] {
            let refresh = tokens["refresh_token"].as_str().unwrap();
            assert_eq!(scene.party.refresh(refresh).await.error(), (400, "invalid_grant".into()));
            let access = tokens["access_token"].as_str().unwrap();
            assert_eq!(scene.party.userinfo(access).await.status, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_whose_successor_was_used_is_stolen_even_within_the_moment() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let first = scene.refresh_token().await;
        let second = scene.party.refresh(&first).await.json();
        let third = scene.party.refresh(second["refresh_token"].as_str().unwrap()).await.json();
        assert_eq!(scene.party.refresh(&first).await.status, 400);
        let newest = third["refresh_token"].as_str().unwrap();
        assert_eq!(scene.party.refresh(newest).await.status, 400, "the whole grant is gone");
    })
    .await;
}

#[tokio::test]
async fn a_code_lives_a_minute_at_most() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        for (age, status) in [(59, 200), (60, 400), (61, 400)] {
            let code = scene.code().await;
            app.wait(age);
            assert_eq!(scene.party.exchange(&code).await.status, status, "after {age} s");
        }
        assert!(keystead::domain::ClientSettings::default().code_lifetime <= 60);
    })
    .await;
}
