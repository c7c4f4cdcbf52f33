//! Keystead, an OpenID Connect identity provider. The map of the house:
pub mod app;
pub mod clock;
pub mod config;
pub mod domain;
pub mod explain;
pub mod generator;
pub mod jose;
pub mod random;
pub mod registry;
pub mod seal;
pub mod secret_key;
pub mod signin;
pub mod store;
