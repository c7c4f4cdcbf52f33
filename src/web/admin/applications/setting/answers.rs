//! The settings of how an application is answered: what is signed, what is encrypted to its key, and
//! what its tokens may be for.

use super::table::word;
use super::{Kind, Setting};

const ALGORITHMS: &[(&str, &str)] = &[
    ("none", "None: plain JSON"),
    ("RS256", "RS256"),
    ("PS256", "PS256"),
    ("ES256", "ES256"),
    ("ES384", "ES384"),
    ("EdDSA", "EdDSA"),
];

const LIKE_OTHERS: &[(&str, &str)] = &[
    ("none", "The signing algorithm above"),
    ("RS256", "RS256"),
    ("PS256", "PS256"),
    ("ES256", "ES256"),
    ("ES384", "ES384"),
    ("EdDSA", "EdDSA"),
];

const WAYS: &[(&str, &str)] = &[
    ("none", "Not encrypted"),
    ("RSA-OAEP-256", "RSA-OAEP-256"),
    ("ECDH-ES", "ECDH-ES"),
    ("ECDH-ES+A128KW", "ECDH-ES+A128KW"),
    ("ECDH-ES+A256KW", "ECDH-ES+A256KW"),
];

const CONTENTS: &[(&str, &str)] = &[
    ("none", "A128CBC-HS256, which is meant where nothing is said"),
    ("A128CBC-HS256", "A128CBC-HS256"),
    ("A256GCM", "A256GCM"),
];

const fn maybe(
    field: &'static str,
    says: (&'static str, &'static str),
    options: &'static [(&'static str, &'static str)],
) -> Setting {
    Setting { kind: Kind::Maybe, ..word(field, says, options) }
}

const fn list(field: &'static str, says: (&'static str, &'static str)) -> Setting {
    Setting { kind: Kind::List, reserved: true, ..word(field, says, &[]) }
}

pub(super) const ANSWERS: &[Setting] = &[
    maybe(
        "userinfo_signed_response_alg",
        ("Signed userinfo", "python-social-auth reads plain JSON alone"),
        ALGORITHMS,
    ),
    maybe(
        "introspection_signed_response_alg",
        ("Signed introspection", "Where it asks for a token (RFC 9701)"),
        LIKE_OTHERS,
    ),
    maybe(
        "id_token_encrypted_response_alg",
        ("Encrypted ID tokens", "To a key of its own; python-social-auth cannot read this"),
        WAYS,
    ),
    maybe("id_token_encrypted_response_enc", ("Their content", ""), CONTENTS),
    maybe(
        "userinfo_encrypted_response_alg",
        ("Encrypted userinfo", "To a key of its own; python-social-auth cannot read this"),
        WAYS,
    ),
    maybe("userinfo_encrypted_response_enc", ("Its content", ""), CONTENTS),
    maybe(
        "request_object_encryption_alg",
        ("Encrypted requests", "A key of this server is kept for them (JAR)"),
        WAYS,
    ),
    list("resources", ("Resources", "That it may ask tokens for (RFC 8707); a space between")),
    list(
        "authorization_details_types",
        ("Authorization details", "Types that it may use (RFC 9396); a space between"),
    ),
];
