//! The only source of now.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::Timestamp;

/// The one place that asks what time it is.
pub enum Clock {
    /// The machine's clock.
    System,
    /// Milliseconds since 1970, moved by a test.
    Manual(AtomicI64),
}

impl Clock {
    /// Now, in seconds.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.now_us() / 1_000_000)
    }

    /// Now, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.now_us() / 1000
    }

    /// Now, in microseconds since 1970.
    pub fn now_us(&self) -> i64 {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the clock")]
            Clock::System => (time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1000) as i64,
            Clock::Manual(ms) => ms.load(Ordering::Relaxed) * 1000,
        }
    }
}
