//! The ways in which the OpenID Foundation's plans ask, and what they look at in every answer: a
//! story that is told in each way is told once for the basic, the implicit, the hybrid and the three
//! form post plans.

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt;
use keystead::app::AppState;
use keystead::domain::{EVERYONE, ResponseType};
use keystead::store::users;
use serde_json::{Map, Value, json};

use super::http::{self, Answer};
use super::steps::{half_hash, handed_over, header_of};
use super::{Browser, Party, TestApp, each_database, samples};

/// What a request asks for, and how that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// `response_type`
    pub kind: &'static str,
    /// Whether the answer is to be posted; else it comes as the response type has it by default.
    pub posted: bool,
}

/// The response types of the plans.
const KINDS: [&str; 6] =
    ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"];

impl Way {
    /// The plainest one.
    pub const CODE: Way = Way { kind: "code", posted: false };

    /// Every way of every plan.
    pub fn all() -> Vec<Way> {
        let each = |posted| KINDS.map(|kind| Way { kind, posted });
        [each(false), each(true)].concat()
    }

    /// Those in which this comes: `code`, `id_token` or `token`.
    pub fn with(word: &str) -> Vec<Way> {
        Way::all().into_iter().filter(|way| way.has(word)).collect()
    }

    /// Those in which an access token comes, here or from the token endpoint.
    pub fn with_access_token() -> Vec<Way> {
        Way::all().into_iter().filter(|way| way.kind != "id_token").collect()
    }

    /// Whether the authorization endpoint hands this over.
    pub fn has(self, word: &str) -> bool {
        self.kind.split(' ').any(|one| one == word)
    }

    /// What the request says of it.
    fn params(self) -> Vec<(&'static str, &'static str)> {
        let mode = self.posted.then_some(("response_mode", "form_post"));
        [("response_type", self.kind)].into_iter().chain(mode).collect()
    }
}

/// A server that serves every way, Alice, who filled in everything, and a client that may have all.
pub struct Stage {
    /// The server as it is otherwise.
    pub app: TestApp,
    /// The server.
    pub node: AppState,
    /// The client `web`.
    pub party: Party,
}

/// What a sign-in brought, and from where.
#[derive(Debug)]
pub struct Brought {
    /// What came through the browser.
    pub fields: Vec<(String, String)>,
    /// The claims of the ID token that did.
    pub early: Option<Map<String, Value>>,
    /// The answer of the token endpoint.
    pub tokens: Option<Value>,
    /// The claims of the ID token in it.
    pub late: Option<Map<String, Value>>,
}

/// Tells a story once for each of these ways, on each database, each in browsers of its own.
pub async fn each_way(ways: &[Way], story: impl AsyncFn(&Stage, Way)) {
    each_database(async |app| {
        let stage = Stage::new(app).await;
        for way in ways {
            let told = AssertUnwindSafe(story(&stage, *way)).catch_unwind().await;
            if let Err(panic) = told {
                eprintln!("the story failed with {way:?}");
                resume_unwind(panic);
            }
        }
        stage.node.db.close().await;
    })
    .await;
}

impl Stage {
    async fn new(app: TestApp) -> Stage {
        let mut alice = app.user("alice").await;
        samples::fill(&mut alice);
        app.write(async |tx| users::update(tx, &alice).await).await;
        let all = |client: &mut keystead::domain::Client| {
            client.settings.response_types = ResponseType::ALL.to_vec();
        };
        let registered = app.client_with("web", all).await;
        let scopes = "openid profile email address phone groups offline_access";
        app.allow(&registered.client.id, EVERYONE, scopes).await;
        let node = app.another_node_with(&[("KEYSTEAD_OIDC__FRONT_CHANNEL_TOKENS", "true")]).await;
        let party = Party::new(&node, &registered).await;
        Stage { app, node, party }
    }

    /// Moves the clock.
    pub fn wait(&self, seconds: i64) {
        super::wait(&self.node, seconds);
    }

