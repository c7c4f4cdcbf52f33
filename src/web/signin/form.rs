//! What the forms of these pages share.

use axum::http::Uri;

/// A message beside the field it is about; without a field, above the form.
pub struct FieldError {
    /// The id of the input.
    pub field: String,
    /// In plain words.
    pub message: String,
}

impl FieldError {
    /// About one field.
    pub fn new(field: &str, message: impl Into<String>) -> FieldError {
        FieldError { field: field.into(), message: message.into() }
    }
}

/// A path of our own to go on to; anything that could lead elsewhere becomes the front page.
pub fn local_path(next: &str) -> &str {
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ours = next.starts_with('/') && !next.starts_with("//");
    let parses = next.parse::<Uri>().is_ok_and(|uri| uri.authority().is_none());
    if plain && ours && parses { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_our_own_are_followed() {
        assert_eq!(local_path("/account/security?x=1"), "/account/security?x=1");
        for elsewhere in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\tevil",
            "javascript:alert(1)",
            "evil.example",
            " /x",
            "/x\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere}");
        }
    }
}
