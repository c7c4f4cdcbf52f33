//! `keystead client`, typed.

use serde_json::json;

use crate::cli::each_shell;

#[tokio::test]
async fn netbox_is_registered_in_one_line() {
    each_shell(|shell| {
        let made =
            shell.done("client create netbox --template netbox --url https://netbox.example.com/");
        for part in [
            "issuer                    https://id.example.com\n",
            "redirect_uri              https://netbox.example.com/oauth/complete/oidc/\n",
            "everyone (email groups openid profile), until the first scope map is set\n",
            "Next: keystead client config netbox\n",
        ] {
            assert!(made.contains(part), "{part}: {made}");
        }
        let netbox = shell.json("client show netbox");
        assert_eq!(netbox["name"], "NetBox");
        assert_eq!(netbox["settings"]["alg"], "RS256");
        assert_eq!(netbox["settings"]["pkce"], "optional");
        assert_eq!(netbox["scope_maps"][0]["default"], true);
        assert_eq!(netbox["issuers"]["kanidm"], "https://id.example.com/oauth2/openid/netbox");
        let secret = shell.done("client show-secret netbox");
        assert!(made.contains(secret.trim_end()) && secret.len() == 44, "{secret}");
        let settings = shell.done("client config netbox --format configuration.py");
        assert!(settings.contains(&format!("SOCIAL_AUTH_OIDC_SECRET = '{}'", secret.trim_end())));
        assert!(shell.done("client config netbox").contains("# ==== keystead_roles.py ====\n"));
    })
    .await;
}

#[tokio::test]
async fn a_client_made_by_hand_is_for_nobody_yet() {
    each_shell(|shell| {
        let made = shell.run("client create wiki --name Wiki");
        assert!(made.out.contains("nobody yet, before it has a scope map"), "{}", made.out);
        assert!(made.out.contains("Next: keystead client scope-map wiki GROUP"), "{}", made.out);
        assert_eq!(
            made.err,
            "Note: 'wiki' has no redirect URI: nobody can sign in to it before one is added.\n"
        );
        assert_eq!(shell.json("client show wiki")["scope_maps"], json!([]));
        assert!(shell.noted("client create batch --grant-type client_credentials").is_empty());
    })
    .await;
}

