//! What is known of a relying party that bears on a cause.

use super::facts::Facts;
use super::trouble::detail;
use crate::domain::{AuthMethod, Cause, Client, FlowStep};
use crate::integration::Library;

/// Sentences for the administrator, the most telling first.
pub(super) fn of(cause: Cause, steps: &[FlowStep], facts: &Facts<'_>) -> Vec<String> {
    let Some(client) = facts.client else { return Vec::new() };
    let library = Library::of(client);
    let social = library != Library::Generic;
    match cause {
        Cause::RestartedAfterTokens => refused_tokens(client, library, steps),
        Cause::PkceMissing if social => vec![
            "This client looks like python-social-auth, which can send PKCE from version 4.8.7 on \
             (NetBox 4.6), and does so only with SOCIAL_AUTH_OIDC_USE_PKCE = True."
                .to_owned(),
        ],
        Cause::CodeNeverRedeemed if social => vec![
            "This client looks like python-social-auth, which trusts a private certificate \
             authority only with REQUESTS_CA_BUNDLE or SOCIAL_AUTH_VERIFY_SSL, and shows whatever \
             goes wrong as an error 500 whose reason is in its log."
                .to_owned(),
        ],
        Cause::ClientSecretWrong if social => vec![
            "This client looks like python-social-auth, which sends its secret by \
             client_secret_basic without encoding it, from SOCIAL_AUTH_OIDC_SECRET."
                .to_owned(),
        ],
        Cause::ClientAuthMethod if social => {
            let set = client.settings.auth_method.map_or("either", AuthMethod::as_str);
            vec![format!(
                "This client looks like python-social-auth, which uses client_secret_basic unless \
                 SOCIAL_AUTH_OIDC_TOKEN_ENDPOINT_AUTH_METHOD says otherwise; here it is set to \
                 {set}."
            )]
        }
        Cause::RedirectUriMismatch if social => vec![
            "This client looks like python-social-auth, which builds the address from the host \
             and scheme of the request that it sees, and ends it in /complete/oidc/ with a slash."
                .to_owned(),
        ],
        _ => Vec::new(),
    }
}

/// Why tokens that were issued may have been refused.
fn refused_tokens(client: &Client, library: Library, steps: &[FlowStep]) -> Vec<String> {
    let social = library != Library::Generic;
    let alg = client.settings.alg;
    let mut known = Vec::new();
    if !library.accepts(alg) {
        known.push(format!(
            "This client signs with {0}, and python-social-auth accepts RS256 alone unless \
             SOCIAL_AUTH_OIDC_JWT_ALGORITHMS = ['RS256', '{0}'] is set.",
            alg.as_str()
        ));
    }
    if client.settings.id_token_encryption().is_some() {
        known.push(match social {
            true => "Its ID tokens are encrypted, which python-social-auth cannot read.".to_owned(),
            false => "Its ID tokens are encrypted: it must hold the private key.".to_owned(),
        });
    }
    let asked = detail(steps, "asked", "scope").unwrap_or("openid");
    if !asked.split(' ').any(|scope| scope == "openid") {
        known.push("It did not ask for openid, and so got no ID token.".to_owned());
    }
    known.push(match steps.iter().any(|step| step.kind == "userinfo_read") {
        true if social => "It read userinfo, which python-social-auth does only once the ID token \
                           has passed: look in its log for what came after, such as its pipeline."
            .to_owned(),
        true => "It read userinfo, so it had its tokens and could reach Keystead.".to_owned(),
        false if social => "It never read userinfo, so the ID token did not pass or userinfo \
                            could not be reached."
            .to_owned(),
        false => "It never read userinfo.".to_owned(),
    });
    if social {
        known.push(format!(
            "python-social-auth lets clocks differ by 1 second; iat is back-dated here by {} \
             seconds, which helps if the application's clock runs behind, and its clock can be \
             compared with /status.",
            client.settings.iat_backdate
        ));
        known.push(
            "python-social-auth keeps keys and metadata for 24 hours: restart it after the \
             issuer or the keys were changed by hand."
                .to_owned(),
        );
    }
    known
}
