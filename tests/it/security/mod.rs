//! The security promises: each has a story that fails when the promise is broken.

mod at_rest;
mod closing;
mod every_route;
mod forms;
mod guessing;
mod headers;
mod hostile_text;
mod passwords;
mod redirects;
mod review;
mod sessions;
mod single_use;
mod takeover;
