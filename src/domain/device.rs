//! A device that waits for a person to let it in, RFC 8628.

use sqlx::types::Json;

use super::{ClientId, FlowRef, Layout, Scopes, Selector, Timestamp};

/// A device that waits, as stored under the code that it polls with.
#[derive(Debug, Clone)]
pub struct DeviceCode {
    /// Its row.
    pub id: Selector,
    /// SHA-256 of the secret half of the code.
    pub hash: Vec<u8>,
    /// A code over what the person types, so that whoever reads the database cannot type it.
    pub user_code: Vec<u8>,
    /// Who asked.
    pub client_id: ClientId,
    /// Decides `iss`.
    pub layout: Layout,
    /// What is asked for; `None` when nothing was.
    pub scopes: Option<Json<Scopes>>,
    /// The flow it began.
    pub flow: FlowRef,
    /// The end of its life.
    pub expires_at: Timestamp,
    /// When it last polled.
    pub polled_at: Timestamp,
    /// Seconds it has to wait between polls.
    pub pause: i64,
    /// When a person said yes or no.
    pub decided_at: Option<Timestamp>,
    /// What it was allowed; `None` also where the person said no.
    pub grant_id: Option<Selector>,
    /// When it got its tokens.
    pub used_at: Option<Timestamp>,
}

/// What a person types: eight letters that make no words and are hard to confuse (RFC 8628 6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    const LENGTH: usize = 8;

    /// Draws one from a source of random bytes, each letter as likely as any other.
    pub fn draw(mut byte: impl FnMut() -> u8) -> UserCode {
        let fair = u8::MAX - u8::MAX % 20;
        let mut code = String::with_capacity(UserCode::LENGTH);
        while code.len() < UserCode::LENGTH {
            let drawn = byte();
            if drawn < fair {
                code.push(char::from(UserCode::LETTERS[usize::from(drawn % 20)]));
            }
        }
        UserCode(code)
    }

    /// Reads what was typed, whatever the case and whatever stands between the letters; `None` for
    /// what cannot be one.
    pub fn parse(typed: &str) -> Option<UserCode> {
        let letters = typed.chars().filter(|c| c.is_alphanumeric()).take(UserCode::LENGTH + 1);
        let code: String = letters.map(|c| c.to_ascii_uppercase()).collect();
        let known = code.bytes().all(|letter| UserCode::LETTERS.contains(&letter));
        (known && code.len() == UserCode::LENGTH).then_some(UserCode(code))
    }

    /// The letters alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for UserCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (front, back) = self.0.split_at(UserCode::LENGTH / 2);
        write!(f, "{front}-{back}")
    }
}

#[cfg(test)]
mod tests {
    use super::UserCode;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = UserCode::parse("WDJB-MJHT").unwrap();
        assert_eq!((code.as_str(), code.to_string().as_str()), ("WDJBMJHT", "WDJB-MJHT"));
        for typed in ["wdjbmjht", " wdjb mjht ", "W.D.J.B-m_j_h_t", "WDJB–MJHT"] {
            assert_eq!(UserCode::parse(typed).as_ref(), Some(&code), "{typed}");
        }
        for typed in ["", "WDJB", "WDJB-MJHTX", "WDJB-MJH0", "WDJB-MJHA", "ẞDJBMJHT", "\u{0}"] {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn no_letter_is_likelier_than_another() {
        let mut next = 0_u8;
        let mut drawn = String::new();
        // 240 of the 256 bytes are used, each letter by twelve of them.
        while drawn.len() < 240 {
            drawn += UserCode::draw(|| {
                next = next.wrapping_add(1);
                next
            })
            .as_str();
        }
        for letter in UserCode::LETTERS {
            assert_eq!(drawn.bytes().filter(|one| one == letter).count(), 12);
        }
    }
}
