//! Proving who you are: password, throttle, browser session.

pub mod password;
pub mod password_rules;
