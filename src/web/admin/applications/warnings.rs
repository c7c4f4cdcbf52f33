//! What is risky about how an application is set up, or about to break it: a sentence each.

use super::frame::signs_in;
use crate::directory::uris;
use crate::domain::{AccessTokenFormat, Algorithm, Client, HOUR, Pkce, SubMode, UsernameFormat};
use crate::integration::Library;
use crate::protocol::front_channel::origin;

/// What to look at, the gravest first.
pub fn of(client: &Client) -> Vec<String> {
    let settings = &client.settings;
    let social = Library::of(client) != Library::Generic;
    let mut all: Vec<String> = client
        .redirect_uris
        .iter()
        .filter_map(|uri| uris::check(client.public, uri).unwrap_or_default())
        .collect();
    let mut warn = |holds: bool, text: &str| {
        if holds {
            all.push(text.to_owned());
        }
    };
    warn(
        settings.sub == SubMode::Email || settings.sub == SubMode::Username,
        "sub follows a name that can change: whoever gets a former name gets the account that \
         belongs to it there.",
    );
    warn(client.trusted, "People are not asked what it may know about them.");
    warn(
        signs_in(client) && settings.pkce == Pkce::Optional,
        if social {
            "PKCE is optional: social-core before 4.8.7 (NetBox before 4.6) cannot send it. \
             Require it once yours can."
        } else {
            "PKCE is optional: a code that leaks on its way is protected by the secret alone."
        },
    );
    warn(
        !settings.rotate_refresh_tokens,
        "Refresh tokens are not replaced: a stolen one works until it expires, unnoticed.",
    );
    warn(
        settings.access_token == AccessTokenFormat::Jwt && settings.access_token_lifetime > HOUR,
        "Services that check JWT access tokens on their own take them for as long as they last, \
         also after a sign-out.",
    );
    warn(
        social && settings.iat_backdate == 0,
        "python-social-auth refuses a token from the future: with iat not back-dated, a clock that \
         runs a second behind is enough.",
    );
    warn(
        social && settings.username == UsernameFormat::Spn,
        "python-social-auth makes accounts by preferred_username: whoever signed in with a short \
         one before gets a second account.",
    );
    let framed = settings.frontchannel_logout_uri.as_deref().and_then(origin);
    let own: Vec<String> = client.redirect_uris.iter().filter_map(|uri| origin(uri)).collect();
    warn(
        framed.is_some_and(|framed| !own.contains(&framed)),
        "The browser tells another origin of sign-outs than those that people sign in at, which \
         Front-Channel Logout 1.0 forbids.",
    );
    let encrypts =
        settings.id_token_encryption().is_some() || settings.userinfo_encryption().is_some();
    warn(
        encrypts,
        if social {
            "Its tokens are encrypted: python-social-auth cannot read this, and nobody can sign in."
        } else {
            "Its tokens are encrypted: only an application that has the private key can read them."
        },
    );
    warn(
        social && settings.userinfo_signed_response_alg.is_some(),
        "Its userinfo is signed: python-social-auth reads plain JSON alone, and nobody can sign in.",
    );
    if settings.alg != Algorithm::RS256 {
        let alg = settings.alg.as_str();
        all.push(match social {
            true => format!(
                "python-social-auth takes RS256 alone unless told otherwise: add \
                 SOCIAL_AUTH_OIDC_JWT_ALGORITHMS = ['{alg}'] to its configuration."
            ),
            false => format!("Not every library reads {alg}: the application must be told of it."),
        });
    }
    all
}
