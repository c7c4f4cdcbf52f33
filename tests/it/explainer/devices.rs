//! What is told of devices that wait for a person.

use keystead::domain::{Cause, FlowState};

use super::{all, newest, only, told};
use crate::harness::device::{television, tv};
use crate::harness::{Browser, Party, TestApp, each_database};

async fn alice(app: &TestApp) -> Browser {
    app.user("alice").await;
    let mut browser = Browser::new(&app.app);
    browser.sign_in("alice").await;
    browser
}

#[tokio::test]
async fn a_device_that_was_let_in_is_told_step_by_step() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let asked = party.ask_for_code("openid").await;
        let waiting = party.poll(&asked).await;
        assert_eq!(waiting.error().1, Cause::AuthorizationPending.code());
        let (state, cause, _) = only(&app).await;
        assert_eq!((state, cause), (FlowState::Open, None), "waiting is no trouble");
        browser.decide(&asked, "allow").await;
        party.poll(&asked).await;
        let (state, cause, story) = only(&app).await;
        assert_eq!((state, cause), (FlowState::Done, None));
        assert_eq!(story.summary, "alice signed in to tv.");
        let told: Vec<&str> = story.timeline.iter().map(|m| m.sentence.as_str()).collect();
        assert_eq!(
            told,
            [
                "The application asked for a code for a device, for openid.",
                "alice entered the code that the device shows.",
                "The consent page was shown (scope: openid).",
                "alice let the device in: openid.",
                "The device got its tokens, authenticated by none.",
                "An ID token was issued, signed with RS256.",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_device_that_nobody_let_in_or_that_was_refused_is_told_so() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let asked = party.ask_for_code("openid").await;
        app.wait(600);
        party.poll(&asked).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::DeviceCodeExpired);
        assert!(trouble.fix.contains("QR code"), "{}", trouble.fix);
        app.wait(1);
        let asked = party.ask_for_code("openid").await;
        browser.decide(&asked, "deny").await;
        party.poll(&asked).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::DeviceDenied);
        assert!(trouble.reply.contains("did right"), "{}", trouble.reply);
    })
    .await;
}

#[tokio::test]
async fn a_device_that_polls_too_fast_is_told_with_the_pause() {
    each_database(async |app| {
        let party = tv(&app).await;
        let asked = party.ask_for_code("openid").await;
        party.poll(&asked).await;
        party.poll(&asked).await;
        let (state, cause, story) = only(&app).await;
        assert_eq!((state, cause), (FlowState::Open, Some(Cause::PolledTooFast)));
        let slowed = &story.timeline.last().unwrap().sentence;
        assert!(slowed.contains("was told to wait 10 seconds"), "{slowed}");
    })
    .await;
}

#[tokio::test]
async fn a_device_code_that_is_not_the_clients_or_was_used_is_told_so() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let radio = Party::new(&app.app, &app.client_with("radio", television).await).await;
        let asked = party.ask_for_code("openid").await;
        radio.poll(&asked).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::DeviceCodeOtherClient);
        assert_eq!(super::compared(&trouble), "client_id: radio / tv");
        browser.decide(&asked, "allow").await;
        party.poll(&asked).await;
        party.poll(&asked).await;
        let flow = all(&app).await.into_iter().find(|flow| flow.cause.is_some());
        assert!(flow.is_some());
        let causes: Vec<String> = all(&app).await.into_iter().filter_map(|f| f.cause).collect();
        assert!(causes.contains(&Cause::DeviceCodeUsed.code().to_owned()), "{causes:?}");
        app.wait(1);
        party.poll(&serde_json::json!({ "device_code": "x" })).await;
        let flow = all(&app).await.remove(0);
        let (_, story) = told(&app, &flow.reference).await;
        assert_eq!(story.trouble.unwrap().cause, Cause::DeviceCodeUnknown);
        assert_eq!(story.summary, "tv asked for tokens and was refused.");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_code_is_told_with_who_entered_it() {
    each_database(async |app| {
        let mut browser = alice(&app).await;
        let page = browser.get("/device").await;
        browser.submit(&page, &[("user_code", "BBBB-BBBB")]).await;
        let (state, cause, story) = only(&app).await;
        assert_eq!((state, cause), (FlowState::Failed, Some(Cause::UserCodeUnknown)));
        assert!(story.summary.contains("alice"), "{}", story.summary);
    })
    .await;
}
