//! Making tokens: first the rows, in the caller's transaction; the signatures after the commit,
//! since they are slow and the writer waits for nobody.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sqlx::types::Json;

use super::encrypted::Recipient;
use super::token::Tokens;
use crate::app::App;
use crate::domain::{
    AccessToken, AccessTokenFormat, Actor, Algorithm, Client, Confirmation, Grant, Layout,
    RefreshToken, ResponseType, Scopes, Selector, Target, Token,
};
use crate::explain::audit::Entry;
use crate::jose::Inside;
use crate::layouts;
use crate::protocol::callback::Message;
use crate::protocol::id_token::Beside;
use crate::protocol::{OAuthError, access_token, claims, id_token, target};
use crate::registry::Snapshot;
use crate::signin::person::Person;
use crate::store::{self, Tx, access_tokens, refresh_tokens};
use crate::web::error::Failure;

/// Tokens in the making, for a person.
pub struct Issue<'a> {
    app: &'a App,
    registry: &'a Snapshot,
    client: &'a Client,
    grant: &'a Grant,
    person: &'a Person,
    scopes: Scopes,
    target: Target,
    access: Access,
    cnf: Option<Confirmation>,
    recipient: Option<Recipient>,
}

enum Access {
    Opaque(Token),
    Jwt(String),
}

impl Access {
    fn new(app: &App, client: &Client, grant: Option<Selector>) -> Access {
        match client.settings.access_token {
            AccessTokenFormat::Opaque => Access::Opaque(app.random.token(&app.clock)),
            AccessTokenFormat::Jwt => Access::Jwt(access_token::jti(grant, app.random.bytes())),
        }
    }

    /// Opaque tokens are stored; the others carry what they need.
    async fn store(
        &self,
        tx: &mut Tx,
        row: impl FnOnce(&Token) -> AccessToken,
    ) -> store::Result<()> {
        match self {
            Access::Opaque(token) => access_tokens::insert(tx, &row(token)).await,
            Access::Jwt(_) => Ok(()),
        }
    }
}

