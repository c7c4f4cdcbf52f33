//! Points in time as people write them.

use std::str::FromStr;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::domain::Timestamp;

/// A moment, or so many seconds ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    At(Timestamp),
    Ago(i64),
}

impl FromStr for When {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<When, &'static str> {
        if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
            return Ok(When::At(Timestamp(at.unix_timestamp())));
        }
        if let Ok(day) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
            return Ok(When::At(Timestamp(day.midnight().assume_utc().unix_timestamp())));
        }
        ago(text)
            .map(When::Ago)
            .ok_or("write 2026-11-22, 2026-11-22T08:15:00Z, or so long ago: 24h")
    }
}

/// The moment meant, when it is `now`.
pub(super) fn moment(when: When, now: Timestamp) -> Timestamp {
    match when {
        When::At(at) => at,
        When::Ago(seconds) => now - seconds,
    }
}

fn ago(text: &str) -> Option<i64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        "w" => 7 * 86400,
        _ => return None,
    };
    digits.parse::<u32>().ok().map(|number| i64::from(number) * unit)
}

#[cfg(test)]
mod tests {
    use super::{When, moment};
    use crate::domain::Timestamp;

    #[test]
    fn a_day_a_moment_and_so_long_ago() {
        let read = |text: &str| text.parse::<When>().map(|when| moment(when, Timestamp(100_000)));
        assert_eq!(read("1970-01-02"), Ok(Timestamp(86_400)));
        assert_eq!(read("1970-01-01T01:00:00+01:00"), Ok(Timestamp(0)));
        assert_eq!(read("1h"), Ok(Timestamp(96_400)));
        for wrong in ["", "h", "yesterday", "1.5h", "-1h", "1970-13-01", "24ħ"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
