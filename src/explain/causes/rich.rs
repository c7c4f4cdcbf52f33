//! Words for what hangs on a client's own keys, on resources and on authorization details.

use super::reply;
use crate::explain::Explanation;

pub(in crate::explain) const ENCRYPTION_KEY_MISSING: Explanation = Explanation {
    title: "No key to encrypt to",
    meaning: "The client is set to get its ID tokens or its userinfo encrypted, and none of its \
              published keys fits that: the application stopped publishing it, or marks it for \
              signatures.",
    fix: "Let the application publish a public key with `use` `enc` again, or stop encrypting with \
          `keystead client update CLIENT --id-token-encrypted-response-alg none \
          --userinfo-encrypted-response-alg none`.",
    person: "The application is not set up quite right, so the sign-in could not be finished.",
    reply: reply::SETTINGS,
};
