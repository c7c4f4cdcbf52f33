//! What applications were allowed, and taking it back.

use super::{events_of, person};
use crate::admin::Visitor;
use crate::harness::{Party, TestApp, each_database};

const PATH: &str = "/account/connections";

/// A person who allowed `web` to stay connected, and the refresh token it holds.
async fn connected(app: &TestApp, party: &Party, name: &str) -> (Visitor, String) {
    let mut visitor = person(app, name).await;
    let more = [("scope", "openid email offline_access")];
    let tokens = party.sign_in(&mut visitor.browser, name, &more).await;
    (visitor, tokens.get("refresh_token").to_owned())
}

async fn party(app: &TestApp) -> Party {
    let registered = app.client_with("web", |client| client.name = "The <Wiki>".into()).await;
    app.allow(&registered.client.id, keystead::domain::EVERYONE, "openid email offline_access")
        .await;
    Party::new(&app.app, &registered).await
}

#[tokio::test]
async fn what_was_allowed_is_told_in_sentences_and_taken_back_at_once() {
    each_database(async |app| {
        let party = party(&app).await;
        let (mut alice, refresh) = connected(&app, &party, "alice").await;
        app.wait(7300);
        let page = alice.get(PATH).await;
        for told in
            ["The &#60;Wiki&#62;", "See your e-mail address", "Know who you are", "2 hours ago"]
        {
            assert!(page.body.contains(told), "{told}: {}", page.body);
        }
        let page = alice.done(PATH, &[("client", "web")]).await;
        assert!(page.text("toast").starts_with("Disconnected The &#60;Wiki&#62;."));
        assert!(page.body.contains("Nothing is connected"), "{}", page.body);
        assert_eq!(party.refresh(&refresh).await.status, 400);
        assert_eq!(events_of(&app, &alice).await[0], "consent.withdrawn");
        let again = alice.get(&party.ask(&[])).await;
        assert!(alice.browser.follow(again).await.has("consent-allow"), "it asks again");
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_or_withdraws_what_another_allowed() {
    each_database(async |app| {
        let party = party(&app).await;
        let (mut bob, refresh) = connected(&app, &party, "bob").await;
        let mut alice = person(&app, "alice").await;
        assert!(alice.get(PATH).await.body.contains("Nothing is connected"));
        let of_bob = bob.user.id.0.clone();
        for client in ["web", "unknown", "", "<script>"] {
            let sent = [("client", client), ("user", &of_bob), ("user_id", &of_bob)];
            let answer = alice.post(PATH, &sent).await;
            assert_eq!(answer.status, 404, "{client}");
            assert!(!answer.body.contains("<script>"));
        }
        assert!(bob.get(PATH).await.body.contains("Disconnect"));
        assert_eq!(party.refresh(&refresh).await.status, 200);
    })
    .await;
}
