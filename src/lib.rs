//! Keystead, an OpenID Connect identity provider. The map of the house:
pub mod app;
pub mod clock;
pub mod config;
pub mod domain;
pub mod explain;
pub mod jose;
pub mod layouts;
pub mod metrics;
pub mod random;
pub mod protocol;
pub mod registry;
pub mod seal;
pub mod secret_key;
pub mod server;
pub mod signin;
pub mod store;
pub mod telemetry;