#[tokio::test]
async fn every_setting_can_be_changed() {
    each_shell(|shell| {
        shell.done("client create wiki --redirect-uri https://wiki.example.com/cb");
        shell.done(
            "client update wiki --name 'The Wiki' --slug the-wiki --trusted --alg es256 \
             --pkce optional --access-token jwt --auth-method client_secret_post \
             --token-exchange web --exchange-for api --may-act impersonate \
             --grant-type authorization_code --response-type code --response-type 'id_token code' \
             --pushed-requests required --signed-requests encrypted --dpop nonce --certificate-subject dns:wiki.example.com --client-algs fapi \
             --request-uri https://wiki.example.com/request --assertion-audience issuer \
             --jwks-uri https://wiki.example.com/jwks --username spn --iat-backdate 0 --code-lifetime 30s \
             --access-token-lifetime 15m --id-token-lifetime 2h --refresh-token-lifetime 7d \
             --backchannel-logout-uri https://wiki.example.com/logout \
             --backchannel-logout-session-required yes \
             --frontchannel-logout-uri https://wiki.example.com/bye \
             --frontchannel-logout-session-required yes \
             --refresh-grace 0 --no-rotate --launch-url https://wiki.example.com \
             --logo-uri https://wiki.example.com/logo.png --policy-uri https://example.com/policy \
             --tos-uri https://example.com/terms --contact helpdesk@example.com \
             --initiate-login-uri https://wiki.example.com/login --default-max-age 12h \
             --sector-identifier-uri https://wiki.example.com/sector \
             --userinfo-signed-response-alg PS256 --introspection-signed-response-alg ES384 \
             --id-token-encrypted-response-alg ECDH-ES --id-token-encrypted-response-enc A256GCM \
             --userinfo-encrypted-response-alg RSA-OAEP-256 \
             --userinfo-encrypted-response-enc none \
             --request-object-encryption-alg ECDH-ES+A256KW --resource https://api.example.com/ \
             --resource urn:files --authorization-details-type payment --force",
        );
        let wiki = shell.json("client show the-wiki");
        assert_eq!((&wiki["name"], &wiki["trusted"]), (&json!("The Wiki"), &json!(true)));
        assert_eq!(
            wiki["settings"],
            json!({
                "alg": "ES256", "access_token": "jwt", "pkce": "optional",
                "auth_method": "client_secret_post", "grant_types": ["authorization_code"],
                "response_types": ["code", "code id_token"], "pushed_requests": "required",
                "signed_requests": "encrypted", "dpop": "nonce", "certificate_subject": "dns:wiki.example.com",
                "certificate_bound_tokens": false, "client_algs": "fapi",
                "request_object_encryption_alg": "ECDH-ES+A256KW",
                "request_uris": ["https://wiki.example.com/request"],
                "assertion_audience": "issuer", "jwks": null,
                "jwks_uri": "https://wiki.example.com/jwks",
                "token_exchange": ["web"], "exchange_for": ["api"], "may_act": "impersonate",
                "trusted_issuers": [],
                "userinfo_signed_response_alg": "PS256",
                "introspection_signed_response_alg": "ES384",
                "id_token_encrypted_response_alg": "ECDH-ES",
                "id_token_encrypted_response_enc": "A256GCM",
                "userinfo_encrypted_response_alg": "RSA-OAEP-256",
                "userinfo_encrypted_response_enc": null,
                "resources": ["https://api.example.com/", "urn:files"],
                "authorization_details_types": ["payment"],
                "sub": "uuid", "username": "spn", "iat_backdate": 0, "code_lifetime": 30,
                "access_token_lifetime": 900, "id_token_lifetime": 7200,
                "refresh_token_lifetime": 604800, "rotate_refresh_tokens": false,
                "refresh_grace": 0,
                "backchannel_logout_uri": "https://wiki.example.com/logout",
                "backchannel_logout_session_required": true,
                "frontchannel_logout_uri": "https://wiki.example.com/bye",
                "frontchannel_logout_session_required": true, "launch_url": "https://wiki.example.com", "app_url": null,
                "template": null, "logo_uri": "https://wiki.example.com/logo.png",
                "policy_uri": "https://example.com/policy",
                "tos_uri": "https://example.com/terms", "contact": "helpdesk@example.com",
                "initiate_login_uri": "https://wiki.example.com/login",
                "default_max_age": 43200,
                "sector_identifier_uri": "https://wiki.example.com/sector"
            })
        );
        shell.done("client update wiki --no-trusted --disable --auth-method either --contact '' \
             --default-max-age none --initiate-login-uri ''");
        let wiki = shell.json("client show wiki");
        assert_eq!((&wiki["trusted"], &wiki["disabled"]), (&json!(false), &json!(true)));
        assert_eq!(wiki["settings"]["auth_method"], json!(null));
        for gone in ["contact", "default_max_age", "initiate_login_uri"] {
            assert_eq!(wiki["settings"][gone], json!(null), "{gone}");
        }
        shell.done("client update wiki --enable");
        assert_eq!(shell.json("client show wiki")["disabled"], false);
    })
    .await;
}

#[tokio::test]
async fn sub_changes_only_by_force() {
    each_shell(|shell| {
        shell.done("client create wiki");
        shell.refused(
            "client update wiki --sub username",
            "changing sub of 'wiki' from uuid to username makes everybody who signed in there before a stranger with a new account; repeat with --force if nobody has",
        );
        shell.done("client update wiki --sub external:keycloak:corp --force");
        assert_eq!(shell.json("client show wiki")["settings"]["sub"], "external:keycloak:corp");
    })
    .await;
}

