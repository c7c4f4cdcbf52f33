//! A device that polls for its tokens, RFC 8628 3.4 and 3.5.

use super::{ErrorCode, OAuthError};
use crate::domain::{Cause, ClientId, DeviceCode, MINUTE, Selector, Timestamp};

/// Seconds in which a person has to let a device in.
pub const LIFETIME: i64 = 10 * MINUTE;
/// Seconds between two polls, unless a device is told to slow down.
pub const PAUSE: i64 = 5;
/// Seconds more for each poll that comes too early (RFC 8628 3.5).
const SLOWER: i64 = 5;
/// The longest pause that a device is told to make.
const LONGEST_PAUSE: i64 = MINUTE;
/// Seconds by which a poll may come early: the network is not even.
const GRACE: i64 = 1;

/// What a poll finds.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A person let the device in.
    LetIn(Selector),
    /// Nobody decided yet.
    Waiting {
        /// The pause that the device has to make from now on.
        pause: i64,
        /// Whether it came before its time.
        too_fast: bool,
        /// Whether this is worth writing down: a device that storms on at the longest pause is not.
        noted: bool,
    },
}

/// A refusal for good; the client learns no more than that.
pub fn refusal(cause: Cause) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, cause, "the device_code is not valid")
}

/// What a device is told that has to wait on.
pub fn waiting(too_fast: bool) -> OAuthError {
    match too_fast {
        false => OAuthError::new(
            ErrorCode::AuthorizationPending,
            Cause::AuthorizationPending,
            "nobody has decided yet",
        ),
        true => {
            let text = "wait 5 seconds longer between requests";
            OAuthError::new(ErrorCode::SlowDown, Cause::PolledTooFast, text)
        }
    }
}

/// Looks at a poll.
///
/// # Errors
/// `invalid_grant`, `access_denied` or `expired_token`.
pub fn check(
    device: &DeviceCode,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<Verdict, OAuthError> {
    if device.client_id != *client_id {
        return Err(refusal(Cause::DeviceCodeOtherClient)
            .compared("client_id", (client_id.as_str(), device.client_id.as_str())));
    }
    if device.used_at.is_some() {
        return Err(refusal(Cause::DeviceCodeUsed));
    }
    if device.decided_at.is_some() && device.grant_id.is_none() {
        let text = "the person did not let the device in";
        return Err(OAuthError::new(ErrorCode::AccessDenied, Cause::DeviceDenied, text));
    }
    if device.expires_at <= now {
        let text = "the device_code has expired";
        return Err(OAuthError::new(ErrorCode::ExpiredToken, Cause::DeviceCodeExpired, text));
    }
    if let Some(grant) = device.grant_id {
        return Ok(Verdict::LetIn(grant));
    }
    let too_fast = now - device.polled_at < device.pause - GRACE;
    let pause = match too_fast {
        true => (device.pause + SLOWER).min(LONGEST_PAUSE),
        false => device.pause,
    };
    let noted = !too_fast || pause != device.pause;
    Ok(Verdict::Waiting { pause, too_fast, noted })
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_PAUSE, Verdict, check};
    use crate::domain::{Cause, ClientId, DeviceCode, FlowRef, Layout, Selector, Timestamp};

    fn device() -> DeviceCode {
        DeviceCode {
            id: Selector(1),
            hash: Vec::new(),
            user_code: Vec::new(),
            client_id: ClientId("tv".into()),
            layout: Layout::Native,
            scopes: None,
            flow: FlowRef("K7QF-2M9X".into()),
            expires_at: Timestamp(600),
            polled_at: Timestamp(100),
            pause: 5,
            decided_at: None,
            grant_id: None,
            used_at: None,
        }
    }

    fn at(device: &DeviceCode, now: i64) -> Result<Verdict, Cause> {
        check(device, &ClientId("tv".into()), Timestamp(now)).map_err(|error| error.cause)
    }

    #[test]
    fn the_pause_grows_with_each_poll_that_comes_early_up_to_a_limit() {
        let mut device = device();
        let waiting = |pause, too_fast, noted| Ok(Verdict::Waiting { pause, too_fast, noted });
        assert_eq!(at(&device, 104), waiting(5, false, true));
        assert_eq!(at(&device, 103), waiting(10, true, true));
        device.pause = LONGEST_PAUSE;
        assert_eq!(at(&device, 103), waiting(LONGEST_PAUSE, true, false));
    }

    #[test]
    fn a_decision_is_told_at_once_however_fast_a_device_polls() {
        let decided = DeviceCode { decided_at: Some(Timestamp(100)), ..device() };
        assert_eq!(at(&decided, 100), Err(Cause::DeviceDenied));
        let mut let_in = DeviceCode { grant_id: Some(Selector(7)), ..decided };
        assert_eq!(at(&let_in, 100), Ok(Verdict::LetIn(Selector(7))));
        assert_eq!(at(&let_in, 600), Err(Cause::DeviceCodeExpired));
        let_in.used_at = Some(Timestamp(101));
        assert_eq!(at(&let_in, 102), Err(Cause::DeviceCodeUsed));
    }

    #[test]
    fn another_client_learns_nothing_of_it() {
        let other = check(&device(), &ClientId("radio".into()), Timestamp(700)).unwrap_err();
        assert_eq!(other.cause, Cause::DeviceCodeOtherClient);
        assert_eq!(other.code.as_str(), "invalid_grant");
    }
}
