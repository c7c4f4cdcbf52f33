//! The keys, and whether the library accepts what the client's tokens are signed with.

use serde_json::Value;

use super::{Expected, Finding, Heard, Library, Observed, told};

pub(super) fn check(expected: &Expected<'_>, observed: &Observed) -> Vec<Finding> {
    let jwks = observed.jwks.as_ref().map(|heard| jwks(expected, heard));
    jwks.into_iter().chain([algorithm(expected)]).chain(answers(expected)).collect()
}

fn jwks(expected: &Expected<'_>, heard: &Heard) -> Finding {
    let id = "jwks";
    let restart = "See that the proxy passes the address of the keys on to Keystead.";
    let reply = match heard {
        Ok(reply) if reply.status == 200 => reply,
        Ok(reply) => {
            return Finding::fail(id, format!("The keys answer {}.", reply.status), restart);
        }
        Err(unreached) => {
            let sentence = format!("The keys do not answer: {}.", told(unreached));
            return Finding::fail(id, sentence, restart);
        }
    };
    let document = reply.json();
    let keys: &[Value] = document["keys"].as_array().map_or(&[], Vec::as_slice);
    let alg = expected.client.settings.alg.as_str();
    let lacking = ["kid", "alg", "use"]
        .into_iter()
        .find(|name| keys.iter().any(|key| !key[name].is_string()));
    if let Some(name) = lacking {
        let sentence = format!("A key has no '{name}', by which libraries choose.");
        return Finding::fail(id, sentence, restart);
    }
    let signs = |key: &&Value| key["alg"] == alg && key["use"] == "sig";
    match keys.iter().filter(signs).count() {
        0 => Finding::fail(
            id,
            format!("No key signs with {alg}, as this client's tokens are."),
            format!("Make one with `keystead key rotate --alg {alg} --now`."),
        ),
        count => Finding::ok(
            id,
            format!("{} keys, {count} for {alg}, each with kid, alg and use.", keys.len()),
        ),
    }
}

fn algorithm(expected: &Expected<'_>) -> Finding {
    let id = "algorithm";
    let (library, alg) = (expected.library, expected.client.settings.alg);
    let name = alg.as_str();
    if library.accepts(alg) {
        return Finding::ok(id, format!("{library} accepts {name}."));
    }
    let sentence = format!("{library} refuses {name} unless its settings name it.");
    let client = &expected.client.id;
    let fix = format!(
        "Set SOCIAL_AUTH_OIDC_JWT_ALGORITHMS = ['RS256', '{name}'] in the application, or run \
         `keystead client update {client} --alg RS256`."
    );
    Finding::warn(id, sentence, fix)
}

/// Whether the library reads answers in the form that the client is set to; nothing where they are
/// plain.
fn answers(expected: &Expected<'_>) -> Option<Finding> {
    let (id, settings) = ("answers", &expected.client.settings);
    let (library, client) = (expected.library, &expected.client.id);
    let encrypts =
        settings.id_token_encryption().is_some() || settings.userinfo_encryption().is_some();
    let (what, flags) = match (encrypts, settings.userinfo_signed_response_alg) {
        (true, _) => (
            "encrypted tokens",
            "--id-token-encrypted-response-alg none --userinfo-encrypted-response-alg none",
        ),
        (false, Some(_)) => ("signed userinfo", "--userinfo-signed-response-alg none"),
        (false, None) => return None,
    };
    Some(match library {
        Library::Generic => Finding::warn(
            id,
            format!("The client gets {what}, which not every library reads."),
            "See that the application is set up for it, with its private key where it decrypts.",
        ),
        Library::SocialCore(_) => Finding::fail(
            id,
            format!("{library} cannot read {what}."),
            format!("Run `keystead client update {client} {flags}`."),
        ),
    })
}
