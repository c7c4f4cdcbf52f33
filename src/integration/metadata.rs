//! The metadata document: whether it is there, in either spelling, and says what it should.

use serde_json::Value;

use super::{Expected, Finding, Heard, Library, Observed, told};

/// What python-social-auth needs, and every other library with it.
const NEEDED: [&str; 5] =
    ["issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"];

pub(super) fn check(expected: &Expected<'_>, observed: &Observed) -> Vec<Finding> {
    let mut findings = vec![discovery(expected, &observed.discovery)];
    let Ok(reply) = &observed.discovery else { return findings };
    let document = reply.json();
    if document.is_null() {
        return findings;
    }
    findings.push(doubled(expected, &document, &observed.doubled));
    findings.push(issuer(expected, &document));
    findings.push(endpoints(expected, &document));
    findings
}

fn discovery(expected: &Expected<'_>, heard: &Heard) -> Finding {
    let id = "discovery";
    let url = format!("{}/.well-known/openid-configuration", expected.issuer);
    let reply = match heard {
        Ok(reply) => reply,
        Err(unreached) => {
            return Finding::fail(
                id,
                format!("{url} does not answer: {}.", told(unreached)),
                "Start keystead serve, or correct public_url, the name service, the proxy in front \
                 or its certificate.",
            );
        }
    };
    let proxy = "Let the proxy in front pass every path on to Keystead, unchanged.";
    if let Some(to) = &reply.location {
        let sentence = format!("{url} redirects to {to}, which not every library follows.");
        return Finding::fail(id, sentence, proxy);
    }
    if reply.status != 200 {
        return Finding::fail(id, format!("{url} answers {}.", reply.status), proxy);
    }
    let document = reply.json();
    let missing: Vec<&str> =
        NEEDED.into_iter().filter(|name| !document[name].is_string()).collect();
    match missing.as_slice() {
        [] => Finding::ok(id, format!("{url} answers with the metadata.")),
        missing => Finding::fail(
            id,
            format!("{url} does not say {}.", missing.join(", ")),
            "See what answers there in place of Keystead.",
        ),
    }
}

/// python-social-auth joins with a slash, whatever the endpoint in its settings ends in.
fn doubled(expected: &Expected<'_>, document: &Value, heard: &Heard) -> Finding {
    let id = "doubled_slash";
    let url = format!("{}//.well-known/openid-configuration", expected.issuer);
    match heard {
        Ok(reply) if reply.status == 200 && reply.json() == *document => {
            Finding::ok(id, "The metadata answers with a slash too many as well.")
        }
        Ok(reply) => Finding::warn(
            id,
            format!("{url} answers {} or something else.", reply.status),
            "Write the issuer without a slash at its end in the application, or let the proxy pass \
             doubled slashes on (nginx: merge_slashes on).",
        ),
        Err(unreached) => Finding::warn(
            id,
            format!("{url} does not answer: {}.", told(unreached)),
            "Write the issuer without a slash at its end in the application.",
        ),
    }
}

fn issuer(expected: &Expected<'_>, document: &Value) -> Finding {
    let id = "issuer";
    let theirs = document["issuer"].as_str().unwrap_or_default();
    if theirs == expected.issuer {
        return Finding::ok(id, format!("The issuer is {theirs}, byte for byte."));
    }
    let slash = theirs.trim_end_matches('/') == expected.issuer.trim_end_matches('/');
    let differ = if slash { ", by a slash at the end" } else { "" };
    Finding::fail(
        id,
        format!(
            "The metadata names the issuer {theirs}, and public_url is {}{differ}.",
            expected.issuer
        ),
        "Set public_url to the address that applications use, and restart keystead serve.",
    )
}

fn endpoints(expected: &Expected<'_>, document: &Value) -> Finding {
    let id = "endpoints";
    let below =
        |url: &str| url.strip_prefix(expected.issuer).is_some_and(|path| path.starts_with('/'));
    let endpoints = NEEDED[1..].iter().filter_map(|name| document[name].as_str());
    let strange: Vec<&str> = endpoints.filter(|url| !below(url)).collect();
    if !strange.is_empty() {
        return Finding::fail(
            id,
            format!("{} is not below {}.", strange.join(", "), expected.issuer),
            "See that no proxy rewrites the metadata.",
        );
    }
    match expected.library {
        Library::SocialCore(_) => Finding::ok(
            id,
            "Every endpoint is below the issuer; set the issuer alone in the application.",
        ),
        Library::Generic => Finding::ok(id, "Every endpoint is below the issuer."),
    }
}
