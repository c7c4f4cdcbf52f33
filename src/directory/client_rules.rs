//! Which settings of a client go together.

use url::Url;

use super::{DirectoryError, Result, client_encryption, client_targets, client_trust};
use crate::domain::{
    AuthMethod, Client, ClientId, ClientSettings, DAY, Dpop, GrantType, MINUTE, Pkce,
    SignedRequests, SubMode,
};
use crate::jose::{BadKeys, ClientKeys};

/// Words that stand in the place of a slug in authentik's own URLs.
const RESERVED_SLUGS: [&str; 6] =
    ["authorize", "token", "device", "userinfo", "introspect", "revoke"];

/// Checks a client as a whole.
///
/// # Errors
/// The first rule that is broken, and what to do.
pub(super) fn check(client: &Client) -> Result<()> {
    let settings = &client.settings;
    name(&client.name)?;
    slug(&client.slug)?;
    kind(client).and_then(|()| client_trust::on_behalf(client)).map_err(|problem| {
        DirectoryError::Settings { client: client.id.0.clone(), problem: problem.to_owned() }
    })?;
    lifetimes(settings)?;
    keys(settings)?;
    logout(settings)?;
    client_trust::check(settings)?;
    client_encryption::check(client)?;
    client_targets::check(settings)?;
    links(settings)?;
    if let SubMode::External(source) = &settings.sub
        && (source.len() > 100 || source.chars().any(|c| c.is_control() || c.is_whitespace()))
    {
        let rule = "use at most 100 characters without spaces";
        return Err(DirectoryError::value("a source of sub", source, rule));
    }
    Ok(())
}

/// The slug that follows from a client's id.
pub(super) fn slug_of(id: &ClientId) -> String {
    let slug = id.as_str().to_lowercase().replace('.', "-");
    slug.trim_matches('-').to_owned()
}

fn slug(slug: &str) -> Result<()> {
    let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let rule = if RESERVED_SLUGS.contains(&slug) {
        "authentik's URLs use this word themselves; give another with --slug"
    } else if slug.is_empty() || slug.len() > 64 || !slug.chars().all(known) {
        "use 1 to 64 letters, digits, '-' or '_'"
    } else {
        return Ok(());
    };
    Err(DirectoryError::value("a slug", slug, rule))
}

fn name(name: &str) -> Result<()> {
    let length = name.chars().count();
    if name.trim() == name && (1..=100).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    let rule = "use 1 to 100 characters without spaces around them or line breaks";
    Err(DirectoryError::value("a client's name", name, rule))
}

fn kind(client: &Client) -> std::result::Result<(), &'static str> {
    let settings = &client.settings;
    let no_auth = settings.auth_method == Some(AuthMethod::None);
    if client.public && settings.pkce == Pkce::Optional {
        return Err(
            "is a public client, for which PKCE is all that protects a code; leave it required",
        );
    }
    if client.public && !matches!(settings.auth_method, None | Some(AuthMethod::None)) {
        return Err("is a public client, which has no secret to authenticate with; use none");
    }
    if !client.public && no_auth {
        return Err(
            "is a confidential client and must authenticate; use client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or self_signed_tls_client_auth, or make it --public",
        );
    }
    if client.public && settings.grant_types.contains(&GrantType::ClientCredentials) {
        return Err(
            "is a public client, which cannot act for itself; client_credentials is for confidential clients",
        );
    }
    if client.public && settings.grant_types.contains(&GrantType::Ciba) {
        return Err(
            "is a public client, as which anybody could ask for people; ciba is for confidential clients",
        );
    }
    let signs =
        settings.signed_requests != SignedRequests::Optional || !settings.request_uris.is_empty();
    let has_keys = settings.jwks.is_some() || settings.jwks_uri.is_some();
    if settings.auth_method == Some(AuthMethod::PrivateKeyJwt) && !has_keys {
        return Err(
            "signs with a key of its own; give its public keys with --jwks-file, or their address with --jwks-uri",
        );
    }
    if signs && !has_keys {
        return Err(
            "signs its requests with a key of its own; give its public keys with --jwks-file, or their address with --jwks-uri",
        );
    }
    if settings.signed_requests == SignedRequests::Encrypted
        && settings.request_object_encryption_alg.is_none()
    {
        return Err(
            "must encrypt its requests, and there may be no key for that; say how with --request-object-encryption-alg RSA-OAEP-256",
        );
    }
    if settings.jwks.is_some() && settings.jwks_uri.is_some() {
        return Err(
            "has keys and an address of keys; which of them counted would be anybody's guess, so give one",
        );
    }
    if settings.auth_method == Some(AuthMethod::SelfSignedTlsClientAuth) && !has_keys {
        return Err(
            "shows a certificate of its own making; give it with its key (x5c) in a JWK set with --jwks-file, or the address of one with --jwks-uri",
        );
    }
    if settings.auth_method == Some(AuthMethod::TlsClientAuth)
        && settings.certificate_subject.is_none()
    {
        return Err(
            "shows a certificate that an authority vouches for; say whom it names with --certificate-subject dns:NAME",
        );
    }
    if settings.certificate_bound_tokens && settings.dpop != Dpop::Optional {
        return Err(
            "cannot bind its tokens to a certificate and to a key of DPoP; choose one of them",
        );
    }
    // What comes through the browser is bound to no key.
    if (settings.dpop != Dpop::Optional || settings.certificate_bound_tokens)
        && settings.response_types.iter().any(|one| one.has_token())
    {
        return Err(
            "must prove its keys, and tokens through the browser cannot be bound to one; leave out the response types with token",
        );
    }
    let in_browser = settings.response_types.iter().any(|one| !one.has_code());
    if settings.grant_types.is_empty() && !in_browser {
        return Err("would have no grant type left and could do nothing; disable it instead");
    }
    let code = settings.grant_types.contains(&GrantType::AuthorizationCode);
    if code && !settings.response_types.iter().any(|one| one.has_code()) {
        return Err("may redeem codes and ask for none; name a response type with code");
    }
    if settings.grant_types.contains(&GrantType::RefreshToken) && !settings.signs_people_in() {
        return Err(
            "can only get refresh tokens together with authorization_code, device_code or ciba; name both",
        );
    }
    Ok(())
}

