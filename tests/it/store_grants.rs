//! Grants: revoked one by one, by person, by client and by session.

use keystead::domain::{
    Client, ClientId, FlowRef, Grant, Layout, RequestedClaims, Scopes, Selector, User,
};
use keystead::store::{clients, grants, refresh_tokens, users};
use sqlx::types::Json;

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

/// Alice, Bob, NetBox and a wiki.
async fn people_and_clients(app: &TestApp) -> ([User; 2], [Client; 2]) {
    let people = [samples::user("alice"), samples::user("bob")];
    let relying_parties = [samples::client("netbox"), samples::client("wiki")];
    app.write(async |tx| {
        for user in &people {
            users::insert(tx, user, None).await?;
        }
        for client in &relying_parties {
            clients::insert(tx, client).await?;
        }
        Ok(())
    })
    .await;
    (people, relying_parties)
}

async fn add(app: &TestApp, grant: &Grant) {
    app.write(async |tx| grants::insert(tx, grant).await).await;
}

async fn find(app: &TestApp, id: i64) -> Option<Grant> {
    app.read(async |conn| grants::find(conn, Selector(id)).await).await
}

/// Which of the grants `1..=n` still work.
async fn standing(app: &TestApp, n: i64) -> Vec<i64> {
    let mut ids = Vec::new();
    for id in 1..=n {
        if find(app, id).await.is_some_and(|grant| grant.revoked_at.is_none()) {
            ids.push(id);
        }
    }
    ids
}

