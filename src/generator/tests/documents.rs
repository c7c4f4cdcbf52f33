//! The YAML, JSON, TOML and Ruby for known applications, and the values to be typed.

use serde_json::{Value, json};

use super::*;
use crate::domain::Algorithm;

const DISCOVERY: &str = "https://id.example.com/.well-known/openid-configuration";

fn of(name: &str) -> Client {
    client(name, Some("https://app.example.com"))
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn paperless_reads_json_out_of_its_environment() {
    let script = format!(
        "{}\nprintf '%s\\n%s' \"$PAPERLESS_SOCIALACCOUNT_PROVIDERS\" \
         \"$PAPERLESS_LOGOUT_REDIRECT_URL\"",
        file(&of("paperless"), "env")
    );
    let read = run(Command::new("sh").args(["-euc", &script]), "");
    let (providers, logout) = read.split_once('\n').unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(providers).unwrap(),
        json!({ "openid_connect": {
            "SCOPE": ["openid", "profile", "email", "groups"],
            "OAUTH_PKCE_ENABLED": true,
            "APPS": [{
                "provider_id": "keystead",
                "name": "Keystead",
                "client_id": "paperless",
                "secret": SECRET,
                "settings": { "server_url": PUBLIC_URL, "fetch_userinfo": true },
            }],
        }})
    );
    assert!(logout.ends_with("&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2F"));
}

#[test]
fn immich_is_told_the_algorithm_and_the_way_back_into_its_app() {
    let client = with(of("immich"), |settings| settings.alg = Algorithm::ES256);
    let read: Value = serde_json::from_str(&file(&client, "json")).unwrap();
    assert_eq!(
        read,
        json!({ "oauth": {
            "enabled": true,
            "issuerUrl": PUBLIC_URL,
            "clientId": "immich",
            "clientSecret": SECRET,
            "tokenEndpointAuthMethod": "client_secret_post",
            "scope": "openid profile email",
            "signingAlgorithm": "ES256",
            "profileSigningAlgorithm": "none",
            "buttonText": "Sign in with Keystead",
            "autoRegister": true,
            "mobileOverrideEnabled": true,
            "mobileRedirectUri": "https://app.example.com/api/oauth/mobile-redirect",
        }})
    );
    let typed = file(&client, "values");
    for line in ["Scope: openid profile email", "ID token signing algorithm: ES256"] {
        assert!(typed.lines().any(|have| have == line), "{typed}");
    }
}

#[test]
fn argo_cd_finds_the_secret_where_its_configuration_points() {
    let map = yaml(&file_of(&of("argocd"), "yaml", 0));
    assert_eq!(map["data"]["url"], "https://app.example.com");
    let logout = "https://id.example.com/oauth2/end-session?client_id=argocd\
                  &post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2F";
    assert_eq!(
        yaml(map["data"]["oidc.config"].as_str().unwrap()),
        json!({
            "name": "Keystead",
            "issuer": PUBLIC_URL,
            "clientID": "argocd",
            "clientSecret": "$oidc.keystead.clientSecret",
            "requestedScopes": ["openid", "profile", "email", "groups"],
            "requestedIDTokenClaims": {
                "groups": { "essential": true },
                "email": { "essential": true },
            },
            "logoutURL": logout,
        })
    );
    let secret = yaml(&file_of(&of("argocd"), "yaml", 1));
    assert_eq!(secret, json!({ "stringData": { "oidc.keystead.clientSecret": SECRET } }));
}

#[test]
fn jenkins_uses_pkce_and_signs_out_of_here_too() {
    assert_eq!(
        yaml(&file(&of("jenkins"), "yaml")),
        json!({ "jenkins": { "securityRealm": { "oic": {
            "clientId": "jenkins",
            "clientSecret": SECRET,
            "serverConfiguration": { "wellKnown": {
                "wellKnownOpenIDConfigurationUrl": DISCOVERY,
                "scopesOverride": "openid profile email groups offline_access",
            }},
            "properties": ["pkce"],
            "userNameField": "preferred_username",
            "fullNameFieldName": "name",
            "emailFieldName": "email",
            "groupsFieldName": "groups",
            "logoutFromOpenidProvider": true,
        }}}})
    );
}

/// Readers of these files put other values in place of `${NAME}` and `$name`.
#[test]
fn no_value_is_expanded_by_those_who_read_the_file() {
    for (name, format) in [("jenkins", "yaml"), ("argocd", "yaml"), ("gitlab", "ruby")] {
        for secret in ["${HOME}", "$oidc.other", "#{1}", "`id`"] {
            let refusal = refused(&of(name), Some(secret), format).to_string();
            assert!(refusal.contains("cannot hold the client secret"), "{refusal}");
            assert!(!refusal.contains(secret), "{refusal}");
        }
    }
}

#[test]
fn oauth2_proxy_sends_cookies_in_the_clear_only_over_plain_http() {
    let read =
        |url| -> toml::Table { file(&client("oauth2-proxy", Some(url)), "toml").parse().unwrap() };
    let expected: toml::Table = toml::toml! {
        provider = "oidc"
        provider_display_name = "Keystead"
        oidc_issuer_url = "https://id.example.com"
        client_id = "oauth2-proxy"
        client_secret = "Zm9v-YmFy_0123456789abcdefghijklmnopqrstuvw"
        redirect_url = "https://app.example.com/oauth2/callback"
        scope = "openid profile email groups"
        code_challenge_method = "S256"
        email_domains = ["*"]
        cookie_secure = true
    };
    assert_eq!(read("https://app.example.com"), expected);
    assert_eq!(read("http://127.0.0.1:4180")["cookie_secure"].as_bool(), Some(false));
}

#[test]
fn gitlab_gets_a_ruby_hash() {
    let ruby = file(&of("gitlab"), "ruby");
    let args = format!(
        "      scope: [\"openid\", \"profile\", \"email\"],
      response_type: \"code\",
      issuer: \"{PUBLIC_URL}\",
      discovery: true,
      client_auth_method: \"basic\",
      uid_field: \"sub\",
      pkce: true,
      client_options: {{
        identifier: \"gitlab\",
        secret: \"{SECRET}\",
        redirect_uri: \"https://app.example.com/users/auth/openid_connect/callback\"
      }}
"
    );
    assert!(ruby.contains(&args), "{ruby}");
}

#[test]
fn portainer_is_filled_in_by_hand() {
    let values = file(&of("portainer"), "values");
    for line in [
        "Client ID: portainer",
        &format!("Client secret: {SECRET}"),
        "Authorization URL: https://id.example.com/oauth2/authorize",
        "Access token URL: https://id.example.com/oauth2/token",
        "Resource URL: https://id.example.com/oauth2/userinfo",
        "Redirect URL: https://app.example.com",
        "Scopes: openid profile email",
    ] {
        assert!(values.lines().any(|have| have == line), "{line}: {values}");
    }
}
