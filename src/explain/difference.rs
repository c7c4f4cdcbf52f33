//! Where a redirect URI differs from the registered ones: the first differing part against the
//! nearest, and what usually makes it differ.

mod marks;

use std::net::IpAddr;

use serde::Serialize;

pub use marks::{Marked, Segment, marked};

/// A part of a URI, in the order they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// `https`.
    Scheme,
    /// The host, with user name and password if somebody wrote them.
    Host,
    /// The port; one that is not written differs from one that is.
    Port,
    /// The path.
    Path,
    /// The path, by one slash at its end.
    TrailingSlash,
    /// Capital letters alone.
    Case,
    /// From `?` on.
    Query,
    /// From `#` on.
    Fragment,
}

impl Part {
    /// As people say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Scheme => "scheme",
            Part::Host => "host",
            Part::Port => "port",
            Part::Path => "path",
            Part::TrailingSlash => "trailing slash",
            Part::Case => "case",
            Part::Query => "query",
            Part::Fragment => "fragment",
        }
    }
}

/// How the offered URI differs from the nearest registered one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What differs first.
    pub part: Part,
    /// Every part that differs, in order.
    pub parts: Vec<Part>,
    /// As the application sent it.
    pub offered: String,
    /// The registered one most like it.
    pub registered: String,
    /// For the administrator: what to do. `CLIENT` stands for the client's id.
    pub fix: String,
}

/// Where `offered` first differs from the nearest of `registered`; `None` if it is one of them, or
/// if there is none.
pub fn uri_difference(offered: &str, registered: &[String]) -> Option<Difference> {
    let ours = Pieces::of(offered);
    let likeness = |uri: &&String| ours.likeness(&Pieces::of(uri), offered, uri);
    let nearest = registered.iter().max_by_key(likeness)?;
    let theirs = Pieces::of(nearest);
    let part = ours.first_difference(&theirs)?;
    Some(Difference {
        part,
        parts: ours.differences(&theirs),
        fix: fix(part, offered, &ours, &theirs),
        offered: offered.to_owned(),
        registered: nearest.clone(),
    })
}

/// A URI cut at its delimiters (RFC 3986 B), nothing decoded or normalised: equal pieces are equal
/// bytes.
#[derive(Debug, PartialEq, Eq)]
struct Pieces<'a> {
    scheme: Option<&'a str>,
    host: Option<&'a str>,
    port: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Pieces<'a> {
    fn of(uri: &'a str) -> Pieces<'a> {
        let (rest, fragment) = cut(uri, '#');
        let (rest, query) = cut(rest, '?');
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, rest)) if !scheme.contains('/') => (Some(scheme), rest),
            _ => (None, rest),
        };
        let (host, port, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                let (host, port) = host_and_port(authority);
                (Some(host), port, path)
            }
            None => (None, None, rest),
        };
        Pieces { scheme, host, port, path, query, fragment }
    }

    fn pairs(&self, other: &Pieces<'a>) -> [(Part, Option<&'a str>, Option<&'a str>); 6] {
        [
            (Part::Scheme, self.scheme, other.scheme),
            (Part::Host, self.host, other.host),
            (Part::Port, self.port, other.port),
            (Part::Path, Some(self.path), Some(other.path)),
            (Part::Query, self.query, other.query),
            (Part::Fragment, self.fragment, other.fragment),
        ]
    }

    /// Every part that differs; a path that differs by a slash at its end is called so.
    fn differences(&self, registered: &Pieces<'a>) -> Vec<Part> {
        let pairs = self.pairs(registered).into_iter();
        let differing = pairs.filter(|(_, ours, theirs)| ours != theirs);
        let mut parts: Vec<Part> =
            differing.map(|(part, ours, theirs)| kind(part, ours, theirs)).collect();
        // A free port is not what stopped it.
        if parts.len() > 1 && is_loopback(self.host) && is_loopback(registered.host) {
            parts.retain(|part| *part != Part::Port);
        }
        parts
    }

    fn first_difference(&self, registered: &Pieces<'a>) -> Option<Part> {
        let differ = |(_, ours, theirs): &(Part, Option<&str>, Option<&str>)| ours != theirs;
        let mut differing = self.pairs(registered).into_iter().filter(differ);
        let mut first = differing.next()?;
        // A public client's loopback port is free (RFC 8252 7.3): look for what stopped it.
        if first.0 == Part::Port && is_loopback(self.host) && is_loopback(registered.host) {
            first = differing.next().unwrap_or(first);
        }
        Some(kind(first.0, first.1, first.2))
    }

    /// More equal parts are nearer, then fewer letters to change.
    fn likeness(&self, other: &Pieces<'_>, offered: &str, registered: &str) -> (usize, i64) {
        let equal = [
            self.scheme == other.scheme,
            self.host == other.host,
            self.port == other.port,
            self.path == other.path,
            self.query == other.query,
            self.fragment == other.fragment,
        ];
        let letters = strsim::normalized_levenshtein(bounded(offered), bounded(registered));
        (equal.into_iter().filter(|same| *same).count(), (letters * 1e6) as i64)
    }
}

