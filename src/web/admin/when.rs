//! Points in time as people read them.

use crate::domain::{DAY, HOUR, MINUTE, Timestamp};

/// A moment: `2026-11-22 08:15`, and how long ago.
pub struct When {
    /// For machines: RFC 3339.
    pub exact: String,
    /// For people, in UTC.
    pub shown: String,
    /// `3 minutes ago`, or `in 3 days`.
    pub ago: String,
}

impl When {
    /// As seen now.
    pub fn of(at: Timestamp, now: Timestamp) -> When {
        let exact = at.rfc3339();
        let shown = exact.chars().take(16).collect::<String>().replace('T', " ");
        When { ago: ago(now - at), shown, exact }
    }
}

fn ago(seconds: i64) -> String {
    let length = seconds.saturating_abs();
    let (count, unit) = match length {
        ..MINUTE => return "just now".into(),
        MINUTE..HOUR => (length / MINUTE, "minute"),
        HOUR..DAY => (length / HOUR, "hour"),
        _ => (length / DAY, "day"),
    };
    let told = format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    if seconds < 0 { format!("in {told}") } else { format!("{told} ago") }
}

#[cfg(test)]
mod tests {
    use super::When;
    use crate::domain::Timestamp;

    #[test]
    fn a_moment_reads_as_people_say_it() {
        let ago =
            |seconds: i64| When::of(Timestamp(1_790_000_000 - seconds), Timestamp(1_790_000_000));
        assert_eq!((ago(5).ago.as_str(), ago(61).ago.as_str()), ("just now", "1 minute ago"));
        assert_eq!((ago(7300).ago.as_str(), ago(-9).ago.as_str()), ("2 hours ago", "just now"));
        assert_eq!(ago(-3 * 86_400).ago, "in 3 days");
        assert_eq!(ago(0).shown, "2026-09-21 14:13");
    }
}
