//! The way to the server: encryption, proxies, clocks.

use url::{Host, Url};

use super::{Expected, Finding, Library, Observed, Unreached};

pub(super) fn tls(expected: &Expected<'_>, observed: &Observed) -> Finding {
    let id = "tls";
    if let Err(Unreached::Tls(why)) = &observed.discovery {
        let library = match expected.library {
            Library::SocialCore(_) => {
                " (python-social-auth: REQUESTS_CA_BUNDLE or SOCIAL_AUTH_VERIFY_SSL)"
            }
            Library::Generic => "",
        };
        return Finding::fail(
            id,
            format!("The certificate of {} is not trusted here: {why}.", expected.issuer),
            format!(
                "Serve the whole chain of a certificate that names this host; if its authority is \
                 your own, make the application trust it{library}."
            ),
        );
    }
    if expected.issuer.starts_with("https://") {
        return match &observed.discovery {
            Ok(_) => Finding::ok(id, "The certificate and its chain are trusted on this machine."),
            Err(_) => Finding::warn(
                id,
                "The certificate could not be looked at.",
                "Make the public URL answer first.",
            ),
        };
    }
    match is_here(expected.issuer) {
        true => Finding::ok(id, "The public URL is on this machine, where HTTP will do."),
        false => Finding::warn(
            id,
            "The public URL is not encrypted, so passwords and codes can be read on the way.",
            "Serve HTTPS, by a proxy or by tls.cert_file and tls.key_file, and set public_url.",
        ),
    }
}

fn is_here(url: &str) -> bool {
    let url = Url::parse(url).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

pub(super) fn proxy(expected: &Expected<'_>) -> Finding {
    let id = "proxy";
    let https = expected.issuer.starts_with("https://");
    match (https && !expected.serves_tls, expected.trusts_proxy) {
        (true, false) => Finding::warn(
            id,
            "HTTPS ends at a proxy in front, and none is trusted: everybody seems to come from its \
             address, and is slowed down together when somebody guesses passwords.",
            "Name the proxy's address in trusted_proxies, and let it send X-Forwarded-For and \
             X-Forwarded-Host.",
        ),
        (true, true) => Finding::ok(id, "HTTPS ends at a proxy in front, and one is trusted."),
        (false, _) => Finding::ok(id, "No proxy needs to be trusted for HTTPS."),
    }
}

/// The server's clock against this machine's: `/status` tells milliseconds, `Date` seconds.
pub(super) fn clock(expected: &Expected<'_>, observed: &Observed) -> Option<Finding> {
    let id = "clock";
    let reply = observed.status.as_ref().ok()?;
    let exact = reply.json()["time_ms"].as_i64();
    let theirs = exact.or_else(|| reply.date.map(|date| date.0 * 1000 + 500))?;
    let (before, after) = observed.asked_ms;
    // Within the time that the request took, nothing can be told.
    let apart = (before - theirs).max(theirs - after).max(0);
    let leeway = expected.library.leeway();
    let advice = format!(
        "Keep the clocks of both machines by NTP; {} lets them differ by {leeway} s.",
        expected.library
    );
    Some(match apart > leeway * 1000 {
        true => Finding::warn(
            id,
            format!(
                "The server's clock and this machine's are {:.1} s apart.",
                apart as f64 / 1000.0
            ),
            advice,
        ),
        false => Finding::ok(
            id,
            format!(
                "The server's clock agrees with this machine's; compare the application's with \
                 {}/status.",
                expected.issuer
            ),
        ),
    })
}
