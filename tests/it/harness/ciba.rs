//! An application that asks for a person in the back channel, and the person who approves it.

use keystead::domain::{Client, GrantType};
use serde_json::Value;

use super::http::Answer;
use super::{Browser, Party, TestApp};

/// What the application polls with.
pub const CIBA: &str = "urn:openid:params:grant-type:ciba";
/// Where people approve.
pub const APPROVALS: &str = "/approvals";

/// An application without a browser, which can keep a secret.
pub fn till(client: &mut Client) {
    client.name = "Till".to_owned();
    client.settings.grant_types = vec![GrantType::Ciba, GrantType::RefreshToken];
}

/// The client `till`.
pub async fn at_till(app: &TestApp) -> Party {
    Party::new(&app.app, &app.client_with("till", till).await).await
}

impl Party {
    /// Asks for somebody, with these parameters.
    pub async fn ask_with(&self, form: &[(&str, &str)]) -> Answer {
        self.call("backchannel_authentication_endpoint", form).await
    }

    /// Asks for somebody by name.
    pub async fn ask_for(&self, name: &str, scope: &str) -> Value {
        let answer = self.ask_with(&[("scope", scope), ("login_hint", name)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
        answer.json()
    }

    /// Asks whether the person approved.
    pub async fn poll_for(&self, asked: &Value) -> Answer {
        let id = asked["auth_req_id"].as_str().unwrap();
        self.call("token_endpoint", &[("grant_type", CIBA), ("auth_req_id", id)]).await
    }
}

impl Browser {
    /// Presses a button of the newest request on a page: `allow` or `deny`.
    pub async fn press(&mut self, page: &Answer, action: &str) -> Answer {
        let inputs = page.inputs();
        let value = |wanted: &str| {
            let found = inputs.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let names = ["csrf", "request", "shown"];
        let mut form: Vec<(&str, &str)> = names.map(|name| (name, value(name))).to_vec();
        form.push(("action", action));
        let answer = self.post(APPROVALS, &form).await;
        self.follow(answer).await
    }

    /// Opens the page and decides on the newest request.
    pub async fn approve(&mut self, action: &str) -> Answer {
        let page = self.get(APPROVALS).await;
        assert!(page.has("approvals-warning"), "{} {}", page.status, page.body);
        self.press(&page, action).await
    }
}
