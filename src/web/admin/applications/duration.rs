//! Lengths of time as people write them: `90`, `15m`, `1h`, `30d`, as the command line takes them.

use crate::domain::{DAY, HOUR, MINUTE};

/// As it is shown: in the largest unit that divides it.
pub fn shown(seconds: i64) -> String {
    for (unit, length) in [('d', DAY), ('h', HOUR), ('m', MINUTE)] {
        if seconds != 0 && seconds % length == 0 {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}

/// As somebody wrote it, in seconds.
///
/// # Errors
/// What to write instead.
pub fn read(text: &str) -> Result<i64, &'static str> {
    let text = text.trim();
    let unit = match text.chars().last() {
        Some('m') => MINUTE,
        Some('h') => HOUR,
        Some('d') => DAY,
        _ => 1,
    };
    let digits = text.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<i64> = digits.parse().ok().filter(|_| plain);
    let seconds = number.and_then(|number| number.checked_mul(unit));
    seconds.ok_or("Write seconds, or a number with s, m, h or d, like 15m.")
}

#[cfg(test)]
mod tests {
    use super::{read, shown};

    #[test]
    fn what_is_shown_can_be_written_back() {
        for (seconds, text) in [
            (0, "0s"),
            (5, "5s"),
            (60, "1m"),
            (90, "90s"),
            (3600, "1h"),
            (86400, "1d"),
            (2_592_000, "30d"),
        ] {
            assert_eq!(shown(seconds), text);
            assert_eq!(read(text), Ok(seconds));
        }
        assert_eq!(read(" 90 "), Ok(90));
        for wrong in ["", "m", "1hm", "-5", "+5", "1.5h", "1w", "99999999999999999d"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
