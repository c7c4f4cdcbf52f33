//! Words for what is wrong with a proof of possession (DPoP, RFC 9449).

use super::reply;
use crate::explain::Explanation;

const PERSON: &str = "The application could not prove to us that its key is its own.";

pub(in crate::explain) const MISSING: Explanation = Explanation {
    title: "No proof of possession",
    meaning: "The client is set to send a DPoP proof with each request, or its token is bound to a key, \
              and the request had no `DPoP` header.",
    fix: "Switch DPoP on in the application; or, if it cannot do it, run `keystead client update CLIENT \
          --dpop optional`, so that its tokens work for whoever holds them.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const INVALID: Explanation = Explanation {
    title: "Proof of possession not valid",
    meaning: "The `DPoP` header is not a proof for this request: it is signed with something that is not \
              taken here, carries no public key, or names another method, URL or token.",
    fix: "Update the library of the application; or, where `htu` differs because a proxy changes the \
          address, set `public_url` to the one that the application calls.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const TIME: Explanation = Explanation {
    title: "Proof of possession out of time",
    meaning: "The proof was made more than a minute ago, or comes from the future: the application's \
              clock is wrong, or it keeps proofs for later.",
    fix: "Set the clock of the application's machine by NTP; where that cannot be, as on devices, run \
          `keystead client update CLIENT --dpop nonce`, so that our clock counts.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REPLAYED: Explanation = Explanation {
    title: "Proof of possession used twice",
    meaning: "The same proof came a second time: the application uses one over and over, a proxy repeats \
              requests, or somebody recorded it.",
    fix: "Let the application make a new proof, with a `jti` of its own, for each request.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const KEY_MISMATCH: Explanation = Explanation {
    title: "Bound to another key",
    meaning: "The code or token is bound to a key, and the request proved another one or none: the \
              application has made a new key meanwhile, or somebody else brings what it was given.",
    fix: "Sign in again, and let the application keep its key as long as its tokens, on the machine \
          that they were given to.",
    person: PERSON,
    reply: reply::AGAIN,
};

pub(in crate::explain) const NONCE: Explanation = Explanation {
    title: "Proof of possession without our nonce",
    meaning: "The client is set to put our nonce into each proof. It was told the present one in the \
              `DPoP-Nonce` header, and is to ask once more with it.",
    fix: "Let the application ask once more with the nonce; or, if its library cannot do that, run \
          `keystead client update CLIENT --dpop required`.",
    person: PERSON,
    reply: reply::SETTINGS,
};
