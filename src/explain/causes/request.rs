//! Words for what is wrong with an authorization request.

use super::reply;
use crate::explain::Explanation;

pub(in crate::explain) const UNKNOWN_CLIENT: Explanation = Explanation {
    title: "Unknown client",
    meaning: "The request names a client id that is not registered here, usually a typing error in \
              the application's settings, or the client was deleted or renamed.",
    fix: "Compare the application's client id with `keystead client list`, and correct it there or \
          register it with `keystead client create`.",
    person: "The application you came from is not known here, so tell the people who run it.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const CLIENT_DISABLED: Explanation = Explanation {
    title: "Client closed",
    meaning: "An administrator closed this client, so nobody can sign in to it and its tokens are \
              refused.",
    fix: "Reopen the client if it is to be used, or remove the application's sign-in button.",
    person: "This application is closed at the moment.",
    reply: "The application is closed for sign-ins at the moment; I will tell you when it is open \
            again.",
};

pub(in crate::explain) const REDIRECT_URI_MISSING: Explanation = Explanation {
    title: "Redirect URI missing",
    meaning: "The application did not say where the answer should go, although OpenID Connect \
              demands it in every request.",
    fix: "Set the redirect URI, also called callback URL, in the application's own settings.",
    person: "The application did not say where to return to, so signing in cannot start.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REDIRECT_URI_MISMATCH: Explanation = Explanation {
    title: "Redirect URI does not match",
    meaning: "The application asked for the answer to go to an address that is not registered for \
              it; addresses are compared letter by letter, and often a reverse proxy makes the \
              application believe in another scheme or host than people use.",
    fix: "Register the address with `keystead client add-redirect-uri CLIENT URI` if it is the \
          application's own, else correct the application or the proxy in front of it.",
    person: "The application wants to return to an address that is not registered for it, so it \
             was stopped here for your safety.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const MALFORMED_REQUEST: Explanation = Explanation {
    title: "Malformed request",
    meaning: "A parameter is missing, is there twice, or has a value that the specification does \
              not allow; the steps of the flow name it.",
    fix: "Correct the application, or the link or bookmark that somebody changed by hand.",
    person: "The application sent a request that makes no sense here, so start again from the \
             application.",
    reply: "The link or page you used sent an incomplete request; please open the application \
            itself and sign in from there.",
};

pub(in crate::explain) const UNSUPPORTED_RESPONSE_TYPE: Explanation = Explanation {
    title: "Response type not served",
    meaning: "The application asked for the implicit or hybrid flow, or for something unknown, \
              while only the authorization code flow (response_type=code) is served, since the \
              others expose tokens in the browser.",
    fix: "Set the application to the authorization code flow, called `code` in most settings; only \
          if it can do nothing else, set `oidc.front_channel_tokens = true` and allow the type \
          with `keystead client update CLIENT --response-type TYPE`.",
    person: "The application asked for a way of signing in that is not offered here.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const RESPONSE_TYPE_NOT_ALLOWED: Explanation = Explanation {
    title: "Response type not allowed",
    meaning: "The application asked for tokens through the browser, which is served here but not \
              allowed for this client.",
    fix: "Set the application to the authorization code flow, called `code` in most settings, or \
          allow what it asks for with `keystead client update CLIENT --response-type TYPE`.",
    person: "The application asked for a way of signing in that is not open to it.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const NONCE_MISSING: Explanation = Explanation {
    title: "Nonce missing",
    meaning: "The application asked for an ID token through the browser without a `nonce`, by which \
              alone it could tell that the token was made for this very sign-in.",
    fix: "Switch the nonce on in the application, or set it to the authorization code flow.",
    person: "The application left out a safeguard that is required here.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const UNSUPPORTED_RESPONSE_MODE: Explanation = Explanation {
    title: "Response mode not served",
    meaning: "The application wants the answer in a form that there is not, or tokens in a query, \
              where logs and histories would keep them.",
    fix: "Leave the application's response mode unset, or set it to `form_post`; `query` goes with \
          the authorization code flow alone.",
    person: "The application asked for an answer in a form that is not offered here.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REQUEST_OBJECT_UNSUPPORTED: Explanation = Explanation {
    title: "Request object without keys",
    meaning: "The application packed its request into a signed `request` parameter, and the client \
              has no keys by which the signature could be checked.",
    fix: "Switch signed request objects (JAR) off in the application, or give the client the \
          application's public keys with `keystead client update CLIENT --jwks-file FILE`.",
    person: "The application asked in a way that is not understood here.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REQUEST_URI_UNSUPPORTED: Explanation = Explanation {
    title: "Request by reference not allowed",
    meaning: "The application sent a `request_uri` in place of its parameters, which is neither one \
              that the push endpoint gave out nor one that is registered for the client.",
    fix: "Switch `request_uri` off in the application, let it push its requests (PAR), or register \
          the address with `keystead client update CLIENT --request-uri URI`.",
    person: "The application asked in a way that cannot be followed here.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const PROMPT_CONTRADICTION: Explanation = Explanation {
    title: "Contradictory prompt",
    meaning: "The request says `prompt=none`, that is not to show any page, and asks for a page in \
              the same breath.",
    fix: "Send `prompt=none` alone, or leave `none` away.",
    person: "The application sent a request that contradicts itself.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const PKCE_MISSING: Explanation = Explanation {
    title: "PKCE missing",
    meaning: "The client must use PKCE and sent no code challenge; social-core before 4.8.7, and \
              with it NetBox before 4.6, cannot send one, and later ones do only when told.",
    fix: "Switch PKCE on in the application (NetBox 4.6 and later: SOCIAL_AUTH_OIDC_USE_PKCE = \
          True), or run `keystead client update CLIENT --pkce optional` if it keeps a secret.",
    person: "The application left out a safeguard that is required here.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const PKCE_PLAIN: Explanation = Explanation {
    title: "PKCE method not served",
    meaning: "The application sent its code challenge with the method `plain`, or named none, which \
              means the same; only S256 protects the code.",
    fix: "Set the application's code challenge method to S256.",
    person: "The application uses a safeguard that is too weak to be accepted here.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const PKCE_MALFORMED: Explanation = Explanation {
    title: "PKCE challenge malformed",
    meaning: "The code challenge is not the 43 characters of a SHA-256 in base64url without \
              padding; usually it was padded with `=` or written in hexadecimal.",
    fix: "Correct how the application computes the code challenge (RFC 7636 4.2).",
    person: "The application got a safeguard wrong that is required here.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const MAX_AGE_MALFORMED: Explanation = Explanation {
    title: "Maximum age malformed",
    meaning: "The request says how old a sign-in may be (`max_age`), and what it says is not a \
              whole number of seconds.",
    fix: "Write `max_age` as seconds in the application's settings, like 3600, or leave it away \
          (for NetBox SOCIAL_AUTH_OIDC_MAX_AGE).",
    person: "The application sent a request that makes no sense here, so tell the people who run \
             it.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const ACR_NOT_MET: Explanation = Explanation {
    title: "Level of sign-in not reached",
    meaning: "The application says that an `acr` is essential which no sign-in here reaches: people are \
              signed in at level `1`.",
    fix: "Let the application ask for `acr` `1`, or for none; where it is not essential, any value may \
          stand in the request.",
    person: "The application asks for a stronger sign-in than there is here.",
    reply: reply::SETTINGS,
};
