//! What is refused where tokens are exchanged (RFC 8693).

use keystead::domain::{Cause, GrantType};

use super::{compared, newest, web};
use crate::harness::{Browser, Party, each_database};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

#[tokio::test]
async fn what_is_not_exchanged_is_told_with_the_reason() {
    each_database(async |app| {
        app.user("alice").await;
        let web = web(&app).await;
        let gateway = |sources: &[&str]| {
            let sources = sources.iter().map(|name| (*name).to_owned()).collect();
            move |client: &mut keystead::domain::Client| {
                client.settings.grant_types.push(GrantType::TokenExchange);
                client.settings.token_exchange = sources;
            }
        };
        let open = Party::new(&app.app, &app.client_with("open", gateway(&["web"])).await).await;
        let shut = Party::new(&app.app, &app.client_with("shut", gateway(&["wiki"])).await).await;
        let tokens = web.sign_in(&mut Browser::new(&app.app), "alice", &[]).await;
        let good = tokens.get("access_token");
        for (party, token, more, cause, values) in [
            (&open, "x", vec![], Cause::SubjectTokenInvalid, ""),
            (
                &open,
                good,
                vec![("actor_token", good), ("actor_token_type", ACCESS_TOKEN)],
                Cause::ActorTokenInvalid,
                "",
            ),
            (
                &open,
                good,
                vec![("requested_token_type", "x")],
                Cause::TokenTypeUnsupported,
                "requested_token_type: x / urn:ietf:params:oauth:token-type:access_token",
            ),
            (&shut, good, vec![], Cause::ExchangeNotAllowed, "client_id: web / wiki"),
            (&open, good, vec![("audience", "wiki")], Cause::ExchangeAudience, "audience: wiki / "),
        ] {
            app.wait(1);
            let mut form = vec![
                ("grant_type", GRANT),
                ("subject_token", token),
                ("subject_token_type", ACCESS_TOKEN),
            ];
            form.extend(more);
            party.call("token_endpoint", &form).await;
            let trouble = newest(&app).await;
            assert_eq!(trouble.cause, cause);
            assert_eq!(compared(&trouble), values, "{cause}");
        }
    })
    .await;
}
