//! Words for what is refused of clients that register themselves (RFC 7591, RFC 7592).

use super::reply;
use crate::explain::Explanation;

const PERSON: &str = "The application could not introduce itself to us.";

pub(in crate::explain) const OFF: Explanation = Explanation {
    title: "Registration is off",
    meaning: "An application tried to register itself, which the settings of this server do not \
              allow; many do so on their own as soon as they are given an issuer.",
    fix: "Register the application with `keystead client create`, or set `oidc.registration` to \
          `token` and give it a token of `keystead registration-token create`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const TOKEN_REFUSED: Explanation = Explanation {
    title: "Registration token refused",
    meaning: "The application registered itself without an initial access token, or with one that \
              was revoked, has expired, or was used as often as it may be.",
    fix: "Make a token with `keystead registration-token create` and give it to the application, \
          which sends it as `Authorization: Bearer`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const ACCESS_REFUSED: Explanation = Explanation {
    title: "Registration access token refused",
    meaning: "Somebody wanted to read or change a registration without the token that the client got \
              when it registered itself; or the client was deleted or closed meanwhile.",
    fix: "Let the application register itself anew, or change it here with `keystead client update \
          CLIENT`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const KEPT: Explanation = Explanation {
    title: "Client is kept by administrators",
    meaning: "The client registered itself and was marked as trusted since: nobody is asked for \
              consent, so it may not change any more where people are sent.",
    fix: "Make the change here with `keystead client update CLIENT`, or take the trust back with \
          `--no-trusted`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const METADATA_INVALID: Explanation = Explanation {
    title: "Client metadata refused",
    meaning: "A member of the metadata with which an application registered itself is of another \
              type, too long, not served here, or not allowed by its token.",
    fix: "Correct the member in the application, or make a token that allows what it asks for with \
          `keystead registration-token create`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REDIRECT_URI: Explanation = Explanation {
    title: "Redirect URI cannot be registered",
    meaning: "A redirect URI with which an application registered itself is missing, has a fragment, \
              does not use https, has a scheme of its own without being a public client, or leads to \
              a host that its token does not allow.",
    fix: "Correct the address in the application, or register it yourself with `keystead client \
          add-redirect-uri CLIENT URI`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const SECTOR: Explanation = Explanation {
    title: "Sector identifier refused",
    meaning: "The `sector_identifier_uri` of an application cannot be fetched, answers with something \
              else than a JSON list, or leaves one of the redirect URIs out.",
    fix: "Publish a JSON list of all redirect URIs at that address with https, and allow a private \
          network with `outbound.allowed_networks`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const STATEMENT_INVALID: Explanation = Explanation {
    title: "Software statement refused",
    meaning: "The software statement with which an application registered itself is no signed JWT, \
              has expired, is not valid yet, or no key of its issuer made the signature.",
    fix: "Get a new statement from its issuer for the application, and see that the address of the \
          issuer's keys in `oidc.software_statements` is right and can be reached.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const STATEMENT_UNAPPROVED: Explanation = Explanation {
    title: "Software statement of a stranger",
    meaning: "The software statement with which an application registered itself is of an issuer that \
              the settings of this server do not name.",
    fix: "Name the issuer and the address of its keys in `oidc.software_statements` if you trust it, or \
          let the application leave the statement out.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const DOCUMENT: Explanation = Explanation {
    title: "Client document refused",
    meaning: "The client id is the address of a document about the application, which cannot be \
              fetched, names another client id, or asks for what is not allowed to be registered \
              unseen.",
    fix: "Open the address from this machine and correct the document, or register the application \
          with `keystead client create`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const LIMIT: Explanation = Explanation {
    title: "Too many registrations",
    meaning: "As many clients registered themselves as may, in all or from one network within an \
              hour.",
    fix: "Delete those that are not needed with `keystead client delete CLIENT`, or raise \
          `oidc.registration_limit` or `oidc.registration_per_hour`.",
    person: "The application could not introduce itself to us, since too many did.",
    reply: reply::SETTINGS,
};
