//! A client under FAPI 2.0: it pushes what it asks for, proves a key with every token, and signs for
//! itself; where it signs its messages too, what it reads is signed as well.

use std::sync::Arc;

use keystead::domain::{Algorithm, Client, EVERYONE, SecurityProfile, SignedRequests};
use keystead::store::users;
use serde_json::{Map, Value, json};

use super::http::{self, Answer};
use super::prover::Prover;
use super::signer::{Keys, keys, set};
use super::steps::header_of;
use super::{Browser, Party, TestApp, each_database, samples};

/// A client, the key of its proofs, and Alice's browser.
pub struct Bank {
    /// The client, which proves itself by its key.
    pub party: Party,
    /// What it proves to hold.
    pub prover: Prover,
    /// Alice's.
    pub browser: Browser,
    /// Whether its requests are signed and its answers come by JARM.
    pub signs_messages: bool,
}

/// Tells a story of two clients with different keys, once as the security profile has it and once with
/// signed messages, on each database.
pub async fn each_pair(story: impl AsyncFn(&TestApp, Bank, Bank)) {
    for signs_messages in [false, true] {
        each_database(async |app| {
            let mut alice = app.user("alice").await;
            samples::fill(&mut alice);
            app.write(async |tx| users::update(tx, &alice).await).await;
            let one = Bank::new(&app, "one", Algorithm::ES256, signs_messages).await;
            let two = Bank::new(&app, "two", Algorithm::EdDSA, signs_messages).await;
            eprintln!("signed messages: {signs_messages}");
            story(&app, one, two).await;
        })
        .await;
    }
}

impl Bank {
    /// A client with this id and a key for this algorithm; `two` has a query in its redirect URI.
    pub async fn new(app: &TestApp, id: &str, alg: Algorithm, signs_messages: bool) -> Bank {
        Bank::with(app, id, Arc::new(keys(alg)), signs_messages).await
    }

    /// A client with this id and these keys.
    pub async fn with(app: &TestApp, id: &str, own: Arc<Keys>, signs_messages: bool) -> Bank {
        let change = |client: &mut Client| {
            client.settings.jwks = Some(set(&[&own]));
            SecurityProfile::Fapi2.apply(&mut client.settings, false);
            if signs_messages {
                client.settings.signed_requests = SignedRequests::Required;
            }
            if id == "two" {
                client.redirect_uris[0].push_str("?dummy1=lorem&dummy2=ipsum");
            }
        };
        let registered = app.client_with(id, change).await;
        let scopes = "openid profile email address phone groups offline_access";
        app.allow(&registered.client.id, EVERYONE, scopes).await;
        let party = Party::new(&app.app, &registered).await;
        let party = Party { signs: Some(own), ..party };
        let browser = Browser::new(&app.app);
        Bank { party, prover: Prover::new(), browser, signs_messages }
    }

    /// What a request usually says, and this.
    pub fn asked(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let url = self.party.ask(more);
        let query = url.split_once('?').unwrap().1.as_bytes();
        let mut asked: Vec<_> = url::form_urlencoded::parse(query).into_owned().collect();
        if self.signs_messages {
            asked.push(("response_mode".to_owned(), "jwt".to_owned()));
        }
        asked
    }

    /// The claims of a request object that says this.
    pub fn claims(&self, asked: &[(String, String)]) -> Value {
        let now = self.party.app.clock.now().0;
        let issuer = &self.party.metadata["issuer"];
        let mut claims =
            json!({ "iss": self.party.id, "aud": [issuer], "nbf": now, "exp": now + 300 });
        for (name, value) in asked {
            let parsed = (name == "claims").then(|| serde_json::from_str(value).unwrap());
            claims[name] = parsed.unwrap_or_else(|| json!(value));
        }
        claims
    }

    /// Signs a request.
    pub fn sign(&self, claims: &Value) -> String {
        self.keys().signer.sign("oauth-authz-req+jwt", claims).unwrap()
    }

    /// The keys of the client.
    pub fn keys(&self) -> &Keys {
        self.party.signs.as_ref().unwrap()
    }

    /// Pushes a request.
    pub async fn push(&self, more: &[(&str, &str)]) -> Answer {
        self.push_with(more, &[]).await
    }

