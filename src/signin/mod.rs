//! Proving who you are: password, throttle, browser session; and what a client may know of you.

pub mod authenticate;
pub mod farewell;
pub mod known_browser;
pub mod lifetimes;
pub mod password;
pub mod password_rules;
pub mod person;
pub mod session;
pub mod throttle;
