//! Adding an application: from a template and an address to ready files, and each mistake beside
//! its field.

use keystead::domain::{ClientId, Secret};
use keystead::generator::{AppUrlUse, templates};

use super::{Visitor, at};
use crate::harness::each_database;

const NEW: &str = "/admin/add-application";

/// What somebody fills in for NetBox.
fn netbox<'a>(url: &'a str, group: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("template", "netbox"),
        ("url", url),
        ("name", "NetBox of the lab"),
        ("client_id", "netbox"),
        ("group", group),
        ("scope-openid", "1"),
        ("scope-profile", "1"),
    ]
}

#[tokio::test]
async fn a_template_and_an_address_make_an_application_with_ready_files() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let alice = app.user("alice").await;
        app.group("crew", &[&alice]).await;
        let choose = root.get(NEW).await;
        for kind in ["netbox", "web", "spa", "native", "machine"] {
            assert!(choose.has(&format!("kind-{kind}")), "{kind}: {}", choose.body);
        }
        let form = root.get(&format!("{NEW}?template=netbox")).await;
        let inputs = form.inputs();
        let value = |name: &str| inputs.iter().find(|(n, _)| n == name).unwrap().1.clone();
        assert_eq!((value("client_id"), value("group")), ("netbox".into(), "everyone".into()));
        let made = root.post(NEW, &netbox("netbox.example.com/login", "crew")).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert!(made.body.contains("Created NetBox of the lab"), "{}", made.body);
        assert!(made.body.contains("took https://netbox.example.com"), "told: {}", made.body);
        let client = app.registry().client(&ClientId("netbox".into())).unwrap();
        assert_eq!(client.redirect_uris, ["https://netbox.example.com/oauth/complete/oidc/"]);
        let secret = made.body.split_once("The client secret</p>").unwrap().1;
        let secret = secret.split_once("data-copy>").unwrap().1.split('<').next().unwrap();
        assert!(client.knows_secret(&Secret::sent(secret)));
        let key = format!("SOCIAL_AUTH_OIDC_SECRET = &#34;{secret}&#34;");
        let quoted = made.body.replace("&#39;", "&#34;");
        assert!(quoted.contains(&key), "{}", made.body);
        assert_eq!(made.text("status-sentence"), "Nobody has tried to sign in to it yet.");
        let maps = app.registry().scope_maps(&client.id).to_vec();
        assert_eq!(maps.len(), 1);
        assert_eq!(maps[0].scopes.to_string(), "openid profile");
        let later = root.get(&at("netbox", "/connect")).await;
        assert!(!later.body.contains(secret), "shown once");
        assert!(root.get(NEW).await.status == 200);
        let again = root.get(&format!("{NEW}?template=netbox")).await;
        assert!(again.inputs().contains(&("client_id".into(), "netbox-2".into())));
    })
    .await;
}

#[tokio::test]
async fn roles_are_given_with_the_application_or_nothing_is_made() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.group("crew", &[]).await;
        app.group("bosses", &[]).await;
        let web = ClientId("netbox".into());
        let form = |more: &[(&'static str, &'static str)]| {
            [netbox("https://netbox.example.com", "crew").as_slice(), more].concat()
        };
        let claim = ("claim", "roles");
        let (crew, editor) = (("role-group-1", "crew"), ("role-value-1", "editor"));
        for (more, field) in [
            (vec![claim, crew, editor, ("role-group-2", "nobody")], "role-group-2"),
            (vec![("claim", "sub"), crew, editor], "claim"),
            (vec![claim, crew, ("role-value-1", "a\u{7}")], "role-value-1"),
        ] {
            let refused = root.post(NEW, &form(&more)).await;
            assert_eq!(refused.status, 422, "{field}: {}", refused.body);
            let beside = refused.body.split_once(&format!("id=\"{field}-error\">")).unwrap().1;
            assert!(beside.starts_with("<p>"), "{field}: {}", refused.body);
            assert!(refused.body.contains("<details id=\"roles\" open>"), "{}", refused.body);
            assert!(app.registry().client(&web).is_none(), "{field}");
        }
        let bosses = [("role-group-3", "bosses"), ("role-value-3", "editor, admin")];
        let made = root.post(NEW, &form(&[&[claim, crew, editor], &bosses[..]].concat())).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let maps = app.registry().claim_maps(&web).to_vec();
        let mut told: Vec<String> =
            maps.iter().map(|map| format!("{} {:?}", map.claim, map.values)).collect();
        told.sort();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("admin") && told[1].contains("editor"), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn each_mistake_stands_beside_its_field_and_nothing_is_made() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("taken").await;
        let address = "https://netbox.example.com";
        let with = |field: &'static str, value: &'static str| {
            let mut form = netbox(address, "everyone");
            form.retain(|(name, _)| *name != field);
            form.push((field, value));
            form
        };
        let none: Vec<_> = netbox(address, "everyone")
            .into_iter()
            .filter(|(name, _)| !name.starts_with("scope-"))
            .collect();
        for (form, field, told) in [
            (with("url", ""), "url", "Write the address of the application"),
            (with("url", "ftp://x"), "url", "starts with ftp://"),
            (with("url", "https://netbox.example.com/?x"), "url", "has a query"),
            (with("url", "netbox"), "url", "lacks its scheme"),
            (with("client_id", "net box"), "client_id", "use 1 to 64 letters"),
            (with("client_id", ".."), "client_id", "use 1 to 64 letters"),
            (with("client_id", "taken"), "client_id", "is taken"),
            (with("name", "a\nb"), "name", "use 1 to 100 characters"),
            (with("group", "crw"), "group", "No group &#39;crw&#39;"),
            (with("scope-nonsense", "1"), "scopes", "No scope &#39;nonsense&#39;"),
            (none, "scopes", "name at least one"),
        ] {
            let answer = root.post(NEW, &form).await;
            assert_eq!(answer.status, 422, "{field} {told}: {}", answer.body);
            let beside = answer.body.split_once(&format!("id=\"{field}-error\">")).unwrap().1;
            let beside = beside.split("</div>").next().unwrap();
            assert!(beside.contains(told), "{told}: {beside}");
            let kept = form.iter().find(|(name, _)| *name == "url").unwrap().1;
            assert!(answer.inputs().contains(&("url".into(), kept.into())), "{}", answer.body);
        }
        assert_eq!(app.registry().clients().len(), 1, "nothing was made");
    })
    .await;
}

