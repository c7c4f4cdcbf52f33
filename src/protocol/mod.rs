//! The verbs: what the specifications say, as functions from facts to decisions.

pub mod access_token;
pub mod assertion;
pub mod authorization_details;
pub mod authorize;
pub mod backchannel;
pub mod callback;
pub mod claims;
pub mod client_auth;
pub mod code_grant;
pub mod device_grant;
pub mod discovery;
pub mod dpop;
pub mod end_session;
pub mod error;
pub mod front_channel;
pub mod id_token;
pub mod introspection;
pub mod jwt_grant;
pub mod launch;
pub mod logout_token;
pub mod next_step;
pub mod pkce;
pub mod polling;
pub mod refresh_grant;
pub mod registration;
pub mod request_object;
pub mod resource;
pub mod response_mode;
pub mod session_state;
pub mod subject;
pub mod target;
pub mod token_exchange;

pub use error::{ErrorCode, OAuthError};
