//! OpenID Connect Front-Channel Logout 1.0, as the OpenID Foundation's suite asks for it.

use keystead::domain::{Client, ClientId};
use serde_json::json;

use crate::harness::http::Answer;
use crate::harness::registrar::{self, open_node, registered};
use crate::harness::steps::party;
use crate::harness::{Browser, Party, Registered, TestApp, each_database, http};

const HOME: (&str, &str) = ("post_logout_redirect_uri", "https://web.example.com/");

fn framed(client: &mut Client) {
    client.settings.frontchannel_logout_uri =
        Some(format!("https://{}.example.com/bye", client.id));
}

fn bye(party: &Party, params: &[(&str, &str)]) -> String {
    format!("{}?{}", party.path("end_session_endpoint"), http::encode(params))
}

/// The addresses of the frames of a page.
fn frames(page: &Answer) -> Vec<String> {
    let tags = page.body.split("<iframe").skip(1).filter_map(|rest| rest.split_once('>'));
    let sources = tags.filter_map(|(tag, _)| tag.split_once("src=\"")?.1.split_once('"'));
    sources.map(|(source, _)| source.replace("&#38;", "&").replace("&amp;", "&")).collect()
}

async fn at(app: &TestApp, id: &str, change: impl FnOnce(&mut Client)) -> (Party, Registered) {
    let registered = app.client_with(id, change).await;
    (Party::new(&app.app, &registered).await, registered)
}

/// oidcc-frontchannel-logout-discovery-endpoint-verification
#[tokio::test]
async fn discovery_tells_of_front_channel_logout_and_of_sid() {
    each_database(async |app| {
        let party = party(&app).await;
        assert_eq!(party.metadata["frontchannel_logout_supported"], true);
        assert_eq!(party.metadata["frontchannel_logout_session_supported"], true);
        assert!(party.path("end_session_endpoint").starts_with('/'));
    })
    .await;
}

/// oidcc-frontchannel-rp-initiated-logout
#[tokio::test]
async fn a_sign_out_frames_the_clients_address_with_iss_and_sid_and_then_goes_back() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, _) = at(&app, "web", framed).await;
        let mut browser = Browser::new(&app.app);
        let tokens = party.sign_in(&mut browser, "alice", &[]).await;
        let hint = ("id_token_hint", tokens.get("id_token"));
        let page = browser.get(&bye(&party, &[hint, HOME, ("state", "x;y")])).await;
        assert_eq!((page.status, page.location()), (200, ""));
        let sid = tokens.claims["sid"].as_str().unwrap();
        let told = [("iss", "https://id.example.com"), ("sid", sid)];
        assert_eq!(frames(&page), [format!("https://web.example.com/bye?{}", http::encode(&told))]);
        let back = "https://web.example.com/?state=x%3By";
        assert_eq!(page.header("refresh"), format!("5; url={back}"), "without scripts, too");
        assert!(
            page.body.contains(&format!("id=\"logout-next\" href=\"{back}\"")),
            "{}",
            page.body
        );
        assert!(page.body.contains("/static/logout.js"));
        let silent = browser.get(&party.ask(&[("prompt", "none")])).await;
        assert_eq!(silent.param("error").as_deref(), Some("login_required"));
    })
    .await;
}

