//! What is encrypted to a key is read with it, and nothing else is.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{EncryptionKey, Inside, Opener, Unreadable, encrypt};
use crate::domain::{Algorithm, ContentEncryption, KeyManagement};
use crate::jose::NewKey;

/// A pair of this kind; the public half is for encryption.
fn pair(kind: Algorithm) -> (Opener, Value) {
    let key = NewKey::generate(kind).unwrap();
    let mut public = Value::Object(key.public);
    (public["use"], public["kid"]) = (json!("enc"), json!("e1"));
    public.as_object_mut().unwrap().remove("alg");
    (Opener::parse(&key.private).unwrap(), public)
}

fn fitting(kind: Algorithm) -> Vec<KeyManagement> {
    let rsa = kind == Algorithm::RS256;
    let all = KeyManagement::ALL.into_iter();
    all.filter(|alg| (*alg == KeyManagement::RsaOaep256) == rsa).collect()
}

#[test]
fn each_way_reads_what_it_wrote_and_nothing_that_was_changed() {
    for kind in [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384] {
        let ((opener, public), (stranger, _)) = (pair(kind), pair(kind));
        let key = EncryptionKey::read(&public).unwrap();
        for (alg, enc) in
            fitting(kind).into_iter().flat_map(|alg| ContentEncryption::ALL.map(|enc| (alg, enc)))
        {
            let token = encrypt(&key, (alg, enc), (Inside::Token, b"a.b.c")).unwrap();
            let opened = opener.open(&token).unwrap();
            assert_eq!(opened.plain, b"a.b.c");
            assert_eq!(
                (&opened.header["cty"], &opened.header["kid"]),
                (&json!("JWT"), &json!("e1"))
            );
            assert_eq!(stranger.open(&token), Err(Unreadable), "{alg:?}");
            let parts: Vec<&str> = token.split('.').collect();
            for n in 0..5 {
                let mut changed: Vec<String> =
                    parts.iter().map(|part| (*part).to_owned()).collect();
                let first = if changed[n].starts_with('A') { "B" } else { "A" };
                let rest = changed[n].get(1..).unwrap_or_default().to_owned();
                changed[n] = format!("{first}{rest}");
                assert_eq!(opener.open(&changed.join(".")), Err(Unreadable), "{alg:?} {n}");
            }
        }
    }
}

#[test]
fn what_is_no_key_for_encryption_is_passed_over() {
    let (_, public) = pair(Algorithm::ES256);
    let with = |name: &str, value: Value| {
        let mut jwk = public.clone();
        jwk[name] = value;
        EncryptionKey::read(&jwk).is_some()
    };
    assert!(with("alg", json!("ECDH-ES")) && !with("alg", json!("ES256")));
    assert!(!with("use", json!("sig")) && !with("crv", json!("P-521")));
    assert!(!with("y", public["x"].clone()), "not on the curve");
    assert!(!with("kty", json!("OKP")) && !with("x", json!("AA")));
    let weak = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
    assert!(EncryptionKey::read(&weak).is_none());
}

proptest! {
    #[test]
    fn any_content_comes_back(plain in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (opener, public) = pair(Algorithm::ES256);
        let key = EncryptionKey::read(&public).unwrap();
        for enc in ContentEncryption::ALL {
            let how = (KeyManagement::EcdhEs, enc);
            let token = encrypt(&key, how, (Inside::Claims, &plain)).unwrap();
            prop_assert_eq!(&opener.open(&token).unwrap().plain, &plain);
        }
    }

    #[test]
    fn no_text_breaks_the_reader(
        header in "\\PC{0,80}",
        parts in proptest::collection::vec("[A-Za-z0-9_-]{0,60}", 0..6),
    ) {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
        let (opener, _) = pair(Algorithm::ES256);
        prop_assert_eq!(opener.open(&header), Err(Unreadable));
        let known = json!({ "alg": "ECDH-ES", "enc": "A256GCM", "epk": header }).to_string();
        for first in [BASE64.encode(&header), BASE64.encode(known)] {
            let token = [vec![first], parts.clone()].concat().join(".");
            prop_assert_eq!(opener.open(&token), Err(Unreadable));
        }
    }
}