/// The public keys of a client, or where they are.
fn keys(settings: &ClientSettings) -> Result<()> {
    if let Some(set) = &settings.jwks {
        let read = ClientKeys::read(set).and_then(|keys| match keys.is_empty() {
            true => Err(BadKeys::NoneUsable),
            false => Ok(()),
        });
        read.map_err(|problem| DirectoryError::value("a JWK set", "jwks", problem.to_string()))?;
    }
    if settings.request_uris.len() > 20 {
        let number = settings.request_uris.len().to_string();
        return Err(DirectoryError::value("a number of request URIs", number, "name 20 at most"));
    }
    for uri in &settings.request_uris {
        let open = Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
        if !open || uri.len() > 2000 {
            let rule = "write a whole address, like https://app.example.com/request.jwt";
            return Err(DirectoryError::value("a request URI", uri, rule));
        }
    }
    match &settings.jwks_uri {
        Some(uri) => client_trust::address_of_keys(uri),
        None => Ok(()),
    }
}

/// Where it is told that a session ended, by us and by the browser: an address without a fragment
/// (Back-Channel Logout 1.0, 2.2; Front-Channel Logout 1.0, 2).
fn logout(settings: &ClientSettings) -> Result<()> {
    for (what, uri) in [
        ("an address for sign-outs", &settings.backchannel_logout_uri),
        ("an address for sign-outs in the browser", &settings.frontchannel_logout_uri),
    ] {
        let Some(uri) = uri else { continue };
        let url = Url::parse(uri).ok().filter(|url| url.has_host() && url.fragment().is_none());
        let open = url.is_some_and(|url| {
            matches!(url.scheme(), "https" | "http")
                && url.username().is_empty()
                && url.password().is_none()
                // It stands in a header of the page that frames it.
                && url.host_str().is_some_and(|host| host.bytes().all(is_plain))
        });
        if !open || uri.len() > 2000 || !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
            let rule =
                "write a whole address without a fragment, like https://app.example.com/logout";
            return Err(DirectoryError::value(what, uri, rule));
        }
    }
    Ok(())
}

/// What a host may be made of.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']' | b':')
}

fn lifetimes(settings: &ClientSettings) -> Result<()> {
    for (what, seconds, least, most) in [
        ("an iat back-dating", settings.iat_backdate, 0, 30),
        ("a code lifetime", settings.code_lifetime, 5, MINUTE),
        ("an access token lifetime", settings.access_token_lifetime, MINUTE, DAY),
        ("an ID token lifetime", settings.id_token_lifetime, MINUTE, DAY),
        ("a refresh token lifetime", settings.refresh_token_lifetime, 5 * MINUTE, 366 * DAY),
        ("a refresh grace", settings.refresh_grace, 0, 5 * MINUTE),
        ("a default max_age", settings.default_max_age.unwrap_or_default(), 0, 3650 * DAY),
    ] {
        if !(least..=most).contains(&seconds) {
            let rule = format!("use {least} to {most} seconds");
            return Err(DirectoryError::value(what, seconds.to_string(), rule));
        }
    }
    Ok(())
}

