//! A device that polls for its tokens, RFC 8628 3.4 and 3.5.

use super::polling::{Awaited, Words};
use crate::domain::{Cause, DeviceCode, MINUTE};

/// Seconds in which a person has to let a device in.
pub const LIFETIME: i64 = 10 * MINUTE;

/// What is told of devices that poll.
pub const WORDS: Words = Words {
    invalid: "the device_code is not valid",
    other_client: Cause::DeviceCodeOtherClient,
    used: Cause::DeviceCodeUsed,
    denied: (Cause::DeviceDenied, "the person did not let the device in"),
    expired: (Cause::DeviceCodeExpired, "the device_code has expired"),
};

/// What of a device decides over its polls.
pub fn awaited(device: &DeviceCode) -> Awaited<'_> {
    Awaited {
        client_id: &device.client_id,
        expires_at: device.expires_at,
        polled_at: device.polled_at,
        pause: device.pause,
        decided_at: device.decided_at,
        grant_id: device.grant_id,
        used_at: device.used_at,
    }
}
