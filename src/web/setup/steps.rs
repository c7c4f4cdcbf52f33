//! Where in the four steps a page is.

/// One of the four, as its page shows it.
pub struct Step {
    /// Its number, from 1.
    pub number: usize,
    /// What it is called.
    pub title: &'static str,
    /// Whether it is the page at hand.
    pub current: bool,
    /// Whether it is done.
    pub done: bool,
}

const TITLES: [&str; 4] = ["Address", "Administrator", "Mail", "Application"];

impl Step {
    /// All four, seen from the page of `current`.
    pub fn all(current: usize) -> Vec<Step> {
        let step = |(number, title): (usize, &&'static str)| Step {
            number,
            title,
            current: number == current,
            done: number < current,
        };
        (1..).zip(TITLES.iter()).map(step).collect()
    }
}
