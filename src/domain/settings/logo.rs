//! The logo: a picture of dots, never a drawing that could carry scripts.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// Bytes of a picture at most.
const MOST: usize = 128 * 1024;

/// A picture, known by its first bytes to be what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo {
    media: &'static str,
    bytes: Vec<u8>,
    hash: String,
}

impl Logo {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    /// The rule that they break.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Logo, String> {
        if bytes.len() > MOST {
            return Err("use a picture of at most 128 KiB".into());
        }
        let media = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
            [0xff, 0xd8, 0xff, ..] => "image/jpeg",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
            _ => return Err("use a PNG, JPEG or WebP picture".into()),
        };
        let hash = Sha256::digest(&bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Logo { media, bytes, hash })
    }

    /// Reads `data:image/png;base64,...`; what the picture is, its bytes say.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Logo, String> {
        let wrong = "write a picture as data:image/png;base64,... or name a file";
        let data = text.strip_prefix("data:image/").and_then(|rest| rest.split_once(";base64,"));
        let (_, data) = data.ok_or(wrong)?;
        // Four letters stand for three bytes.
        if data.len() > MOST / 3 * 4 + 4 {
            return Err("use a picture of at most 128 KiB".into());
        }
        Logo::from_bytes(BASE64_STANDARD.decode(data).map_err(|_| wrong)?)
    }

    /// `image/png`.
    pub fn media(&self) -> &'static str {
        self.media
    }

    /// The picture itself.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The start of its SHA-256, by which it is addressed.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What is told of it where the picture itself would be too much.
    pub fn told(&self) -> String {
        format!("{} of {} bytes ({})", self.media, self.bytes.len(), self.hash)
    }
}

impl std::fmt::Debug for Logo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told())
    }
}

impl Serialize for Logo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let data = BASE64_STANDARD.encode(&self.bytes);
        serializer.collect_str(&format_args!("data:{};base64,{data}", self.media))
    }
}

impl<'de> Deserialize<'de> for Logo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Logo, D::Error> {
        Logo::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Logo;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    #[test]
    fn a_picture_is_what_its_first_bytes_say() {
        assert_eq!(Logo::from_bytes(PNG.to_vec()).unwrap().media(), "image/png");
        assert_eq!(Logo::from_bytes(b"\xff\xd8\xff\xe0".to_vec()).unwrap().media(), "image/jpeg");
        assert_eq!(Logo::from_bytes(b"RIFF0000WEBPVP8 ".to_vec()).unwrap().media(), "image/webp");
        for other in [&b"<svg onload='x'>"[..], b"GIF89a", b"<html>", b"", b"RIFF0000WAVE"] {
            assert!(Logo::from_bytes(other.to_vec()).is_err());
        }
        let lied = serde_json::to_string(&Logo::from_bytes(PNG.to_vec()).unwrap()).unwrap();
        let told: Logo = serde_json::from_str(&lied.replace("png", "webp")).unwrap();
        assert_eq!(told.media(), "image/png");
        assert!(Logo::from_bytes([PNG, &vec![0; 128 * 1024]].concat()).is_err());
    }
}
