//! The front page: what there is to open.

use keystead::domain::ClientId;
use keystead::store::grants;

use super::person;
use crate::harness::{Browser, each_database, samples};

#[tokio::test]
async fn what_was_used_last_comes_first() {
    each_database(async |app| {
        for id in ["alpha", "beta", "gamma"] {
            app.client_with(id, |client| {
                client.settings.app_url = Some(format!("https://{id}.example.com"));
            })
            .await;
        }
        let mut alice = person(&app, "alice").await;
        let order = |body: &str| {
            let mut found: Vec<_> = ["alpha", "beta", "gamma"]
                .map(|id| (body.find(&format!(">{id}</span>")).unwrap(), id))
                .into();
            found.sort_unstable();
            found.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
        };
        assert_eq!(order(&alice.get("/").await.body), ["alpha", "beta", "gamma"]);
        for id in ["beta", "gamma"] {
            app.wait(5);
            let client = app.registry().client(&ClientId(id.into())).unwrap();
            let id = app.random.selector(&app.clock);
            let grant = samples::grant(id.0, &alice.user, &client);
            app.write(async |tx| grants::insert(tx, &grant).await).await;
        }
        assert_eq!(order(&alice.get("/").await.body), ["gamma", "beta", "alpha"]);
        let used = app.read(async |c| grants::last_use(c, &alice.user.id).await).await;
        assert_eq!(used.len(), 2);
        assert!(used.iter().all(|(_, last)| app.clock.now() - last.made_at() <= 5));
    })
    .await;
}

#[tokio::test]
async fn many_applications_can_be_searched_and_one_without_an_address_is_no_link() {
    each_database(async |app| {
        app.client("plain").await;
        let mut alice = person(&app, "alice").await;
        let few = alice.get("/").await;
        assert!(!few.has("q") && few.body.contains("<div class=\"app\">"), "{}", few.body);
        for n in 0..9 {
            app.client_with(&format!("app{n}"), |client| {
                client.name = format!("Tool <{n}>");
                client.settings.launch_url = Some(format!("https://app{n}.example.com/go"));
            })
            .await;
        }
        assert!(alice.get("/").await.has("q"));
        let found = alice.get("/?q=tool+%3C3").await;
        assert!(found.body.contains("href=\"https://app3.example.com/go\""), "{}", found.body);
        assert!(!found.body.contains("app4.example.com") && !found.body.contains("<3"));
        let none = alice.get("/?q=%3Cscript%3E").await;
        assert!(none.body.contains("No application is called that"));
        assert!(!none.body.contains("<script>"));
        assert_eq!(alice.get("/?q=a%00b").await.text("error-code"), "malformed_request");
        let mut stranger = Browser::new(&app.app);
        assert!(stranger.get("/?q=tool").await.location().starts_with("/login"));
    })
    .await;
}