impl<'a> Issue<'a> {
    /// Tokens for these scopes, hanging off this grant.
    pub fn new(
        app: &'a App,
        (registry, client): (&'a Snapshot, &'a Client),
        (grant, person): (&'a Grant, &'a Person),
        scopes: Scopes,
    ) -> Issue<'a> {
        let access = Access::new(app, client, Some(grant.id));
        let target = target::still(client, &grant.target);
        let (recipient, cnf) = (None, None);
        Issue { app, registry, client, grant, person, scopes, target, access, recipient, cnf }
    }

    /// Binds them to the key that the client proved to hold, if it did.
    pub fn bound_to(self, cnf: Option<Confirmation>) -> Issue<'a> {
        Issue { cnf, ..self }
    }

    /// For some of what was granted beside the scopes.
    pub fn narrowed(self, target: Target) -> Issue<'a> {
        Issue { target, ..self }
    }

    /// Finds the key that ID tokens are encrypted to, if they are: before anything is used up, since
    /// it may have to be fetched.
    pub async fn ready(self) -> Result<Issue<'a>, OAuthError> {
        let how = self.client.settings.id_token_encryption();
        let how = how.filter(|_| self.scopes.contains("openid"));
        let recipient = Recipient::of(self.app, self.client, how).await?;
        Ok(self.encrypting(recipient))
    }

    /// With the key that ID tokens are encrypted to.
    pub fn encrypting(self, recipient: Option<Recipient>) -> Issue<'a> {
        Issue { recipient, ..self }
    }

    /// Stores the access token, if its kind is stored.
    pub async fn store_access(&self, tx: &mut Tx) -> store::Result<()> {
        let (now, grant) = (self.app.clock.now(), self.grant);
        let row = |token: &Token| AccessToken {
            id: token.selector,
            hash: token.hash(),
            grant_id: Some(grant.id),
            client_id: self.client.id.clone(),
            layout: grant.layout,
            scopes: Json(self.scopes.clone()),
            target: Json(self.target.clone()),
            issued_at: now,
            expires_at: now + self.client.settings.access_token_lifetime,
            revoked_at: None,
            cnf: self.cnf.clone().map(Json),
        };
        self.access.store(tx, row).await
    }

    /// Stores a refresh token, in place of `parent` or as the first, and returns it. It may ask
    /// for all that was granted, whatever this access token got.
    pub async fn store_refresh(
        &self,
        tx: &mut Tx,
        parent: Option<&RefreshToken>,
    ) -> store::Result<String> {
        let token = self.app.random.token(&self.app.clock);
        let row = RefreshToken {
            id: token.selector,
            hash: token.hash(),
            grant_id: self.grant.id,
            client_id: self.client.id.clone(),
            scopes: parent.map_or_else(|| self.grant.scopes.clone(), |p| p.scopes.clone()),
            parent_id: parent.map(|parent| parent.id),
            expires_at: self.app.clock.now() + self.client.settings.refresh_token_lifetime,
            used_at: None,
            superseded_at: None,
            cnf: self.refresh_binding().map(Json),
        };
        refresh_tokens::insert(tx, &row).await?;
        Ok(token.expose())
    }

    /// Who authenticates is known by that and may change its key; nobody else is (RFC 9449 5).
    fn refresh_binding(&self) -> Option<Confirmation> {
        self.cnf.clone().filter(|_| self.client.public)
    }

    /// Signs what is to be signed and puts the answer together.
    pub fn sign(
        self,
        nonce: Option<&str>,
        refresh_token: Option<String>,
    ) -> Result<Tokens, Failure> {
        let issuer = self.issuer();
        let access_token = self.access_token(&issuer)?;
        let id_token = if self.scopes.contains("openid") {
            let asked = self.asked_claims();
            Some(self.id_token(&issuer, asked, (Beside::TokenEndpoint(&access_token), nonce))?)
        } else {
            None
        };
        Ok(Tokens {
            access_token,
            issued_token_type: None,
            token_type: Confirmation::token_type(self.cnf.as_ref()),
            expires_in: self.client.settings.access_token_lifetime,
            scope: self.scopes.to_string(),
            refresh_token,
            id_token,
            authorization_details: self.target.details,
        })
    }

    /// Adds what goes through the browser beside `code`.
    pub fn through_the_browser(
        self,
        kind: ResponseType,
        code: Option<&str>,
        mut message: Message,
    ) -> Result<Message, Failure> {
        let issuer = self.issuer();
        let access_token = match kind.has_token() {
            true => Some(self.access_token(&issuer)?),
            false => None,
        };
        if let Some(access_token) = &access_token {
            let lifetime = self.client.settings.access_token_lifetime;
            message = message
                .with("access_token", access_token)
                .with("token_type", "Bearer")
                .with("expires_in", lifetime.to_string())
                .with("scope", self.scopes.to_string());
        }
        if kind.has_id_token() {
            // Where no access token will ever come, the ID token tells all (OpenID Connect Core 5.4).
            let claims = match kind {
                ResponseType::IdToken => self.all_claims(),
                _ => self.asked_claims(),
            };
            let beside = Beside::Browser { access_token: access_token.as_deref(), code };
            let nonce = self.grant.nonce.as_deref();
            message = message.with("id_token", self.id_token(&issuer, claims, (beside, nonce))?);
        }
        Ok(message)
    }

    fn issuer(&self) -> String {
        layouts::issuer(self.app.config.public_url.as_str(), self.grant.layout, self.client)
    }

    /// The claims asked for one by one.
    fn asked_claims(&self) -> Map<String, Value> {
        let asked: BTreeSet<&str> = self.grant.claims.id_token.iter().map(String::as_str).collect();
        claims::pick(&self.person.source(self.app, (self.registry, self.client)), &asked)
    }

    /// Those, and all that the scopes open.
    fn all_claims(&self) -> Map<String, Value> {
        let source = self.person.source(self.app, (self.registry, self.client));
        let opened = (&self.scopes, self.registry.scopes());
        claims::userinfo(&source, opened, &self.grant.claims.id_token)
    }

    fn access_token(&self, issuer: &str) -> Result<String, Failure> {
        let content = |jti: &str| access_token::Content {
            issuer,
            client: self.client,
            sub: &self.person.sub,
            grant: Some(self.grant),
            scopes: &self.scopes,
            target: &self.target,
            jti: jti.to_owned(),
            cnf: self.cnf.as_ref(),
        };
        match &self.access {
            Access::Opaque(token) => Ok(token.expose()),
            Access::Jwt(jti) => {
                let claims = access_token::claims(&content(jti), self.app.clock.now());
                sign(self.registry, self.client, access_token::TYP, &claims)
            }
        }
    }

    fn id_token(
        &self,
        issuer: &str,
        claims: Map<String, Value>,
        (beside, nonce): (Beside<'_>, Option<&str>),
    ) -> Result<String, Failure> {
        let content = id_token::Content {
            issuer,
            client: self.client,
            grant: self.grant,
            sub: &self.person.sub,
            beside,
            nonce,
            claims,
        };
        let claims = id_token::claims(content, self.app.clock.now());
        let token = sign(self.registry, self.client, "JWT", &claims)?;
        match (self.client.settings.id_token_encryption(), &self.recipient) {
            (None, _) => Ok(token),
            (Some(_), Some(recipient)) => recipient.encrypt(Inside::Token, token.as_bytes()),
            (Some(_), None) => Err(anyhow::anyhow!("the key to encrypt to was not found").into()),
        }
    }
}

