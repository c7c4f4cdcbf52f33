//! The nouns: plain data and the rules that hold for it. No HTTP, no SQL statements, no clock.

mod api_token;
mod cause;
mod client;
mod client_settings;
mod encryption;
mod event;
mod failure;
mod flow;
mod grant;
mod group;
mod id;
mod key;
mod layout;
mod likeness;
mod maps;
mod once;
mod response_type;
mod scope;
mod secret;
mod session;
pub mod settings;
mod staff;
mod target;
mod timestamp;
mod user;

pub use api_token::{ApiScope, ApiToken};
pub use cause::Cause;
pub use client::{Client, RedirectUri, Slug, UriPurpose};
pub use client_settings::{
    AccessTokenFormat, AssertionAudience, AuthMethod, ClientSettings, GrantType, Pkce,
    PushedRequests, SignedRequests, SubMode, UsernameFormat,
};
pub use encryption::{ContentEncryption, KeyManagement};
pub use event::{Actor, Event};
pub use failure::{FailureGroup, FailureKind};
pub use flow::{Flow, FlowRecord, FlowState, FlowStep};
pub use grant::{
    AccessToken, AuthorizationCode, ClaimNames, Consent, Grant, LinkPurpose, OneTimeLink,
    RefreshToken, RequestedClaims,
};
pub use group::{EVERYONE, Group, Nesting};
pub use id::{ClientId, FailureId, FlowRef, GroupId, Kid, UserId};
pub use key::{Algorithm, KeyState, SigningKey};
pub use layout::Layout;
pub use likeness::near;
pub use maps::{ClaimMap, Join, ScopeMap};
pub use once::Once;
pub use response_type::ResponseType;
pub use scope::{Scope, Scopes};
pub use secret::{Secret, Selector, Token};
pub use session::Session;
pub use settings::Settings;
pub use staff::Staff;
pub use target::{AuthorizationDetail, Target, is_details_type, is_resource};
pub use timestamp::{DAY, HOUR, MINUTE, Timestamp};
pub use user::{Address, ExternalId, InvalidName, Profile, Role, User, Username};