#[tokio::test]
async fn a_grant_comes_back_as_stored() {
    each_database(async |app: TestApp| {
        let ([alice, _], [netbox, _]) = people_and_clients(&app).await;
        let plain = samples::grant(1, &alice, &netbox);
        let names = |text: &str| text.split(' ').map(str::to_owned).collect();
        let complete = Grant {
            id: Selector(i64::MAX),
            session_id: Some(Selector(-1)),
            layout: Layout::Authentik,
            scopes: Json(Scopes::parse("email openid")),
            claims: Json(RequestedClaims { id_token: names("email"), userinfo: names("a b") }),
            target: Json(samples::target()),
            nonce: Some("n-0S6_WzA2Mj ü".to_owned()),
            acr: "2".to_owned(),
            amr: Json(vec!["pwd".to_owned(), "otp".to_owned(), "mfa".to_owned()]),
            flow: FlowRef("K7QF-2M9X".to_owned()),
            revoked_at: Some(NOW + 1),
            ..plain.clone()
        };
        for grant in [plain, complete] {
            add(&app, &grant).await;
            assert_same(&find(&app, grant.id.0).await, &Some(grant));
        }
        for (id, layout) in (10..).zip(Layout::ALL) {
            add(&app, &Grant { layout, ..samples::grant(id, &alice, &netbox) }).await;
            assert_eq!(find(&app, id).await.unwrap().layout, layout);
        }
        assert!(find(&app, 99).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_grant_is_revoked_once() {
    each_database(async |app: TestApp| {
        let ([alice, _], [netbox, _]) = people_and_clients(&app).await;
        add(&app, &samples::grant(1, &alice, &netbox)).await;
        let revoke =
            async |now| app.write(async |tx| grants::revoke(tx, Selector(1), now).await).await;
        assert!(revoke(NOW + 1).await);
        assert!(!revoke(NOW + 2).await);
        assert_eq!(find(&app, 1).await.unwrap().revoked_at, Some(NOW + 1));
        assert!(!app.write(async |tx| grants::revoke(tx, Selector(9), NOW).await).await);
    })
    .await;
}

#[tokio::test]
async fn a_person_takes_back_what_one_client_or_all_were_given() {
    each_database(async |app: TestApp| {
        let ([alice, bob], [netbox, wiki]) = people_and_clients(&app).await;
        let given = [(&alice, &netbox), (&alice, &netbox), (&alice, &wiki), (&bob, &netbox)];
        for (id, (user, client)) in (1..).zip(given) {
            add(&app, &samples::grant(id, user, client)).await;
        }
        let revoke = async |client: Option<&ClientId>| {
            app.write(async |tx| grants::revoke_of_user(tx, &alice.id, client, NOW).await).await
        };
        assert_eq!(revoke(Some(&netbox.id)).await, 2);
        assert_eq!(standing(&app, 4).await, [3, 4]);
        assert_eq!(revoke(None).await, 1);
        assert_eq!(standing(&app, 4).await, [4]);
        assert_eq!(revoke(None).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_session_takes_along_all_but_offline_access() {
    each_database(async |app: TestApp| {
        let ([alice, bob], [netbox, _]) = people_and_clients(&app).await;
        let here = Some(Selector(7));
        let cases = [
            (&alice, here, "openid email"),
            (&alice, here, "openid offline_access"),
            (&alice, here, "openid offline-access offlineXaccess my_offline_access"),
            (&alice, Some(Selector(8)), "openid"),
            (&alice, None, "openid"),
            (&bob, here, "openid"),
        ];
        for (id, (user, session_id, scopes)) in (1..).zip(cases) {
            let scopes = Json(Scopes::parse(scopes));
            add(&app, &Grant { session_id, scopes, ..samples::grant(id, user, &netbox) }).await;
        }
        let ended = app
            .write(async |tx| grants::revoke_of_session(tx, &alice.id, Selector(7), NOW).await)
            .await;
        assert_eq!(ended, 2);
        assert_eq!(standing(&app, 6).await, [2, 4, 5, 6]);
        let rest = app
            .write(async |tx| grants::revoke_with_session(tx, &alice.id, Selector(7), NOW).await)
            .await;
        assert_eq!(rest, 1, "what was to outlive it");
        assert_eq!(standing(&app, 6).await, [4, 5, 6]);
    })
    .await;
}

#[tokio::test]
async fn grants_move_with_the_session_they_were_given_in() {
    each_database(async |app: TestApp| {
        let ([alice, bob], [netbox, _]) = people_and_clients(&app).await;
        let (old, new) = (Selector(7), Selector(8));
        let cases = [
            (&alice, Some(old), None),
            (&alice, Some(old), Some(NOW)),
            (&alice, None, None),
            (&bob, Some(old), None),
        ];
        for (id, (user, session_id, revoked_at)) in (1..).zip(cases) {
            add(&app, &Grant { session_id, revoked_at, ..samples::grant(id, user, &netbox) }).await;
        }
        let moved =
            app.write(async |tx| grants::move_to_session(tx, &alice.id, (old, new)).await).await;
        assert_eq!(moved, 1);
        let mut sessions = Vec::new();
        for id in 1..=4 {
            sessions.push(find(&app, id).await.unwrap().session_id);
        }
        assert_eq!(sessions, [Some(new), Some(old), None, Some(old)]);
    })
    .await;
}

#[tokio::test]
async fn a_grant_goes_with_its_person_and_its_client() {
    each_database(async |app: TestApp| {
        let ([alice, bob], [netbox, wiki]) = people_and_clients(&app).await;
        for (id, (user, client)) in
            (1..).zip([(&alice, &wiki), (&bob, &netbox), (&bob, &wiki), (&alice, &netbox)])
        {
            add(&app, &samples::grant(id, user, client)).await;
        }
        app.write(async |tx| users::delete(tx, &alice.id).await).await;
        app.write(async |tx| clients::delete(tx, &netbox.id).await).await;
        assert_eq!(standing(&app, 4).await, [3]);
        let orphan = samples::grant(9, &alice, &wiki);
        assert!(app.try_write(async |tx| grants::insert(tx, &orphan).await).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn old_grants_are_swept_unless_a_refresh_token_hangs_off_them() {
    each_database(async |app: TestApp| {
        let ([alice, _], [netbox, _]) = people_and_clients(&app).await;
        for id in [1, 2, 3] {
            add(&app, &samples::grant(id, &alice, &netbox)).await;
        }
        let token = samples::refresh_token(1, 2);
        app.write(async |tx| refresh_tokens::insert(tx, &token).await).await;
        let sweep = async || app.write(async |tx| grants::sweep(tx, Selector(3)).await).await;
        assert_eq!(sweep().await, 1);
        assert_eq!(standing(&app, 3).await, [2, 3]);
        app.write(async |tx| refresh_tokens::sweep(tx, token.expires_at + 1).await).await;
        assert_eq!(sweep().await, 1);
        assert_eq!(standing(&app, 3).await, [3]);
    })
    .await;
}

#[tokio::test]
async fn the_newest_standing_grant_of_a_session_is_found_by_its_public_name() {
    each_database(async |app: TestApp| {
        let ([alice, bob], [netbox, wiki]) = people_and_clients(&app).await;
        for (id, user, client, sid) in [
            (1, &alice, &netbox, "a"),
            (2, &alice, &netbox, "a"),
            (3, &alice, &wiki, "a"),
            (4, &bob, &netbox, "a"),
            (5, &alice, &netbox, "b"),
        ] {
            let grant = Grant { sid: sid.to_owned(), ..samples::grant(id, user, client) };
            add(&app, &grant).await;
        }
        let newest = async || {
            let found =
                app.read(async |conn| grants::by_sid(conn, &alice.id, &netbox.id, "a").await).await;
            found.map(|grant| grant.id.0)
        };
        assert_eq!(newest().await, Some(2));
        app.write(async |tx| grants::revoke(tx, Selector(2), NOW).await).await;
        assert_eq!(newest().await, Some(1));
        app.write(async |tx| grants::revoke(tx, Selector(1), NOW).await).await;
        assert_eq!(newest().await, None);
    })
    .await;
}
