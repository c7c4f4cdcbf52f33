//! What somebody else changed meanwhile, beside what was typed.

/// A field that somebody else changed meanwhile, or that was typed otherwise.
pub struct Conflict {
    /// What it is called.
    pub label: String,
    /// As it is stored now.
    pub stored: String,
    /// As it was typed.
    pub mine: String,
}

/// The fields in which what was typed differs from what is stored.
pub fn conflicts<'a>(all: impl Iterator<Item = (&'a str, String, String)>) -> Vec<Conflict> {
    let differs = all.filter(|(_, stored, mine)| stored != mine.trim());
    differs.map(|(label, stored, mine)| Conflict { label: label.into(), stored, mine }).collect()
}
