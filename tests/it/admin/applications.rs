//! Applications in the console: the list, what stands on each tab, and what a person's claims are.

use keystead::directory::claim_maps::{self, NewClaimMap};
use keystead::directory::{clients, scope_maps};
use keystead::domain::{AccessTokenFormat, Actor, Algorithm, Pkce, Role, Scopes};

use super::{Visitor, at};
use crate::harness::{Scene, TestApp, each_database};

const ALL: Actor = Actor::CommandLine;

async fn flushed(app: &TestApp) {
    while app.flows.flush(&app.db).await.unwrap() {}
}

#[tokio::test]
async fn the_list_finds_filters_and_exports() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let empty = root.get("/admin/applications").await;
        assert!(empty.body.contains("No application yet") && empty.has("add-application"));
        app.client_with("web", |web| web.name = "Zebra".to_owned()).await;
        app.client_with("cli", |cli| {
            cli.public = true;
            cli.name = "=Command".to_owned();
        })
        .await;
        scope_maps::remove(&app, &ALL, "cli", "everyone").await.unwrap();
        for (query, found) in [
            ("", vec!["=Command", "Zebra"]),
            ("?sort=-name", vec!["Zebra", "=Command"]),
            ("?q=ZEB", vec!["Zebra"]),
            ("?q=cl", vec!["=Command"]),
            ("?keeps=none", vec!["=Command"]),
            ("?for=nobody", vec!["=Command"]),
            ("?state=disabled", vec![]),
        ] {
            let page = root.get(&format!("/admin/applications{query}")).await;
            let names = page.body.split("<td><a href=\"/admin/applications/").skip(1);
            let names = names.map(|rest| rest.split_once('>').unwrap().1);
            let names: Vec<_> = names.map(|rest| rest.split('<').next().unwrap()).collect();
            assert_eq!(names, found, "{query}");
        }
        let csv = root.get("/admin/applications?format=csv").await;
        assert!(csv.body.starts_with("client_id,name,"), "{}", csv.body);
        assert!(csv.body.contains("\"cli\",\"'=Command\",\"Public client\""), "{}", csv.body);
        let hit = root.get("/admin/search?q=zeb").await;
        assert!(hit.body.contains("href=\"/admin/applications/web\""), "{}", hit.body);
    })
    .await;
}

#[tokio::test]
async fn a_long_list_comes_in_pages_and_meets_each_once() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        for n in 0..60 {
            let new = clients::NewClient {
                id: format!("app{n:02}"),
                name: Some(format!("Same {}", n % 3)),
                ..clients::NewClient::default()
            };
            clients::create(&app, &ALL, new).await.unwrap();
        }
        for query in ["", "?sort=-name"] {
            let first = root.get(&format!("/admin/applications{query}")).await;
            assert_eq!(first.text("list-count"), "60 applications");
            let next = first.body.split_once("id=\"next-page\" href=\"").unwrap().1;
            let next = next.split('"').next().unwrap().replace("&#38;", "&");
            let second = root.get(&next).await;
            let all = format!("{}{}", first.body, second.body);
            for n in 0..60 {
                let link = format!("<a href=\"/admin/applications/app{n:02}\"");
                assert_eq!(all.matches(&link).count(), 1, "app{n:02} {query}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_overview_says_who_where_and_how_the_newest_sign_in_went() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::new(&app).await;
        let before = root.get(&at("web", "")).await;
        assert_eq!(before.text("status-sentence"), "Nobody has tried to sign in to it yet.");
        for issuer in [
            "<code>https://id.example.com</code>",
            "<code>https://id.example.com/application/o/web/</code>",
            "<code>https://id.example.com/oauth2/openid/web</code>",
        ] {
            assert!(before.body.contains(issuer), "{issuer}: {}", before.body);
        }
        scene.tokens(&[]).await;
        flushed(&app).await;
        let after = root.get(&at("web", "/connect")).await;
        assert!(after.body.contains("Works"), "{}", after.body);
        assert!(after.body.contains("alice signed in to web."), "{}", after.body);
        let list = root.get("/admin/applications").await;
        assert!(list.body.contains("just now"), "{}", list.body);
    })
    .await;
}

#[tokio::test]
async fn a_refused_sign_in_is_told_with_its_fix_and_leads_to_its_attempt() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::new(&app).await;
        app.client("other").await;
        let ask = scene.party.ask(&[("redirect_uri", "https://web.example.com/callback/")]);
        let refused = scene.browser.get(&ask).await;
        let link = format!("href=\"/admin/flows/{}\"", refused.text("error-ref"));
        flushed(&app).await;
        let activity = root.get(&at("web", "/activity")).await;
        assert!(activity.body.contains(&link) && activity.has("what-fails"), "{}", activity.body);
        let fails = root.get("/admin/failures?state=open&q=web").await;
        assert_eq!(fails.text("list-count"), "1 kind of failure");
        assert!(!root.get(&at("other", "/activity")).await.body.contains(&link));
        let status = root.get(&at("web", "")).await;
        assert!(status.body.contains("What to do:"), "{}", status.body);
        assert!(root.get(&at("web", "/connect")).await.body.contains(&link));
    })
    .await;
}

/// The row of a claim in one of the tables.
fn row<'a>(body: &'a str, table: &str, claim: &str) -> &'a str {
    let table = body.split_once(&format!("id=\"{table}\"")).unwrap().1;
    let table = table.split("</table>").next().unwrap();
    let at = format!("<code>{claim}</code></th>");
    table.split_once(&at).map_or("", |(_, rest)| rest.split("</tr>").next().unwrap())
}

