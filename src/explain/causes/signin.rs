//! Words for what stops a person between the request and the code.

use crate::explain::Explanation;

/// The same for every reason, so that nobody learns which accounts exist.
const NO_MATCH: &str = "That name and password do not match.";

pub(in crate::explain) const LOGIN_REQUIRED: Explanation = Explanation {
    title: "Sign-in required",
    meaning: "The application asked with `prompt=none`, that is without showing any page, and \
              nobody is signed in in this browser; applications do so to look for a session, and \
              this answer is part of the game.",
    fix: "Do nothing unless people complain; otherwise let the application ask again without \
          `prompt=none`.",
    person: "You are not signed in, so go back to the application and sign in there.",
    reply: "Your sign-in had ended; please open the application and sign in again.",
};

pub(in crate::explain) const SIGN_IN_TOO_OLD: Explanation = Explanation {
    title: "Sign-in too long ago",
    meaning: "The application accepts a sign-in of a certain age alone (`max_age`), the person's \
              is older, and `prompt=none` forbids to ask for the password again.",
    fix: "Let the application ask again without `prompt=none`, or with a larger `max_age`.",
    person: "You signed in too long ago for this application, so go back to it and sign in again.",
    reply: "The application wants a fresh sign-in; please open it and sign in again.",
};

pub(in crate::explain) const CONSENT_REQUIRED: Explanation = Explanation {
    title: "Consent required",
    meaning: "The application asked with `prompt=none`, and the person has not allowed it what it \
              asks for yet.",
    fix: "Let the application ask once without `prompt=none`, or run `keystead client update \
          CLIENT --trusted` if it is your own.",
    person: "You have not allowed this application yet, so go back to it and sign in there.",
    reply: "The application needs your permission once; please open it, sign in, and choose Allow.",
};

pub(in crate::explain) const LOGIN_CANCELLED: Explanation = Explanation {
    title: "Sign-in cancelled",
    meaning: "The person pressed cancel on the login page.",
    fix: "Do nothing, or ask the person what they missed.",
    person: "You cancelled signing in.",
    reply: "You chose Cancel on the sign-in page; open the application again whenever you want to \
            sign in.",
};

pub(in crate::explain) const CONSENT_REFUSED: Explanation = Explanation {
    title: "Consent refused",
    meaning: "The person read what the application asks for and did not allow it.",
    fix: "Do nothing, or have the application ask for fewer scopes.",
    person: "You did not allow the application to know who you are.",
    reply: "You chose not to share your details with the application; if that was by mistake, \
            open it again and choose Allow.",
};

pub(in crate::explain) const NO_SCOPE_MAP: Explanation = Explanation {
    title: "No access to this application",
    meaning: "The person signed in, but none of their groups has a scope map for this client, and \
              without one nobody gets in.",
    fix: "Add the person to a group that has access with `keystead group add-member GROUP USER`, \
          or give their group access with `keystead client scope-map CLIENT GROUP openid profile \
          email`.",
    person: "Your account may not use this application.",
    reply: "Your account has no access to the application yet; I am looking into it and will tell \
            you when you can sign in.",
};

pub(in crate::explain) const BAD_ID_TOKEN_HINT: Explanation = Explanation {
    title: "ID token hint not ours",
    meaning: "The `id_token_hint` was not issued here to this client: it belongs to another \
              environment, or the signing key is long gone.",
    fix: "Sign out of the application and in again, so that it holds a fresh ID token.",
    person: "The application remembers an older sign-in that is not valid here, so sign out of \
             it and start again.",
    reply: "The application remembered an old sign-in; please sign out of it and in again.",
};

pub(in crate::explain) const OTHER_PERSON: Explanation = Explanation {
    title: "Another person is signed in",
    meaning: "The application asked for the person of an earlier ID token, and somebody else is \
              signed in in this browser.",
    fix: "Sign out of Keystead in this browser and sign in as the person the application expects.",
    person: "You are signed in as somebody else than the application expects.",
    reply: "Somebody else was signed in in that browser; please sign out there and sign in with \
            your own account.",
};

