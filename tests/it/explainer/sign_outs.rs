//! Sign-outs that were refused.

use keystead::domain::Cause;

use super::{compared, of_page};
use crate::harness::steps::signed_in;
use crate::harness::{each_database, http};

#[tokio::test]
async fn an_address_to_return_to_is_compared_with_the_registered_one() {
    each_database(async |app| {
        let (party, mut browser, tokens) = signed_in(&app, &[]).await;
        let bye = |params: &[(&str, &str)]| {
            format!("{}?{}", party.path("end_session_endpoint"), http::encode(params))
        };
        let hint = ("id_token_hint", tokens.get("id_token"));
        let back = ("post_logout_redirect_uri", "https://web.example.com/bye");
        let page = browser.get(&bye(&[hint, back])).await;
        let story = of_page(&app, &page).await;
        assert_eq!(story.summary, "Somebody was not taken back to web after signing out.");
        let trouble = story.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::PostLogoutUriMismatch);
        assert_eq!(
            compared(&trouble),
            "post_logout_redirect_uri, path differs: https://web.example.com/bye / \
             https://web.example.com/"
        );
        assert!(
            trouble.fix.contains(
                "keystead client add-redirect-uri web --post-logout https://web.example.com/bye`"
            ),
            "{}",
            trouble.fix
        );
        let offer = &trouble.offers[0];
        assert_eq!(
            offer.sentence,
            "Register https://web.example.com/bye as an address of web to return to after signing \
             out."
        );
        assert!(!page.body.contains("\"https://web.example.com/\""), "nothing registered");
    })
    .await;
}

#[tokio::test]
async fn a_hint_that_is_not_ours_and_a_client_that_is_none_are_told() {
    each_database(async |app| {
        let (party, mut browser, _) = signed_in(&app, &[]).await;
        let bye = |params: &[(&str, &str)]| {
            format!("{}?{}", party.path("end_session_endpoint"), http::encode(params))
        };
        let page = browser.get(&bye(&[("id_token_hint", "x"), ("client_id", "web")])).await;
        let story = of_page(&app, &page).await;
        assert_eq!(story.trouble.unwrap().cause, Cause::BadIdTokenHint);
        assert!(story.summary.contains("web"), "{}", story.summary);
        let page = browser.get(&bye(&[("client_id", "wev")])).await;
        let trouble = of_page(&app, &page).await.trouble.unwrap();
        assert_eq!(compared(&trouble), "client_id: wev / web");
    })
    .await;
}
