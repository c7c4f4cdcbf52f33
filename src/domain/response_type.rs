//! What the answer of the authorization endpoint carries: OAuth 2.0 Multiple Response Type Encoding
//! Practices 3 and 5. `token` alone is not among it: it tells a client of nobody.

use serde::{Deserialize, Serialize};

/// The `response_type` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ResponseType {
    /// A code, and nothing in the browser's sight.
    Code,
    /// An ID token.
    IdToken,
    /// An ID token and an access token.
    IdTokenToken,
    /// A code and an ID token.
    CodeIdToken,
    /// A code and an access token.
    CodeToken,
    /// All three.
    CodeIdTokenToken,
}

impl ResponseType {
    /// Every one.
    pub const ALL: [ResponseType; 6] = [
        ResponseType::Code,
        ResponseType::IdToken,
        ResponseType::IdTokenToken,
        ResponseType::CodeIdToken,
        ResponseType::CodeToken,
        ResponseType::CodeIdTokenToken,
    ];

    /// As metadata spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            ResponseType::Code => "code",
            ResponseType::IdToken => "id_token",
            ResponseType::IdTokenToken => "id_token token",
            ResponseType::CodeIdToken => "code id_token",
            ResponseType::CodeToken => "code token",
            ResponseType::CodeIdTokenToken => "code id_token token",
        }
    }

    /// Whether a code goes along.
    pub fn has_code(self) -> bool {
        self.has("code")
    }

    /// Whether an ID token goes along.
    pub fn has_id_token(self) -> bool {
        self.has("id_token")
    }

    /// Whether an access token goes along.
    pub fn has_token(self) -> bool {
        self.has("token")
    }

    /// Whether tokens go through the browser.
    pub fn is_front_channel(self) -> bool {
        self != ResponseType::Code
    }

    fn has(self, word: &str) -> bool {
        self.as_str().split(' ').any(|own| own == word)
    }
}

impl std::str::FromStr for ResponseType {
    type Err = String;

    /// The order of the words means nothing.
    fn from_str(text: &str) -> Result<ResponseType, String> {
        let sorted = |text: &str| {
            let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        let sent = sorted(text);
        let found = ResponseType::ALL.into_iter().find(|one| sorted(one.as_str()) == sent);
        found.ok_or_else(|| {
            let all = ResponseType::ALL.map(ResponseType::as_str).join(", ");
            format!("'{text}' is not a response type; use one of {all}")
        })
    }
}

impl From<ResponseType> for String {
    fn from(one: ResponseType) -> String {
        one.as_str().to_owned()
    }
}

impl TryFrom<String> for ResponseType {
    type Error = String;
    fn try_from(text: String) -> Result<ResponseType, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::ResponseType;

    #[test]
    fn the_order_of_words_means_nothing_and_each_stands_once() {
        assert_eq!("token id_token code".parse(), Ok(ResponseType::CodeIdTokenToken));
        assert_eq!("code".parse(), Ok(ResponseType::Code));
        for wrong in ["", "token", "none", "code code", "code  id_token", "CODE", "code foo"] {
            assert!(wrong.parse::<ResponseType>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_knows_what_it_carries() {
        for one in ResponseType::ALL {
            let words: Vec<&str> = one.as_str().split(' ').collect();
            assert_eq!(one.has_code(), words.contains(&"code"));
            assert_eq!(one.has_id_token(), words.contains(&"id_token"));
            assert_eq!(one.has_token(), words.contains(&"token"));
            assert_eq!(one.as_str().parse(), Ok(one));
        }
    }
}