pub(in crate::explain) const REQUEST_EXPIRED: Explanation = Explanation {
    title: "Sign-in page too old",
    meaning: "The login or consent page was left open too long, opened from a bookmark, or its \
              address was changed, so the request it belonged to is gone.",
    fix: "Start again from the application, and bookmark the application rather than the login \
          page.",
    person: "This page was open for too long, so go back to the application and start again.",
    reply: "The sign-in page was open for too long; please start again from the application \
            rather than from a bookmark.",
};

pub(in crate::explain) const FORM_REJECTED: Explanation = Explanation {
    title: "Form rejected",
    meaning: "A form came without the token that ties it to the browser it was shown in: the page \
              was old, the browser blocks cookies, or another site sent the form.",
    fix: "Reload the page and try again, and check that the browser keeps cookies for the public \
          URL and that people reach Keystead under exactly that URL.",
    person: "This page is out of date or your browser blocks cookies, so reload it and try again.",
    reply: "Your browser did not send back what ties the page to it; please allow cookies for \
            this site, reload the page, and try again.",
};

pub(in crate::explain) const UNKNOWN_USER: Explanation = Explanation {
    title: "Unknown user",
    meaning: "No account has the name that was entered: a typing error, an e-mail address in place \
              of the username, or somebody guessing.",
    fix: "Look up the right name with `keystead user list`, or create the account with `keystead \
          user create USER`.",
    person: NO_MATCH,
    reply: "The name that was typed is not one we know; please check it for typing errors, or ask \
            me which name is yours.",
};

pub(in crate::explain) const WRONG_PASSWORD: Explanation = Explanation {
    title: "Wrong password",
    meaning: "The account exists and the password was wrong.",
    fix: "Send the person a link to set a new one with `keystead user reset-link USER`, if they \
          forgot it.",
    person: NO_MATCH,
    reply: "The password did not match; please try again, or ask me for a link to set a new one.",
};

pub(in crate::explain) const NO_PASSWORD: Explanation = Explanation {
    title: "No password set",
    meaning: "The account exists but has no password yet: it was created without one, or imported \
              without its hash, and the invitation was not used.",
    fix: "Send the person a link to set one with `keystead user reset-link USER`.",
    person: NO_MATCH,
    reply: "Your account has no password yet; I am sending you a link with which to set one.",
};

pub(in crate::explain) const USER_DISABLED: Explanation = Explanation {
    title: "Account closed",
    meaning: "An administrator closed this account, so nobody can sign in with it.",
    fix: "Open it again with `keystead user enable USER`, if the person is to come back.",
    person: NO_MATCH,
    reply: "Your account is closed at the moment; I am looking into whether it should be.",
};

pub(in crate::explain) const THROTTLED: Explanation = Explanation {
    title: "Too many attempts",
    meaning: "There were too many failures lately for this account or from this network, and the \
              next attempt has to wait: somebody guesses, or a program keeps an old password.",
    fix: "Find who fails with `keystead event list --failed`, and let a person in at once with \
          `keystead user unlock USER`.",
    person: "There were too many attempts.",
    reply: "There were too many attempts on your account, so it waits for a while; please try \
            again in a few minutes.",
};

pub(in crate::explain) const OVERLOADED: Explanation = Explanation {
    title: "Too many sign-ins at once",
    meaning: "More passwords were waiting to be checked than the machine can check in time: a \
              morning rush, or somebody guessing from many places.",
    fix: "Look for guessing with `keystead event list --failed`, and otherwise give the machine \
          more processors.",
    person: "Too many people are signing in right now, so try again in a moment.",
    reply: "Too many people were signing in at that moment; please try again.",
};

pub(in crate::explain) const LINK_EXPIRED: Explanation = Explanation {
    title: "Link no longer valid",
    meaning: "The set-up, invitation or recovery link was used already, was replaced by a newer \
              one, or is too old.",
    fix: "Make a new one with `keystead user reset-link USER`, or with `keystead setup-link` for \
          the first administrator.",
    person: "This link was used already or is too old, so ask for a new one.",
    reply: "That link was used already or is too old; I am sending you a new one.",
};

pub(in crate::explain) const WEAK_PASSWORD: Explanation = Explanation {
    title: "Password too weak",
    meaning: "The new password is too short, too common, or too close to the person's own name.",
    fix: "Choose a longer password, such as four words that have nothing to do with each other.",
    person: "This password is too easy to guess, so choose a longer one.",
    reply: "That password was too easy to guess; please choose a longer one, such as four words \
            that have nothing to do with each other.",
};
