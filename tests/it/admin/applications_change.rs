//! Changing an application in the console: each form's main path and its worst error.

use keystead::directory::{groups, members, scope_maps};
use keystead::domain::{
    AccessTokenFormat, Actor, Algorithm, Client, ClientId, GrantType, Scopes, Secret, SubMode,
};

use super::{Visitor, at};
use crate::harness::http::Answer;
use crate::harness::{Scene, TestApp, each_database};

const ALL: Actor = Actor::CommandLine;

fn web(app: &TestApp) -> std::sync::Arc<Client> {
    app.registry().client(&ClientId("web".into())).unwrap()
}

fn revision(page: &Answer) -> String {
    let inputs = page.inputs();
    inputs.into_iter().find(|(name, _)| name == "revision").expect("a revision").1
}

#[tokio::test]
async fn what_people_see_is_saved_and_mistakes_stand_beside_the_field() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("web").await;
        let path = at("web", "");
        let saw = revision(&root.get(&path).await);
        let form = [("revision", saw.as_str()), ("name", "Web"), ("launch_url", "javascript:x")];
        let refused = root.post(&path, &form).await;
        assert_eq!(refused.status, 422);
        let beside = refused.body.split_once("id=\"launch_url-error\">").unwrap().1;
        assert!(beside.starts_with("<p>"), "{}", refused.body);
        assert!(refused.inputs().contains(&("launch_url".into(), "javascript:x".into())));
        let form =
            [("revision", saw.as_str()), ("name", "Web"), ("launch_url", "https://w.example/")];
        let page = root.done(&path, &form).await;
        assert_eq!(page.text("toast"), "Saved Web.");
        let late = root.post(&path, &[("revision", &saw), ("name", "Late")]).await;
        assert_eq!(late.status, 409);
        assert!(late.text("conflict").contains("meanwhile"), "{}", late.body);
        assert!(late.body.contains("<td>Web</td><td>Late</td>"), "{}", late.body);
        assert_eq!(web(&app).name, "Web");
        let over = [("revision", revision(&late)), ("name", "Late".to_owned())];
        let over: Vec<_> = over.iter().map(|(n, v)| (*n, v.as_str())).collect();
        root.done(&path, &over).await;
        assert_eq!(web(&app).name, "Late");
        assert_eq!(web(&app).settings.launch_url.as_deref(), Some("https://w.example/"));
    })
    .await;
}

#[tokio::test]
async fn settings_are_saved_together_and_refused_together() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("web").await;
        let path = at("web", "/security");
        let saw = revision(&root.get(&path).await);
        let revision = ("revision", saw.as_str());
        for (form, field, told) in [
            (vec![("alg", "none")], "alg", "Choose one of these"),
            (vec![("code_lifetime", "2h")], "code_lifetime", "use 5 to 60 seconds"),
            (vec![("access_token_lifetime", "soon")], "access_token_lifetime", "Write seconds"),
            (vec![("slug", "token")], "slug", "use this word themselves"),
            (vec![("auth_method", "none")], "", "must authenticate"),
            (vec![("sub", "nickname")], "sub", "is not a sub mode"),
        ] {
            let form = [form, vec![revision, ("pkce", "optional")]].concat();
            let answer = root.post(&path, &form).await;
            assert_eq!(answer.status, 422, "{field}: {}", answer.body);
            assert!(answer.body.contains(told), "{told}: {}", answer.body);
            if !field.is_empty() {
                let beside = answer.body.split_once(&format!("id=\"{field}-error\">")).unwrap().1;
                assert!(beside.split("</div>").next().unwrap().contains(told), "{field}");
            }
            assert_eq!(web(&app).settings.pkce, keystead::domain::Pkce::Required, "{field}");
        }
        let form = [
            revision,
            ("alg", "ES256"),
            ("access_token", "jwt"),
            ("access_token_lifetime", "15m"),
            ("grant_types", "authorization_code"),
            ("trusted", "yes"),
        ];
        let page = root.done(&path, &form).await;
        assert_eq!(page.text("toast"), "Saved web.");
        assert!(page.body.contains("the application must be told of it"), "{}", page.body);
        let client = web(&app);
        let settings = &client.settings;
        assert_eq!((settings.alg, settings.access_token_lifetime), (Algorithm::ES256, 900));
        assert_eq!(settings.access_token, AccessTokenFormat::Jwt);
        assert_eq!(settings.grant_types, [GrantType::AuthorizationCode]);
        assert!(client.trusted);
        let late = root.post(&path, &[revision, ("alg", "EdDSA")]).await;
        assert_eq!(late.status, 409);
        assert!(late.body.contains("<td>ES256</td><td>EdDSA</td>"), "{}", late.body);
        assert_eq!(web(&app).settings.alg, Algorithm::ES256);
    })
    .await;
}

