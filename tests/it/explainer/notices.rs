//! What stops nothing by itself, and is told beside what does.

use axum::body::Body;
use axum::http::Request;
use keystead::domain::{Cause, Client};
use keystead::explain::Story;

use super::{all, compared, told, web};
use crate::harness::{Scene, TestApp, each_database, http};

async fn newest(app: &TestApp) -> Story {
    let reference = all(app).await.remove(0).reference;
    told(app, &reference).await.1
}

#[tokio::test]
async fn a_request_for_another_host_is_noted_and_decides_nothing() {
    each_database(async |app| {
        let party = web(&app).await;
        let ask = async |host: &str, more: (&str, &str)| {
            app.wait(1);
            let request = Request::get(party.ask(&[])).header("host", host).header(more.0, more.1);
            http::send(&app.app, request.body(Body::empty()).unwrap()).await
        };
        for host in ["id.example.com", "ID.EXAMPLE.COM:443"] {
            ask(host, ("accept", "*/*")).await;
            assert_eq!(newest(&app).await.noticed, [], "{host}");
        }
        let answer = ask("10.0.0.7:8080", ("x-forwarded-host", "id.example.com")).await;
        assert!(answer.location().starts_with("/login?"), "{}", answer.location());
        let noticed = newest(&app).await.noticed;
        assert_eq!(noticed[0].cause, Cause::WrongHost);
        assert_eq!(compared(&noticed[0]), "host: 10.0.0.7:8080 / id.example.com");
        let metadata =
            Request::get("/.well-known/openid-configuration").header("host", "evil.test");
        let answer = http::send(&app.app, metadata.body(Body::empty()).unwrap()).await;
        assert!(!answer.body.contains("evil"), "{}", answer.body);
    })
    .await;
}

#[tokio::test]
async fn doubled_slashes_are_served_and_noted() {
    each_database(async |app| {
        let party = web(&app).await;
        http::get(&app.app, &format!("/{}", party.ask(&[]))).await;
        let noticed = newest(&app).await.noticed;
        assert_eq!(noticed[0].cause, Cause::DoubledSlashes);
        assert_eq!(compared(&noticed[0]), "path: //oauth2/authorize / /oauth2/authorize");
        assert!(noticed[0].fix.contains("SOCIAL_AUTH_OIDC_OIDC_ENDPOINT"));
    })
    .await;
}

#[tokio::test]
async fn a_script_that_fetches_the_page_is_told_why_browsers_keep_it_from_it() {
    each_database(async |app| {
        let party = web(&app).await;
        let ask = async |origin: &str, mode: &str, site: &str| {
            app.wait(1);
            let request = Request::get(party.ask(&[])).header("origin", origin);
            let request = request.header("sec-fetch-mode", mode).header("sec-fetch-site", site);
            http::send(&app.app, request.body(Body::empty()).unwrap()).await
        };
        let answer = ask("https://web.example.com", "cors", "cross-site").await;
        assert_eq!(answer.header("access-control-allow-origin"), "");
        let noticed = newest(&app).await.noticed;
        assert_eq!(noticed[0].cause, Cause::FetchedByScript);
        assert!(noticed[0].meaning.contains("the browser reports a CORS error"));
        assert!(noticed[0].fix.contains("window.location"), "{}", noticed[0].fix);
        assert_eq!(compared(&noticed[0]), "origin of the script: https://web.example.com / none");
        for (mode, site) in [("navigate", "cross-site"), ("cors", "same-origin")] {
            ask("https://web.example.com", mode, site).await;
            assert_eq!(newest(&app).await.noticed, [], "{mode}, {site}");
        }
        // What scripts may fetch, they may fetch from anywhere.
        let request = Request::get("/oauth2/jwks").header("origin", "https://web.example.com");
        let keys = http::send(&app.app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(keys.header("access-control-allow-origin"), "*");
    })
    .await;
}

#[tokio::test]
async fn scopes_that_were_left_out_are_noted_with_whom_to_allow_them() {
    each_database(async |app| {
        let mut scene = Scene::with(&app, |client: &mut Client| client.trusted = true).await;
        app.sql("update scope_maps set scopes = '[\"openid\",\"profile\"]'").await;
        app.sql("update registry_version set version = version + 1").await;
        app.refresh_registry().await.unwrap();
        scene.code_for(&[("scope", "openid profile groups made_up")]).await;
        let story = newest(&app).await;
        let noticed = &story.noticed[0];
        assert_eq!(noticed.cause, Cause::ScopeIgnored);
        assert_eq!(compared(noticed), "scope: openid profile groups made_up / openid profile");
        let sentence = "Let members of everyone use web, with the scopes groups openid profile.";
        assert_eq!(noticed.offers[0].sentence, sentence);
    })
    .await;
}

#[tokio::test]
async fn not_asking_for_openid_is_noted() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        scene.code_for(&[("scope", "profile")]).await;
        let causes: Vec<Cause> = newest(&app).await.noticed.iter().map(|one| one.cause).collect();
        assert_eq!(causes, [Cause::OpenidMissing]);
    })
    .await;
}
