//! The application's own base URL, as somebody pasted it: put right where only one thing can be
//! meant, refused with what to write where not.

use url::{Host, Url};

use super::GeneratorError;

/// Scheme, host, port if unusual, and the path the application lives below; no slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AppUrl {
    /// The one spelling.
    pub text: String,
    /// What was put right, for the administrator to see.
    pub corrections: Vec<String>,
    url: Url,
}

impl AppUrl {
    /// Reads what somebody wrote; a path of one of the application's own `pages` is cut off.
    pub fn parse(written: &str, pages: &[String]) -> Result<AppUrl, GeneratorError> {
        let mut corrections = Vec::new();
        let url = Url::parse(&with_scheme(written.trim(), &mut corrections)?)
            .map_err(|error| refused(format!("cannot be read ({error}); {LIKE}")))?;
        check(&url)?;
        let origin = url.origin().ascii_serialization();
        let segments: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
        let kept = segments_before_page(&segments, pages);
        let base = path_of(&segments[..kept]);
        check_path(&base, &origin)?;
        let text = format!("{origin}{base}");
        if kept < segments.len() {
            let page = path_of(&segments[kept..]);
            corrections.push(format!(
                "'{page}' is a page of the application, not part of its URL; took {text}."
            ));
        }
        let url =
            Url::parse(&text).map_err(|error| refused(format!("cannot be read ({error})")))?;
        Ok(AppUrl { text, corrections, url })
    }

    /// The whole address of a path that starts with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The path it lives below: empty, or with a slash at the start only.
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// The host without port.
    pub fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }

    /// Whether people reach it encrypted.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether people reach it unencrypted from another machine.
    pub fn is_exposed(&self) -> bool {
        !self.is_https() && !is_loopback(&self.url)
    }
}

const LIKE: &str = "write it like https://netbox.example.com";

fn refused(problem: String) -> GeneratorError {
    GeneratorError::AppUrl { problem }
}

/// Adds `https://` where somebody wrote a bare name; a port or an address may well be plain HTTP.
fn with_scheme(written: &str, corrections: &mut Vec<String>) -> Result<String, GeneratorError> {
    if written.is_empty() {
        return Err(refused(format!("is empty; {LIKE}")));
    }
    if let Some((scheme, _)) = written.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Ok(written.to_owned()),
            other => Err(refused(format!("starts with {other}://; write https:// or http://"))),
        };
    }
    let bare = ["https:", "http:"].iter().find_map(|scheme| written.strip_prefix(scheme));
    if bare.is_some() {
        return Err(refused(format!("lacks the two slashes after its scheme; {LIKE}")));
    }
    let bare = written.trim_start_matches('/');
    let guess = Url::parse(&format!("https://{bare}"))
        .map_err(|error| refused(format!("cannot be read ({error}); {LIKE}")))?;
    check(&guess)?;
    let origin = guess.origin().ascii_serialization();
    let named = matches!(guess.host(), Some(Host::Domain(name)) if name.contains('.'));
    if guess.port().is_some() || !named || is_loopback(&guess) {
        let plain = origin.replacen("https", "http", 1);
        return Err(refused(format!("lacks its scheme; write {origin} or {plain}")));
    }
    corrections.push(format!("The URL lacked its scheme; took {origin}."));
    Ok(format!("https://{bare}"))
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Nothing but scheme, host, port and path, and a host that means the same in every file.
fn check(url: &Url) -> Result<(), GeneratorError> {
    let origin = url.origin().ascii_serialization();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(format!("contains a user name or password; write {origin}")));
    }
    if url.query().is_some() {
        return Err(refused(format!("has a query, from '?' on; write {origin}")));
    }
    if url.fragment().is_some() {
        return Err(refused(format!("has a fragment, from '#' on; write {origin}")));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    match url.host() {
        Some(Host::Domain(name)) if name.ends_with('.') => {
            let without = name.trim_end_matches('.');
            Err(refused(format!("has a dot at the end of its host; write {without} instead")))
        }
        Some(Host::Domain(name)) if !name.chars().all(fits) => {
            Err(refused(format!("has no host name that browsers can open; {LIKE}")))
        }
        Some(_) => Ok(()),
        None => Err(refused(format!("has no host; {LIKE}"))),
    }
}

fn check_path(base: &str, origin: &str) -> Result<(), GeneratorError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    if base.chars().all(fits) {
        return Ok(());
    }
    Err(refused(format!(
        "has a path with more than letters, digits, '-', '.', '_' and '~'; write {origin}, or \
         {origin}/PATH if the application lives below a path"
    )))
}

/// How many segments stand before the first that begins one of the pages.
fn segments_before_page(segments: &[&str], pages: &[String]) -> usize {
    let begins_page = |at: &usize| {
        pages.iter().any(|page| {
            let page: Vec<&str> = page.split('/').filter(|part| !part.is_empty()).collect();
            segments[*at..].starts_with(&page)
        })
    };
    (0..segments.len()).find(begins_page).unwrap_or(segments.len())
}

