//! Words for what is wrong with requests that were pushed (RFC 9126) or signed (RFC 9101).

use super::reply;
use crate::explain::Explanation;

pub(in crate::explain) const REQUEST_URI_UNKNOWN: Explanation = Explanation {
    title: "Pushed request unknown",
    meaning: "The `request_uri` was not given out here, or it was given to another client than the \
              one that the request names.",
    fix: "See that the application sends the `request_uri` byte for byte as it got it, with its own \
          client id, and to the server it was pushed to.",
    person: "The application refers to a request that is not known here, so start again from the \
             application.",
    reply: reply::AGAIN,
};

pub(in crate::explain) const REQUEST_URI_EXPIRED: Explanation = Explanation {
    title: "Pushed request too old",
    meaning: "The browser came with a pushed request more than a minute after it was pushed.",
    fix: "Nothing, if somebody came back to an old page; otherwise let the application push the \
          request when the person wants to sign in, not before.",
    person: "Signing in took too long to start, so start again from the application.",
    reply: reply::AGAIN,
};

pub(in crate::explain) const REQUEST_URI_USED: Explanation = Explanation {
    title: "Pushed request used",
    meaning: "The pushed request was answered before; each is answered once.",
    fix: "Nothing, if somebody went back in the browser; otherwise let the application push a \
          request for each sign-in.",
    person: "This sign-in was finished before, so start again from the application.",
    reply: reply::AGAIN,
};

pub(in crate::explain) const PUSHED_REQUEST_REQUIRED: Explanation = Explanation {
    title: "Request not pushed",
    meaning: "The client is set to push its requests (PAR), and one came through the browser \
              instead.",
    fix: "Switch pushed authorization requests (PAR) on in the application, or run `keystead client \
          update CLIENT --pushed-requests optional`.",
    person: "The application asked in a way that is not open to it.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REQUEST_OBJECT_INVALID: Explanation = Explanation {
    title: "Signed request not accepted",
    meaning: "The application signed its request with a key that is not the client's, for another \
              server, too long ago, or with something in it that a request must not hold.",
    fix: "Compare the keys of the client with those of the application, the audience with the issuer, \
          and both clocks; the steps of the flow say which of these it is.",
    person: "The application sent a request that cannot be trusted, so it was stopped here.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const SIGNED_REQUEST_REQUIRED: Explanation = Explanation {
    title: "Request not signed",
    meaning: "The client is set to sign its requests (JAR), and one came unsigned.",
    fix: "Switch signed request objects on in the application, or run `keystead client update CLIENT \
          --signed-requests optional`.",
    person: "The application asked in a way that is not open to it.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REQUEST_OBJECT_UNREADABLE: Explanation = Explanation {
    title: "Encrypted request not readable",
    meaning: "The application encrypted its request to a key that is not this server's, or not any \
              more, or in a way that is not served.",
    fix: "Let the application fetch the keys of this server again, which restarting it usually does, \
          and see that it encrypts with `RSA-OAEP-256` or `ECDH-ES`; `keystead client update CLIENT \
          --request-object-encryption-alg RSA-OAEP-256` makes a key for it where there is none.",
    person: "The application sent a request that cannot be read here, so it was stopped.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const ENCRYPTED_REQUEST_REQUIRED: Explanation = Explanation {
    title: "Request not encrypted",
    meaning: "The client is set to encrypt its requests, and one came that everybody on its way could \
              read.",
    fix: "Switch encrypted request objects on in the application, or run `keystead client update \
          CLIENT --signed-requests required`.",
    person: "The application asked in a way that is not open to it.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REQUEST_URI_UNREACHABLE: Explanation = Explanation {
    title: "Request not to be had",
    meaning: "The application named an address of its request, and nothing useful came from there: \
              the name is unknown, nothing answers, the certificate is not trusted, or the address is \
              a private one that the settings do not allow.",
    fix: "Open the address from this machine; allow a private network with `outbound.allowed_networks` \
          and an own certificate authority with `outbound.ca_file`, or let the application push its \
          requests instead.",
    person: "The request of the application could not be fetched, so start again from there later.",
    reply: reply::SETTINGS,
};
