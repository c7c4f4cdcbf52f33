//! The usual scene: alice, her browser, and the application `web`.

use keystead::domain::Client;

use super::http::Answer;
use super::{Browser, Party, TestApp, Tokens};

/// What most stories begin with.
pub struct Scene {
    /// The application.
    pub party: Party,
    /// Alice's browser, nobody signed in yet.
    pub browser: Browser,
}

impl Scene {
    /// With a confidential client as they usually are.
    pub async fn new(app: &TestApp) -> Scene {
        Scene::with(app, |_| ()).await
    }

    /// With the client changed first.
    pub async fn with(app: &TestApp, change: impl FnOnce(&mut Client)) -> Scene {
        app.user("alice").await;
        let party = Party::new(&app.app, &app.client_with("web", change).await).await;
        Scene { party, browser: Browser::new(&app.app) }
    }

    /// A fresh code.
    pub async fn code(&mut self) -> String {
        self.code_for(&[]).await
    }

    /// A fresh code for a request with these parameters.
    pub async fn code_for(&mut self, more: &[(&str, &str)]) -> String {
        let answer = self.ask(more).await;
        let code = answer.param("code");
        code.unwrap_or_else(|| panic!("no code in '{}' {}", answer.location(), answer.body))
    }

    /// The answer to a request with these parameters, after signing in and consenting.
    pub async fn ask(&mut self, more: &[(&str, &str)]) -> Answer {
        self.browser.authorize(&self.party.ask(more), "alice").await
    }

    /// Tokens.
    pub async fn tokens(&mut self, more: &[(&str, &str)]) -> Tokens {
        self.party.sign_in(&mut self.browser, "alice", more).await
    }

    /// A refresh token, which needs no session to live on.
    pub async fn refresh_token(&mut self) -> String {
        let tokens = self.tokens(&[("scope", "openid offline_access")]).await;
        tokens.get("refresh_token").to_owned()
    }
}
