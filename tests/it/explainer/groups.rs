//! Failures that are alike are counted, can be marked as solved, and come back.

use keystead::directory::failures::{self, Group};
use keystead::domain::{Actor, ClientId, FailureId};
use keystead::explain::tally::VALUES;
use keystead::jobs;
use keystead::store::failures::Filter;

use super::{all, flush, web};
use crate::harness::{Scene, TestApp, each_database, http};

async fn groups(app: &TestApp, filter: Filter) -> Vec<Group> {
    flush(app).await;
    failures::groups(&app.app, &filter, 100).await.unwrap()
}

async fn open(app: &TestApp) -> Vec<(String, i64)> {
    let groups = groups(app, Filter::default()).await;
    groups.into_iter().map(|told| (told.sentence, told.group.times)).collect()
}

#[tokio::test]
async fn what_fails_alike_is_one_line_with_its_examples() {
    each_database(async |app| {
        let party = web(&app).await;
        let other = "http://web.example.com/callback";
        for n in 0..4 {
            app.wait(1);
            http::get(&app.app, &party.ask(&[("redirect_uri", other)])).await;
            if n % 2 == 0 {
                http::get(&app.app, &party.ask(&[("client_id", "wev")])).await;
            }
        }
        assert_eq!(
            open(&app).await,
            [
                (format!("Redirect URI does not match at web: {other}"), 4),
                ("Unknown client: wev".to_owned(), 2),
            ]
        );
        let groups =
            groups(&app, Filter { cause: Some("unknown_client".into()), ..Filter::default() });
        let group = groups.await.remove(0);
        assert_eq!(group.group.last_at - group.group.first_at, 2);
        assert_eq!(group.examples.len(), 2);
        let flows = all(&app).await;
        let example = flows.iter().find(|flow| flow.reference == group.examples[0]).unwrap();
        assert_eq!(example.group_id.as_ref(), Some(&group.group.id));
    })
    .await;
}

#[tokio::test]
async fn what_is_solved_comes_back_when_it_happens_again() {
    each_database(async |app| {
        let party = web(&app).await;
        let fail = async || http::get(&app.app, &party.ask(&[("client_id", "wev")])).await;
        fail().await;
        let id = groups(&app, Filter::default()).await.remove(0).group.id;
        let actor = Actor::CommandLine;
        let somebody = Actor::User(keystead::domain::UserId("1".into()), "alice".into());
        for other in [somebody, Actor::Anonymous, Actor::Client(ClientId("web".into()))] {
            let refused = failures::solve(&app.app, &other, &id).await.unwrap_err();
            assert_eq!(refused.code(), "not_allowed");
        }
        assert!(failures::solve(&app.app, &actor, &id).await.unwrap().changed);
        assert!(open(&app).await.is_empty());
        let solved = groups(&app, Filter { solved: true, ..Filter::default() }).await.remove(0);
        assert!(solved.solved && !solved.back);
        assert_eq!(solved.group.solved_by.as_deref(), Some("command line"));
        assert_eq!(solved.group.solved_at, Some(app.clock.now()));
        let again = failures::solve(&app.app, &actor, &id).await.unwrap();
        assert_eq!(again.notes, ["It was solved before, and did not happen since."]);
        // In the same second still.
        fail().await;
        let back = groups(&app, Filter::default()).await.remove(0);
        assert!(back.back && !back.solved);
        assert_eq!(back.group.times, 2);
        let unknown = failures::solve(&app.app, &actor, &FailureId("X".into())).await.unwrap_err();
        assert_eq!(unknown.to_string(), "no failure 'X'");
        let events = app
            .read(async |conn| {
                keystead::store::events::list(conn, &Default::default(), None, 9).await
            })
            .await;
        let told: Vec<String> = events.iter().map(keystead::explain::sentence::event).collect();
        let line = format!("command line marked the failure {id} as solved: unknown_client");
        assert!(told.contains(&line), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_values_is_counted_together() {
    each_database(async |app| {
        let party = web(&app).await;
        for n in 0..VALUES + 30 {
            let uri = format!("https://evil.example/{n}");
            http::get(&app.app, &party.ask(&[("redirect_uri", &uri)])).await;
        }
        let open = groups(&app, Filter::default()).await;
        assert_eq!(open.len(), VALUES + 1);
        let others = open.iter().find(|told| told.group.others).unwrap();
        assert_eq!(others.group.times, 30);
        assert_eq!(others.sentence, "Redirect URI does not match at web: other values");
        assert_eq!(others.examples.len(), 5);
        // One that has a group already is still counted there.
        let uri = "https://evil.example/1";
        http::get(&app.app, &party.ask(&[("redirect_uri", uri)])).await;
        let same = groups(&app, Filter::default()).await;
        let own = same.iter().find(|told| told.group.value.as_deref() == Some(uri)).unwrap();
        assert_eq!(own.group.times, 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_part_of_the_game_is_not_counted() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        scene.browser.get(&scene.party.ask(&[("prompt", "none")])).await;
        let page = scene.browser.get(&scene.party.ask(&[])).await;
        let page = scene.browser.follow(page).await;
        scene.browser.submit(&page, &[("action", "cancel")]).await;
        assert!(open(&app).await.is_empty());
        scene.code().await;
        app.wait(121);
        flush(&app).await;
        jobs::sweep(&app.app).await.unwrap();
        assert_eq!(open(&app).await, [("Code never redeemed at web".to_owned(), 1)]);
        jobs::sweep(&app.app).await.unwrap();
        assert_eq!(open(&app).await[0].1, 1, "looked at once");
        app.wait(31 * 86400);
        jobs::sweep(&app.app).await.unwrap();
        assert!(open(&app).await.is_empty(), "what is long past is forgotten");
    })
    .await;
}
