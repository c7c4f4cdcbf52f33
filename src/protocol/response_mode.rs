//! How the answer of the authorization endpoint travels: OAuth 2.0 Multiple Response Types 2.1,
//! Form Post Response Mode, and JWT Secured Authorization Response Mode (JARM).

use serde::{Deserialize, Serialize};

use super::{ErrorCode, OAuthError};
use crate::domain::{Cause, ResponseType};

/// Every mode, as metadata lists them.
pub const ALL: [&str; 7] =
    ["query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt"];

/// The road an answer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// In the query of a redirect.
    Query,
    /// In the fragment of a redirect, which browsers keep to themselves.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

/// The road, and whether the answer is one signed JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseMode {
    /// The road.
    pub channel: Channel,
    /// Whether it is signed (JARM 4.3).
    pub signed: bool,
}

impl ResponseMode {
    /// The mode of a request, as far as it can be made out: errors travel as answers would, and
    /// where a request asks for what there is not, as its response type has it by default.
    pub fn of(mode: Option<&str>, response_type: Option<&str>) -> ResponseMode {
        let default = default_channel(response_type);
        let (channel, signed) = match mode {
            Some("query") => (Channel::Query, false),
            Some("fragment") => (Channel::Fragment, false),
            Some("form_post") => (Channel::FormPost, false),
            Some("query.jwt") => (Channel::Query, true),
            Some("fragment.jwt") => (Channel::Fragment, true),
            Some("form_post.jwt") => (Channel::FormPost, true),
            Some("jwt") => (default, true),
            _ => (default, false),
        };
        // Tokens never stand in a query, and neither does what is said in their place.
        let exposed = channel == Channel::Query && default == Channel::Fragment;
        ResponseMode { channel: if exposed { Channel::Fragment } else { channel }, signed }
    }
}

/// Where each response type is answered unless it says otherwise; errors of requests for unknown
/// ones too.
fn default_channel(response_type: Option<&str>) -> Channel {
    let mut words = response_type.unwrap_or_default().split(' ');
    match words.any(|word| word == "token" || word == "id_token") {
        true => Channel::Fragment,
        false => Channel::Query,
    }
}

/// Checks what a request asks for.
///
/// # Errors
/// `invalid_request` for unknown modes, and where tokens would stand in a query.
pub fn check(mode: Option<&str>, response_type: ResponseType) -> Result<(), OAuthError> {
    let refuse = |sent: &str, expected: &str, text| {
        let error =
            OAuthError::new(ErrorCode::InvalidRequest, Cause::UnsupportedResponseMode, text);
        Err(error.compared("response_mode", (sent, expected)))
    };
    match mode {
        None => Ok(()),
        Some(sent @ ("query" | "query.jwt")) if response_type.is_front_channel() => {
            refuse(sent, "fragment or form_post", "tokens never stand in a query")
        }
        Some(sent) if ALL.contains(&sent) => Ok(()),
        Some(sent) => refuse(sent, "query, fragment or form_post", "unknown response_mode"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Channel, ResponseMode, check};
    use crate::domain::ResponseType;

    #[test]
    fn each_type_has_its_road() {
        let channel = |mode, kind| ResponseMode::of(mode, kind).channel;
        assert_eq!(channel(None, Some("code")), Channel::Query);
        assert_eq!(channel(None, None), Channel::Query);
        assert_eq!(channel(None, Some("id_token token")), Channel::Fragment);
        assert_eq!(channel(Some("query"), Some("id_token")), Channel::Fragment);
        assert_eq!(channel(Some("form_post"), Some("id_token")), Channel::FormPost);
        assert_eq!(channel(Some("jwt"), Some("code token")), Channel::Fragment);
        assert!(ResponseMode::of(Some("jwt"), Some("code")).signed);
    }

    #[test]
    fn tokens_never_stand_in_a_query() {
        for mode in ["query", "query.jwt"] {
            assert!(check(Some(mode), ResponseType::Code).is_ok());
            assert!(check(Some(mode), ResponseType::CodeToken).is_err());
        }
        assert!(check(Some("web_message"), ResponseType::Code).is_err());
    }
}
