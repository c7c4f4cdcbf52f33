//! Words for what the token endpoint refuses, and for codes that never reach it.

use super::reply;
use crate::explain::Explanation;

/// People hardly ever see these; the application does.
const APPLICATION_FAILED: &str =
    "The application could not complete your sign-in, so start again from the application.";

pub(in crate::explain) const CLIENT_AUTH_MISSING: Explanation = Explanation {
    title: "Client did not authenticate",
    meaning: "The application came to the token endpoint without its client id or without its \
              secret, usually because no secret is set on its side.",
    fix: "Enter the secret from `keystead client show-secret CLIENT` in the application, or run \
          `keystead client config CLIENT` for files that hold it.",
    person: APPLICATION_FAILED,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const CLIENT_AUTH_METHOD: Explanation = Explanation {
    title: "Client authentication method not allowed",
    meaning: "The application sent its secret in another way than the client is set to, or in two \
              ways at once; RFC 6749 allows one.",
    fix: "Set the application to the method that `keystead client show CLIENT` names, either \
          client_secret_basic or client_secret_post, and not to both.",
    person: APPLICATION_FAILED,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const CLIENT_SECRET_WRONG: Explanation = Explanation {
    title: "Client secret wrong",
    meaning: "The secret that the application sent is not the client's: it was rotated, cut off \
              while copying, or belongs to another environment.",
    fix: "Copy the secret from `keystead client show-secret CLIENT` into the application and \
          restart it.",
    person: APPLICATION_FAILED,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const UNSUPPORTED_GRANT_TYPE: Explanation = Explanation {
    title: "Grant type not served",
    meaning: "The application asked the token endpoint for a grant type that Keystead does not \
              serve, such as `password`.",
    fix: "Set the application to one of the `grant_types_supported` of its metadata.",
    person: APPLICATION_FAILED,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const GRANT_NOT_ALLOWED: Explanation = Explanation {
    title: "Grant type not allowed for this client",
    meaning: "Keystead serves this grant type, but this client may not use it.",
    fix: "Compare the grant types in `keystead client show CLIENT` with what the application \
          needs, and set all it may use with `keystead client update CLIENT --grant-type GRANT`.",
    person: APPLICATION_FAILED,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const CODE_UNKNOWN: Explanation = Explanation {
    title: "Authorization code unknown",
    meaning: "The code was never issued here, or so long ago that it is forgotten: the application \
              talks to two servers that do not share a database, or cut the code off.",
    fix: "Check that authorization and token endpoint of the application lead to the same \
          Keystead, best by giving it the issuer alone.",
    person: APPLICATION_FAILED,
    reply: reply::AGAIN,
};

pub(in crate::explain) const CODE_EXPIRED: Explanation = Explanation {
    title: "Authorization code expired",
    meaning: "The application came for its tokens more than the code's lifetime after the person \
              signed in: it is slow, its network is, or somebody reloaded an old callback.",
    fix: "Start again from the application, and if it recurs look for slow name resolution or a \
          firewall between the application and Keystead.",
    person: APPLICATION_FAILED,
    reply: reply::AGAIN,
};

pub(in crate::explain) const CODE_REUSED: Explanation = Explanation {
    title: "Authorization code used twice",
    meaning: "The same code came a second time, so everything issued for it was revoked: the \
              callback was reloaded, the application or a proxy repeats requests, or somebody \
              stole the code.",
    fix: "Start again from the application, and switch off retries of POST requests in the proxy \
          between it and Keystead.",
    person: APPLICATION_FAILED,
    reply: reply::AGAIN,
};

pub(in crate::explain) const CODE_OTHER_CLIENT: Explanation = Explanation {
    title: "Authorization code of another client",
    meaning: "The code was issued to another client than the one that brought it: two applications \
              share a callback, or the client id was changed in the middle.",
    fix: "Give each application its own client id, secret and redirect URI.",
    person: APPLICATION_FAILED,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const CODE_OTHER_REDIRECT_URI: Explanation = Explanation {
    title: "Redirect URI differs at the token endpoint",
    meaning: "The application named one redirect URI when it asked and another, or none, when it \
              redeemed the code: usually some of its requests pass a proxy and others do not.",
    fix: "Make the application build its redirect URI from its public address everywhere, for \
          NetBox by having the proxy send X-Forwarded-Host and X-Forwarded-Proto.",
    person: APPLICATION_FAILED,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const PKCE_VERIFIER_MISSING: Explanation = Explanation {
    title: "PKCE verifier missing",
    meaning: "The request was bound by PKCE, and the application redeemed the code without the \
              verifier: it lost its session between the two, or switches PKCE on by halves.",
    fix: "Check that the application keeps its session cookie across the sign-in, and that all of \
          its instances share sessions.",
    person: APPLICATION_FAILED,
    reply: reply::AGAIN,
};

pub(in crate::explain) const PKCE_VERIFIER_WRONG: Explanation = Explanation {
    title: "PKCE verifier wrong",
    meaning: "The verifier does not belong to the challenge of the request: two sign-ins in two \
              tabs overtook each other, the application computes it wrongly, or somebody injected \
              a code.",
    fix: "Start again in a single tab, and if it recurs check how the application stores its \
          verifier.",
    person: APPLICATION_FAILED,
    reply: reply::AGAIN,
};

pub(in crate::explain) const PKCE_VERIFIER_UNEXPECTED: Explanation = Explanation {
    title: "PKCE verifier without challenge",
    meaning: "The application sent a verifier for a code that was requested without a challenge, \
              which is also what an attack that strips PKCE looks like.",
    fix: "Make the application send the code challenge too, and then run `keystead client update \
          CLIENT --pkce required`.",
    person: APPLICATION_FAILED,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const GRANT_REVOKED: Explanation = Explanation {
    title: "Grant revoked",
    meaning: "What the code or token hangs off was revoked: the person signed out or withdrew \
              their consent, an administrator acted, or a code or refresh token was used twice.",
    fix: "Have the person sign in again, and see with `keystead event list --client CLIENT` who \
          revoked it.",
    person: "Your earlier sign-in to this application has ended, so sign in again.",
    reply: reply::ENDED,
};

pub(in crate::explain) const REFRESH_UNKNOWN: Explanation = Explanation {
    title: "Refresh token unknown",
    meaning: "The refresh token was never issued here, or so long ago that it is forgotten; often \
              the application was moved from another provider with its old sessions.",
    fix: "Have the person sign in again.",
    person: "Your sign-in to this application has ended, so sign in again.",
    reply: reply::ENDED,
};

pub(in crate::explain) const REFRESH_EXPIRED: Explanation = Explanation {
    title: "Refresh token expired",
    meaning: "The application was not used for longer than its refresh tokens live.",
    fix: "Have the person sign in again, or let refresh tokens live longer with `keystead client \
          update CLIENT --refresh-token-lifetime TIME`.",
    person: "You have not used this application for a while, so sign in again.",
    reply: reply::ENDED,
};

pub(in crate::explain) const REFRESH_REUSED: Explanation = Explanation {
    title: "Refresh token used twice",
    meaning: "A refresh token came again after it was replaced, so everything issued with it was \
              revoked: two processes of the application refresh at once, it was restored from a \
              backup, or somebody stole the token.",
    fix: "Have the person sign in again, and let the application refresh in one place only or \
          lengthen their grace with `keystead client update CLIENT --refresh-grace TIME`.",
    person: "For your safety your sign-in to this application was ended, so sign in again.",
    reply: reply::ENDED,
};

pub(in crate::explain) const REFRESH_OTHER_CLIENT: Explanation = Explanation {
    title: "Refresh token of another client",
    meaning: "The refresh token was issued to another client than the one that brought it, usually \
              because two applications share a store or a client id was changed.",
    fix: "Give each application its own client id and its own store, and have people sign in \
          again.",
    person: "Your sign-in belongs to another application, so sign in again.",
    reply: reply::ENDED,
};

pub(in crate::explain) const SCOPE_EXCEEDED: Explanation = Explanation {
    title: "More scopes than granted",
    meaning: "The application asked for scopes at the token endpoint that the person, or a scope \
              map, did not grant.",
    fix: "Ask for fewer scopes in the application, or grant them with `keystead client scope-map \
          CLIENT GROUP SCOPE`.",
    person: APPLICATION_FAILED,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const CODE_NEVER_REDEEMED: Explanation = Explanation {
    title: "Code never redeemed",
    meaning: "The person signed in and was sent back with a code, and the application never came \
              for its tokens: its server cannot reach Keystead (firewall, name resolution, proxy), \
              does not trust Keystead's TLS certificate (a private CA), lost its session so that \
              the state did not match, or gave up before it sent the client secret.",
    fix: "Read the application's own log, and from its server run `curl -v` on the issuer's \
          /.well-known/openid-configuration; with a private CA set REQUESTS_CA_BUNDLE or \
          SOCIAL_AUTH_VERIFY_SSL for NetBox.",
    person: "You signed in here, but the application did not finish, so tell the people who run \
             it.",
    reply: "You did everything right; the application did not come back for the rest of the sign- \
            in, and I am looking into it.",
};
