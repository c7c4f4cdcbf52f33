//! A relying party: asks, redeems, verifies.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use keystead::app::AppState;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::fixtures::Registered;
use super::http::{self, Answer};
use super::signer::{Keys, asserted};
use super::steps::{half_hash, header_of};

/// The verifier of RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A relying party that learned its endpoints from a metadata document.
#[derive(Clone)]
pub struct Party {
    /// The node it talks to.
    pub app: AppState,
    /// `client_id`.
    pub id: String,
    /// Its secret, if it has one.
    pub secret: Option<String>,
    /// Its first registered redirect URI.
    pub redirect_uri: String,
    /// What it found out.
    pub metadata: Value,
    /// Whether it uses PKCE.
    pub pkce: bool,
    /// What it proves itself with in place of the secret, if it does (RFC 7523 2.2).
    pub signs: Option<Arc<Keys>>,
}

/// What a sign-in brought.
pub struct Tokens {
    /// The whole answer of the token endpoint.
    pub answer: Value,
    /// The verified claims of the ID token.
    pub claims: Map<String, Value>,
}

impl Tokens {
    /// A member that is text.
    #[track_caller]
    pub fn get(&self, name: &str) -> &str {
        self.answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.answer))
    }
}

impl Party {
    /// Discovers from the native metadata.
    pub async fn new(app: &AppState, registered: &Registered) -> Party {
        Party::at(app, registered, "/.well-known/openid-configuration").await
    }

    /// Discovers from this path.
    pub async fn at(app: &AppState, registered: &Registered, discovery: &str) -> Party {
        let metadata = http::get(app, discovery).await;
        assert_eq!(metadata.status, 200, "{discovery}: {}", metadata.body);
        Party {
            app: app.clone(),
            id: registered.client.id.0.clone(),
            secret: registered.secret.as_ref().map(|secret| secret.expose().to_owned()),
            redirect_uri: registered.client.redirect_uris[0].clone(),
            metadata: metadata.json(),
            pkce: true,
            signs: None,
        }
    }

    /// The path of an endpoint of the metadata.
    #[track_caller]
    pub fn path(&self, endpoint: &str) -> String {
        let url = self.metadata[endpoint].as_str().unwrap_or_else(|| panic!("no {endpoint}"));
        let path = url.strip_prefix("https://id.example.com");
        path.unwrap_or_else(|| panic!("{url} is elsewhere")).to_owned()
    }

    /// An authorization request with these parameters beside the usual ones.
    pub fn ask(&self, more: &[(&str, &str)]) -> String {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut all = vec![
            ("client_id", self.id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("response_type", "code"),
            ("scope", "openid profile email"),
            ("state", "s-1"),
            ("nonce", "n-1"),
        ];
        if self.pkce {
            all.push(("code_challenge", challenge.as_str()));
            all.push(("code_challenge_method", "S256"));
        }
        all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        all.extend(more.iter().copied().filter(|(_, value)| !value.is_empty()));
        format!("{}?{}", self.path("authorization_endpoint"), http::encode(&all))
    }

    /// The header of client_secret_basic, with the secret as it is.
    pub fn basic(&self) -> Vec<(&'static str, String)> {
        let Some(secret) = self.secret.as_ref().filter(|_| self.signs.is_none()) else {
            return Vec::new();
        };
        let pair = BASE64_STANDARD.encode(format!("{}:{secret}", self.id));
        vec![("authorization", format!("Basic {pair}"))]
    }

    /// Posts to an endpoint of the metadata, authenticated.
    pub async fn call(&self, endpoint: &str, form: &[(&str, &str)]) -> Answer {
        self.call_with(endpoint, form, &[]).await
    }

    /// Posts to an endpoint of the metadata, authenticated and with these headers.
    pub async fn call_with(
        &self,
        endpoint: &str,
        form: &[(&str, &str)],
        more: &[(&str, &str)],
    ) -> Answer {
        let mut form = form.to_vec();
        let assertion = self.signs.as_ref().map(|keys| keys.assertion(self, |_| ()));
        match &assertion {
            Some(assertion) => form.extend(asserted(assertion)),
            None if self.secret.is_none() => form.push(("client_id", self.id.as_str())),
            None => {}
        }
        let headers = self.basic();
        let own = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
        http::post_with(&self.app, &self.path(endpoint), &form, &headers).await
    }

    /// Pushes the request that `ask` would send through the browser (RFC 9126).
    pub async fn push(&self, more: &[(&str, &str)]) -> Answer {
        let url = self.ask(more);
        let (_, query) = url.split_once('?').unwrap();
        let form: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.call("pushed_authorization_request_endpoint", &form).await
    }

    /// Asks for tokens for a code.
    pub async fn exchange(&self, code: &str) -> Answer {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
        ];
        if self.pkce {
            form.push(("code_verifier", VERIFIER));
        }
        self.call("token_endpoint", &form).await
    }