#[tokio::test]
async fn the_page_may_frame_those_origins_and_no_others() {
    each_database(async |app| {
        app.user("alice").await;
        let with_query = |client: &mut Client| {
            let uri = "https://web.example.com:8443/bye?tenant=1";
            client.settings.frontchannel_logout_uri = Some(uri.to_owned());
        };
        let (web, _) = at(&app, "web", with_query).await;
        let (wiki, _) = at(&app, "wiki", framed).await;
        at(&app, "elsewhere", framed).await;
        let mut browser = Browser::new(&app.app);
        let tokens = web.sign_in(&mut browser, "alice", &[]).await;
        wiki.sign_in(&mut browser, "alice", &[]).await;
        let page =
            browser.get(&bye(&web, &[("id_token_hint", tokens.get("id_token")), HOME])).await;
        let framed = frames(&page);
        assert_eq!(framed.len(), 2);
        assert!(framed[0].starts_with("https://web.example.com:8443/bye?tenant=1&iss="));
        let policy = page.header("content-security-policy");
        let expected = "; frame-src https://web.example.com:8443 https://wiki.example.com";
        assert!(policy.ends_with(expected), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'self'"));
        let login = browser.get("/login").await;
        assert!(!login.header("content-security-policy").contains("frame-src"));
    })
    .await;
}

#[tokio::test]
async fn our_own_page_frames_them_too_and_stays() {
    each_database(async |app| {
        app.user("alice").await;
        let (web, _) = at(&app, "web", framed).await;
        let mut browser = Browser::new(&app.app);
        web.sign_in(&mut browser, "alice", &[]).await;
        let confirm = browser.get("/logout").await;
        let page = browser.submit(&confirm, &[]).await;
        assert!(page.has("logout-done") && !page.has("logout-next"));
        assert_eq!((frames(&page).len(), page.header("refresh")), (1, ""));
        let policy = page.header("content-security-policy");
        assert!(policy.ends_with("frame-src https://web.example.com"), "{policy}");
        let again = browser.get("/logout").await;
        assert!(again.has("logout-done") && frames(&again).is_empty(), "told once");
    })
    .await;
}

#[tokio::test]
async fn clients_of_other_sessions_are_not_framed() {
    each_database(async |app| {
        app.user("alice").await;
        let (web, _) = at(&app, "web", |_| ()).await;
        let (wiki, _) = at(&app, "wiki", framed).await;
        let (mut here, mut there) = (Browser::new(&app.app), Browser::new(&app.app));
        let tokens = web.sign_in(&mut here, "alice", &[]).await;
        wiki.sign_in(&mut there, "alice", &[]).await;
        let answer = here.get(&bye(&web, &[("id_token_hint", tokens.get("id_token")), HOME])).await;
        assert_eq!(answer.location(), HOME.1, "nobody to tell, so at once");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_none_cannot_be_registered() {
    each_database(async |app| {
        app.client("web").await;
        use keystead::directory::{Force, clients};
        use keystead::domain::Actor;
        for uri in ["javascript:alert(1)", "/bye", "https://a.example/#x", "https://u:p@a.example/"]
        {
            for front in [true, false] {
                let set = |client: &mut Client| {
                    let settings = &mut client.settings.0;
                    match front {
                        true => settings.frontchannel_logout_uri = Some(uri.to_owned()),
                        false => settings.backchannel_logout_uri = Some(uri.to_owned()),
                    }
                };
                let name = ("web", None);
                let told = clients::update(&app, &Actor::CommandLine, name, Force::No, set).await;
                let error = told.unwrap_err().to_string();
                assert!(error.contains("without a fragment"), "{uri}: {error}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_of_another_origin_than_the_redirect_uris_is_warned_of() {
    each_database(async |app| {
        at(&app, "web", framed).await;
        let elsewhere = |client: &mut Client| {
            client.settings.frontchannel_logout_uri = Some("https://else.example/".to_owned());
        };
        at(&app, "wiki", elsewhere).await;
        let mut root = crate::admin::Visitor::root(&app).await;
        for (id, warned) in [("web", false), ("wiki", true)] {
            let page = root.get(&format!("/admin/applications/{id}/security")).await;
            assert_eq!(page.body.contains("tells another origin of sign-outs"), warned, "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_registered_itself_is_told_of_sign_outs_too() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        let uris = json!({
            "frontchannel_logout_uri": "https://party.example.com/front",
            "frontchannel_logout_session_required": true,
            "backchannel_logout_uri": "https://party.example.com/back",
            "backchannel_logout_session_required": true,
        });
        let told = registered(&node, &uris).await;
        for (name, value) in uris.as_object().unwrap() {
            assert_eq!(told[name], *value, "{name}");
        }
        let party = registrar::party(&node, &told).await;
        let client = node.registry().client(&ClientId(party.id.clone())).unwrap();
        assert_eq!(
            client.settings.backchannel_logout_uri.as_deref(),
            uris["backchannel_logout_uri"].as_str()
        );
        let mut browser = Browser::new(&node);
        let tokens = party.sign_in(&mut browser, "alice", &[]).await;
        let page = browser.get(&bye(&party, &[("id_token_hint", tokens.get("id_token"))])).await;
        assert!(frames(&page)[0].starts_with("https://party.example.com/front?iss="));
        node.db.close().await;
    })
    .await;
}
