//! The content of an encrypted token: A128CBC-HS256 (RFC 7518 5.2.3) and A256GCM (5.3).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rand;

use crate::domain::ContentEncryption;

/// Bytes of the key, the same for both.
pub(super) const KEY: usize = 32;
/// Bytes of a tag, the same for both.
const TAG: usize = 16;

/// What the last three parts of a token hold.
pub(super) struct Sealed {
    pub iv: Vec<u8>,
    pub text: Vec<u8>,
    pub tag: Vec<u8>,
}

/// Encrypts under a key that is used this once.
pub(super) fn seal(
    enc: ContentEncryption,
    key: &[u8],
    header: &[u8],
    plain: &[u8],
) -> Result<Sealed, Unspecified> {
    match enc {
        ContentEncryption::A256Gcm => {
            let mut iv = [0; 12];
            rand::fill(&mut iv)?;
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
            let mut text = plain.to_vec();
            let nonce = Nonce::assume_unique_for_key(iv);
            let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header), &mut text)?;
            Ok(Sealed { iv: iv.to_vec(), text, tag: tag.as_ref().to_vec() })
        }
        ContentEncryption::A128CbcHs256 => {
            let mut iv = [0; 16];
            rand::fill(&mut iv)?;
            seal_cbc(key, iv, header, plain)
        }
    }
}

fn seal_cbc(key: &[u8], iv: [u8; 16], header: &[u8], plain: &[u8]) -> Result<Sealed, Unspecified> {
    let (mac, cipher) = key.split_at_checked(KEY / 2).ok_or(Unspecified)?;
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, cipher)?)?;
    let mut text = plain.to_vec();
    cipher.less_safe_encrypt(&mut text, EncryptionContext::Iv128(FixedLength::from(iv)))?;
    let tag = tag(mac, header, (&iv, &text));
    Ok(Sealed { iv: iv.to_vec(), text, tag })
}

/// RFC 7518 5.2.2.1: over the header, what was made of the text, and the length of the header.
fn tag(mac: &[u8], header: &[u8], (iv, text): (&[u8], &[u8])) -> Vec<u8> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, mac));
    let bits = u64::try_from(header.len()).unwrap_or(u64::MAX).saturating_mul(8);
    for part in [header, iv, text, &bits.to_be_bytes()] {
        context.update(part);
    }
    context.sign().as_ref()[..TAG].to_vec()
}

/// Decrypts what nobody changed.
pub(super) fn open(
    enc: ContentEncryption,
    key: &[u8],
    header: &[u8],
    sealed: &Sealed,
) -> Result<Vec<u8>, Unspecified> {
    if sealed.tag.len() != TAG {
        return Err(Unspecified);
    }
    match enc {
        ContentEncryption::A256Gcm => {
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
            let nonce = Nonce::try_assume_unique_for_key(&sealed.iv)?;
            let mut text = [sealed.text.as_slice(), &sealed.tag].concat();
            let length = key.open_in_place(nonce, Aad::from(header), &mut text)?.len();
            text.truncate(length);
            Ok(text)
        }
        ContentEncryption::A128CbcHs256 => {
            let (mac, cipher) = key.split_at_checked(KEY / 2).ok_or(Unspecified)?;
            let expected = tag(mac, header, (&sealed.iv, &sealed.text));
            verify_slices_are_equal(&expected, &sealed.tag)?;
            let cipher = UnboundCipherKey::new(&AES_128, cipher)?;
            let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(cipher)?;
            let iv: [u8; 16] = sealed.iv.as_slice().try_into().map_err(|_| Unspecified)?;
            let mut text = sealed.text.clone();
            let context = DecryptionContext::Iv128(FixedLength::from(iv));
            Ok(cipher.decrypt(&mut text, context)?.to_vec())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::seal_cbc;

    fn hex(text: &str) -> Vec<u8> {
        let byte = |n: usize| u8::from_str_radix(&text[n..n + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(byte).collect()
    }

    #[test]
    fn the_example_of_rfc_7518_appendix_b_1() {
        let key: Vec<u8> = (0..32).collect();
        let iv = hex("1af38c2dc2b96ffdd86694092341bc04").try_into().unwrap();
        let header = b"The second principle of Auguste Kerckhoffs";
        let plain = b"A cipher system must not be required to be secret, and it must be able to \
                      fall into the hands of the enemy without inconvenience";
        let sealed = seal_cbc(&key, iv, header, plain).unwrap();
        assert_eq!(sealed.text[..16], hex("c80edfa32ddf39d5ef00c0b468834279"));
        assert_eq!(sealed.tag, hex("652c3fa36b0a7c5b3219fab3a30bc1c4"));
    }
}
