//! The results as Markdown: figures and ratios, no verdicts.

use std::fmt::{Display, Formatter, Result};

use super::limits::Limit;
use super::rows::Row;

/// One provider on one database.
pub struct Section {
    /// What was measured.
    pub title: String,
    /// Row by row.
    pub rows: Vec<Row>,
    /// Start-up and memory, a line each.
    pub facts: Vec<String>,
    /// Whether the database is a process of its own, with processor time of its own.
    pub database_apart: bool,
}

/// Everything measured in one run.
#[derive(Default)]
pub struct Report {
    /// When, what and where, a line each.
    pub header: Vec<String>,
    /// What the hardware and the libraries allow.
    pub limits: Vec<Limit>,
    /// Providers; the first one is what the others are compared with.
    pub sections: Vec<Section>,
}

impl Report {
    fn limit(&self, name: &str) -> Option<f64> {
        let limit = self.limits.iter().find(|limit| limit.name == name)?;
        Some(limit.measured.per_cpu_second())
    }

    /// Times as many requests a CPU-second as the first section.
    fn beside_first(&self, row: &Row) -> Option<f64> {
        row.limit?;
        let first = self.sections.first()?.rows.iter().find(|other| other.name == row.name)?;
        Some(row.measured.per_cpu_second() / first.measured.per_cpu_second())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "# Benchmarks\n\nMade by `make bench`. {EXPLANATION}\n")?;
        for line in &self.header {
            writeln!(f, "- {line}")?;
        }
        writeln!(
            f,
            "\n## Limits on this machine\n\n| limit | per CPU-second | rate /s |\n| --- | ---: | ---: |"
        )?;
        for Limit { name, measured } in &self.limits {
            let (cpu, rate) = (number(measured.per_cpu_second()), number(measured.rate()));
            writeln!(f, "| {name} | {cpu} | {rate} |")?;
        }
        for (n, section) in self.sections.iter().enumerate() {
            section_table(f, self, (n, section))?;
        }
        Ok(())
    }
}

const EXPLANATION: &str = "Loopback, 16 connections from one thread on the same machine, only good \
answers counted. *Per CPU-second* is requests per second of processor time of the server, which moves \
least on a shared machine; *share* is that figure divided by its limit measured in the same run; \
*of first* is that figure divided by the same row of the first provider.";

fn section_table(
    f: &mut Formatter<'_>,
    report: &Report,
    (n, section): (usize, &Section),
) -> Result {
    writeln!(f, "\n## {}\n", section.title)?;
    let mut columns = vec!["", "per CPU-second", "rate /s", "p50 ms", "p99 ms", "share", "of"];
    if section.database_apart {
        columns.insert(2, "with database");
    }
    if n > 0 {
        columns.push("of first");
    }
    let right = ["---:"].repeat(columns.len() - 1);
    writeln!(f, "| {} |\n| --- | {} |", columns.join(" | "), right.join(" | "))?;
    for row in &section.rows {
        let mut cells = cells(report, row);
        if section.database_apart {
            let both = row.measured.cpu + row.measured.database_cpu;
            cells.insert(2, row.alone(|measured| number(measured.done as f64 / both)));
        }
        if n > 0 {
            cells.push(report.beside_first(row).map_or_else(String::new, |r| format!("{r:.2}")));
        }
        writeln!(f, "| {} |", cells.join(" | "))?;
    }
    writeln!(f)?;
    for fact in &section.facts {
        writeln!(f, "- {fact}")?;
    }
    Ok(())
}

fn cells(report: &Report, row: &Row) -> Vec<String> {
    let measured = &row.measured;
    let name = match measured.failed {
        0 => row.name.to_owned(),
        failed => format!("{} ({failed} failed)", row.name),
    };
    let limit = row.limit.and_then(|name| Some((name, report.limit(name)?)));
    let (share, of) = match limit {
        Some((name, limit)) => {
            (format!("{:.0} %", 100.0 * measured.per_cpu_second() / limit), name.to_owned())
        }
        None => (String::new(), String::new()),
    };
    vec![
        name,
        row.alone(|measured| number(measured.per_cpu_second())),
        number(measured.rate()),
        format!("{:.2}", measured.percentile(50)),
        format!("{:.2}", measured.percentile(99)),
        share,
        of,
    ]
}

/// With thousands apart; small ones with a digit after the point.
fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
