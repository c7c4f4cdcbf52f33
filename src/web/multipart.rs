//! Forms that carry a file, `multipart/form-data` (RFC 7578), read from a body that is whole and
//! bounded. A file becomes text: its bytes in base64.

use axum::http::{HeaderMap, header};
use base64::{Engine, prelude::BASE64_STANDARD};

/// Parts of a form at most.
const MOST: usize = 100;

/// What separates the parts, if it is such a form.
pub fn boundary(headers: &HeaderMap) -> Option<String> {
    let sent = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, parameters) = sent.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let found = parameters.split(';').find_map(|one| one.trim().strip_prefix("boundary="))?;
    let boundary = found.trim_matches('"');
    (1..=70).contains(&boundary.len()).then(|| boundary.to_owned())
}

/// Its fields in order; `None` if it is not well formed.
pub fn read(boundary: &str, body: &[u8]) -> Option<Vec<(String, String)>> {
    let line = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(line.as_bytes())?;
    let mut fields = Vec::new();
    while !rest.starts_with(b"--") {
        if fields.len() == MOST {
            return None;
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = find(rest, between.as_bytes())?;
        let (part, after) = rest.split_at(end);
        fields.push(field(part)?);
        rest = &after[between.len()..];
    }
    Some(fields)
}

fn field(part: &[u8]) -> Option<(String, String)> {
    let end = find(part, b"\r\n\r\n")?;
    let (head, value) = (std::str::from_utf8(&part[..end]).ok()?, &part[end + 4..]);
    let about = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then(|| value.trim())
    })?;
    let name = parameter(about, "name")?;
    let value = match parameter(about, "filename") {
        Some(_) => BASE64_STANDARD.encode(value),
        None => std::str::from_utf8(value).ok()?.to_owned(),
    };
    Some((name, value))
}

/// `name="value"`; browsers write quotes in a value as `%22`.
fn parameter(about: &str, wanted: &str) -> Option<String> {
    let found = about.split(';').find_map(|one| {
        let (name, value) = one.trim().split_once('=')?;
        (name == wanted).then(|| value.trim_matches('"'))
    })?;
    Some(found.replace("%22", "\""))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::{boundary, read};

    #[test]
    fn fields_and_files_are_told_apart() {
        let body = b"--X\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\na=b&c\r\n--X\r\n\
            content-disposition: form-data; name=\"logo\"; filename=\"a.png\"\r\n\
            Content-Type: image/png\r\n\r\n\x89PNG\r\n\r\n\xff\r\n--X--\r\n";
        let fields = read("X", body).unwrap();
        assert_eq!(fields[0], ("csrf".to_owned(), "a=b&c".to_owned()));
        assert_eq!(fields[1], ("logo".to_owned(), "iVBORw0KDQr/".to_owned()));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for body in [
            &b""[..],
            b"--X",
            b"--X\r\n",
            b"--Y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--Y--",
            b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb",
            b"--X\r\nContent-Disposition: form-data\r\n\r\nb\r\n--X--",
            b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--X--",
        ] {
            assert_eq!(read("X", body), None, "{body:?}");
        }
        let many = b"\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--X".repeat(101);
        assert_eq!(read("X", &[b"--X", many.as_slice(), b"--"].concat()), None);
    }

    #[test]
    fn the_boundary_is_a_parameter_of_the_type() {
        let of = |text: &str| {
            let mut headers = axum::http::HeaderMap::new();
            headers.insert("content-type", text.parse().unwrap());
            boundary(&headers)
        };
        assert_eq!(of("multipart/form-data; boundary=\"a-b\"").as_deref(), Some("a-b"));
        assert_eq!(of("application/x-www-form-urlencoded"), None);
        assert_eq!(of("multipart/form-data; charset=utf-8"), None);
    }
}
