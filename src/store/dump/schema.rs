//! The schema of a file, compared to the letter with what our own migrations make: whatever else
//! stands there would run, or decide, as soon as somebody works with the file.

use super::tables;
use crate::store::db::DONE;

/// Type, name, the table it is of, and how it was made; indexes of keys have no text.
pub type Part = (String, String, String, String);

/// Every part of a schema, whatever it is called.
const ALL: &str = "select type, name, tbl_name, coalesce(sql, '') from sqlite_master
    order by type, name";
/// What SQLite makes by itself when it looks at how full tables are.
const COUNTS: [(&str, &str); 2] = [
    ("sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)"),
    ("sqlite_stat4", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"),
];

/// Those that our migrations make, with the table of what was done.
pub fn ours() -> rusqlite::Result<Vec<Part>> {
    let conn = tables::schema()?;
    conn.execute_batch(DONE)?;
    read(&conn)
}

/// Those of a file.
pub fn read(conn: &rusqlite::Connection) -> rusqlite::Result<Vec<Part>> {
    let mut all = conn.prepare(ALL)?;
    let parts =
        all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    parts.collect()
}

/// The parts that run by themselves, of which ours has none: they are refused before anything is
/// written.
pub fn running(found: &[Part]) -> Vec<String> {
    let runs = found.iter().filter(|(kind, ..)| kind != "table" && kind != "index");
    runs.map(|(kind, name, ..)| format!("{kind} {name} is none of ours")).collect()
}

/// In what two schemas differ, a sentence each.
pub fn compare(found: &[Part], ours: &[Part]) -> Vec<String> {
    let called = |all: &[Part], part: &Part| {
        all.iter().find(|other| (&other.0, &other.1) == (&part.0, &part.1)).cloned()
    };
    let mut told = Vec::new();
    for part in found.iter().filter(|part| !counts(part)) {
        let (kind, name, ..) = part;
        match called(ours, part) {
            None => told.push(format!("{kind} {name} is none of ours")),
            Some(own) if own.2 != part.2 || plain(&own.3) != plain(&part.3) => {
                told.push(format!("{kind} {name} is made otherwise than ours"));
            }
            Some(_) => {}
        }
    }
    let less = ours.iter().filter(|part| called(found, part).is_none());
    told.extend(less.map(|(kind, name, ..)| format!("{kind} {name} is missing")));
    told
}

fn counts((kind, name, of, sql): &Part) -> bool {
    kind == "table" && name == of && COUNTS.contains(&(name, sql))
}

/// Without differences in white space that mean nothing: earlier versions wrote the table of the
/// migrations over other lines.
fn plain(sql: &str) -> String {
    let words = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace("( ", "(").replace(" )", ")")
}
