//! Words for what is wrong with an assertion of a person (RFC 7523 2.1).

use super::reply;
use crate::explain::Explanation;

const READER: &str = "An application could not go on in your name.";

pub(in crate::explain) const ISSUER: Explanation = Explanation {
    title: "Assertion of nobody whom the client trusts",
    meaning: "The `iss` of the assertion is not one of the issuers that the client is set to trust, or \
              it is not a JWT at all.",
    fix: "Compare the `iss` byte for byte with those in `keystead client show CLIENT`, and set all of \
          them with `keystead client update CLIENT --trusted-issuers-file FILE`.",
    person: READER,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const KEY: Explanation = Explanation {
    title: "Assertion signed with another key",
    meaning: "None of the keys that are known of the issuer made the signature: it rotated its key, or \
              its keys cannot be fetched, or somebody else wrote the assertion.",
    fix: "Give the issuer's present keys with `keystead client update CLIENT --trusted-issuers-file \
          FILE`, or their address as `jwks_uri`, so that they are fetched anew when one is not known.",
    person: READER,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const CLAIMS: Explanation = Explanation {
    title: "Assertion says something else",
    meaning: "The assertion is addressed to another server, says not how long it is good for, or has \
              no claim that names the person.",
    fix: "Let its issuer put our issuer into `aud`, an `exp` within an hour, and the person into the \
          claim that is set for it.",
    person: READER,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const TIME: Explanation = Explanation {
    title: "Assertion out of time",
    meaning: "The assertion has expired, is not valid yet, or is good for more than an hour; often the \
              clock of its issuer is wrong.",
    fix: "Set the clock of the issuer by NTP, and let the application ask it for a new assertion for \
          each request.",
    person: READER,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REPLAYED: Explanation = Explanation {
    title: "Assertion used twice",
    meaning: "The same assertion came a second time: the application uses one over and over, a proxy \
              repeats requests, or somebody recorded it.",
    fix: "Let the application ask for a new assertion, with a `jti` of its own, for each request.",
    person: READER,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const PERSON: Explanation = Explanation {
    title: "Assertion of nobody known here",
    meaning: "The assertion names a person who has no account here, whose account is closed, or whom no \
              scope map lets use the client.",
    fix: "Compare the name in the steps of the flow with `keystead user list`, see whether usernames or \
          the ids of another source are meant, and who may use the client.",
    person: READER,
    reply: reply::SETTINGS,
};