#[tokio::test]
async fn other_kinds_ask_for_what_they_need_alone() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        for (kind, url, redirect, who) in [
            ("web", true, true, true),
            ("spa", true, true, true),
            ("native", false, false, true),
            ("machine", false, false, false),
        ] {
            let form = root.get(&format!("{NEW}?template={kind}")).await;
            let asks = (form.has("url"), form.has("redirect_uri"), form.has("group"));
            assert_eq!(asks, (url, redirect, who), "{kind}");
        }
        let uri = "https://wiki.example.com/oidc/cb";
        let form = [
            ("template", "web"),
            ("client_id", "wiki"),
            ("redirect_uri", uri),
            ("group", ""),
            ("scope-openid", "1"),
        ];
        let made = root.post(NEW, &form).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert!(made.body.contains("Nobody may use it yet"), "{}", made.body);
        let wiki = app.registry().client(&ClientId("wiki".into())).unwrap();
        assert_eq!(wiki.redirect_uris, [uri]);
        let bad = [("template", "spa"), ("client_id", "x"), ("redirect_uri", "javascript:x")];
        let refused = root.post(NEW, &bad).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("this scheme is never safe"), "{}", refused.body);
        let machine = root.post(NEW, &[("template", "machine"), ("client_id", "backup")]).await;
        assert_eq!(machine.status, 201, "{}", machine.body);
        assert!(machine.body.contains("OIDC_CLIENT_ID=backup"), "{}", machine.body);
        let spa = [
            ("template", "spa"),
            ("client_id", "spa"),
            ("url", "https://app.example.com"),
            ("group", "everyone"),
            ("scope-openid", "1"),
        ];
        let spa = root.post(NEW, &spa).await;
        assert!(spa.body.contains("There is none: it is a public client"), "{}", spa.body);
        assert!(!spa.has("show-secret") && !spa.has("rotate"));
        assert_eq!(root.post(NEW, &[("template", "nonsense")]).await.status, 200);
        assert!(app.registry().client(&ClientId("nonsense".into())).is_none());
    })
    .await;
}

#[tokio::test]
async fn every_known_application_needs_its_address_alone() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        for template in templates().iter().filter(|known| known.app_url == AppUrlUse::Required) {
            let id = template.id.as_str();
            let form = [
                ("template", id),
                ("client_id", id),
                ("url", "https://app.example.com"),
                ("group", "everyone"),
                ("scope-openid", "1"),
            ];
            let made = root.post(NEW, &form).await;
            assert_eq!(made.status, 201, "{id}: {}", made.body);
            assert!(!made.body.contains("There are no files"), "{id}: {}", made.body);
            let later = root.get(&at(id, "/connect")).await;
            for file in &template.files {
                assert!(made.body.contains(&file.name), "{id}: {}", file.name);
                assert!(later.body.contains(&file.name), "{id}: {}", file.name);
            }
        }
    })
    .await;
}
