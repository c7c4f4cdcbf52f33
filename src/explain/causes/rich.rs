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

const PERSON: &str = "The application asked for something that it may not have here.";

pub(in crate::explain) const RESOURCE_NOT_ALLOWED: Explanation = Explanation {
    title: "Resource not allowed",
    meaning: "The application asked for a token for a resource (RFC 8707) that the client's list does \
              not have, byte for byte, or that is no whole URI without a fragment.",
    fix: "Allow it with `keystead client update CLIENT --resource URI`, which names all that the \
          client may ask for, or correct the resource in the application.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const RESOURCE_EXCEEDED: Explanation = Explanation {
    title: "Resource not granted",
    meaning: "The application asked the token endpoint for a resource that its authorization request \
              did not name.",
    fix: "Let the application name every resource that it will need in its authorization request.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const DETAILS_MALFORMED: Explanation = Explanation {
    title: "Authorization details unreadable",
    meaning: "The `authorization_details` are no JSON array of objects with a `type`, have a list or \
              a text where RFC 9396 wants the other, hold characters that a page cannot show, or are \
              too long or too deep.",
    fix: "Correct what the application sends as `authorization_details`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const DETAILS_TYPE: Explanation = Explanation {
    title: "Type of authorization details not allowed",
    meaning: "The application asked for authorization details of a type that the client's list does \
              not have.",
    fix: "Allow it with `keystead client update CLIENT --authorization-details-type TYPE`, which \
          names all that the client may use, or correct the type in the application.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const DETAILS_EXCEEDED: Explanation = Explanation {
    title: "Authorization details not granted",
    meaning: "The application asked the token endpoint for authorization details other than those \
              that the person allowed.",
    fix: "Let the application send some of the granted details unchanged to the token endpoint, or \
          none to get all of them.",
    person: PERSON,
    reply: reply::SETTINGS,
};
