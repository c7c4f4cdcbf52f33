//! Words, headers, forms and files.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use keystead::directory::declared::{self, Unreadable};
use keystead::domain::{
    CertificateSubject, ClientId, ResponseType, Scopes, Token, UserCode, Username,
};
use keystead::protocol::{ErrorCode, pkce, resource};
use keystead::web::{by_preference, forwarded, multipart};

/// What is read of a word is written as it can be read again.
pub fn words(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Some(code) = UserCode::parse(text) {
        assert_eq!(UserCode::parse(&code.to_string()), Some(code));
    }
    if let Some(token) = Token::parse(text) {
        assert_eq!(token.expose(), text, "a token has one spelling");
    }
    let scopes = Scopes::parse(text);
    assert_eq!(Scopes::parse(&scopes.to_string()), scopes);
    if let Ok(kind) = text.parse::<ResponseType>() {
        assert_eq!(kind.as_str().parse::<ResponseType>(), Ok(kind));
    }
    if let Ok(subject) = CertificateSubject::try_from(text.to_owned()) {
        assert_eq!(CertificateSubject::try_from(String::from(subject.clone())), Ok(subject));
    }
    if let Ok(id) = ClientId::parse(text) {
        assert!(id.as_str().len() <= 64 && id.as_str().chars().all(|c| c.is_ascii_graphic()));
    }
    if let Ok(name) = Username::parse(text) {
        assert!(Username::parse(name.as_str()).is_ok_and(|again| again == name));
    }
    assert!(pkce::verify(Some(text), Some(text)).is_err(), "no text is its own digest");
    let asked = [text.to_owned()];
    let refused = resource::check(&asked, &[], keystead::domain::Cause::ResourceNotAllowed);
    assert!(refused.is_err_and(|error| error.code == ErrorCode::InvalidTarget));
}

/// A name and a value on each line: only who is trusted is believed, and nobody outside beyond that.
pub fn headers(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n').take(20) {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..at]);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&line[at + 1..])) {
            headers.append(name, value);
        }
    }
    let trusted = ["10.0.0.0/8".parse().expect("a network")];
    let stranger = "203.0.113.9".parse().ok();
    assert_eq!(forwarded::address(stranger, &headers, &trusted), stranger);
    assert_eq!(forwarded::address(None, &headers, &trusted), None);
    let seen = forwarded::address("10.0.0.1".parse().ok(), &headers, &trusted);
    let seen = seen.expect("there is somebody").to_string();
    let sent: String = input.iter().map(|byte| char::from(*byte)).collect();
    // IPv6 has many spellings.
    assert!(
        seen == "10.0.0.1" || sent.contains(&seen) || sent.contains("::") || seen.contains(':')
    );
    if let Some(accepted) = headers.get("accept-language").and_then(|value| value.to_str().ok()) {
        let tags = by_preference(accepted);
        assert!(tags.len() <= accepted.split(',').count());
        assert!(tags.iter().all(|tag| accepted.contains(tag)));
    }
}

/// A boundary on the first line, the body below: fields are told apart, and written again the same.
pub fn multipart(input: &[u8]) {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (first, body) = (&input[..end], &input[end + 1..]);
    let mut headers = HeaderMap::new();
    let kind = [b"multipart/form-data; boundary=", first].concat();
    let Ok(kind) = HeaderValue::from_bytes(&kind) else { return };
    headers.insert("content-type", kind);
    let Some(boundary) = multipart::boundary(&headers) else { return };
    let Some(fields) = multipart::read(&boundary, body) else { return };
    assert!(fields.len() <= 100);
    let plain =
        |name: &str| !name.contains(['"', ';', '=', '\r', '\n', '%']) && name.trim() == name;
    let safe = |(name, value): &(String, String)| plain(name) && !value.contains("--");
    if !fields.iter().all(safe) {
        return;
    }
    let part = |(name, value): &(String, String)| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let written = fields.iter().map(part).collect::<String>() + &format!("--{boundary}--\r\n");
    assert_eq!(multipart::read(&boundary, written.as_bytes()), Some(fields));
}

/// A document of `apply`, in YAML or JSON: read whole, or refused with words.
pub fn declared(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match declared::read(text) {
        Ok(_) => {}
        Err(Unreadable::Syntax(why)) => assert!(!why.is_empty()),
        Err(problems) => assert!(!problems.to_string().is_empty()),
    }
}
