//! What is known about the libraries that relying parties are made of.

use std::fmt;
use std::str::FromStr;

use crate::domain::{Algorithm, Client};

/// A version as libraries number them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16, pub u16, pub u16);

impl FromStr for Version {
    type Err = String;
    fn from_str(text: &str) -> Result<Version, String> {
        let mut numbers = text.trim_start_matches('v').split('.').map(str::parse);
        let mut next = || numbers.next().unwrap_or(Ok(0));
        match (next(), next(), next(), text.is_empty()) {
            (Ok(major), Ok(minor), Ok(patch), false) => Ok(Version(major, minor, patch)),
            _ => Err(format!("'{text}' is not a version; write it like 4.8.7")),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What a relying party is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// Something that keeps to the specifications.
    Generic,
    /// python-social-auth, as in NetBox; of this version, if it is known.
    SocialCore(Option<Version>),
}

impl FromStr for Library {
    type Err = String;
    fn from_str(text: &str) -> Result<Library, String> {
        match text.split_once(':') {
            None if text == "generic" => Ok(Library::Generic),
            None if text == "social-core" => Ok(Library::SocialCore(None)),
            Some(("social-core", version)) => Ok(Library::SocialCore(Some(version.parse()?))),
            _ => Err(format!(
                "'{text}' is not a library that is known; use social-core, social-core:VERSION or generic"
            )),
        }
    }
}

impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Library::Generic => f.write_str("any OpenID Connect library"),
            Library::SocialCore(None) => f.write_str("python-social-auth"),
            Library::SocialCore(Some(version)) => write!(f, "python-social-auth {version}"),
        }
    }
}

/// The end of the address to which python-social-auth has people come back.
pub const CALLBACK: &str = "/complete/oidc/";
/// The first version of python-social-auth that can send PKCE.
const PKCE: Version = Version(4, 8, 7);

impl Library {
    /// What this client seems to be made of, by its template and its addresses.
    pub fn of(client: &Client) -> Library {
        let callback = CALLBACK.trim_end_matches('/');
        let is_its = |uri: &String| uri.trim_end_matches('/').ends_with(callback);
        let netbox = client.settings.template.as_deref() == Some("netbox");
        match netbox || client.redirect_uris.iter().any(is_its) {
            true => Library::SocialCore(None),
            false => Library::Generic,
        }
    }

    /// Whether it can send PKCE; `None` where that depends on its version.
    pub fn can_pkce(self) -> Option<bool> {
        match self {
            Library::Generic => Some(true),
            Library::SocialCore(version) => version.map(|version| version >= PKCE),
        }
    }

    /// Whether it accepts ID tokens signed so without being told.
    pub fn accepts(self, alg: Algorithm) -> bool {
        match self {
            Library::Generic => true,
            Library::SocialCore(_) => alg == Algorithm::RS256,
        }
    }

    /// Seconds by which its clock may differ.
    pub fn leeway(self) -> i64 {
        match self {
            Library::Generic => 5,
            Library::SocialCore(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Library, Version};

    #[test]
    fn libraries_are_named_with_or_without_version() {
        assert_eq!("social-core".parse(), Ok(Library::SocialCore(None)));
        let known = "social-core:4.8".parse::<Library>().unwrap();
        assert_eq!(known, Library::SocialCore(Some(Version(4, 8, 0))));
        assert_eq!(known.to_string(), "python-social-auth 4.8.0");
        for wrong in ["", "social", "social-core:", "social-core:x", "authlib:1"] {
            assert!(wrong.parse::<Library>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn pkce_came_with_a_version() {
        let can = |text: &str| text.parse::<Library>().unwrap().can_pkce();
        assert_eq!(can("social-core:4.8.6"), Some(false));
        assert_eq!(can("social-core:4.8.7"), Some(true));
        assert_eq!(can("social-core:5.1.0"), Some(true));
        assert_eq!((can("social-core"), can("generic")), (None, Some(true)));
    }
}
