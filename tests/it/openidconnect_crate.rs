//! The `openidconnect` crate as a relying party: discovery, the code flow with PKCE, userinfo, refresh.

use axum::body::Body;
use axum::http::Request;
use keystead::app::AppState;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreUserInfoClaims,
};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};

use crate::harness::{Browser, each_database, http};

/// What the crate sends, answered by the application itself.
async fn send(app: AppState, request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
    let (mut parts, body) = request.into_parts();
    parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
    let answer = http::send(&app, Request::from_parts(parts, Body::from(body))).await;
    let mut response = axum::http::Response::new(answer.bytes);
    *response.status_mut() = axum::http::StatusCode::from_u16(answer.status).unwrap();
    *response.headers_mut() = answer.headers;
    Ok(response)
}

#[tokio::test]
async fn signs_in_reads_userinfo_and_refreshes() {
    each_database(async |app| {
        app.user("alice").await;
        let registered = app.client("web").await;
        let node = app.app.clone();
        let http = move |request: HttpRequest| send(node.clone(), request);
        let issuer = IssuerUrl::new("https://id.example.com".to_owned()).unwrap();
        let metadata = CoreProviderMetadata::discover_async(issuer, &http).await.unwrap();
        let algs = metadata.id_token_signing_alg_values_supported();
        assert!(algs.contains(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256));
        let secret = registered.secret.as_ref().unwrap().expose().to_owned();
        let redirect = RedirectUrl::new("https://web.example.com/callback".to_owned()).unwrap();
        let id = ClientId::new("web".to_owned());
        let client =
            CoreClient::from_provider_metadata(metadata, id, Some(ClientSecret::new(secret)))
                .set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("offline_access".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let path = url.as_str().strip_prefix("https://id.example.com").unwrap();
        let answer = Browser::new(&app.app).authorize(path, "alice").await;
        assert_eq!(answer.param("state").as_deref(), Some(state.secret().as_str()));
        let code = AuthorizationCode::new(answer.param("code").unwrap());
        let exchange = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
        let tokens = exchange.request_async(&http).await.unwrap();
        // The stories have a clock of their own.
        let now = app.clock.now().0;
        let time = move || chrono::DateTime::from_timestamp(now, 0).unwrap();
        let checker = client.id_token_verifier().set_time_fn(time);
        let id_token = tokens.id_token().unwrap();
        let claims = id_token.claims(&checker, &nonce).unwrap();
        let access =
            client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()));
        let info: CoreUserInfoClaims = access.unwrap().request_async(&http).await.unwrap();
        assert_eq!(info.preferred_username().unwrap().as_str(), "alice");
        let refresh = tokens.refresh_token().unwrap();
        let fresh = client.exchange_refresh_token(refresh).unwrap();
        let fresh = fresh.request_async(&http).await.unwrap();
        assert_ne!(fresh.access_token().secret(), tokens.access_token().secret());
    })
    .await;
}