fn links(settings: &ClientSettings) -> Result<()> {
    for (what, uri) in [
        ("a launch URL", &settings.launch_url),
        ("the application's URL", &settings.app_url),
        ("a logo URI", &settings.logo_uri),
        ("a policy URI", &settings.policy_uri),
        ("a terms of service URI", &settings.tos_uri),
        ("an address to begin sign-ins at", &settings.initiate_login_uri),
        ("a sector identifier URI", &settings.sector_identifier_uri),
    ] {
        let Some(uri) = uri else { continue };
        let web = Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !web || uri.len() > 2000 || uri.chars().any(|c| c.is_control() || c.is_whitespace()) {
            let rule = "write a whole address that begins with https://";
            return Err(DirectoryError::value(what, uri, rule));
        }
    }
    for (what, uri) in [
        ("an address to begin sign-ins at", &settings.initiate_login_uri),
        ("a sector identifier URI", &settings.sector_identifier_uri),
    ] {
        if let Some(uri) = uri.as_deref().filter(|uri| !uri.starts_with("https://")) {
            return Err(DirectoryError::value(what, uri, "write an address with https"));
        }
    }
    if let Some(contact) = &settings.contact
        && (contact.chars().count() > 200 || contact.chars().any(char::is_control))
    {
        let rule = "use at most 200 characters in one line";
        return Err(DirectoryError::value("a contact", contact, rule));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{check, slug_of};
    use crate::domain::{AuthMethod, Client, ClientId, ClientSettings, GrantType, Pkce, Timestamp};

    fn client(public: bool, settings: ClientSettings) -> Client {
        let id = ClientId("netbox".into());
        Client {
            slug: slug_of(&id),
            id,
            name: "NetBox".into(),
            public,
            trusted: false,
            disabled_at: None,
            secret_hash: None,
            secret_sealed: None,
            settings: sqlx::types::Json(settings),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
        }
    }

    fn told(public: bool, change: impl FnOnce(&mut ClientSettings)) -> String {
        let mut settings = ClientSettings::default();
        change(&mut settings);
        check(&client(public, settings)).map_or_else(|error| error.to_string(), |()| "fine".into())
    }

    #[test]
    fn what_cannot_go_together_is_refused_with_the_way_out() {
        assert_eq!(told(false, |_| {}), "fine");
        assert_eq!(told(true, |_| {}), "fine");
        assert!(told(true, |s| s.pkce = Pkce::Optional).contains("leave it required"));
        let post = AuthMethod::ClientSecretPost;
        assert!(told(true, |s| s.auth_method = Some(post)).contains("use none"));
        let none = AuthMethod::None;
        assert!(told(false, |s| s.auth_method = Some(none)).contains("must authenticate"));
        let credentials = GrantType::ClientCredentials;
        assert!(told(true, |s| s.grant_types.push(credentials)).contains("cannot act for itself"));
        assert_eq!(told(false, |s| s.grant_types = vec![credentials]), "fine");
        assert!(told(false, |s| s.grant_types = vec![]).contains("no grant type left"));
        assert!(
            told(false, |s| s.grant_types = vec![GrantType::RefreshToken]).contains("name both")
        );
    }

    #[test]
    fn numbers_have_bounds() {
        let error = told(false, |s| s.iat_backdate = 31);
        assert_eq!(error, "'31' cannot be an iat back-dating: use 0 to 30 seconds");
        assert!(told(false, |s| s.code_lifetime = 61).contains("use 5 to 60 seconds"));
        assert_eq!(told(false, |s| s.iat_backdate = 0), "fine");
    }

    #[test]
    fn links_that_people_follow_are_web_addresses() {
        let error = told(false, |s| s.launch_url = Some("javascript:alert(1)".into()));
        assert!(error.contains("cannot be a launch URL"), "{error}");
    }

    #[test]
    fn a_slug_is_not_a_word_of_authentiks_urls() {
        assert_eq!(slug_of(&ClientId("My.App".into())), "my-app");
        let mut token = client(false, ClientSettings::default());
        token.slug = "token".into();
        let error = check(&token).unwrap_err().to_string();
        assert!(error.contains("authentik's URLs use this word themselves"), "{error}");
    }
}
