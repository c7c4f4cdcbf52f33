//! Codes, refresh tokens and links: of any number of callers, one gets them. And access tokens.

use std::time::Duration;

use futures_util::future::join_all;
use keystead::domain::{
    AccessToken, AuthorizationCode, Confirmation, Layout, LinkPurpose, OneTimeLink, RefreshToken,
    Scopes, Selector, Token, UserId,
};
use keystead::store::{self, Tx, access_tokens, codes, links, refresh_tokens, users};
use sqlx::types::Json;
use tokio::time::timeout;

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

/// How many of fifty racers, on two nodes in turn, get what `take` takes.
async fn winners(app: &TestApp, take: impl AsyncFn(&mut Tx) -> store::Result<bool>) -> usize {
    let nodes = [app.db.clone(), app.another_node().await.db.clone()];
    let race = (0..50).map(async |n: usize| {
        let mut tx = nodes[n % 2].write().await.unwrap();
        let won = take(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        won
    });
    let won = join_all(race).await.into_iter().filter(|won| *won).count();
    nodes[1].close().await;
    won
}

#[tokio::test]
async fn a_code_comes_back_as_stored() {
    each_database(async |app: TestApp| {
        let plain = samples::code(1);
        let bound = AuthorizationCode {
            challenge: Some("E9Melhoa".to_owned()),
            cnf: Some(Json(Confirmation::Key("a".to_owned()))),
            ..samples::code(2)
        };
        for (id, code) in (1..).zip([plain, bound]) {
            let token = samples::token(id);
            app.write(async |tx| codes::insert(tx, &token, &code).await).await;
            let grant = samples::stored_grant(&app, id).await;
            let both = Some((code.clone(), grant));
            let found = app.read(async |conn| codes::with_grant(conn, &token).await).await;
            assert_same(&found, &both);
            let taken = app.write(async |tx| codes::take(tx, &token, NOW).await).await;
            assert_same(&taken, &Some(code.clone()));
            // Used, it is still found, so that its grant can be revoked.
            let found = app.read(async |conn| codes::with_grant(conn, &token).await).await;
            assert_same(&found, &both);
            let again = app.write(async |tx| codes::take(tx, &token, NOW).await).await;
            assert!(again.is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn a_guessed_secret_opens_nothing_and_burns_nothing() {
    each_database(async |app: TestApp| {
        let (token, guess) = (samples::token(1), Token::new(Selector(1), [6; 32]));
        app.write(async |tx| codes::insert(tx, &token, &samples::code(1)).await).await;
        samples::stored_grant(&app, 1).await;
        let find = async |token: &Token| {
            app.read(async |conn| codes::with_grant(conn, token).await).await.is_some()
        };
        assert!(app.write(async |tx| codes::take(tx, &guess, NOW).await).await.is_none());
        assert_eq!((find(&guess).await, find(&token).await), (false, true));
        assert!(app.write(async |tx| codes::take(tx, &token, NOW).await).await.is_some());

        app.write(async |tx| links::insert(tx, &token, &setup_link(), None).await).await;
        assert!(app.write(async |tx| links::take(tx, &guess).await).await.is_none());
        assert!(app.read(async |conn| links::find(conn, &guess).await).await.is_none());
        assert!(app.write(async |tx| links::take(tx, &token).await).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn of_fifty_racers_one_gets_the_code() {
    each_database(async |app: TestApp| {
        let token = samples::token(1);
        app.write(async |tx| codes::insert(tx, &token, &samples::code(1)).await).await;
        let take =
            async |tx: &mut Tx| codes::take(tx, &token, NOW).await.map(|code| code.is_some());
        assert_eq!(winners(&app, take).await, 1);
    })
    .await;
}

#[tokio::test]
async fn of_fifty_racers_one_gets_the_refresh_token() {
    each_database(async |app: TestApp| {
        let token = samples::refresh_token(1, 1);
        app.write(async |tx| refresh_tokens::insert(tx, &token).await).await;
        let take = async |tx: &mut Tx| refresh_tokens::take(tx, token.id, NOW).await;
        assert_eq!(winners(&app, take).await, 1);
    })
    .await;
}

#[tokio::test]
async fn of_fifty_racers_one_gets_the_link() {
    each_database(async |app: TestApp| {
        let token = samples::token(1);
        app.write(async |tx| links::insert(tx, &token, &setup_link(), None).await).await;
        let take = async |tx: &mut Tx| links::take(tx, &token).await.map(|link| link.is_some());
        assert_eq!(winners(&app, take).await, 1);
    })
    .await;
}

#[tokio::test]
async fn codes_are_swept_by_age() {
    each_database(async |app: TestApp| {
        for id in [1, 2, 3] {
            let token = samples::token(id);
            app.write(async |tx| codes::insert(tx, &token, &samples::code(1)).await).await;
        }
        assert_eq!(app.write(async |tx| codes::sweep(tx, Selector(3)).await).await, 2);
        samples::stored_grant(&app, 1).await;
        let find = async |id| {
            let token = samples::token(id);
            app.read(async |conn| codes::with_grant(conn, &token).await).await.is_some()
        };
        assert_eq!((find(2).await, find(3).await), (false, true));
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_comes_back_as_stored() {
    each_database(async |app: TestApp| {
        let plain = samples::refresh_token(1, 1);
        let complete = RefreshToken {
            hash: vec![0, 255],
            scopes: Json(Scopes::parse("openid offline_access")),
            parent_id: Some(plain.id),
            used_at: Some(NOW + 1),
            superseded_at: Some(NOW + 2),
            cnf: Some(Json(Confirmation::Key("a".to_owned()))),
            ..samples::refresh_token(2, 1)
        };
        for token in [plain, complete] {
            app.write(async |tx| refresh_tokens::insert(tx, &token).await).await;
            let found = app.read(async |c| refresh_tokens::find(c, token.id).await).await;
            assert_same(&found, &Some(token));
        }
        assert!(app.read(async |c| refresh_tokens::find(c, Selector(9)).await).await.is_none());
        let both = async |id| {
            app.read(async |conn| refresh_tokens::with_grant(conn, Selector(id)).await).await
        };
        assert!(both(1).await.is_none(), "its grant is gone");
        let grant = samples::stored_grant(&app, 1).await;
        let token = app.read(async |c| refresh_tokens::find(c, Selector(1)).await).await.unwrap();
        assert_same(&both(1).await, &Some((token, grant)));
        app.write(async |tx| refresh_tokens::take(tx, Selector(1), NOW + 2).await).await;
        let taken = app.read(async |c| refresh_tokens::find(c, Selector(1)).await).await;
        assert_eq!(taken.unwrap().used_at, Some(NOW + 2));
        let missing = app.write(async |tx| refresh_tokens::take(tx, Selector(9), NOW).await);
        assert!(!missing.await);
    })
    .await;
}

/// A used token of grant 1 and two that replaced it; beside a stranger's and another grant's.
async fn replaced_twice(app: &TestApp) -> RefreshToken {
    let first = RefreshToken { used_at: Some(NOW), ..samples::refresh_token(1, 1) };
    let successor = |id, grant, parent| RefreshToken {
        parent_id: Some(Selector(parent)),
        ..samples::refresh_token(id, grant)
    };
    let used = |token| RefreshToken { used_at: Some(NOW), ..token };
    let others = [used(successor(4, 1, 9)), used(successor(5, 2, 1)), samples::refresh_token(6, 1)];
    let successors = [successor(2, 1, 1), successor(3, 1, 1)];
    for token in successors.iter().chain(&others).chain([&first]) {
        app.write(async |tx| refresh_tokens::insert(tx, token).await).await;
    }
    first
}

#[tokio::test]
async fn a_replaced_refresh_token_knows_whether_its_successor_arrived() {
    each_database(async |app: TestApp| {
        let first = replaced_twice(&app).await;
        let arrived =
            async || app.read(async |c| refresh_tokens::successor_was_used(c, &first).await).await;
        assert!(!arrived().await);
        app.write(async |tx| refresh_tokens::take(tx, Selector(3), NOW + 200).await).await;
        assert!(arrived().await);
    })
    .await;
}

#[tokio::test]
async fn successors_nobody_used_are_set_aside_once() {
    each_database(async |app: TestApp| {
        let first = replaced_twice(&app).await;
        app.write(async |tx| refresh_tokens::take(tx, Selector(3), NOW).await).await;
        let set_aside = async |now| {
            app.write(async |tx| refresh_tokens::supersede_successors(tx, &first, now).await).await
        };
        assert_eq!((set_aside(NOW + 1).await, set_aside(NOW + 2).await), (1, 0));
        let find = async |id| app.read(async |c| refresh_tokens::find(c, Selector(id)).await).await;
        assert_eq!(find(2).await.unwrap().superseded_at, Some(NOW + 1));
        for id in [1, 3, 4, 5, 6] {
            assert_eq!(find(id).await.unwrap().superseded_at, None, "token {id}");
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_brings_a_held_refresh_token_waits() {
    each_database(async |app: TestApp| {
        let token = samples::refresh_token(1, 1);
        app.write(async |tx| refresh_tokens::insert(tx, &token).await).await;
        let mut tx = app.db.write().await.unwrap();
        refresh_tokens::hold(&mut tx, token.id).await.unwrap();
        let other = app.write(async |tx| refresh_tokens::take(tx, token.id, NOW).await);
        let mut other = Box::pin(other);
        assert!(timeout(Duration::from_millis(50), &mut other).await.is_err());
        assert!(refresh_tokens::take(&mut tx, token.id, NOW).await.unwrap());
        let (held, taken) = tokio::join!(tx.commit(), other);
        held.unwrap();
        assert!(!taken);
    })
    .await;
}

#[tokio::test]
async fn refresh_tokens_are_swept_once_expired() {
    each_database(async |app: TestApp| {
        for id in [1, 2] {
            let mut token = samples::refresh_token(id, 1);
            token.expires_at = NOW + id;
            app.write(async |tx| refresh_tokens::insert(tx, &token).await).await;
        }
        assert_eq!(app.write(async |tx| refresh_tokens::sweep(tx, NOW + 2).await).await, 1);
        let left = app.read(async |c| refresh_tokens::find(c, Selector(2)).await).await;
        assert!(left.is_some());
    })
    .await;
}

#[tokio::test]
async fn an_access_token_comes_back_as_stored_and_is_revoked_once() {
    each_database(async |app: TestApp| {
        let plain = samples::access_token(1);
        let complete = AccessToken {
            hash: vec![0, 255],
            grant_id: Some(Selector(-9)),
            layout: Layout::Kanidm,
            scopes: Json(Scopes::parse("openid email")),
            target: Json(samples::target()),
            revoked_at: Some(NOW + 1),
            cnf: Some(Json(Confirmation::Key("a".to_owned()))),
            ..samples::access_token(2)
        };
        let find =
            async |id| app.read(async |c| access_tokens::with_grant(c, Selector(id)).await).await;
        let grant = samples::stored_grant(&app, -9).await;
        for (token, grant) in [(plain, None), (complete, Some(grant))] {
            app.write(async |tx| access_tokens::insert(tx, &token).await).await;
            assert_same(&find(token.id.0).await, &Some((token, grant)));
        }
        let revoke = async |id| {
            app.write(async |tx| access_tokens::revoke(tx, Selector(id), NOW + 5).await).await
        };
        assert_eq!((revoke(1).await, revoke(1).await, revoke(2).await), (true, false, false));
        assert_eq!(find(1).await.unwrap().0.revoked_at, Some(NOW + 5));
        assert!(find(3).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_revoked_jwt_is_known_until_it_would_have_expired() {
    each_database(async |app: TestApp| {
        let revoke = async |jti: &str, until| {
            app.write(async |tx| access_tokens::revoke_jwt(tx, jti, until).await).await
        };
        let revoked = async |jti: &str| {
            app.read(async |conn| access_tokens::jwt_is_revoked(conn, jti).await).await
        };
        assert!(revoke("a", NOW + 10).await);
        assert!(!revoke("a", NOW + 10).await);
        assert!(revoke("b", NOW + 20).await);
        assert_eq!((revoked("a").await, revoked("c").await), (true, false));
        let sweep =
            async |before| app.write(async |tx| access_tokens::sweep_jwts(tx, before).await).await;
        assert_eq!((sweep(NOW + 10).await, sweep(NOW + 11).await), (0, 1));
        assert_eq!((revoked("a").await, revoked("b").await), (false, true));
    })
    .await;
}

#[tokio::test]
async fn a_sweep_takes_a_thousand_at_a_time() {
    each_database(async |app: TestApp| {
        app.write(async |tx| {
            for id in 1..=1005 {
                let mut token = samples::access_token(id);
                token.expires_at = NOW + id;
                access_tokens::insert(tx, &token).await?;
            }
            Ok(())
        })
        .await;
        let sweep = async || app.write(async |tx| access_tokens::sweep(tx, NOW + 1004).await).await;
        assert_eq!((sweep().await, sweep().await, sweep().await), (store::SWEEP, 3, 0));
        let left =
            async |id| app.read(async |c| access_tokens::with_grant(c, Selector(id)).await).await;
        assert!(left(1003).await.is_none() && left(1004).await.is_some());
    })
    .await;
}

fn setup_link() -> OneTimeLink {
    OneTimeLink { purpose: LinkPurpose::Setup, user_id: None, expires_at: NOW + 60 }
}

fn link(purpose: LinkPurpose, user: &UserId) -> OneTimeLink {
    OneTimeLink { purpose, user_id: Some(user.clone()), expires_at: NOW + 60 }
}

/// Links 1 to 4: to set up, for Alice to join, for Alice and for Bob to choose a new password.
async fn four_links(app: &TestApp) -> [OneTimeLink; 4] {
    let [alice, bob] = ["alice", "bob"].map(samples::user);
    let all = [
        setup_link(),
        link(LinkPurpose::Invite, &alice.id),
        link(LinkPurpose::Reset, &alice.id),
        link(LinkPurpose::Reset, &bob.id),
    ];
    app.write(async |tx| {
        users::insert(tx, &alice, None).await?;
        users::insert(tx, &bob, None).await?;
        for (id, link) in (1..).zip(&all) {
            links::insert(tx, &samples::token(id), link, None).await?;
        }
        Ok(())
    })
    .await;
    all
}

/// Which of the links `1..=4` still work.
async fn working(app: &TestApp) -> Vec<i64> {
    let mut ids = Vec::new();
    for id in 1..=4 {
        let found = app.read(async |conn| links::find(conn, &samples::token(id)).await).await;
        ids.extend(found.map(|_| id));
    }
    ids
}

#[tokio::test]
async fn a_link_works_once() {
    each_database(async |app: TestApp| {
        for (id, link) in (1..).zip(four_links(&app).await) {
            let token = samples::token(id);
            let found = app.read(async |conn| links::find(conn, &token).await).await;
            assert_same(&found, &Some(link.clone()));
            let taken = app.write(async |tx| links::take(tx, &token).await).await;
            assert_same(&taken, &Some(link));
            assert!(app.write(async |tx| links::take(tx, &token).await).await.is_none());
        }
        assert!(working(&app).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn links_are_withdrawn_by_purpose_and_person() {
    each_database(async |app: TestApp| {
        four_links(&app).await;
        let alice = samples::user("alice").id;
        let withdraw = async |purpose, user: Option<&UserId>| {
            app.write(async |tx| links::withdraw(tx, purpose, user).await).await
        };
        assert_eq!(withdraw(LinkPurpose::Reset, Some(&alice)).await, 1);
        assert_eq!(working(&app).await, [1, 2, 4]);
        assert_eq!(withdraw(LinkPurpose::Setup, None).await, 1);
        assert_eq!(withdraw(LinkPurpose::Setup, None).await, 0);
        app.write(async |tx| users::delete(tx, &alice).await).await;
        assert_eq!(working(&app).await, [4]);
        assert_eq!(app.write(async |tx| links::sweep(tx, NOW + 60).await).await, 0);
        assert_eq!(app.write(async |tx| links::sweep(tx, NOW + 61).await).await, 1);
    })
    .await;
}
