//! Words for what is refused after tokens were issued, and for what concerns no flow.

use super::reply;
use crate::explain::Explanation;

pub(in crate::explain) const TOKEN_MISSING: Explanation = Explanation {
    title: "Access token missing",
    meaning: "The request carried no access token, or the proxy in between removed the \
              Authorization header.",
    fix: "Send the token as `Authorization: Bearer`, and let proxies pass that header on.",
    person: "You are not signed in.",
    reply: reply::ENDED,
};

pub(in crate::explain) const TOKEN_UNKNOWN: Explanation = Explanation {
    title: "Access token unknown",
    meaning: "The access token was not issued here: it is from another environment, damaged, or \
              not an access token at all, such as an ID token.",
    fix: "Send the access token of the latest token answer, from this server.",
    person: "Your sign-in is not known here, so sign in again.",
    reply: reply::ENDED,
};

pub(in crate::explain) const TOKEN_EXPIRED: Explanation = Explanation {
    title: "Access token expired",
    meaning: "The access token is older than its lifetime, and the application did not refresh it \
              in time; clocks that differ do the same.",
    fix: "Let the application refresh its token, and compare its clock with `/status`.",
    person: "Your sign-in has expired, so sign in again.",
    reply: reply::ENDED,
};

pub(in crate::explain) const TOKEN_REVOKED: Explanation = Explanation {
    title: "Access token revoked",
    meaning: "The access token was revoked: the person signed out or withdrew their consent, or an \
              administrator closed the account, the session or the client.",
    fix: "Have the person sign in again, and see with `keystead event list --client CLIENT` who \
          revoked it.",
    person: "Your sign-in was ended, so sign in again.",
    reply: reply::ENDED,
};

pub(in crate::explain) const INSUFFICIENT_SCOPE: Explanation = Explanation {
    title: "Scope does not suffice",
    meaning: "The access token is valid, but was issued without the scope that this address needs; \
              userinfo needs `openid`.",
    fix: "Have the application ask for the scope, and allow it with `keystead client scope-map \
          CLIENT GROUP SCOPE`.",
    person: "The application may not do this on your behalf.",
    reply: reply::SETTINGS,
};

pub(in crate::explain) const POST_LOGOUT_URI_MISMATCH: Explanation = Explanation {
    title: "Post-logout redirect URI does not match",
    meaning: "The application wants people to return after signing out to an address that is not \
              registered for it, so the sign-out was stopped with a page that offers to go on \
              without it.",
    fix: "Register the address with `keystead client add-redirect-uri CLIENT URI --post-logout` \
          if it is the application's own, else correct the application.",
    person: "The application wants you to return to an address that is not registered for it, so \
             sign out here and go there yourself.",
    reply: "You can sign out on the page that was shown; the application only could not take you \
            back to its own page, which I am correcting.",
};

pub(in crate::explain) const NOT_FOUND: Explanation = Explanation {
    title: "No such page",
    meaning: "Somebody asked for an address that Keystead does not serve, often a relying party \
              set to another provider's paths.",
    fix: "Give the application the issuer from `keystead client show CLIENT` and let discovery \
          find the rest.",
    person: "There is no such page here.",
    reply: "That address does not exist here; please open the application itself, and tell me \
            where you found the link.",
};

pub(in crate::explain) const SERVER_ERROR: Explanation = Explanation {
    title: "Something broke",
    meaning: "Keystead itself failed while answering: the database cannot be reached, the disk is \
              full, or there is a fault in Keystead; its log has the details under the same \
              reference.",
    fix: "Read Keystead's log, run `keystead doctor`, and report it if neither names the reason.",
    person: "Something broke on our side, so try again in a moment.",
    reply: "The sign-in service itself had a fault; I am looking into it, so please try again \
            later.",
};
