//! Sign-ins of the last day, hour by hour, as bars and in a sentence.

use crate::app::AppState;
use crate::directory::Result;
use crate::domain::{FlowState, HOUR, Timestamp};
use crate::store::flows;

/// Hours that are shown.
const HOURS: i64 = 24;
/// Attempts that are counted at most: the newest.
const COUNTED: i64 = 20_000;
/// What the bars are drawn in.
const WIDTH: i64 = 480;
const HEIGHT: i64 = 80;

/// The last day.
pub struct Chart {
    /// The bars.
    pub bars: Vec<Bar>,
    /// `0 0 480 80`.
    pub view: String,
    /// What the bars show.
    pub sentence: String,
    /// The first hour, and the last.
    pub ends: (String, String),
    /// Who signed in.
    pub worked: i64,
    /// Who did not.
    pub failed: i64,
}

/// One hour: a part of a bar for each outcome.
pub struct Bar {
    /// How far right.
    pub x: i64,
    /// How wide.
    pub width: i64,
    /// Top and height of what worked.
    pub worked: (i64, i64),
    /// Top and height of what failed, above it.
    pub failed: (i64, i64),
    /// Where the ground is.
    pub ground: i64,
    /// `08:00: 12 worked, 1 failed`.
    pub title: String,
}

impl Chart {
    /// The last day as it is kept.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of(app: &AppState) -> Result<Chart> {
        let now = app.clock.now();
        let since = Timestamp(now.0 - now.0.rem_euclid(HOUR) - (HOURS - 1) * HOUR);
        let found = flows::hours(&mut app.db.read().await?.apart(), since, COUNTED).await?;
        Ok(Chart::drawn(since, &found))
    }

    fn drawn(since: Timestamp, found: &[(i64, FlowState, i64)]) -> Chart {
        let count = |hour: i64, state: FlowState| {
            let fits = found.iter().filter(|(at, how, _)| *at == hour && *how == state);
            fits.map(|(_, _, count)| count).sum::<i64>()
        };
        let hours =
            (0..HOURS).map(|hour| (count(hour, FlowState::Done), count(hour, FlowState::Failed)));
        let hours: Vec<(i64, i64)> = hours.collect();
        let most = hours.iter().map(|(worked, failed)| worked + failed).max().unwrap_or(0).max(1);
        let worked = hours.iter().map(|(worked, _)| worked).sum();
        let failed = hours.iter().map(|(_, failed)| failed).sum();
        let all = found.iter().map(|(_, _, count)| count).sum::<i64>();
        let bars = hours.iter().enumerate().map(|(n, counts)| bar(since, n as i64, *counts, most));
        Chart {
            bars: bars.collect(),
            view: format!("0 0 {WIDTH} {HEIGHT}"),
            sentence: sentence((worked, failed), all >= COUNTED),
            ends: (clock(since), clock(since + (HOURS - 1) * HOUR)),
            worked,
            failed,
        }
    }
}

fn bar(since: Timestamp, hour: i64, (worked, failed): (i64, i64), most: i64) -> Bar {
    let room = HEIGHT - 2;
    // What happened once among thousands is seen too.
    let tall = |count: i64| if count == 0 { 0 } else { (count * room / most).max(2) };
    let (low, high) = (tall(worked), tall(failed));
    let low = low.min(room - high.min(room));
    let step = WIDTH / HOURS;
    Bar {
        x: hour * step + 1,
        width: step - 2,
        worked: (room - low, low),
        failed: (room - low - high, high),
        ground: room,
        title: format!("{}: {worked} worked, {failed} failed", clock(since + hour * HOUR)),
    }
}

fn sentence((worked, failed): (i64, i64), cut: bool) -> String {
    let told = match (worked, failed) {
        (0, 0) => return "Nobody tried to sign in to an application in the last 24 hours.".into(),
        (worked, 0) => format!("{}, and none failed", sign_ins(worked)),
        (worked, failed) => format!("{}, and {failed} failed", sign_ins(worked)),
    };
    match cut {
        true => format!("{told}: of the newest {COUNTED} attempts in the last 24 hours."),
        false => format!("{told}, in the last 24 hours."),
    }
}

fn sign_ins(count: i64) -> String {
    match count {
        0 => "No sign-in worked".to_owned(),
        1 => "1 sign-in worked".to_owned(),
        _ => format!("{count} sign-ins worked"),
    }
}

fn clock(at: Timestamp) -> String {
    at.rfc3339().chars().skip(11).take(5).collect()
}

#[cfg(test)]
mod tests {
    use super::{COUNTED, Chart, HEIGHT};
    use crate::domain::{FlowState, Timestamp};

    fn drawn(found: &[(i64, FlowState, i64)]) -> Chart {
        Chart::drawn(Timestamp(1_790_000_000), found)
    }

    #[test]
    fn a_bar_stays_within_the_picture_and_shows_what_happened_once() {
        let chart = drawn(&[(0, FlowState::Done, 9_999), (0, FlowState::Failed, 1)]);
        let bar = &chart.bars[0];
        assert!(bar.failed.0 >= 0 && bar.failed.1 >= 2, "{:?} {:?}", bar.failed, bar.worked);
        assert!(bar.worked.0 + bar.worked.1 <= HEIGHT);
        assert_eq!((chart.bars.len(), chart.bars[5].worked.1), (24, 0));
        assert_eq!((chart.worked, chart.failed), (9_999, 1));
    }

    #[test]
    fn the_sentence_says_what_the_bars_do() {
        assert!(drawn(&[]).sentence.starts_with("Nobody tried"));
        let some = drawn(&[(3, FlowState::Done, 1), (4, FlowState::Failed, 2)]);
        assert_eq!(some.sentence, "1 sign-in worked, and 2 failed, in the last 24 hours.");
        let many = drawn(&[(3, FlowState::Done, COUNTED)]);
        assert!(many.sentence.contains("of the newest 20000 attempts"), "{}", many.sentence);
    }
}