#[tokio::test]
async fn claims_are_shown_as_the_endpoints_answer_them_each_with_its_origin() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let jwt = |web: &mut keystead::domain::Client| {
            web.settings.access_token = AccessTokenFormat::Jwt;
        };
        let mut scene = Scene::with(&app, jwt).await;
        let alice = keystead::domain::Username::parse("alice").unwrap();
        let find = app.read(async |c| keystead::store::users::find_by_username(c, &alice).await);
        let alice = find.await.unwrap();
        app.group("crew", &[&alice]).await;
        let new = NewClaimMap {
            claim: "roles".into(),
            group: "crew".into(),
            values: vec!["editor".into()],
            join: None,
        };
        claim_maps::set(&app, &ALL, "web", new).await.unwrap();
        let tokens = scene.tokens(&[]).await;
        let userinfo = scene.party.userinfo(tokens.get("access_token")).await.json();
        let asked = "/claims?person=alice&scope=openid+profile+email";
        let page = root.get(&at("web", asked)).await;
        let unescaped = page.body.replace("&#34;", "\"");
        for (claim, value) in userinfo.as_object().unwrap() {
            let row = row(&unescaped, "userinfo", claim);
            assert!(row.contains(&format!("<code>{value}</code>")), "{claim}: {row}");
        }
        let shown = unescaped.split_once("id=\"userinfo\"").unwrap().1;
        let shown = shown.split("</table>").next().unwrap().matches("scope=\"row\"").count();
        assert_eq!(shown, userinfo.as_object().unwrap().len(), "and nothing else");
        for (claim, value) in &tokens.claims {
            let row = row(&unescaped, "id-token", claim);
            let changes = ["at_hash", "nonce", "sid", "exp", "iat", "auth_time"];
            let fine =
                changes.contains(&claim.as_str()) || row.contains(&format!("<code>{value}</code>"));
            assert!(fine, "{claim} {value}: {row}");
        }
        for (table, claim, origin) in [
            ("userinfo", "roles", "Claim map of crew"),
            ("userinfo", "email", "Scope email"),
            ("userinfo", "sub", "Setting sub: uuid"),
            ("id-token", "exp", "Setting: lasts 1h"),
            ("access-token", "client_id", "The client id"),
        ] {
            let row = row(&unescaped, table, claim);
            assert!(row.contains(origin), "{claim} comes from {origin}: {row}");
        }
        let near = root.get(&at("web", "/claims?person=alicf")).await;
        assert_eq!(near.status, 422);
        assert!(near.body.contains("did you mean &#39;alice&#39;?"), "{}", near.body);
        scope_maps::remove(&app, &ALL, "web", "everyone").await.unwrap();
        let none = root.get(&at("web", "/claims?person=alice")).await;
        assert!(none.body.contains("No scope map lets them use it."), "{}", none.body);
        let opaque = Scopes::parse("openid");
        scope_maps::set(&app, &ALL, "web", ("crew", &opaque)).await.unwrap();
        let few = root.get(&at("web", "/claims?person=alice")).await;
        assert_eq!(few.text("scopes"), "openid");
        assert_eq!(row(&few.body, "userinfo", "email"), "");
    })
    .await;
}

#[tokio::test]
async fn risky_settings_are_warned_of() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client_with("netbox", |netbox| {
            netbox.settings.template = Some("netbox".to_owned());
            netbox.settings.alg = Algorithm::ES256;
            netbox.settings.pkce = Pkce::Optional;
            netbox.settings.rotate_refresh_tokens = false;
            netbox.trusted = true;
            netbox.redirect_uris = vec!["http://netbox.lan/oauth/complete/oidc".to_owned()];
        })
        .await;
        let page = root.get(&at("netbox", "/security")).await;
        for warning in [
            "SOCIAL_AUTH_OIDC_JWT_ALGORITHMS = [&#39;ES256&#39;]",
            "http://netbox.lan/oauth/complete/oidc is not encrypted",
            "social-core before 4.8.7",
            "Refresh tokens are not replaced",
            "People are not asked",
        ] {
            assert!(page.body.contains(warning), "{warning}: {}", page.body);
        }
        let uris = root.get(&at("netbox", "/redirects")).await;
        assert!(
            uris.has("missing") && uris.body.contains("ends in /complete/oidc/"),
            "{}",
            uris.body
        );
        app.client("web").await;
        assert!(!root.get(&at("web", "/security")).await.has("warnings"), "nothing to warn of");
    })
    .await;
}

#[tokio::test]
async fn an_auditor_reads_everything_and_is_offered_nothing_to_change() {
    each_database(async |app| {
        let mut eye = Visitor::new(&app, "eye", Some(Role::Auditor)).await;
        app.client("web").await;
        let tabs = ["", "/connect", "/access", "/claims", "/security", "/redirects", "/activity"];
        for tab in tabs {
            let page = eye.get(&at("web", tab)).await;
            assert_eq!(page.status, 200, "{tab}");
            let main = page.body.split_once("<main").unwrap().1;
            assert!(!main.contains("method=\"post\""), "{tab}: {main}");
        }
        let secret = eye.get(&at("web", "/connect")).await;
        assert!(secret.body.contains("PUT-THE-CLIENT-SECRET-HERE"), "{}", secret.body);
        assert_eq!(eye.get(&at("none", "")).await.status, 404);
    })
    .await;
}
