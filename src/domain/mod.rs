//! The nouns: plain data and the rules that hold for it. No HTTP, no SQL statements, no clock.

mod api_token;
mod backchannel;
mod cause;
mod certificate;
mod client;
mod client_settings;
mod confirmation;
mod device;
mod encryption;
mod event;
mod exchange;
mod failure;
mod flow;
mod grant;
mod grant_type;
mod group;
mod id;
mod key;
mod layout;
mod likeness;
mod logout;
mod maps;
mod once;
mod profile;
mod registration;
mod response_type;
mod scope;
mod secret;
mod session;
pub mod settings;
mod staff;
mod target;
mod text;
mod timestamp;
mod trusted_issuer;
mod user;

pub use api_token::{ApiScope, ApiToken};
pub use backchannel::BackchannelRequest;
pub use cause::Cause;
pub use certificate::{CertificateSubject, parts as name_parts};
pub use client::{Client, RedirectUri, Slug, UriPurpose};
pub use client_settings::{
    AccessTokenFormat, AssertionAudience, AuthMethod, ClientAlgs, ClientSettings, Dpop, Pkce,
    PushedRequests, SignedRequests, SubMode, UsernameFormat,
};
pub use confirmation::Confirmation;
pub use device::{DeviceCode, UserCode};
pub use encryption::{ContentEncryption, KeyManagement};
pub use event::{Actor, Event};
pub use exchange::MayAct;
pub use failure::{FailureGroup, FailureKind};
pub use flow::{Flow, FlowRecord, FlowState, FlowStep};
pub use grant::{
    AccessToken, AuthorizationCode, ClaimNames, Consent, Grant, LinkPurpose, OneTimeLink,
    RefreshToken, RequestedClaims,
};
pub use grant_type::GrantType;
pub use group::{EVERYONE, Group, Nesting};
pub use id::{ClientId, FailureId, FlowRef, GroupId, Kid, UserId};
pub use key::{Algorithm, KeyAlgorithm, KeyState, ServerKey};
pub use layout::Layout;
pub use likeness::near;
pub use logout::{Delivery, LogoutToken};
pub use maps::{ClaimMap, Join, ScopeMap};
pub use once::Once;
pub use profile::{SecurityProfile, Switch};
pub use registration::{Bounds, Registration, RegistrationToken, Wanted};
pub use response_type::ResponseType;
pub use scope::{Scope, Scopes};
pub use secret::{Secret, Selector, Token};
pub use session::Session;
pub use settings::Settings;
pub use staff::Staff;
pub use target::{AuthorizationDetail, Target, is_details_type, is_resource};
pub use text::{disturbs, is_invisible};
pub use timestamp::{DAY, HOUR, MINUTE, Timestamp};
pub use trusted_issuer::{NamedBy, TrustedIssuer};
pub use user::{Address, ExternalId, InvalidName, Profile, Role, User, Username};