/// What a part that differs is called: `Case` and `TrailingSlash` say more than the part does.
fn kind(part: Part, ours: Option<&str>, theirs: Option<&str>) -> Part {
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return part };
    let slash_aside =
        ours.strip_suffix('/').unwrap_or(ours) == theirs.strip_suffix('/').unwrap_or(theirs);
    if ours.eq_ignore_ascii_case(theirs) {
        Part::Case
    } else if part == Part::Path && slash_aside {
        Part::TrailingSlash
    } else {
        part
    }
}

/// Comparing letters takes the product of the lengths, and anybody may send a long URI.
const COMPARED: usize = 512;

fn bounded(uri: &str) -> &str {
    uri.char_indices().nth(COMPARED).map_or(uri, |(end, _)| &uri[..end])
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// The colons of an IPv6 address stand in brackets and start no port.
fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains([']', '@']) => (host, Some(port)),
        _ => (authority, None),
    }
}

fn fix(part: Part, offered: &str, ours: &Pieces<'_>, theirs: &Pieces<'_>) -> String {
    let register = format!("keystead client add-redirect-uri CLIENT {}", shell(offered));
    match part {
        Part::Scheme if is(ours.scheme, "http") && is(theirs.scheme, "https") => {
            "The application believes that people reach it over plain HTTP: make the TLS proxy in \
             front of it send X-Forwarded-Proto: https (for NetBox also possible: \
             SOCIAL_AUTH_REDIRECT_IS_HTTPS = True)."
                .to_owned()
        }
        Part::Scheme if is(ours.scheme, "https") && is(theirs.scheme, "http") => format!(
            "The application is reached over HTTPS now: register that address with `{register}` \
             and remove the http one."
        ),
        Part::Host if is_internal(ours.host) && !is_internal(theirs.host) => format!(
            "The application does not learn the name that people use: make the proxy in front of \
             it send X-Forwarded-Host: {}, or open the application under that name.",
            theirs.host.unwrap_or_default()
        ),
        Part::Host | Part::Scheme => format!(
            "Open the application under its registered address; only if the other one is the \
             application's own too, register it with `{register}`."
        ),
        Part::Port => format!(
            "Make the proxy send the port that people use (X-Forwarded-Host: HOST:PORT), or \
             register the address with `{register}`."
        ),
        Part::TrailingSlash => format!(
            "A slash at the end counts: register the address as the application sends it with \
             `{register}`."
        ),
        Part::Case => format!(
            "Capital letters count: register the address as the application sends it with \
             `{register}`."
        ),
        Part::Path => format!(
            "If this path is the application's callback, register it with `{register}`; else \
             correct the callback in the application (NetBox: BASE_PATH)."
        ),
        Part::Query | Part::Fragment => format!(
            "Make the application send its redirect URI without what comes after the path, or \
             register it whole with `{register}`."
        ),
    }
}

fn is(scheme: Option<&str>, wanted: &str) -> bool {
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(wanted))
}

/// An address or a name that only machines use: an IP address, `localhost`, a container's name.
fn is_internal(host: Option<&str>) -> bool {
    let host = host.unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok() || !host.contains('.')
}

fn is_loopback(host: Option<&str>) -> bool {
    matches!(host, Some("127.0.0.1" | "[::1]"))
}

/// One word for a POSIX shell, whatever somebody sent.
pub(super) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/=@%+,".contains(c);
    if text.chars().all(plain) && !text.starts_with('-') && !text.is_empty() {
        return text.to_owned();
    }
    let clean: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    format!("'{}'", clean.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
