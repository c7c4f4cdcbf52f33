//! What a new password must be: long, or a passphrase that is hard to guess; never a common one.

use zxcvbn::Score;

use crate::domain::Secret;

/// Characters a password needs, unless it is rated the highest.
const ENOUGH: usize = 12;
/// Characters a password needs at any rate.
const LEAST: usize = 8;
/// Longer ones are refused, so that nobody makes us hash a book.
const MOST: usize = 1024;

/// Why a password is refused, as an instruction to whoever chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too short.
    #[error("Use at least {0} characters. Four or five words you can remember do well.")]
    Short(u32),
    /// Too long.
    #[error("Use at most 1024 characters.")]
    Long,
    /// Guessed at once.
    #[error("This password is easy to guess. Add a few unrelated words.")]
    Guessable,
}

/// Checks a new password of somebody called `names`, which has `least` characters at least; where
/// that is as usual, a very good one may have fewer.
///
/// # Errors
/// The rule it breaks.
pub fn check(password: &Secret, names: &[&str], least: u32) -> Result<(), WeakPassword> {
    let length = password.expose().chars().count();
    if length > MOST {
        return Err(WeakPassword::Long);
    }
    let enough = ENOUGH.max(usize::try_from(least).unwrap_or(ENOUGH));
    let bare = if enough > ENOUGH { enough } else { LEAST };
    if length < bare {
        return Err(WeakPassword::Short(least));
    }
    // Rating takes time that grows with the square of the length, and a long start tells enough.
    let start: String = password.expose().chars().take(72).collect();
    let score = zxcvbn::zxcvbn(&start, names).score();
    if score < Score::Two {
        Err(WeakPassword::Guessable)
    } else if length < enough && score < Score::Four {
        Err(WeakPassword::Short(least))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{WeakPassword, check};
    use crate::domain::Secret;

    #[test]
    fn long_passwords_and_good_short_ones_pass() {
        for good in ["correct horse battery", "kTz8#vQ2!mLp", "tr0ub4dor&3-staple"] {
            assert_eq!(check(&Secret::sent(good), &[], 12), Ok(()), "{good}");
        }
    }

    #[test]
    fn common_short_and_endless_passwords_are_refused() {
        let refused = |text: &str| check(&Secret::sent(text), &["alice"], 12).unwrap_err();
        assert_eq!(refused("abc"), WeakPassword::Short(12));
        assert_eq!(refused("river7stone"), WeakPassword::Short(12));
        let longer = check(&Secret::sent("kTz8#vQ2!mLp"), &[], 16);
        assert_eq!(longer, Err(WeakPassword::Short(16)));
        assert_eq!(refused("passwordpassword"), WeakPassword::Guessable);
        assert_eq!(refused("123456789012"), WeakPassword::Guessable);
        assert_eq!(refused("alicealicealice"), WeakPassword::Guessable);
        assert_eq!(refused(&"x".repeat(1025)), WeakPassword::Long);
    }
}
