//! How a change of the settings reaches the server that runs: it is asked to go by them, and whoever
//! asked waits until it does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// How long whoever changed the settings waits; the server finds the change by itself, too.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between those who change the settings and the server.
#[derive(Default)]
pub struct Renewal {
    asked: Notify,
    done: watch::Sender<u64>,
    served: AtomicBool,
}

impl Renewal {
    /// Asks the server of this process, if there is one, to look at the settings, and waits until
    /// every request goes by them.
    pub async fn ask(&self) {
        if self.served.load(Ordering::Relaxed) {
            let mut done = self.done.subscribe();
            self.asked.notify_one();
            timeout(PATIENCE, done.changed()).await.ok();
        }
    }

    /// The server: resolves when somebody asks, or after `pause`.
    pub async fn asked(&self, pause: Duration) {
        self.served.store(true, Ordering::Relaxed);
        timeout(pause, self.asked.notified()).await.ok();
    }

    /// The server: the settings were looked at, and what they say is done.
    pub fn done(&self) {
        self.done.send_modify(|times| *times += 1);
    }
}
