//! Redirect URIs: which may be registered (RFC 6749 3.1.2, RFC 8252, RFC 9700 2.1 and 4.1), and
//! adding and removing them.

use url::{Host, Url};

use super::{DirectoryError, Done, Result, begin_as, find, publish, rights};
use crate::app::App;
use crate::domain::{Actor, Client, RedirectUri, UriPurpose};
use crate::explain::audit::Entry;
use crate::store::{Tx, clients};

/// Schemes that run code, read files or mean something else to every browser.
const NEVER: [&str; 14] = [
    "javascript",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "filesystem",
    "view-source",
    "ws",
    "wss",
    "ftp",
    "mailto",
    "tel",
    "jar",
];

/// Registers a URI.
///
/// # Errors
/// When it may not be registered, with the reason.
pub async fn add(
    app: &App,
    actor: &Actor,
    client: &str,
    (purpose, uri): (UriPurpose, &str),
) -> Result<Done<Client>> {
    let mut tx = begin_as(app, actor).await?;
    let client = find::client(&mut tx, client).await?;
    rights::reach_client(&mut tx, actor, &client.id).await?;
    rights::keep_trust(actor, &client)?;
    let note = check(client.public, uri)?;
    let row = RedirectUri { client_id: client.id.clone(), purpose, uri: uri.to_owned() };
    if !clients::add_uri(&mut tx, &row).await? {
        return Ok(Done::nothing(client, format!("{uri} was registered before.")));
    }
    tell(app, actor, &mut tx, (&row, "added")).await?;
    publish(app, tx).await?;
    Ok(Done::new(now(app, client), note))
}

/// Forgets a URI.
///
/// # Errors
/// When it was not registered.
pub async fn remove(
    app: &App,
    actor: &Actor,
    client: &str,
    (purpose, uri): (UriPurpose, &str),
) -> Result<Done<Client>> {
    let mut tx = begin_as(app, actor).await?;
    let client = find::client(&mut tx, client).await?;
    rights::reach_client(&mut tx, actor, &client.id).await?;
    let row = RedirectUri { client_id: client.id.clone(), purpose, uri: uri.to_owned() };
    if !clients::remove_uri(&mut tx, &row).await? {
        let known = match purpose {
            UriPurpose::Authorization => client.redirect_uris,
            UriPurpose::PostLogout => client.post_logout_redirect_uris,
        };
        return Err(find::not_found(what(purpose), uri, known));
    }
    tell(app, actor, &mut tx, (&row, "removed")).await?;
    publish(app, tx).await?;
    let client = now(app, client);
    let none_left = purpose == UriPurpose::Authorization && client.redirect_uris.is_empty();
    let note = || format!("'{}' has no redirect URI left: nobody can sign in to it.", client.id);
    let note = none_left.then(note);
    Ok(Done::new(client, note))
}

/// Adds several to a new client in an open transaction.
pub(super) async fn add_all(
    tx: &mut Tx,
    client: &Client,
    (purpose, uris): (UriPurpose, &[String]),
) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    for uri in uris {
        notes.extend(check(client.public, uri)?);
        let row = RedirectUri { client_id: client.id.clone(), purpose, uri: uri.clone() };
        clients::add_uri(tx, &row).await?;
    }
    Ok(notes)
}

async fn tell(
    app: &App,
    actor: &Actor,
    tx: &mut Tx,
    (row, done): (&RedirectUri, &str),
) -> Result<()> {
    let purpose = match row.purpose {
        UriPurpose::Authorization => "redirect_uri",
        UriPurpose::PostLogout => "post_logout_redirect_uri",
    };
    Entry::new(app, &format!("client.{purpose}_{done}"), actor)
        .client(&row.client_id)
        .detail("uri", row.uri.as_str())
        .append(tx)
        .await?;
    Ok(())
}

fn now(app: &App, client: Client) -> Client {
    app.registry().client(&client.id).map_or(client, |client| Client::clone(&client))
}

fn what(purpose: UriPurpose) -> &'static str {
    match purpose {
        UriPurpose::Authorization => "redirect URI",
        UriPurpose::PostLogout => "post-logout redirect URI",
    }
}

