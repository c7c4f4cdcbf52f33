//! A device without a browser, and the person who lets it in.

use keystead::domain::{Client, GrantType};
use serde_json::Value;

use super::http::Answer;
use super::{Browser, Party, TestApp};

/// What a device polls with.
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A client for devices, which cannot keep a secret.
pub fn television(client: &mut Client) {
    client.public = true;
    client.name = "Television".to_owned();
    client.settings.grant_types = vec![GrantType::DeviceCode, GrantType::RefreshToken];
}

/// The client `tv`.
pub async fn tv(app: &TestApp) -> Party {
    Party::new(&app.app, &app.client_with("tv", television).await).await
}

impl Party {
    /// Asks for a code for a device.
    pub async fn ask_for_code(&self, scope: &str) -> Value {
        let answer = self.call("device_authorization_endpoint", &[("scope", scope)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// Asks whether the device was let in.
    pub async fn poll(&self, asked: &Value) -> Answer {
        let code = asked["device_code"].as_str().unwrap();
        self.call("token_endpoint", &[("grant_type", DEVICE_GRANT), ("device_code", code)]).await
    }
}

impl Browser {
    /// Enters a code, signed in already.
    pub async fn enter_code(&mut self, asked: &Value) -> Answer {
        let page = self.get("/device").await;
        assert!(page.has("user_code"), "{} {} {}", page.status, page.location(), page.body);
        self.submit(&page, &[("user_code", asked["user_code"].as_str().unwrap())]).await
    }

    /// Enters a code and decides: `allow` or `deny`.
    pub async fn decide(&mut self, asked: &Value, action: &str) -> Answer {
        let page = self.enter_code(asked).await;
        assert!(page.has("device-allow"), "{} {}", page.status, page.body);
        self.submit(&page, &[("action", action)]).await
    }
}
