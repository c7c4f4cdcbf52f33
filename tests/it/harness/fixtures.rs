//! People, groups and clients, as an administrator would have made them.

use std::sync::Arc;

use keystead::app::App;
use keystead::domain::{
    Algorithm, Client, ClientId, EVERYONE, Group, GroupId, KeyState, Kid, RedirectUri, ScopeMap,
    Scopes, Secret, ServerKey, UriPurpose, User,
};
use keystead::jose::NewKey;
use keystead::registry;
use keystead::seal::Purpose;
use keystead::store::{clients, groups, keys, maps, users};
use serde_json::{Map, Value};
use sqlx::types::Json;

use super::kept::kept;
use super::{TestApp, samples};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A client and the secret it was given.
pub struct Registered {
    /// As the registry has it.
    pub client: Arc<Client>,
    /// None for a public client.
    pub secret: Option<Secret>,
}

impl TestApp {
    /// Somebody with `PASSWORD` and a verified e-mail address.
    pub async fn user(&self, name: &str) -> User {
        let mut user = samples::user(name);
        user.id = self.random.user_id();
        user.email = Some(format!("{name}@example.com"));
        user.email_verified = true;
        user.password_changed_at = Some(self.clock.now());
        let hash = self.passwords.hash(&Secret::sent(PASSWORD), &self.random).await.unwrap();
        self.write(async |tx| users::insert(tx, &user, Some(&hash)).await).await;
        user
    }

    /// A group with these people in it.
    pub async fn group(&self, name: &str, members: &[&User]) -> Group {
        let mut group = samples::group(name);
        group.id = self.random.group_id();
        self.write(async |tx| {
            groups::insert(tx, &group).await?;
            for member in members {
                groups::add_member(tx, &group.id, &member.id).await?;
            }
            registry::changed(tx).await
        })
        .await;
        self.refresh_registry().await.unwrap();
        group
    }

    /// A confidential client that everybody may use, at `https://<id>.example.com/callback`.
    pub async fn client(&self, id: &str) -> Registered {
        self.client_with(id, |_| ()).await
    }

    /// As `client`, after `change`.
    pub async fn client_with(&self, id: &str, change: impl FnOnce(&mut Client)) -> Registered {
        let mut client = samples::client(id);
        client.redirect_uris.push(format!("https://{id}.example.com/callback"));
        client.post_logout_redirect_uris.push(format!("https://{id}.example.com/"));
        change(&mut client);
        let secret = (!client.public).then(|| self.random.secret());
        if let Some(secret) = &secret {
            let place = (Purpose::ClientSecret, client.id.as_str());
            let sealed = self.sealer.seal(place, secret.expose().as_bytes(), &self.random);
            client.secret_sealed = Some(sealed.unwrap());
            client.secret_hash = Some(secret.hash());
        }
        self.add(&client).await;
        self.allow(&client.id, EVERYONE, "openid profile email groups offline_access").await;
        if client.settings.algorithms().any(|alg| !alg.is_made_at_once()) {
            keystead::directory::keys::ensure(self).await.unwrap();
        }
        Registered { client: self.registry().client(&client.id).unwrap(), secret }
    }

    /// Lets a group use a client, with these scopes.
    pub async fn allow(&self, client: &ClientId, group: &str, scopes: &str) {
        let map = ScopeMap {
            client_id: client.clone(),
            group_id: GroupId(group.to_owned()),
            scopes: Json(Scopes::parse(scopes)),
            is_default: false,
        };
        self.write(async |tx| {
            maps::put_scope_map(tx, &map).await?;
            registry::changed(tx).await
        })
        .await;
        self.refresh_registry().await.unwrap();
    }

    async fn add(&self, client: &Client) {
        let uris = client.redirect_uris.iter().map(|uri| (UriPurpose::Authorization, uri));
        let after = client.post_logout_redirect_uris.iter().map(|u| (UriPurpose::PostLogout, u));
        self.write(async |tx| {
            clients::insert(tx, client).await?;
            for (purpose, uri) in uris.chain(after) {
                let (client_id, uri) = (client.id.clone(), uri.clone());
                clients::add_uri(tx, &RedirectUri { client_id, purpose, uri }).await?;
            }
            Ok(())
        })
        .await;
    }
}

/// One active key of each algorithm that has one at once.
pub async fn add_signing_keys(app: &App) {
    let mut tx = app.db.write().await.unwrap();
    for (alg, key) in signing_keys() {
        let place = (Purpose::SigningKey, key.kid.as_str());
        let key = ServerKey {
            kid: key.kid.clone(),
            alg: alg.into(),
            state: KeyState::Active,
            private: app.sealer.seal(place, &key.private, &app.random).unwrap(),
            public: Json(key.public.clone()),
            created_at: app.clock.now(),
            activates_at: app.clock.now(),
            retired_at: None,
        };
        keys::insert(&mut tx, &key).await.unwrap();
    }
    registry::changed(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    app.refresh_registry().await.unwrap();
}

/// The same in every story.
fn signing_keys() -> Vec<(Algorithm, NewKey)> {
    type Kept = (Algorithm, Kid, Vec<u8>, Map<String, Value>);
    let file = kept("signing-keys.json", |file| {
        let made: Vec<Kept> = Algorithm::AT_ONCE
            .map(|alg| (alg, NewKey::generate(alg).unwrap()))
            .map(|(alg, key)| (alg, key.kid, key.private, key.public))
            .into();
        std::fs::write(file, serde_json::to_vec(&made).unwrap()).unwrap();
    });
    let read: Vec<Kept> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let keys = read.into_iter();
    keys.map(|(alg, kid, private, public)| (alg, NewKey { kid, private, public })).collect()
}
