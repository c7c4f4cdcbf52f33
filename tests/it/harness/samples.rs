//! Plain values to store, each with as little in it as may be: a story adds what it is about.

use keystead::domain::{
    AccessToken, Address, AuthorizationCode, Client, ClientId, ClientSettings, Event, FlowRef,
    Grant, Group, GroupId, Layout, Profile, RefreshToken, RequestedClaims, Scopes, Selector,
    Session, Target, Timestamp, Token, User, UserId, Username,
};
use keystead::store::{clients, grants, users};
use sqlx::types::Json;

use super::TestApp;

/// A moment in the life of every sample.
pub const NOW: Timestamp = Timestamp(1_790_000_000);

/// Somebody of whom only the name is known.
pub fn user(name: &str) -> User {
    User {
        id: UserId(format!("id-of-{name}")),
        username: Username::parse(name).unwrap(),
        display_name: None,
        given_name: None,
        family_name: None,
        email: None,
        email_verified: false,
        profile: Json(Profile::default()),
        role: None,
        password_changed_at: None,
        disabled_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A group without a description.
pub fn group(name: &str) -> Group {
    Group {
        id: GroupId(format!("id-of-{name}")),
        name: name.to_owned(),
        description: None,
        created_at: NOW,
    }
}

/// A client without secret and URIs.
pub fn client(id: &str) -> Client {
    Client {
        id: ClientId(id.to_owned()),
        slug: id.to_owned(),
        name: id.to_owned(),
        public: false,
        trusted: false,
        disabled_at: None,
        secret_hash: None,
        secret_sealed: None,
        settings: Json(ClientSettings::default()),
        created_at: NOW,
        updated_at: NOW,
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
    }
}

/// A browser in which `user` is signed in.
pub fn session(id: i64, user: &User) -> Session {
    Session {
        id: Selector(id),
        hash: vec![1; 32],
        sid: format!("sid-{id}"),
        user_id: user.id.clone(),
        layout: Layout::Native,
        auth_time: NOW,
        amr: Json(vec!["pwd".to_owned()]),
        remember: false,
        address: None,
        user_agent: None,
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW + 3600,
        ended_at: None,
    }
}

/// What `user` allowed `client`, outside any session.
pub fn grant(id: i64, user: &User, client: &Client) -> Grant {
    Grant {
        id: Selector(id),
        client_id: client.id.clone(),
        user_id: user.id.clone(),
        session_id: None,
        sid: "sid".to_owned(),
        layout: Layout::Native,
        scopes: Json(Scopes::parse("openid")),
        claims: Json(RequestedClaims::default()),
        target: Json::default(),
        nonce: None,
        auth_time: NOW,
        acr: "1".to_owned(),
        amr: Json(Vec::new()),
        flow: FlowRef("AAAA-0000".to_owned()),
        created_at: NOW,
        revoked_at: None,
    }
}

/// A grant of somebody to NetBox, stored with both.
pub async fn stored_grant(app: &TestApp, id: i64) -> Grant {
    let (user, client) = (user(&format!("somebody{id}")), client("netbox"));
    let grant = grant(id, &user, &client);
    app.write(async |tx| {
        users::insert(tx, &user, None).await?;
        if clients::all(tx).await?.is_empty() {
            clients::insert(tx, &client).await?;
        }
        grants::insert(tx, &grant).await
    })
    .await;
    grant
}

/// A code for a grant.
pub fn code(grant: i64) -> AuthorizationCode {
    AuthorizationCode {
        grant_id: Selector(grant),
        client_id: ClientId("netbox".to_owned()),
        redirect_uri: "https://netbox.example.com/oauth/complete/oidc/".to_owned(),
        challenge: None,
        expires_at: NOW + 60,
        cnf: None,
    }
}

/// A refresh token of a grant.
pub fn refresh_token(id: i64, grant: i64) -> RefreshToken {
    RefreshToken {
        id: Selector(id),
        hash: vec![2; 32],
        grant_id: Selector(grant),
        client_id: ClientId("netbox".to_owned()),
        scopes: Json(Scopes::parse("openid")),
        parent_id: None,
        expires_at: NOW + 3600,
        used_at: None,
        superseded_at: None,
        cnf: None,
    }
}

/// Two resources, and one authorization detail.
pub fn target() -> Target {
    let detail = serde_json::json!({ "type": "payment", "amount": { "value": "1.50" } });
    let resources = ["https://api.example.com/", "urn:example:other"];
    Target {
        resources: resources.map(str::to_owned).to_vec(),
        details: detail.as_object().cloned().into_iter().collect(),
    }
}

/// An access token of a client acting for itself.
pub fn access_token(id: i64) -> AccessToken {
    AccessToken {
        id: Selector(id),
        hash: vec![3; 32],
        grant_id: None,
        client_id: ClientId("netbox".to_owned()),
        layout: Layout::Native,
        scopes: Json(Scopes::default()),
        target: Json::default(),
        issued_at: NOW,
        expires_at: NOW + 3600,
        revoked_at: None,
        cnf: None,
    }
}

/// A line of the audit log that tells of nobody.
pub fn event(id: Selector) -> Event {
    Event {
        id,
        at: NOW,
        kind: "key.rotated".to_owned(),
        actor: "Keystead".to_owned(),
        user_id: None,
        client_id: None,
        target: None,
        failed: false,
        reason: None,
        flow: None,
        address: None,
        detail: Json(serde_json::Map::new()),
    }
}

/// A token that only its selector tells from others.
pub fn token(selector: i64) -> Token {
    Token::new(Selector(selector), [5; 32])
}

/// Gives somebody every claim that OpenID Connect Core 5.1 knows.
pub fn fill(user: &mut User) {
    let text = |text: &str| Some(text.to_owned());
    user.display_name = text("Alice Liddell");
    user.given_name = text("Alice");
    user.family_name = text("Liddell");
    user.profile = Json(Profile {
        middle_name: text("Pleasance"),
        nickname: text("Al"),
        profile: text("https://example.com/alice"),
        picture: text("https://example.com/alice.png"),
        website: text("https://alice.example.com"),
        gender: text("female"),
        birthdate: text("1852-05-04"),
        zoneinfo: text("Europe/London"),
        locale: text("en-GB"),
        phone_number: text("+44 1865 000000"),
        phone_number_verified: Some(true),
        address: Some(Address { formatted: text("Oxford"), ..Address::default() }),
    });
}