    /// Pushes a request with these headers.
    pub async fn push_with(&self, more: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let asked = self.asked(more);
        let signed = self.signs_messages.then(|| self.sign(&self.claims(&asked)));
        let form: Vec<(&str, &str)> = match &signed {
            Some(request) => vec![("request", request)],
            None => asked.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        };
        self.party.call_with("pushed_authorization_request_endpoint", &form, headers).await
    }

    /// Pushes a request object.
    pub async fn push_object(&self, request: &str) -> Answer {
        let form = [("request", request)];
        self.party.call("pushed_authorization_request_endpoint", &form).await
    }

    /// Where the browser goes with what was pushed, and this beside it.
    #[track_caller]
    pub fn open(&self, pushed: &Answer, more: &[(&str, &str)]) -> String {
        assert_eq!(pushed.status, 201, "{}", pushed.body);
        let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
        let mut all = vec![("client_id", self.party.id.as_str()), ("request_uri", &uri)];
        all.extend(more.iter().copied());
        format!("{}?{}", self.party.path("authorization_endpoint"), http::encode(&all))
    }

    /// Pushes a request and lets Alice say yes; what the client is told.
    pub async fn ask(&mut self, more: &[(&str, &str)]) -> Map<String, Value> {
        let url = self.open(&self.push(more).await, &[]);
        self.go(&url).await
    }

    /// Lets Alice say yes to what was pushed; what the client is told.
    pub async fn go(&mut self, url: &str) -> Map<String, Value> {
        let answer = self.browser.authorize(url, "alice").await;
        self.told(&answer).await
    }

    /// What the client is told, signed or not, with its own query left as it was.
    pub async fn told(&self, answer: &Answer) -> Map<String, Value> {
        let rest = answer.location().strip_prefix(&self.party.redirect_uri);
        let rest = rest.unwrap_or_else(|| panic!("'{}' {}", answer.location(), answer.body));
        let mut fields: Map<String, Value> = url::form_urlencoded::parse(&rest.as_bytes()[1..])
            .map(|(name, value)| (name.into_owned(), Value::from(value)))
            .collect();
        if self.signs_messages {
            let response = fields.remove("response").expect("a signed answer");
            assert!(fields.is_empty(), "nothing beside it: {fields:?}");
            let response = response.as_str().unwrap();
            let header = header_of(response);
            assert_eq!((&header["alg"], header["kid"].is_string()), (&json!("ES256"), true));
            fields = self.party.verify_answer(response).await;
            let left = fields["exp"].as_i64().unwrap() - self.party.app.clock.now().0;
            assert!((1..=600).contains(&left), "good for {left} s");
            fields.retain(|name, _| name != "aud" && name != "exp");
        }
        let known = ["code", "state", "iss", "error", "error_description"];
        assert!(fields.keys().all(|name| known.contains(&name.as_str())), "{fields:?}");
        assert_eq!(fields.get("iss"), self.party.metadata.get("issuer"));
        fields
    }

    /// A fresh code.
    pub async fn code(&mut self, more: &[(&str, &str)]) -> String {
        let told = self.ask(more).await;
        told.get("code")
            .unwrap_or_else(|| panic!("no code in {told:?}"))
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Redeems a code with a proof.
    pub async fn redeem(&self, code: &str) -> Answer {
        self.party.exchange_with(code, &self.prover.for_token(&self.party)).await
    }

    /// Tokens for Alice.
    pub async fn tokens(&mut self, more: &[(&str, &str)]) -> Value {
        let code = self.code(more).await;
        let answer = self.redeem(&code).await;
        assert_eq!((answer.status, &answer.json()["token_type"]), (200, &json!("DPoP")));
        answer.json()
    }

    /// Uses a refresh token with a proof.
    pub async fn refresh(&self, token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let proof = self.prover.for_token(&self.party);
        self.party.call_with("token_endpoint", &form, &[("dpop", &proof)]).await
    }

    /// Reads the protected resource, which is userinfo.
    pub async fn read(&self, token: &str) -> Answer {
        let proof = self.prover.for_userinfo(&self.party, token);
        self.party.userinfo_with(("DPoP", token), &proof).await
    }
}
