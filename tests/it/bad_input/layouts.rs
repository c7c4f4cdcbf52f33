//! Bad input on the paths of every layout: the same refusals as on our own.

use keystead::layouts::{self, TABLES};

use crate::harness::{each_database, http};

#[tokio::test]
async fn every_layout_refuses_what_the_native_paths_refuse() {
    each_database(async |app| {
        let registered = app.client("web").await;
        let wrong = [("client_id", "web"), ("client_secret", "wrong"), ("token", "x")];
        let wrong_token =
            [("client_id", "web"), ("client_secret", "wrong"), ("grant_type", "refresh_token")];
        for paths in TABLES {
            let all = layouts::endpoints("", paths.layout, Some(&registered.client));
            let refused = |status: u16, code: &str| (status, code.to_owned());
            let at = |path: &str| format!("{:?} {path}", paths.layout);
            let none = http::post(&app.app, &all.token, &[]).await.error();
            assert_eq!(none, refused(400, "invalid_request"), "{}", at(&all.token));
            let answer = http::post(&app.app, &all.token, &wrong_token).await.error();
            assert_eq!(answer, refused(401, "invalid_client"), "{}", at(&all.token));
            for path in [&all.introspection, &all.revocation] {
                let answer = http::post(&app.app, path, &wrong).await.error();
                assert_eq!(answer, refused(401, "invalid_client"), "{}", at(path));
            }
            assert_eq!(
                http::get(&app.app, &all.userinfo).await.status,
                401,
                "{}",
                at(&all.userinfo)
            );
            let ended =
                format!("{}?post_logout_redirect_uri=https://evil.example/", all.end_session);
            assert_eq!(http::get(&app.app, &ended).await.status, 400, "{}", at(&ended));
            for path in paths.authorization {
                for (query, code) in [
                    ("client_id=nobody", "unknown_client"),
                    ("client_id=web&redirect_uri=https://evil.example/", "redirect_uri_mismatch"),
                    ("client_id=web&client_id=web", "malformed_request"),
                ] {
                    let page = http::get(&app.app, &format!("{path}?{query}")).await;
                    let told = (page.status, page.text("error-code"));
                    assert_eq!(told, (400, code.to_owned()), "{} {query}", at(path));
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn paths_of_clients_that_are_not_there_lead_nowhere() {
    each_database(async |app| {
        app.client("web").await;
        for paths in TABLES.iter().filter(|paths| paths.jwks.contains("{client}")) {
            let known = |path: &str, name: &str| path.replace("{client}", name);
            assert_eq!(http::get(&app.app, &known(paths.jwks, "web")).await.status, 200);
            for path in paths.discovery.iter().chain([&paths.jwks]) {
                let answer = http::get(&app.app, &known(path, "nobody")).await;
                assert_eq!(answer.error(), (404, "not_found".into()), "{path}");
            }
        }
        assert_eq!(http::get(&app.app, "/application/o/nobody/").await.status, 404);
        let named = TABLES.iter().flat_map(|paths| [paths.userinfo, paths.end_session]);
        for path in named.filter(|path| path.contains("{client}")) {
            let nobodys = path.replace("{client}", "nobody");
            assert_eq!(http::get(&app.app, &nobodys).await.error(), (404, "not_found".into()));
            assert_eq!(http::post(&app.app, &nobodys, &[]).await.status, 404, "{path}");
            let ours = path.replace("{client}", "web");
            assert_ne!(http::get(&app.app, &ours).await.status, 404, "{path}");
        }
    })
    .await;
}