/// Whether a client may register this URI; a note if it should not.
///
/// # Errors
/// The reason why not, and what to write instead.
pub fn check(public: bool, uri: &str) -> Result<Option<String>> {
    let refused = |rule: &str| Err(DirectoryError::value("a redirect URI", uri, rule));
    if uri.is_empty() || uri.len() > 2000 {
        return refused("use 1 to 2000 characters");
    }
    if !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains(['\\', '"', '<', '>']) {
        return refused(
            "leave out spaces and control characters, and %-encode the rest, as the application sends it",
        );
    }
    if uri.contains('*') {
        return refused("wildcards are not matched; register each address in full");
    }
    // `app.example.com:8443/cb` would read as a scheme of that name.
    let port =
        uri.split_once(':').is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()));
    let Some(url) = Url::parse(uri).ok().filter(|_| !port) else {
        return refused("write the whole address, like https://app.example.com/callback");
    };
    // Parsers mend `https:x` and `https:/x`, each in its own way: browsers read a path of ours.
    let host = uri.split_once("://").is_some_and(|(_, rest)| !rest.starts_with(['/', '?', '#']));
    if matches!(url.scheme(), "http" | "https") && !host {
        return refused("write '//' and the host after the scheme, like https://app.example.com/");
    }
    if url.fragment().is_some() {
        return refused("leave out the fragment, from '#' on (RFC 6749 3.1.2)");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("leave out user name and password");
    }
    match url.scheme() {
        "https" => Ok(None),
        "http" if is_loopback(&url) => Ok(None),
        "http" if public => {
            refused("use https; http is for 127.0.0.1 and [::1] on the same machine")
        }
        "http" => Ok(Some(format!(
            "{uri} is not encrypted: whoever listens on the way can take over sign-ins; use https outside a lab."
        ))),
        scheme if NEVER.contains(&scheme) => {
            refused("this scheme is never safe to redirect to; use https")
        }
        _ if public => Ok(None),
        _ => refused(
            "use https; schemes of their own are for public clients (--public), which are native applications",
        ),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    fn refused(public: bool, uri: &str) -> String {
        check(public, uri).unwrap_err().to_string()
    }

    #[test]
    fn addresses_that_parsers_mend_are_refused() {
        for uri in ["https:evil", "https:/admin", "https:///evil.example/", "http:evil", "https://"]
        {
            refused(false, uri);
            refused(true, uri);
        }
        assert!(refused(false, "https:/admin").contains("'//' and the host"));
    }

    #[test]
    fn what_relying_parties_use_is_accepted() {
        for uri in [
            "https://netbox.example.com/oauth/complete/oidc/",
            "https://app.example.com:8443/cb?tenant=1",
            "http://127.0.0.1:8001/oauth/complete/oidc/",
            "http://localhost/cb",
            "http://[::1]:9/cb",
        ] {
            assert_eq!(check(false, uri).unwrap(), None, "{uri}");
        }
        assert_eq!(check(true, "com.example.app:/callback").unwrap(), None);
        assert!(check(false, "http://netbox.lan/cb").unwrap().unwrap().contains("not encrypted"));
    }

    #[test]
    fn what_could_be_abused_is_refused_with_the_reason() {
        for (public, uri, reason) in [
            (false, "", "use 1 to 2000 characters"),
            (false, "/callback", "write the whole address"),
            (false, "netbox.example.com/cb", "write the whole address"),
            (true, "netbox.example.com:8443/cb", "write the whole address"),
            (false, "https://a.example/cb#x", "leave out the fragment"),
            (false, "https://a.example/cb#", "leave out the fragment"),
            (false, "https://*.example/cb", "wildcards are not matched"),
            (false, "https://u:p@a.example/cb", "leave out user name and password"),
            (false, "https://a.example/c b", "leave out spaces"),
            (false, "https://a.example/\ncb", "leave out spaces"),
            (false, "https://ä.example/", "leave out spaces"),
            (false, "https://a.example\\@b/", "leave out spaces"),
            (true, "javascript:alert(1)", "never safe"),
            (true, "data:text/html,x", "never safe"),
            (false, "com.example.app:/cb", "public clients"),
            (true, "http://a.example/cb", "use https"),
        ] {
            let error = refused(public, uri);
            assert!(error.contains(reason), "{uri}: {error}");
        }
    }
}