/// Tokens for a client that acts for itself, on the paths where it asks.
pub async fn for_client(
    app: &App,
    (client, layout): (&Client, Layout),
    (scopes, target, cnf): (Scopes, Target, Option<Confirmation>),
) -> Result<Tokens, Failure> {
    let now = app.clock.now();
    let lifetime = client.settings.access_token_lifetime;
    let access = Access::new(app, client, None);
    let row = |token: &Token| AccessToken {
        id: token.selector,
        hash: token.hash(),
        grant_id: None,
        client_id: client.id.clone(),
        layout,
        scopes: Json(scopes.clone()),
        target: Json(target.clone()),
        issued_at: now,
        expires_at: now + lifetime,
        revoked_at: None,
        cnf: cnf.clone().map(Json),
    };
    let mut tx = app.db.write().await?;
    access.store(&mut tx, row).await?;
    Entry::new(app, "client.token_issued", &Actor::Client(client.id.clone()))
        .client(&client.id)
        .detail("scope", scopes.to_string())
        .append(&mut tx)
        .await?;
    tx.commit().await?;
    let access_token = match access {
        Access::Opaque(token) => token.expose(),
        Access::Jwt(jti) => {
            let content = access_token::Content {
                issuer: &layouts::issuer(app.config.public_url.as_str(), layout, client),
                client,
                sub: client.id.as_str(),
                grant: None,
                scopes: &scopes,
                target: &target,
                jti,
                cnf: cnf.as_ref(),
            };
            let claims = access_token::claims(&content, now);
            sign(&app.registry(), client, access_token::TYP, &claims)?
        }
    };
    let scope = scopes.to_string();
    Ok(Tokens {
        access_token,
        issued_token_type: None,
        token_type: Confirmation::token_type(cnf.as_ref()),
        expires_in: lifetime,
        scope,
        refresh_token: None,
        id_token: None,
        authorization_details: target.details,
    })
}

/// The scopes a client may have for itself: those asked for that one of its own scope maps names
/// and that tell of nobody.
pub fn client_scopes(app: &App, client: &Client, asked: Option<&str>) -> Scopes {
    let registry = app.registry();
    let personal = |name: &str| registry.scopes().get(name).is_none_or(|scope| scope.builtin);
    let mapped =
        |name: &str| registry.scope_maps(&client.id).iter().any(|map| map.scopes.contains(name));
    let asked = Scopes::parse(asked.unwrap_or_default());
    asked.iter().filter(|name| !personal(name) && mapped(name)).map(str::to_owned).collect()
}

/// Signs claims with the client's algorithm.
pub fn sign(
    registry: &Snapshot,
    client: &Client,
    typ: &str,
    claims: &Map<String, Value>,
) -> Result<String, Failure> {
    sign_with(registry, client.settings.alg, typ, claims)
}

/// Signs claims with this algorithm.
pub fn sign_with(
    registry: &Snapshot,
    alg: Algorithm,
    typ: &str,
    claims: &Map<String, Value>,
) -> Result<String, Failure> {
    let signer = registry.keyring.signer(alg);
    let signer = signer.ok_or_else(|| anyhow::anyhow!("no active {} key", alg.as_str()))?;
    Ok(signer.sign(typ, claims).map_err(anyhow::Error::from)?)
}
