//! What the token endpoint takes in exchange.

use serde::{Deserialize, Serialize};

/// What the token endpoint takes in exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum GrantType {
    /// RFC 6749 4.1.
    AuthorizationCode,
    /// RFC 6749 6.
    RefreshToken,
    /// RFC 6749 4.4.
    ClientCredentials,
    /// RFC 8628 3.4.
    DeviceCode,
    /// RFC 8693 2.1.
    TokenExchange,
    /// RFC 7523 2.1.
    JwtBearer,
    /// CIBA Core 10.1.
    Ciba,
}

impl GrantType {
    /// Every one that is served.
    pub const ALL: [GrantType; 7] = [
        GrantType::AuthorizationCode,
        GrantType::RefreshToken,
        GrantType::ClientCredentials,
        GrantType::DeviceCode,
        GrantType::TokenExchange,
        GrantType::JwtBearer,
        GrantType::Ciba,
    ];

    /// As requests and metadata spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            GrantType::AuthorizationCode => "authorization_code",
            GrantType::RefreshToken => "refresh_token",
            GrantType::ClientCredentials => "client_credentials",
            GrantType::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            GrantType::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            GrantType::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            GrantType::Ciba => "urn:openid:params:grant-type:ciba",
        }
    }

    /// As people spell it: the end of a long name.
    pub fn word(self) -> &'static str {
        self.as_str().rsplit(':').next().unwrap_or_default()
    }

    /// The one that a request names.
    pub fn named(text: &str) -> Option<GrantType> {
        GrantType::ALL.into_iter().find(|grant| grant.as_str() == text)
    }

    /// Whether people sign in by it.
    pub fn brings_people(self) -> bool {
        matches!(self, GrantType::AuthorizationCode | GrantType::DeviceCode | GrantType::Ciba)
    }

    /// All of them as people spell them, with commas between.
    pub fn list(all: &[GrantType]) -> String {
        all.iter().map(|grant| grant.word()).collect::<Vec<_>>().join(", ")
    }
}

impl std::str::FromStr for GrantType {
    type Err = String;
    fn from_str(text: &str) -> Result<GrantType, String> {
        let found =
            GrantType::ALL.into_iter().find(|grant| [grant.as_str(), grant.word()].contains(&text));
        found.ok_or_else(|| {
            format!("'{text}' is not a grant type; use one of {}", GrantType::list(&GrantType::ALL))
        })
    }
}

impl From<GrantType> for String {
    fn from(grant: GrantType) -> String {
        grant.as_str().to_owned()
    }
}

impl TryFrom<String> for GrantType {
    type Error = String;
    fn try_from(text: String) -> Result<GrantType, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::GrantType;

    #[test]
    fn each_is_read_by_its_whole_name_and_by_its_short_one() {
        for grant in GrantType::ALL {
            assert_eq!(grant.as_str().parse(), Ok(grant));
            assert_eq!(grant.word().parse(), Ok(grant));
            assert_eq!(GrantType::named(grant.as_str()), Some(grant));
        }
        assert_eq!(GrantType::named("device_code"), None);
        assert!("password".parse::<GrantType>().unwrap_err().contains("device_code"));
    }
}