#[tokio::test]
async fn what_an_application_calls_people_changes_only_when_somebody_says_that_they_know() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("web").await;
        let path = at("web", "/security");
        let saw = revision(&root.get(&path).await);
        let form = [("revision", saw.as_str()), ("sub", "email")];
        let asked = root.post(&path, &form).await;
        assert_eq!(asked.status, 422);
        assert!(asked.has("force") && asked.body.contains("a stranger"), "{}", asked.body);
        assert_eq!(web(&app).settings.sub, SubMode::Uuid);
        root.done(&path, &[form.as_slice(), &[("force", "1")]].concat()).await;
        assert_eq!(web(&app).settings.sub, SubMode::Email);
    })
    .await;
}

#[tokio::test]
async fn whoever_gains_or_loses_access_is_counted_before_it_is_saved() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("web").await;
        let alice = app.user("alice").await;
        app.group("crew", &[&alice]).await;
        scope_maps::remove(&app, &ALL, "web", "everyone").await.unwrap();
        let path = at("web", "/access");
        let warned = root.get(&path).await;
        assert!(warned.text("nobody").contains("Nobody may use it"), "{}", warned.body);
        let form = [("action", "set-scopes"), ("group", "crew"), ("scope-openid", "1")];
        let asked = root.post(&path, &form).await;
        assert_eq!(asked.status, 200);
        assert_eq!(asked.text("impact"), "1 person gains access.");
        assert!(app.registry().scope_maps(&web(&app).id).is_empty(), "nothing is saved yet");
        let knowing = ("knowing", "1 person gains access.");
        let bob = app.user("bob").await;
        let more = members::Members { users: vec![bob.id.0.clone()], groups: Vec::new() };
        members::add(&app, &ALL, "crew", &more).await.unwrap();
        let again = root.post(&path, &[form.as_slice(), &[knowing]].concat()).await;
        assert_eq!(again.text("impact"), "2 people gain access.", "it is not what was told");
        let knowing = ("knowing", "2 people gain access.");
        let page = root.done(&path, &[form.as_slice(), &[knowing]].concat()).await;
        assert_eq!(page.text("toast"), "Members of crew may use it, with openid.");
        let wider = [form.as_slice(), &[("scope-email", "1")]].concat();
        let page = root.done(&path, &wider).await;
        assert!(page.body.contains("<td>email openid</td>"), "nobody gains: {}", page.body);
        let remove = [("action", "remove-scopes"), ("group", "crew")];
        let asked = root.post(&path, &remove).await;
        assert_eq!(asked.text("impact"), "2 people lose access.");
        let knowing = ("knowing", "2 people lose access.");
        let page = root.done(&path, &[remove.as_slice(), &[knowing]].concat()).await;
        assert!(page.text("toast").contains("nobody may use it"), "{}", page.text("toast"));
        for (form, field) in [
            (vec![("action", "set-scopes"), ("group", "crw"), ("scope-openid", "1")], "group"),
            (vec![("action", "set-scopes"), ("group", "crew")], "scopes"),
            (vec![("action", "remove-scopes"), ("group", "crew")], ""),
        ] {
            let answer = root.post(&path, &form).await;
            assert_eq!(answer.status, 422, "{field}: {}", answer.body);
            assert!(answer.body.contains(&format!("href=\"#{field}\"")) || field.is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn roles_come_and_go_and_the_protocols_own_claims_are_left_alone() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("web").await;
        groups::create(&app, &ALL, "crew", None).await.unwrap();
        let path = at("web", "/access");
        let form = [
            ("action", "set-claim"),
            ("claim", "roles"),
            ("claim_group", "crew"),
            ("values", "editor\r\nof, everything\r\n\r\n"),
            ("join", "array"),
        ];
        let page = root.done(&path, &form).await;
        assert_eq!(page.text("toast"), "Members of crew get roles.");
        let map = app.registry().claim_maps(&web(&app).id)[0].clone();
        assert_eq!(map.values.0, ["editor", "of, everything"]);
        for (field, value, told) in [
            ("claim", "sub", "the protocol sets it itself"),
            ("claim", "email", "an address that was checked"),
            ("claim_group", "crw", "did you mean"),
            ("join", "csv", "contains a comma"),
        ] {
            let mut wrong = form.to_vec();
            wrong.retain(|(name, _)| *name != field);
            wrong.push((field, value));
            let answer = root.post(&path, &wrong).await;
            assert_eq!(answer.status, 422, "{field}={value}");
            assert!(answer.body.contains(told), "{told}: {}", answer.body);
        }
        let remove = [("action", "remove-claim"), ("claim", "roles"), ("claim_group", "crew")];
        root.done(&path, &remove).await;
        assert!(app.registry().claim_maps(&web(&app).id).is_empty());
        app.user("bob").await;
        let page = root.done(&path, &[("action", "add-owner"), ("owner", "bob")]).await;
        assert!(page.text("toast").contains("can do nothing with it before"), "{}", page.body);
        assert!(page.body.contains("<li><span>bob</span>"), "{}", page.body);
        root.done(&path, &[("action", "remove-owner"), ("owner", "bob")]).await;
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_nearly_another_is_asked_about() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("web").await;
        let path = at("web", "/redirects");
        let slash = "https://web.example.com/callback/";
        let form = [("action", "add"), ("purpose", "sign-in"), ("uri", slash)];
        let asked = root.post(&path, &form).await;
        assert!(asked.has("near") && asked.body.contains("<mark>/</mark>"), "{}", asked.body);
        assert_eq!(web(&app).redirect_uris.len(), 1);
        let page = root.done(&path, &[form.as_slice(), &[("knowing", slash)]].concat()).await;
        assert_eq!(page.text("toast"), format!("Added {slash}."));
        let other = "http://other.example.com/cb";
        let form = [("action", "add"), ("purpose", "sign-in"), ("uri", other)];
        let page = root.done(&path, &form).await;
        assert!(page.body.contains("Not encrypted"), "{}", page.body);
        for (uri, told) in [
            ("javascript:alert(1)", "never safe"),
            ("https://*.example.com/", "wildcards are not matched"),
            ("", "use 1 to 2000 characters"),
        ] {
            let answer = root.post(&path, &[("action", "add"), ("uri", uri)]).await;
            assert_eq!(answer.status, 422, "{uri}");
            assert!(answer.body.contains(told), "{told}: {}", answer.body);
        }
        let after = "https://web.example.com/";
        let form = [("action", "remove"), ("purpose", "sign-out"), ("uri", after)];
        root.done(&path, &form).await;
        assert!(web(&app).post_logout_redirect_uris.is_empty());
        assert_eq!(root.post(&path, &form).await.status, 422, "it is gone");
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_shown_on_demand_and_replaced_after_a_question() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let registered = app.client("web").await;
        let secret = registered.secret.unwrap();
        let path = at("web", "/connect");
        let hidden = root.get(&path).await;
        assert!(!hidden.body.contains(secret.expose()), "{}", hidden.body);
        let shown = root.post(&path, &[]).await;
        assert_eq!(shown.status, 200);
        let file = format!("OIDC_CLIENT_SECRET={}", secret.expose());
        assert!(shown.body.contains(&file), "{}", shown.body);
        let activity = root.get(&at("web", "/activity")).await;
        assert!(activity.body.contains("root looked at the secret of web"), "{}", activity.body);
        assert!(root.get(&at("web", "/rotate")).await.has("confirm-rotate"));
        assert!(web(&app).knows_secret(&secret), "asking changes nothing");
        let rotated = root.post(&at("web", "/rotate"), &[]).await;
        assert_eq!(rotated.status, 200);
        let new = rotated.body.split_once("OIDC_CLIENT_SECRET=").unwrap().1;
        let new = new.split_whitespace().next().unwrap();
        assert!(web(&app).knows_secret(&Secret::sent(new)) && !web(&app).knows_secret(&secret));
        app.wait(3601);
        let late = root.post(&path, &[]).await;
        assert!(late.location().starts_with("/login?again=1"), "{}", late.status);
        app.client_with("cli", |cli| cli.public = true).await;
        let mut again = Visitor::new(&app, "second", root.user.role).await;
        let none = again.post(&at("cli", "/connect"), &[]).await;
        assert_eq!(none.status, 409);
        assert!(none.body.contains("is a public client"), "{}", none.body);
        let none = again.post(&at("cli", "/rotate"), &[]).await;
        assert!(none.body.contains("has no secret"), "{}", none.body);
    })
    .await;
}

