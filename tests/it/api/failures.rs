//! Failures over the API: counted, solved, and mended as they were read.

use keystead::directory::owners;
use keystead::domain::{Actor, ApiScope, ClientId, Role};
use serde_json::{Value, json};

use super::{Caller, done, problem};
use crate::harness::{Party, TestApp, each_database, http};

const STRANGE: &str = "https://web.example.com/other";

/// The reference of a refused request to this application.
async fn refused(app: &TestApp, party: &Party) -> String {
    app.wait(1);
    let page = http::get(&app.app, &party.ask(&[("redirect_uri", STRANGE)])).await;
    app.flows.flush(&app.db).await.unwrap();
    page.text("error-ref")
}

async fn party(app: &TestApp, id: &str) -> Party {
    Party::new(&app.app, &app.client(id).await).await
}

fn fix<'d>(flow: &'d Value, begins: &str) -> &'d Value {
    let fixes = flow["fixes"].as_array().unwrap();
    let found = fixes.iter().find(|fix| fix["sentence"].as_str().unwrap().starts_with(begins));
    found.unwrap_or_else(|| panic!("{begins}: {fixes:?}"))
}

#[tokio::test]
async fn failures_are_counted_solved_and_opened_again() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let web = party(&app, "web").await;
        refused(&app, &web).await;
        refused(&app, &web).await;
        let all = done(&caller.get("/failures").await, 200);
        let one = &all["items"][0];
        assert_eq!((&one["times"], &one["cause"]), (&json!(2), &json!("redirect_uri_mismatch")));
        assert_eq!(
            one["sentence"],
            format!("Redirect URI does not match at web: {STRANGE}").as_str()
        );
        let path = format!("/failures/{}", one["id"].as_str().unwrap());
        let solved = done(&caller.post(&format!("{path}/solve"), json!({})).await, 200);
        assert_eq!((&solved["solved"], &solved["solved_by"]), (&json!(true), &json!("root")));
        let open = done(&caller.get("/failures?solved=false").await, 200);
        assert_eq!(open["items"], json!([]));
        let again = done(&caller.post(&format!("{path}/reopen"), json!({})).await, 200);
        assert_eq!(again["solved"], false);
        assert_eq!(done(&caller.get(&path).await, 200), again);
        assert_eq!(problem(&caller.get("/failures/N0NE").await).0, 404);
        assert_eq!(problem(&caller.post("/failures/N0NE/solve", json!({})).await).0, 404);
    })
    .await;
}

#[tokio::test]
async fn a_fix_is_applied_as_it_was_read_by_whoever_may_change_what_it_changes() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let web = party(&app, "web").await;
        let reference = refused(&app, &web).await;
        let path = format!("/flows/{reference}");
        let flow = done(&caller.get(&path).await, 200);
        let offered = fix(&flow, "Register ");
        assert_eq!(
            (&offered["scope"], &offered["command"]),
            (
                &json!("clients:write"),
                &json!(format!("keystead client add-redirect-uri web {STRANGE}"))
            )
        );
        let id = offered["id"].as_str().unwrap();
        let mend = format!("{path}/fixes/{id}");
        let half = Caller::again(&app, "root", &[ApiScope::WriteFailures]).await;
        assert_eq!(
            problem(&half.post(&mend, json!({})).await),
            (403, "insufficient_scope".to_owned())
        );
        assert_eq!(problem(&caller.post(&format!("{path}/fixes/0000"), json!({})).await).0, 404);
        let mended = done(&caller.post(&mend, json!({})).await, 200);
        assert_eq!(mended["applied"], true);
        let client = app.registry().client(&ClientId("web".into())).unwrap();
        assert!(client.owns_redirect_uri(STRANGE));
        let failure = done(&caller.get("/failures").await, 200)["items"][0].clone();
        assert_eq!(failure["solved"], true, "what was mended is solved");
        let gone = caller.post(&mend, json!({})).await;
        assert_eq!(problem(&gone).0, 404, "it is not offered any more");
    })
    .await;
}

#[tokio::test]
async fn owners_read_and_mend_what_fails_at_their_own_alone() {
    each_database(async |app: TestApp| {
        let own = [ApiScope::Read, ApiScope::WriteClients, ApiScope::WriteFailures];
        let owner = Caller::of(&app, "owner", Role::ApplicationOwner, &own).await;
        let auditor = Caller::of(&app, "auditor", Role::Auditor, &[ApiScope::Read]).await;
        let (web, shop) = (party(&app, "web").await, party(&app, "shop").await);
        owners::add(&app, &Actor::CommandLine, "web", "owner").await.unwrap();
        let (mine, theirs) = (refused(&app, &web).await, refused(&app, &shop).await);
        let seen = done(&owner.get("/failures").await, 200);
        let clients: Vec<&Value> =
            seen["items"].as_array().unwrap().iter().map(|one| &one["client_id"]).collect();
        assert_eq!(clients, [&json!("web")]);
        assert_eq!(
            done(&auditor.get("/failures").await, 200)["items"].as_array().unwrap().len(),
            2
        );
        let no = (403, "not_allowed".to_owned());
        let flow = done(&owner.get(&format!("/flows/{mine}")).await, 200);
        assert_eq!(flow["address"], json!(null), "where somebody came from");
        for path in [format!("/flows/{theirs}"), "/flows/N0NE-0000".to_owned()] {
            assert_eq!(problem(&owner.get(&path).await), no, "{path}");
            assert_eq!(problem(&owner.post(&format!("{path}/fixes/x"), json!({})).await), no);
        }
        let id = fix(&flow, "Register ")["id"].as_str().unwrap();
        done(&owner.post(&format!("/flows/{mine}/fixes/{id}"), json!({})).await, 200);
        let client = app.registry().client(&ClientId("web".into())).unwrap();
        assert!(client.owns_redirect_uri(STRANGE));
    })
    .await;
}
