//! Every route there is: forms without their token, hostile text on every page, and members that no form
//! has. What is looked at is read from the route table itself.

use std::collections::BTreeSet;

use keystead::directory::owners;
use keystead::domain::{Actor, ClientId, Role, SubMode};
use keystead::store;

use crate::admin::Visitor;
use crate::admin::access::{filled_in, pages};
use crate::harness::http::{self, encode};
use crate::harness::{TestApp, each_database, samples};

const EVIL: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{123456*7}}";
/// Routes that relying parties post to: they prove themselves, or are asked first.
const PROTOCOL: [&str; 2] = ["/oauth2/", "/application/o/"];

/// The paths of the route table that take a form, without those of the API and of relying parties.
fn posts() -> BTreeSet<&'static str> {
    let source = include_str!("../../../src/web/mod.rs");
    let routes = source.split(".route(").skip(1).filter_map(|route| {
        let (_, rest) = route.split_once('"')?;
        let (path, rest) = rest.split_once('"')?;
        let posts = rest.split(".route(").next()?.split(".layer(").next()?.contains("post(");
        (posts && path.starts_with('/')).then_some(path)
    });
    routes.collect()
}

#[tokio::test]
async fn no_form_of_any_route_is_believed_without_its_token() {
    let all = posts();
    assert!(all.len() > 35, "{all:?}");
    let protocol = |path: &&&str| PROTOCOL.iter().any(|start| path.starts_with(start));
    assert_eq!(all.iter().filter(protocol).count(), 0, "they are in the tables of layouts");
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        for path in all.iter().filter(|path| !protocol(path)) {
            let at = match path.starts_with("/admin") {
                true => filled_in(&app, path).await,
                false => (*path).to_owned(),
            };
            let before = events(&app).await;
            for csrf in ["", "AAAA", EVIL] {
                let form = [
                    ("csrf", csrf),
                    ("action", "disable"),
                    ("name", "x"),
                    ("username", "root"),
                    ("password", "x"),
                    ("token", "x"),
                    ("confirm", "x"),
                ];
                let answer = root.browser.post(&at, &form).await;
                let told = (answer.status, answer.text("error-code"));
                assert_eq!(told, (400, "form_rejected".to_owned()), "{path}: {}", answer.body);
            }
            assert_eq!(events(&app).await, before, "{path} did something");
        }
    })
    .await;
}

async fn events(app: &TestApp) -> usize {
    let filter = store::events::Filter::default();
    app.read(async |conn| store::events::list(conn, &filter, None, 1000).await).await.len()
}

/// Fills every text that somebody may choose, or send, with what a browser would run.
async fn poison(app: &TestApp) {
    let alice = keystead::domain::Username::parse("alice").unwrap();
    let alice = app.read(async |conn| store::users::find_by_username(conn, &alice).await).await;
    let alice = alice.unwrap();
    for name in ["client_id", "redirect_uri", "scope", "response_type", "prompt", "state"] {
        let usual = [
            ("client_id", "shop"),
            ("redirect_uri", "https://shop.example.com/callback"),
            ("response_type", "code"),
            ("scope", "openid"),
        ];
        let mut asked: Vec<_> = usual.into_iter().filter(|(other, _)| *other != name).collect();
        asked.push((name, EVIL));
        http::get(&app.app, &format!("/oauth2/authorize?{}", encode(&asked))).await;
    }
    while app.app.flows.flush(&app.db).await.unwrap() {}
    let mut user = alice.clone();
    samples::fill(&mut user);
    for slot in [&mut user.display_name, &mut user.given_name, &mut user.family_name] {
        *slot = Some(EVIL.to_owned());
    }
    let session = keystead::domain::Session {
        user_agent: Some(EVIL.to_owned()),
        address: Some(EVIL.to_owned()),
        ..samples::session(77, &user)
    };
    let mut event = samples::event(keystead::domain::Selector(78));
    event.user_id = Some(user.id.clone());
    event.client_id = Some(ClientId("shop".into()));
    event.kind = "client.updated".to_owned();
    (event.actor, event.address) = (EVIL.to_owned(), Some(EVIL.to_owned()));
    event.target = Some(EVIL.to_owned());
    for name in ["os_user", "uri", "group", "scopes"] {
        event.detail.0.insert(name.to_owned(), EVIL.into());
    }
    let change = serde_json::json!({ EVIL: { "from": EVIL, "to": [EVIL] } });
    event.detail.0.insert("changes".to_owned(), change);
    app.write(async |tx| {
        store::users::update(tx, &user).await?;
        store::sessions::insert(tx, &session).await?;
        store::events::insert(tx, &event).await
    })
    .await;
    let quoted = EVIL.replace('\'', "''");
    let json = serde_json::to_string(EVIL).unwrap().replace('\'', "''");
    for statement in [
        format!(
            "update groups set name = '{quoted}', description = '{quoted}' where name = 'crew'"
        ),
        format!("update scopes set sentence = '{quoted}', claims = '[{json}]' where name = 'wiki'"),
        format!("update failure_groups set value = '{quoted}', solved_by = '{quoted}'"),
        "update registry_version set version = version + 1".to_owned(),
    ] {
        app.sql(&statement).await;
    }
    let shop = ClientId("shop".into());
    app.write(async |tx| {
        let all = store::clients::all(tx).await?;
        let mut client = all.into_iter().find(|client| client.id == shop).unwrap();
        client.name = EVIL.to_owned();
        client.redirect_uris = vec![format!("https://shop.example.com/{EVIL}")];
        client.post_logout_redirect_uris = client.redirect_uris.clone();
        let settings = &mut client.settings.0;
        let link = || Some(format!("https://shop.example.com/{EVIL}"));
        (settings.logo_uri, settings.launch_url) = (link(), link());
        (settings.policy_uri, settings.tos_uri) = (link(), link());
        settings.contact = Some(EVIL.to_owned());
        settings.app_url = link();
        store::clients::update(tx, &client).await
    })
    .await;
    app.refresh_registry().await.unwrap();
}