fn path_of(segments: &[&str]) -> String {
    segments.iter().map(|segment| format!("/{segment}")).collect()
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
    use super::AppUrl;

    fn pages() -> Vec<String> {
        ["/login/", "/oauth/", "/dcim/"].map(str::to_owned).to_vec()
    }

    fn read(text: &str) -> AppUrl {
        AppUrl::parse(text, &pages()).unwrap()
    }

    fn refused(text: &str) -> String {
        AppUrl::parse(text, &pages()).unwrap_err().to_string()
    }

    #[test]
    fn a_right_url_needs_no_correction() {
        for text in ["https://netbox.example.com", "http://127.0.0.1:8001", "https://[::1]:8443"] {
            let url = read(text);
            assert_eq!(url.text, text);
            assert!(url.corrections.is_empty(), "{text}");
        }
    }

    #[test]
    fn spelling_that_changes_nothing_is_put_right_in_silence() {
        for text in [
            " https://netbox.example.com/ ",
            "HTTPS://NetBox.Example.COM//",
            "https://netbox.example.com:443",
        ] {
            assert_eq!(read(text).text, "https://netbox.example.com");
            assert!(read(text).corrections.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_missing_scheme_is_https_and_said() {
        for text in ["netbox.example.com", "//netbox.example.com/", "netbox.example.com/login/"] {
            let url = read(text);
            assert_eq!(url.text, "https://netbox.example.com");
            assert_eq!(
                url.corrections[0],
                "The URL lacked its scheme; took https://netbox.example.com."
            );
        }
    }

    #[test]
    fn a_missing_scheme_that_could_be_either_is_refused() {
        for (text, host) in [
            ("netbox.example.com:8000", "netbox.example.com:8000"),
            ("localhost:8000", "localhost:8000"),
            ("10.0.0.7", "10.0.0.7"),
            ("netbox", "netbox"),
        ] {
            assert_eq!(
                refused(text),
                format!(
                    "the application's URL lacks its scheme; \
                     write https://{host} or http://{host}"
                )
            );
        }
    }

    #[test]
    fn a_page_of_the_application_is_cut_off_and_said() {
        for (text, page) in [
            ("https://netbox.example.com/login/", "/login"),
            ("https://netbox.example.com/login", "/login"),
            ("https://netbox.example.com/oauth/complete/oidc/", "/oauth/complete/oidc"),
            ("https://netbox.example.com/dcim/sites/7/", "/dcim/sites/7"),
        ] {
            let url = read(text);
            assert_eq!(url.text, "https://netbox.example.com");
            assert_eq!(
                url.corrections,
                [format!(
                    "'{page}' is a page of the application, not part of its URL; \
                     took https://netbox.example.com."
                )]
            );
        }
    }

    #[test]
    fn a_path_it_lives_below_is_kept() {
        let url = read("https://tools.example.com/netbox/login/");
        assert_eq!(url.text, "https://tools.example.com/netbox");
        assert_eq!(url.path(), "/netbox");
        assert_eq!(url.join("/oauth/"), "https://tools.example.com/netbox/oauth/");
    }

    #[test]
    fn what_no_base_url_has_is_refused_with_what_to_write() {
        const LIKE: &str = "write it like https://netbox.example.com";
        const BARE: &str = "write https://netbox.example.com";
        for (text, problem, fix) in [
            ("https://netbox.example.com/?next=/", "has a query, from '?' on", BARE),
            ("https://netbox.example.com/#top", "has a fragment, from '#' on", BARE),
            ("https://u:hunter2@netbox.example.com", "contains a user name or password", BARE),
            ("ftp://netbox.example.com", "starts with ftp://", "write https:// or http://"),
            ("https:/netbox.example.com", "lacks the two slashes after its scheme", LIKE),
            (
                "https://netbox.example.com.",
                "has a dot at the end of its host",
                "write netbox.example.com instead",
            ),
            ("https://net$box.example.com", "has no host name that browsers can open", LIKE),
            (
                "https://a.example/n'x",
                "has a path with more than letters, digits, '-', '.', '_' and '~'",
                "write https://a.example, or https://a.example/PATH if the application lives \
                 below a path",
            ),
            ("", "is empty", LIKE),
        ] {
            assert_eq!(refused(text), format!("the application's URL {problem}; {fix}"));
        }
        assert!(refused("https://").contains("cannot be read"));
        assert!(!refused("u:hunter2@netbox.example.com").contains("hunter2"));
    }

    #[test]
    fn plain_http_is_exposed_unless_it_stays_on_the_machine() {
        assert!(read("http://netbox.example.com").is_exposed());
        for text in ["https://netbox.example.com", "http://localhost:8000", "http://[::1]"] {
            assert!(!read(text).is_exposed(), "{text}");
        }
    }
}
