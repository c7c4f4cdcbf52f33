//! Whoever polls for tokens until a person has decided: devices (RFC 8628 3.4 and 3.5), and clients
//! that asked for a person in the back channel (CIBA Core 10.1 and 11).

use super::{ErrorCode, OAuthError};
use crate::domain::{Cause, ClientId, MINUTE, Selector, Timestamp};

/// Seconds between two polls, unless somebody is told to slow down.
pub const PAUSE: i64 = 5;
/// Seconds more for each poll that comes too early (RFC 8628 3.5).
const SLOWER: i64 = 5;
/// The longest pause that anybody is told to make.
const LONGEST_PAUSE: i64 = MINUTE;
/// Seconds by which a poll may come early: the network is not even.
const GRACE: i64 = 1;

/// What is polled for, as stored.
#[derive(Debug, Clone, Copy)]
pub struct Awaited<'a> {
    /// Who asked.
    pub client_id: &'a ClientId,
    /// The end of its life.
    pub expires_at: Timestamp,
    /// When it was last polled for.
    pub polled_at: Timestamp,
    /// Seconds to wait between polls.
    pub pause: i64,
    /// When a person said yes or no.
    pub decided_at: Option<Timestamp>,
    /// What was allowed; `None` also where the person said no.
    pub grant_id: Option<Selector>,
    /// When the tokens were handed over.
    pub used_at: Option<Timestamp>,
}

/// What is told of one kind of thing that is polled for.
#[derive(Debug)]
pub struct Words {
    /// A refusal for good; the client learns no more than that.
    pub invalid: &'static str,
    /// Another client asked.
    pub other_client: Cause,
    /// The tokens were handed over before.
    pub used: Cause,
    /// The person said no.
    pub denied: (Cause, &'static str),
    /// Nobody decided in time.
    pub expired: (Cause, &'static str),
}

/// What a poll finds.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A person said yes.
    LetIn(Selector),
    /// Nobody decided yet.
    Waiting {
        /// The pause that has to be made from now on.
        pause: i64,
        /// Whether it came before its time.
        too_fast: bool,
        /// Whether this is worth writing down: who storms on at the longest pause is not.
        noted: bool,
    },
}

impl Words {
    /// A refusal for good; the client learns no more than that.
    pub fn refusal(&self, cause: Cause) -> OAuthError {
        OAuthError::new(ErrorCode::InvalidGrant, cause, self.invalid)
    }
}

/// What whoever has to wait on is told.
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
    awaited: &Awaited<'_>,
    words: &Words,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<Verdict, OAuthError> {
    if awaited.client_id != client_id {
        return Err(words
            .refusal(words.other_client)
            .compared("client_id", (client_id.as_str(), awaited.client_id.as_str())));
    }
    if awaited.used_at.is_some() {
        return Err(words.refusal(words.used));
    }
    if awaited.decided_at.is_some() && awaited.grant_id.is_none() {
        let (cause, text) = words.denied;
        return Err(OAuthError::new(ErrorCode::AccessDenied, cause, text));
    }
    if awaited.expires_at <= now {
        let (cause, text) = words.expired;
        return Err(OAuthError::new(ErrorCode::ExpiredToken, cause, text));
    }
    if let Some(grant) = awaited.grant_id {
        return Ok(Verdict::LetIn(grant));
    }
    let too_fast = now - awaited.polled_at < awaited.pause - GRACE;
    let pause = match too_fast {
        true => (awaited.pause + SLOWER).min(LONGEST_PAUSE),
        false => awaited.pause,
    };
    let noted = !too_fast || pause != awaited.pause;
    Ok(Verdict::Waiting { pause, too_fast, noted })
}

#[cfg(test)]
mod tests {
    use super::{Awaited, LONGEST_PAUSE, Verdict, check};
    use crate::domain::{Cause, ClientId, Selector, Timestamp};
    use crate::protocol::device_grant::WORDS;

    fn awaited(client_id: &ClientId) -> Awaited<'_> {
        Awaited {
            client_id,
            expires_at: Timestamp(600),
            polled_at: Timestamp(100),
            pause: 5,
            decided_at: None,
            grant_id: None,
            used_at: None,
        }
    }

    fn at(awaited: &Awaited<'_>, now: i64) -> Result<Verdict, Cause> {
        check(awaited, &WORDS, awaited.client_id, Timestamp(now)).map_err(|error| error.cause)
    }

    #[test]
    fn the_pause_grows_with_each_poll_that_comes_early_up_to_a_limit() {
        let tv = ClientId("tv".into());
        let mut awaited = awaited(&tv);
        let waiting = |pause, too_fast, noted| Ok(Verdict::Waiting { pause, too_fast, noted });
        assert_eq!(at(&awaited, 104), waiting(5, false, true));
        assert_eq!(at(&awaited, 103), waiting(10, true, true));
        awaited.pause = LONGEST_PAUSE;
        assert_eq!(at(&awaited, 103), waiting(LONGEST_PAUSE, true, false));
    }

    #[test]
    fn a_decision_is_told_at_once_however_fast_somebody_polls() {
        let tv = ClientId("tv".into());
        let decided = Awaited { decided_at: Some(Timestamp(100)), ..awaited(&tv) };
        assert_eq!(at(&decided, 100), Err(Cause::DeviceDenied));
        let mut let_in = Awaited { grant_id: Some(Selector(7)), ..decided };
        assert_eq!(at(&let_in, 100), Ok(Verdict::LetIn(Selector(7))));
        assert_eq!(at(&let_in, 600), Err(Cause::DeviceCodeExpired));
        let_in.used_at = Some(Timestamp(101));
        assert_eq!(at(&let_in, 102), Err(Cause::DeviceCodeUsed));
    }

    #[test]
    fn another_client_learns_nothing_of_it() {
        let (tv, radio) = (ClientId("tv".into()), ClientId("radio".into()));
        let other = check(&awaited(&tv), &WORDS, &radio, Timestamp(700)).unwrap_err();
        assert_eq!(other.cause, Cause::DeviceCodeOtherClient);
        assert_eq!(other.code.as_str(), "invalid_grant");
    }
}
