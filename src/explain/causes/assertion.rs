//! Words for what is wrong with a client assertion (RFC 7523).

use super::reply;
use crate::explain::Explanation;

const PERSON: &str = "The application could not prove to us which one it is.";

pub(in crate::explain) const MALFORMED: Explanation = Explanation {
    title: "Client assertion unreadable",
    meaning: "The application sent a `client_assertion` that is not a signed JWT, or with another \
              `client_assertion_type` than the one of RFC 7523.",
    fix: "Set the application to `private_key_jwt` or `client_secret_jwt`, as the client is set \
          here, or give both a method with a secret.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const KEY: Explanation = Explanation {
    title: "Client assertion signed with another key",
    meaning: "None of the client's keys made the signature: the application rotated its key, signs \
              with an algorithm that no key of it fits, or the keys belong to another installation.",
    fix: "Give the client the application's present public keys with `keystead client update CLIENT \
          --jwks-file FILE`, or their address with `--jwks-uri URL`, so that they are fetched anew \
          when one is not known.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const CLAIMS: Explanation = Explanation {
    title: "Client assertion says something else",
    meaning: "The assertion must name the client id as `iss` and `sub` and say in `exp` how long it \
              is good for.",
    fix: "Correct the client id that the application signs, or the library that it signs with.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const AUDIENCE: Explanation = Explanation {
    title: "Client assertion for somebody else",
    meaning: "The assertion is addressed to another server than this one, or in a form that the \
              client's setting does not accept: FAPI 2.0 wants the issuer alone, as one string.",
    fix: "Set the audience in the application to the issuer, byte for byte; or, where it can only \
          name the token endpoint, run `keystead client update CLIENT --assertion-audience \
          endpoints`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const TIME: Explanation = Explanation {
    title: "Client assertion out of time",
    meaning: "The assertion has expired, is not valid yet, or is good for more than an hour; often \
              the application's clock is wrong.",
    fix: "Set the clock of the application's machine by NTP, and let it make a new assertion for \
          each request.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REPLAYED: Explanation = Explanation {
    title: "Client assertion used twice",
    meaning: "The same assertion came a second time: the application uses one over and over, a proxy \
              repeats requests, or somebody recorded it.",
    fix: "Let the application make a new assertion, with a `jti` of its own, for each request.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const ALGORITHM_REFUSED: Explanation = Explanation {
    title: "Signed with RS256",
    meaning: "The application signs with RS256, and the client is set to the algorithms of FAPI 2.0 \
              alone.",
    fix: "Let the application sign with PS256, which takes the same key, or with ES256 or EdDSA; or run \
          `keystead client update CLIENT --client-algs any`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const KEYS_UNREACHABLE: Explanation = Explanation {
    title: "Keys of the client not to be had",
    meaning: "The client's keys could not be fetched from its `jwks_uri`: the name is unknown, nothing \
              answers, the certificate is not trusted, the answer is no JWK set, or the address is a \
              private one that the settings do not allow.",
    fix: "Open the address from this machine; allow a private network with `outbound.allowed_networks` \
          and an own certificate authority with `outbound.ca_file`, or register the keys themselves \
          with `keystead client update CLIENT --jwks-file FILE`.",
    person: PERSON,
    reply: reply::SETTINGS,
};