    /// Takes the answer of the authorization endpoint, redeems its code and verifies the ID token.
    #[track_caller]
    pub fn redeem(&self, answer: &Answer) -> impl Future<Output = Tokens> {
        let code = answer.param("code");
        let code =
            code.unwrap_or_else(|| panic!("no code in '{}' {}", answer.location(), answer.body));
        assert_eq!(answer.param("iss").as_deref(), self.metadata["issuer"].as_str());
        async move {
            let answer = self.exchange(&code).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let answer = answer.json();
            let claims = self.verify(answer["id_token"].as_str().unwrap()).await;
            let alg = header_of(answer["id_token"].as_str().unwrap())["alg"].clone();
            self.assert_new(&claims, (alg.as_str().unwrap(), &answer["access_token"]));
            Tokens { answer, claims }
        }
    }

    /// Verifies an ID token as a careful relying party does.
    pub async fn verify(&self, token: &str) -> Map<String, Value> {
        self.verified(token, &["iss", "sub", "aud", "exp"]).await
    }

    /// Verifies a signed answer of the authorization endpoint (JARM 4.4).
    pub async fn verify_answer(&self, token: &str) -> Map<String, Value> {
        self.verified(token, &["iss", "aud", "exp"]).await
    }

    /// Verifies what userinfo tells in a token of its own (OpenID Connect Core 5.3.2).
    pub async fn verify_told(&self, token: &str) -> Map<String, Value> {
        self.verified(token, &["iss", "sub", "aud"]).await
    }

    async fn verified(&self, token: &str, required: &[&str]) -> Map<String, Value> {
        let jwks = http::get(&self.app, &self.path("jwks_uri")).await;
        let jwks: JwkSet = serde_json::from_str(&jwks.body).unwrap();
        let header = decode_header(token).unwrap();
        let jwk = jwks.find(header.kid.as_deref().expect("a kid")).expect("a published key");
        let mut validation = Validation::new(header.alg);
        // The stories have a clock of their own.
        validation.validate_exp = false;
        validation.set_audience(&[&self.id]);
        validation.set_issuer(&[self.metadata["issuer"].as_str().unwrap()]);
        validation.set_required_spec_claims(required);
        let key = DecodingKey::from_jwk(jwk).unwrap();
        decode::<Map<String, Value>>(token, &key, &validation).unwrap().claims
    }

    /// What a relying party looks at in a token that comes straight from a sign-in.
    #[track_caller]
    fn assert_new(&self, claims: &Map<String, Value>, (alg, access_token): (&str, &Value)) {
        let now = self.app.clock.now().0;
        let time = |name: &str| claims[name].as_i64().unwrap();
        assert!(time("iat") <= now && now < time("exp"), "at {now}: {claims:?}");
        if let Some(at_hash) = claims.get("at_hash") {
            assert_eq!(*at_hash, half_hash(alg, access_token.as_str().unwrap()));
        }
    }

    /// Signs a person in and returns what that brought.
    pub async fn sign_in(
        &self,
        browser: &mut super::Browser,
        name: &str,
        more: &[(&str, &str)],
    ) -> Tokens {
        let answer = browser.authorize(&self.ask(more), name).await;
        self.redeem(&answer).await
    }

    /// Asks userinfo with a token.
    pub async fn userinfo(&self, access_token: &str) -> Answer {
        let request = axum::http::Request::get(self.path("userinfo_endpoint"))
            .header("authorization", format!("Bearer {access_token}"));
        http::send(&self.app, request.body(axum::body::Body::empty()).unwrap()).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        self.call("token_endpoint", &form).await
    }
}
