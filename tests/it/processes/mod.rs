//! The program as a whole: started, killed, cut off from its database, and started again.

mod backup;
mod client;
mod database;
mod installation;
mod kill;
mod logs;
mod nodes;
mod proxy;
mod public_url;
mod refusals;
mod shutdown;

use std::time::Duration;

pub use client::Client;
pub use installation::{Installation, SECRET};

/// Asks again until it is so, for at most half a minute.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}