#[tokio::test]
async fn hostile_text_in_every_field_stays_text_on_every_page() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let all = paths(&app).await;
        poison(&app).await;
        let mut shown = 0;
        for path in all {
            let query = encode(&[("q", EVIL), ("after", EVIL), ("person", EVIL), ("scope", EVIL)]);
            for at in [path.clone(), format!("{path}?{query}")] {
                let answer = root.get(&at).await;
                assert!(answer.status < 500, "{at}: {}", answer.body);
                for live in ["<script>alert", "<img src=x", "\"'>", "864192"] {
                    assert!(!answer.body.contains(live), "{live} at {at}: {}", answer.body);
                }
                shown += usize::from(answer.body.contains("&#60;script&#62;alert(1)"));
            }
        }
        assert!(shown >= 40, "shown on {shown} pages");
    })
    .await;
}

/// Every page of the console and of the portal, about what is poisoned.
async fn paths(app: &TestApp) -> Vec<String> {
    let mut all = Vec::new();
    for path in pages() {
        all.push(filled_in(app, path).await);
    }
    let own = [
        "/",
        "/account/security",
        "/account/connections",
        "/account/profile",
        "/approvals",
        "/logout",
    ];
    all.extend(own.map(str::to_owned));
    all
}

#[tokio::test]
async fn members_that_no_form_has_change_nothing() {
    each_database(async |app| {
        app.client("shop").await;
        let mut owner = Visitor::new(&app, "owner", Some(Role::ApplicationOwner)).await;
        owners::add(&app, &Actor::CommandLine, "shop", "owner").await.unwrap();
        let before = app.registry().client(&ClientId("shop".into())).unwrap();
        let own = owner.user.id.0.clone();
        for tab in ["", "/security", "/redirects", "/access", "/connect", "/check"] {
            let path = format!("/admin/applications/shop{tab}");
            let page = owner.get(&path).await;
            let saw = page.inputs().into_iter().find(|(name, _)| name == "revision");
            let saw = saw.map(|(_, value)| value).unwrap_or_default();
            let form = [
                ("revision", saw.as_str()),
                ("id", "other"),
                ("client_id", "other"),
                ("slug", "other"),
                ("public", "1"),
                ("trusted", "1"),
                ("disabled_at", ""),
                ("disabled", ""),
                ("secret_hash", "00"),
                ("sub", "email"),
                ("settings.sub", "email"),
                ("owner", "owner"),
                ("role", "administrator"),
                ("user_id", own.as_str()),
            ];
            owner.post(&path, &form).await;
        }
        let after = app.registry().client(&ClientId("shop".into())).unwrap();
        assert_eq!((&after.id, &after.slug), (&before.id, &before.slug));
        assert_eq!((after.public, after.trusted), (false, false));
        assert_eq!(after.settings.sub, SubMode::Uuid);
        assert_eq!(after.secret_hash, before.secret_hash);
        let id = owner.user.id.clone();
        let user = app.read(async |conn| store::users::find(conn, &id).await).await.unwrap();
        assert_eq!(user.role, Some(Role::ApplicationOwner));
    })
    .await;
}