#[tokio::test]
async fn redirect_uris_are_added_and_removed() {
    each_shell(|shell| {
        shell.done("client create wiki --redirect-uri https://wiki.example.com/cb");
        shell.done("client add-redirect-uri wiki https://wiki.example.com/cb2");
        shell.done("client add-redirect-uri wiki https://wiki.example.com/bye --post-logout");
        let note = "Note: http://wiki.lan/cb is not encrypted: whoever listens on the way can take over sign-ins; use https outside a lab.\n";
        assert_eq!(shell.noted("client add-redirect-uri wiki http://wiki.lan/cb"), note);
        let again = shell.run("client add-redirect-uri wiki http://wiki.lan/cb");
        assert_eq!(again.err, "Note: http://wiki.lan/cb was registered before.\n");
        let wiki = shell.json("client show wiki");
        assert_eq!(
            wiki["redirect_uris"],
            json!(["http://wiki.lan/cb", "https://wiki.example.com/cb", "https://wiki.example.com/cb2"])
        );
        assert_eq!(wiki["post_logout_redirect_uris"], json!(["https://wiki.example.com/bye"]));
        shell.refused(
            "client remove-redirect-uri wiki https://wiki.example.com/bye",
            "no redirect URI 'https://wiki.example.com/bye'; did you mean 'https://wiki.example.com/cb' or 'https://wiki.example.com/cb2'?",
        );
        shell.done("client remove-redirect-uri wiki https://wiki.example.com/bye --post-logout");
        shell.done("client remove-redirect-uri wiki https://wiki.example.com/cb2");
        shell.done("client remove-redirect-uri wiki http://wiki.lan/cb");
        let last = shell.noted("client remove-redirect-uri wiki https://wiki.example.com/cb");
        assert_eq!(last, "Note: 'wiki' has no redirect URI left: nobody can sign in to it.\n");
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_shown_replaced_or_brought() {
    each_shell(|shell| {
        shell.done("client create wiki");
        let first = shell.done("client show-secret wiki");
        let rotated = shell.run("client rotate-secret wiki");
        let note = "Note: The former secret of 'wiki' stopped working; replace it there now.\n";
        assert_eq!(rotated.err, note);
        assert_ne!(rotated.out, first);
        assert_eq!(shell.done("client show-secret wiki"), rotated.out);
        let brought = "from-the-former-provider-0123456789";
        let made = shell.run_with("client create lab --secret-stdin", &format!("{brought}\n"));
        assert_eq!(made.code, 0, "{}", made.err);
        assert!(!made.out.contains(brought), "{}", made.out);
        assert_eq!(shell.done("client show-secret lab"), format!("{brought}\n"));
        let short = shell.run_with("client rotate-secret lab --secret-stdin", "short");
        assert_eq!(short.err, "Error: '(hidden)' cannot be a client secret: use 16 to 256 characters, since whoever guesses it can pose as the client\n");
        shell.done("client create spa --public");
        let none = "'spa' is a public client, which has no secret; it proves itself with PKCE";
        shell.refused("client show-secret spa", none);
        shell.refused("client rotate-secret spa", none);
    })
    .await;
}

#[tokio::test]
async fn slugs_are_derived_and_stay_unique() {
    each_shell(|shell| {
        shell.done("client create My.App");
        shell.done("client create my-app");
        assert_eq!(shell.json("client show My.App")["slug"], "my-app");
        assert_eq!(shell.json("client show my-app")["client_id"], "my-app");
        assert_eq!(shell.json("client show my-app-2")["client_id"], "my-app");
        let error = "the slug 'my-app' is taken; choose another";
        shell.refused("client update my-app-2 --slug my-app", error);
        let error = "'token' cannot be a slug: authentik's URLs use this word themselves; give another with --slug";
        shell.refused("client create token", error);
        shell.done("client create token --slug the-token");
    })
    .await;
}

#[tokio::test]
async fn bad_input_is_refused_with_its_reason_and_changes_nothing() {
    each_shell(|shell| {
        shell.done("client create netbox");
        for (line, error) in [
            ("client create netbox", "the client id 'netbox' is taken; choose another"),
            ("client create 'bad id'", "'bad id' cannot be a client id: use 1 to 64 letters, digits, '-', '_' or '.'"),
            ("client create x --name ''", "'' cannot be a client's name: use 1 to 100 characters without spaces around them or line breaks"),
            ("client create x --redirect-uri /cb", "'/cb' cannot be a redirect URI: write the whole address, like https://app.example.com/callback"),
            ("client create x --redirect-uri https://*.example.com/", "'https://*.example.com/' cannot be a redirect URI: wildcards are not matched; register each address in full"),
            ("client create x --redirect-uri https://a.example/#b", "'https://a.example/#b' cannot be a redirect URI: leave out the fragment, from '#' on (RFC 6749 3.1.2)"),
            ("client create x --redirect-uri javascript:alert(1)", "'javascript:alert(1)' cannot be a redirect URI: this scheme is never safe to redirect to; use https"),
            ("client create x --redirect-uri com.example.app:/cb", "'com.example.app:/cb' cannot be a redirect URI: use https; schemes of their own are for public clients (--public), which are native applications"),
            ("client create x --public --redirect-uri http://a.example/cb", "'http://a.example/cb' cannot be a redirect URI: use https; http is for 127.0.0.1 and [::1] on the same machine"),
            ("client create x --public --grant-type client_credentials", "'x' is a public client, which cannot act for itself; client_credentials is for confidential clients"),
            ("client create x --public --pkce optional", "'x' is a public client, for which PKCE is all that protects a code; leave it required"),
            ("client create x --auth-method none", "'x' is a confidential client and must authenticate; use client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or self_signed_tls_client_auth, or make it --public"),
            ("client create x --iat-backdate 31", "'31' cannot be an iat back-dating: use 0 to 30 seconds"),
            ("client create x --code-lifetime 2m", "'120' cannot be a code lifetime: use 5 to 60 seconds"),
            ("client create x --launch-url x.example.com", "'x.example.com' cannot be a launch URL: write a whole address that begins with https://"),
            ("client create x --template netbx --url https://x.example", "there is no template 'netbx'; did you mean 'netbox'? The templates are netbox, argocd, gitea, gitlab, grafana, immich, jenkins, nextcloud, oauth2-proxy, paperless, portainer, proxmox, web, spa, native, machine"),
            ("client create x --template netbox", "the template 'netbox' needs the application's URL; give it like --url https://netbox.example.com"),
            ("client show netbx", "no client 'netbx'; did you mean 'netbox'?"),
            ("client delete wiki", "no client 'wiki'; list them with: keystead client list"),
        ] {
            shell.refused(line, error);
        }
        assert_eq!(shell.json("client list").as_array().unwrap().len(), 1);
        assert_eq!(shell.json("event list").as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn wrong_usage_exits_with_two() {
    each_shell(|shell| {
        for (line, error) in [
            ("client create x --alg HS256", "error: invalid value 'HS256' for '--alg <ALG>': 'HS256' is not an algorithm; use RS256, PS256, ES256, ES384 or EdDSA"),
            ("client create x --pkce always", "error: invalid value 'always' for '--pkce <WHEN>': unknown variant `always`, expected `required` or `optional`"),
            ("client create x --grant-type implicit", "error: invalid value 'implicit' for '--grant-type <GRANT>': 'implicit' is not a grant type; use one of authorization_code, refresh_token, client_credentials, device_code, token-exchange, jwt-bearer, ciba"),
            ("client create x --id-token-lifetime soon", "error: invalid value 'soon' for '--id-token-lifetime <TIME>': write seconds, or a number with s, m, h or d, like 15m"),
            ("client create x --url https://x.example", "error: the following required arguments were not provided:\n  --template <TEMPLATE>"),
            ("client update x", "Error: nothing to change; see: keystead client update --help\n"),
            ("client config x --format docx", "error: invalid value 'docx' for '--format <FORMAT>'"),
            ("client scope-map x g", "error: the following required arguments were not provided:\n  <SCOPE>..."),
        ] {
            shell.misused(line, error);
        }
    })
    .await;
}
