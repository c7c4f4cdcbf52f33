//! Every setting of the form, in the order of the page.

use super::{Kind, Setting};

pub(super) const fn word(
    field: &'static str,
    (says, about): (&'static str, &'static str),
    options: &'static [(&'static str, &'static str)],
) -> Setting {
    Setting { field, says, about, options, reserved: false, kind: Kind::Word }
}

const fn time(field: &'static str, says: &'static str, about: &'static str) -> Setting {
    Setting { field, says, about, options: &[], reserved: false, kind: Kind::Time }
}

const fn switch(field: &'static str, told: (&'static str, &'static str)) -> Setting {
    Setting { kind: Kind::Switch, ..word(field, told, YES_NO) }
}

/// Whom this server asks is for administrators to say.
const fn address(field: &'static str, says: &'static str, about: &'static str) -> Setting {
    Setting { reserved: true, kind: Kind::Address, ..word(field, (says, about), &[]) }
}

const fn reserved(field: &'static str, says: &'static str) -> Setting {
    Setting { reserved: true, ..switch(field, (says, "")) }
}

const YES_NO: &[(&str, &str)] = &[("yes", "Yes"), ("no", "No")];

/// All of them, as the page shows them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        kind: Kind::Method,
        ..word(
            "auth_method",
            ("How it proves who it is", "At the token endpoint"),
            &[
                ("either", "Secret, in the header or in the form"),
                ("client_secret_basic", "Secret, in the header only"),
                ("client_secret_post", "Secret, in the form only"),
                ("client_secret_jwt", "A token signed with the secret"),
                ("private_key_jwt", "A token signed with its own key"),
                ("tls_client_auth", "A certificate that an authority vouches for"),
                ("self_signed_tls_client_auth", "A certificate of its own making"),
                ("none", "Not at all: public"),
            ],
        )
    },
    word(
        "assertion_audience",
        ("Whom such a token must be addressed to", "FAPI 2.0 wants the issuer alone"),
        &[("endpoints", "The issuer or the endpoint"), ("issuer", "The issuer alone")],
    ),
    word(
        "client_algs",
        ("What it may sign with", "FAPI 2.0 leaves RS256 out"),
        &[("any", "Whatever its keys can do"), ("fapi", "PS256, ES256, ES384 or EdDSA")],
    ),
    Setting {
        kind: Kind::Keys,
        ..word("jwks", ("Its public keys", "A JWK set, in one line; or leave it empty"), &[])
    },
    word(
        "pkce",
        ("PKCE", "Binds a code to the browser that asked for it"),
        &[("required", "Required"), ("optional", "Where it offers it")],
    ),
    word(
        "alg",
        ("Signing algorithm", "Of ID tokens, and of JWT access tokens"),
        &[
            ("RS256", "RS256: read everywhere"),
            ("PS256", "PS256"),
            ("ES256", "ES256"),
            ("ES384", "ES384"),
            ("EdDSA", "EdDSA"),
        ],
    ),
    word(
        "access_token",
        ("Access tokens", "JWT: other services can check them without asking"),
        &[("opaque", "Opaque"), ("jwt", "JWT (RFC 9068)")],
    ),
    Setting {
        kind: Kind::Grants,
        ..word(
            "grant_types",
            ("What it may ask for", ""),
            &[
                ("authorization_code", "Sign-ins in the browser"),
                ("refresh_token", "Refresh tokens"),
                ("client_credentials", "Tokens for itself"),
                ("device_code", "Sign-ins on a device, with a code"),
                ("ciba", "Sign-ins that people approve in the portal"),
                ("token-exchange", "Tokens in exchange for others"),
                ("jwt-bearer", "Tokens for assertions of others"),
            ],
        )
    },
    word(
        "pushed_requests",
        ("Pushed requests (PAR)", "Its requests come from the application, not from the browser"),
        &[("optional", "Optional"), ("required", "Required")],
    ),
    word(
        "signed_requests",
        ("Signed requests (JAR)", "Its requests are signed with its own key"),
        &[
            ("optional", "Optional"),
            ("required", "Required"),
            ("encrypted", "Required, and encrypted"),
        ],
    ),
    Setting {
        kind: Kind::Text,
        ..word(
            "certificate_subject",
            (
                "Whom its certificate must name",
                "dns:NAME, dn:NAME, uri:URI, ip:ADDRESS or email:ADDRESS",
            ),
            &[],
        )
    },
    Setting {
        kind: Kind::Switch,
        ..word(
            "certificate_bound_tokens",
            ("Tokens bound to its certificate", "Whoever brings one must show the certificate"),
            YES_NO,
        )
    },
    word(
        "dpop",
        (
            "Proofs of possession (DPoP)",
            "Binds its tokens to a key, so that a stolen one is of no use",
        ),
        &[
            ("optional", "Where it sends them"),
            ("required", "Required"),
            ("nonce", "Required, with our nonce"),
        ],
    ),
    time("access_token_lifetime", "Access token", "1m to 1d"),
    time("id_token_lifetime", "ID token", "1m to 1d"),
    time("refresh_token_lifetime", "Refresh token, unused", "5m to 366d"),
    switch(
        "rotate_refresh_tokens",
        ("Each use replaces a refresh token", "So that a stolen one is noticed"),
    ),
    time("refresh_grace", "A replaced one still works for", "At most 5m, for lost answers"),
    time("code_lifetime", "A code waits for", "5s to 1m"),
    Setting {
        kind: Kind::Age,
        ..word(
            "default_max_age",
            ("A sign-in may be so old", "Where a request does not say; leave it empty for any age"),
            &[],
        )
    },
    Setting {
        kind: Kind::Address,
        ..word(
            "initiate_login_uri",
            ("Where a sign-in may be begun", "With https; the portal opens it"),
            &[],
        )
    },
    time("iat_backdate", "iat lies in the past by", "At most 30s, against slow clocks"),
    word(
        "username",
        ("preferred_username", ""),
        &[("short", "Short: alice"), ("spn", "With our host: alice@host")],
    ),
    Setting {
        reserved: true,
        kind: Kind::Own,
        ..word("trusted", ("Trusted", "People are not asked what it may know"), YES_NO)
    },
    Setting {
        reserved: true,
        ..word(
            "sub",
            ("sub: what it calls people", "uuid, username, email, pairwise or external:SOURCE"),
            &[],
        )
    },
    Setting {
        reserved: true,
        kind: Kind::Own,
        ..word("slug", ("Slug", "Its name in authentik's URLs"), &[])
    },
    Setting {
        reserved: true,
        kind: Kind::Types,
        ..word(
            "response_types",
            (
                "Response types",
                "All but code need oidc.front_channel_tokens; write a comma between",
            ),
            &[],
        )
    },
    address("jwks_uri", "Where it publishes its keys", "In place of the keys themselves"),
    address(
        "sector_identifier_uri",
        "Sector of pairwise subjects",
        "The address whose host names it",
    ),
    address("backchannel_logout_uri", "Where it is told of sign-outs", "By a request from here"),
    reserved("backchannel_logout_session_required", "It must be told which session ended"),
    address("frontchannel_logout_uri", "Where the browser tells it of sign-outs", "In a frame"),
    reserved("frontchannel_logout_session_required", "The browser must say which session ended"),
    Setting {
        reserved: true,
        kind: Kind::Names,
        ..word(
            "token_exchange",
            ("Whose tokens it may exchange", "Ids of clients (RFC 8693); write a comma between"),
            &[],
        )
    },
    Setting {
        reserved: true,
        kind: Kind::Names,
        ..word(
            "exchange_for",
            ("For whom it may get tokens in exchange", "Ids of clients, beside itself"),
            &[],
        )
    },
    Setting {
        reserved: true,
        ..word(
            "may_act",
            ("Tokens that it gets in exchange", ""),
            &[("delegate", "Name who acts"), ("impersonate", "Name the person alone")],
        )
    },
    Setting {
        reserved: true,
        kind: Kind::Issuers,
        ..word(
            "trusted_issuers",
            (
                "Whose assertions of people it may bring",
                "A JSON array in one line: issuer, jwks or jwks_uri, claim, names (RFC 7523)",
            ),
            &[],
        )
    },
];
