//! Words for what is refused where tokens are exchanged (RFC 8693).

use super::reply;
use crate::explain::Explanation;

const PERSON: &str = "An application could not go on in your name.";

pub(in crate::explain) const SUBJECT: Explanation = Explanation {
    title: "Token to be exchanged not valid",
    meaning: "The `subject_token` has expired, was revoked, tells of no person, or is not an access \
              token or ID token of this server.",
    fix: "Send the access token of the person as it came with their request, before it expires, with \
          its right `subject_token_type`.",
    person: PERSON,
    reply: reply::ENDED,
};

pub(in crate::explain) const ACTOR: Explanation = Explanation {
    title: "Token of the actor not valid",
    meaning: "The `actor_token` has expired, was revoked, or was issued to another client than the \
              one that exchanges.",
    fix: "Send a token that was issued to the client itself, or no `actor_token` at all, in which \
          case the client is the actor.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const TOKEN_TYPE: Explanation = Explanation {
    title: "Type of token not served in exchange",
    meaning: "Access tokens and ID tokens are taken, and access tokens are given for them; the \
              application names another type, or none.",
    fix: "Set `subject_token_type` to the access token's, and leave `requested_token_type` out.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const NOT_ALLOWED: Explanation = Explanation {
    title: "Tokens of that client not to be exchanged",
    meaning: "The token was issued to a client that is not on the list of those whose tokens this \
              client may exchange.",
    fix: "If it may, name all of them with `keystead client update CLIENT --token-exchange SOURCE`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const AUDIENCE: Explanation = Explanation {
    title: "Audience not allowed in exchange",
    meaning: "The application wants a token for an `audience` that is not on the list of those for \
              which this client may get tokens, or that is no client here.",
    fix: "If it may, name all of them with `keystead client update CLIENT --exchange-for AUDIENCE`.",
    person: PERSON,
    reply: reply::SETTINGS,
};
