//! Words for what stops nothing by itself and is worth telling beside what did.

use super::reply;
use crate::explain::Explanation;

pub(in crate::explain) const RESTARTED_AFTER_TOKENS: Explanation = Explanation {
    title: "Started again after tokens were issued",
    meaning: "The application got its tokens, and the same person began to sign in to it again \
              within a minute, so it probably refused them: its clock runs behind, it does not \
              accept the algorithm of the ID token, it cannot read what it was sent, or it lost \
              its session.",
    fix: "Read the application's own log, compare its clock with `/status`, and run `keystead \
          client check CLIENT` for what is known about its library.",
    person: "You are signed in here, but the application did not accept it, so tell the people \
             who run it.",
    reply: "You did everything right; the application did not accept the sign-in, and I am \
            correcting its settings.",
};

pub(in crate::explain) const WRONG_HOST: Explanation = Explanation {
    title: "Reached under another host name",
    meaning: "The request came for another host than the public URL names: somebody used an \
              alias or an address, or the proxy in front does not pass the Host header on; \
              cookies of one name are not sent to another, and links keep the public URL.",
    fix: "Lead people to the public URL alone, let the other name redirect there, and have the \
          proxy pass Host on, or X-Forwarded-Host with its address among trusted_proxies.",
    person: "You came here under another address than the usual one.",
    reply: "You reached the sign-in service under another address than its own; please open the \
            application from its usual address and sign in from there.",
};

pub(in crate::explain) const DOUBLED_SLASHES: Explanation = Explanation {
    title: "Doubled slashes in the path",
    meaning: "The application joined the address of Keystead, which it has with a slash at the \
              end, to a path that begins with one; that is answered here, though not \
              everywhere.",
    fix: "Take the slash at the end of the issuer out of the application's settings (for NetBox \
          out of SOCIAL_AUTH_OIDC_OIDC_ENDPOINT).",
    person: "The application asked in an unusual spelling.",
    reply: reply::NOTHING,
};

pub(in crate::explain) const FETCHED_BY_SCRIPT: Explanation = Explanation {
    title: "Fetched by a script",
    meaning: "A script asked for the sign-in page from another origin, most often because the \
              application answers a background request of its own page with a redirect to \
              here; no origin is registered for that, since a page cannot be shown to a script, \
              and the browser reports a CORS error.",
    fix: "Have the application open the sign-in in the browser window (window.location) and \
          answer background requests with 401; tokens, keys and userinfo may be fetched by \
          scripts of any origin.",
    person: "The application asked for this page in a way that cannot show it.",
    reply: "Please load the application's page again and sign in when it asks you to; I am \
            correcting how it asks.",
};

pub(in crate::explain) const SCOPE_IGNORED: Explanation = Explanation {
    title: "Scopes left out",
    meaning: "The application asked for scopes that do not exist here, or that no scope map of \
              this person allows, so they were left out and the claims behind them are missing.",
    fix: "Allow the scopes with `keystead client scope-map CLIENT GROUP SCOPE`, or do not ask for \
          them in the application.",
    person: "The application was not told everything that it asked for.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const OPENID_MISSING: Explanation = Explanation {
    title: "Scope openid not asked for",
    meaning: "The application did not ask for the scope `openid`, so it gets no ID token and \
              userinfo is closed to it, which looks like a failed sign-in to most libraries.",
    fix: "Add `openid` to the scopes in the application's settings.",
    person: "The application did not ask who you are.",
    reply: reply::SETTINGS,
};