    /// A browser that nobody used yet.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.node)
    }

    /// A request in this way, with these parameters beside the usual ones.
    pub fn ask(&self, way: Way, more: &[(&str, &str)]) -> String {
        let own = way.params();
        let own = own.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let all: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
        self.party.ask(&all)
    }

    /// Signs Alice in, in this way.
    pub async fn sign_in(&self, browser: &mut Browser, way: Way, more: &[(&str, &str)]) -> Brought {
        let answer = browser.authorize(&self.ask(way, more), "alice").await;
        self.take(way, &answer, more).await
    }

    /// The same in a fresh browser.
    pub async fn signed_in(&self, way: Way, more: &[(&str, &str)]) -> (Browser, Brought) {
        let mut browser = self.browser();
        let brought = self.sign_in(&mut browser, way, more).await;
        (browser, brought)
    }

    /// Looks at an answer as nearly every module does, and redeems its code.
    pub async fn take(&self, way: Way, answer: &Answer, more: &[(&str, &str)]) -> Brought {
        let sent = |name: &str, usual: &'static str| {
            let own = more.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
            own.unwrap_or(usual).to_owned()
        };
        let fields = self.fields(way, answer);
        assert_eq!(field(&fields, "state").unwrap_or_default(), sent("state", "s-1"), "{fields:?}");
        for (word, name) in [("code", "code"), ("token", "access_token"), ("id_token", "id_token")]
        {
            assert_eq!(field(&fields, name).is_some(), way.has(word), "{name}: {fields:?}");
        }
        let nonce = Some(sent("nonce", "n-1")).filter(|nonce| !nonce.is_empty());
        let mut brought = Brought { early: None, tokens: None, late: None, fields };
        if let Some(token) = brought.field("id_token") {
            let claims = self.check_id_token(way, token, nonce.as_deref()).await;
            let alg = header_of(token)["alg"].as_str().unwrap().to_owned();
            for (hash, of) in [("at_hash", "access_token"), ("c_hash", "code")] {
                let right = brought.field(of).map(|text| json!(half_hash(&alg, text)));
                assert_eq!(claims.get(hash), right.as_ref(), "{hash}: {claims:?}");
            }
            brought.early = Some(claims);
        }
        if let Some(code) = brought.field("code") {
            assert!(code.len() >= 43 && http::entropy(code) > 96.0, "{code}");
            let answer = self.party.exchange(code).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
            let tokens = answer.json();
            let token = tokens["id_token"].as_str().unwrap();
            let claims = self.check_id_token(way, token, nonce.as_deref()).await;
            for (name, value) in brought.early.iter().flatten() {
                let same = ["iss", "sub", "aud", "sid", "auth_time", "nonce"];
                assert!(!same.contains(&name.as_str()) || claims[name] == *value, "{name}");
            }
            (brought.tokens, brought.late) = (Some(tokens), Some(claims));
        }
        brought
    }

    /// What was handed over where the way has it, and nothing elsewhere; a success or an error.
    #[track_caller]
    pub fn fields(&self, way: Way, answer: &Answer) -> Vec<(String, String)> {
        let issuer = self.party.metadata["issuer"].as_str();
        if way.posted {
            assert_eq!((answer.status, answer.location()), (200, ""), "{way:?}");
            assert_eq!(answer.action(), self.party.redirect_uri, "{way:?}");
        } else {
            let joint = if way.kind == "code" { '?' } else { '#' };
            let start = format!("{}{joint}", self.party.redirect_uri);
            assert!(answer.location().starts_with(&start), "{way:?} {}", answer.location());
        }
        let fields = handed_over(answer);
        assert_eq!(field(&fields, "iss"), issuer, "{way:?} {fields:?}");
        fields
    }

    /// An error, where the way has it, with state.
    #[track_caller]
    pub fn error(&self, way: Way, answer: &Answer) -> String {
        let fields = self.fields(way, answer);
        assert_eq!(field(&fields, "state"), Some("s-1"), "{way:?} {fields:?}");
        assert_eq!(field(&fields, "code"), None);
        field(&fields, "error").unwrap_or_else(|| panic!("no error in {fields:?}")).to_owned()
    }

    async fn check_id_token(
        &self,
        way: Way,
        token: &str,
        nonce: Option<&str>,
    ) -> Map<String, Value> {
        let claims = self.party.verify(token).await;
        assert_eq!(claims.get("nonce").and_then(Value::as_str), nonce);
        let (now, time) = (self.node.clock.now().0, |name: &str| claims[name].as_i64().unwrap());
        assert!((now - 300..=now).contains(&time("iat")) && time("exp") > now, "{claims:?}");
        assert!(header_of(token)["kid"].is_string() && claims["sid"].is_string());
        // What scopes open belongs to userinfo wherever an access token comes.
        let told = ["name", "email", "phone_number", "address"];
        let tells = told.iter().any(|name| claims.contains_key(*name));
        assert!(!tells || way.kind == "id_token", "{claims:?}");
        claims
    }

    /// What userinfo tells, which is about the same person.
    pub async fn userinfo(&self, brought: &Brought) -> Value {
        let answer = self.party.userinfo(brought.access_token()).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        let told = answer.json();
        assert_eq!(Some(&told["sub"]), brought.claims().get("sub"));
        told
    }
}

impl Brought {
    /// What came through the browser under this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }

    /// The claims of the ID token, the last that came.
    #[track_caller]
    pub fn claims(&self) -> &Map<String, Value> {
        self.late.as_ref().or(self.early.as_ref()).expect("an ID token")
    }

    /// The ID token, the last that came.
    #[track_caller]
    pub fn id_token(&self) -> &str {
        let late = self.tokens.as_ref().and_then(|tokens| tokens["id_token"].as_str());
        late.or(self.field("id_token")).expect("an ID token")
    }

    /// The access token, the last that came.
    #[track_caller]
    pub fn access_token(&self) -> &str {
        let late = self.tokens.as_ref().and_then(|tokens| tokens["access_token"].as_str());
        late.or(self.field("access_token")).expect("an access token")
    }
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}