#[tokio::test]
async fn an_application_is_closed_opened_and_deleted_with_what_hangs_off_it() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::new(&app).await;
        scene.tokens(&[]).await;
        let asked = root.get(&at("web", "/state")).await;
        assert!(asked.text("consequences").contains("1 grant"), "{}", asked.body);
        let page = root.done(&at("web", "/state"), &[("action", "disable")]).await;
        assert_eq!(page.text("toast"), "Disabled web.");
        let refused = scene.browser.get(&scene.party.ask(&[])).await;
        assert_eq!(refused.text("error-code"), "client_disabled");
        root.done(&at("web", "/state"), &[("action", "enable")]).await;
        assert!(web(&app).disabled_at.is_none());
        let path = at("web", "/delete");
        let asked = root.get(&path).await;
        for what in ["1 grant", "1 consent", "1 scope map"] {
            assert!(asked.body.contains(&format!("<li>{what}</li>")), "{what}: {}", asked.body);
        }
        assert_eq!(root.post(&path, &[("confirm", "wbe")]).await.status, 422);
        let page = root.done(&path, &[("confirm", "web")]).await;
        assert_eq!(page.text("toast"), "Deleted web.");
        assert!(app.registry().client(&ClientId("web".into())).is_none());
        assert_eq!(root.get(&at("web", "")).await.status, 404);
        let scopes = Scopes::parse("openid");
        assert!(scope_maps::set(&app, &ALL, "web", ("everyone", &scopes)).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn what_an_application_may_ask_for_is_ticked_one_by_one() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("web").await;
        let path = at("web", "/security");
        let page = root.get(&path).await;
        let is_ticked = |grant: &str| {
            let name = format!("name=\"grant_types.{grant}\"");
            page.body.split_once(&name).unwrap().1.split('>').next().unwrap().contains(" checked")
        };
        assert!(is_ticked("authorization_code") && is_ticked("refresh_token"));
        assert!(!is_ticked("device_code") && !is_ticked("client_credentials"));
        let saw = revision(&page);
        let none = root.post(&path, &[("revision", saw.as_str()), ("grant_types", "")]).await;
        assert_eq!(none.status, 422);
        assert!(none.body.contains("no grant type left"), "{}", none.body);
        let form = [
            ("revision", saw.as_str()),
            ("grant_types", ""),
            ("grant_types.device_code", "1"),
            ("grant_types.refresh_token", "1"),
        ];
        let page = root.done(&path, &form).await;
        let kept = [GrantType::RefreshToken, GrantType::DeviceCode];
        assert_eq!(web(&app).settings.grant_types, kept);
        let command = "--grant-type refresh_token --grant-type device_code";
        assert!(page.body.contains(command), "{}", page.body);
    })
    .await;
}
