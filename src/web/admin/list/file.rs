//! Lists as files. Spreadsheets run what looks like a formula, so such cells begin with a `'`.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::store::Result;

/// A list as a file.
pub fn csv(name: &str, heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Response {
    let mut text = first(heading);
    text.extend(rows.map(line));
    (headers(name), text).into_response()
}

/// Rows of a long file, and where the next ones are.
pub struct Part<P> {
    /// Some rows.
    pub rows: Vec<Vec<String>>,
    /// What `read` is asked for next; nothing after the last ones.
    pub next: Option<P>,
}

/// A long list as a file that is sent while it is read. The first rows are read before anything is
/// sent, so that what cannot be read is still told on a page.
///
/// # Errors
/// When the first rows cannot be read. Whoever reads on is cut off, so that half a file is not taken
/// for a whole one.
pub async fn long_csv<P, F>(
    name: &str,
    heading: &[&str],
    begin: P,
    read: impl Fn(P) -> F + Send + 'static,
) -> Result<Response>
where
    P: Send + 'static,
    F: Future<Output = Result<Part<P>>> + Send + 'static,
{
    let part = read(begin).await?;
    let mut text = first(heading);
    text.extend(part.rows.into_iter().map(line));
    let parts = stream::try_unfold((Some(text), part.next, read), async |(text, next, read)| {
        if let Some(text) = text {
            return Ok(Some((text, (None, next, read))));
        }
        let Some(place) = next else { return Ok(None) };
        let part = read(place).await?;
        let text: String = part.rows.into_iter().map(line).collect();
        Ok::<_, crate::store::Error>(Some((text, (None, part.next, read))))
    });
    Ok((headers(name), Body::from_stream(parts)).into_response())
}

fn first(heading: &[&str]) -> String {
    format!("{}\r\n", heading.join(","))
}

fn line(cells: Vec<String>) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

fn headers(name: &str) -> [(header::HeaderName, String); 2] {
    [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
    ]
}

fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let cell = cell.replace('"', "\"\"");
    format!("\"{}{cell}\"", if formula { "'" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_cell_is_never_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@x", "\t=1"] {
            assert!(quoted(cell).starts_with("\"'"), "{cell}");
        }
        assert_eq!(quoted("a \"b\""), "\"a \"\"b\"\"\"");
    }
}
