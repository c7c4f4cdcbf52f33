//! Words for what happens where an application asks for a person in the back channel (CIBA).

use super::reply;
use crate::explain::Explanation;

const PERSON: &str = "The application could not sign you in, so start again there.";
const SET_UP: &str = "The application asks for you in a way that does not work here.";

pub(in crate::explain) const HINTS: Explanation = Explanation {
    title: "Nobody named, or several",
    meaning: "A request in the back channel says for whom it is with exactly one of `login_hint`, \
              `id_token_hint` and `login_hint_token`; this one had none of them, or more than one.",
    fix: "Let the application send one hint: the username in `login_hint`, or an ID token that it got \
          here in `id_token_hint`.",
    person: SET_UP,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const HINT_TOKEN: Explanation = Explanation {
    title: "Hint in a token",
    meaning: "The application named the person by a `login_hint_token`, whose form no standard says; \
              it is not read here.",
    fix: "Let the application send `login_hint` with the username, or `id_token_hint`.",
    person: SET_UP,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const USER_UNKNOWN: Explanation = Explanation {
    title: "Nobody to be asked",
    meaning: "The application asked for somebody for whom it may not ask: nobody is called so, the \
              account is closed, or no scope map lets the person use the application. The step of the \
              flow says which, to administrators.",
    fix: "Look the name up under Users: where there is nobody, let the application send a username or \
          an e-mail address, for pairwise subjects find nobody; where there is, open the account or \
          give one of its groups a scope map.",
    person: "The application asked for somebody for whom it may not ask.",
    reply: "The application knows you by another name than we do; please tell me what you typed \
            there.",
};

pub(in crate::explain) const SCOPE: Explanation = Explanation {
    title: "Scope without openid",
    meaning: "The request in the back channel does not ask for `openid`, without which it is none.",
    fix: "Add `openid` to the `scope` of the application's request.",
    person: SET_UP,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const EXPIRY: Explanation = Explanation {
    title: "Requested expiry malformed",
    meaning: "The request says how long it is to wait for the person (`requested_expiry`), and what \
              it says is not a whole number of seconds above 0.",
    fix: "Write `requested_expiry` as seconds, like 120, or leave it away: then it waits for ten \
          minutes, which is also the most.",
    person: SET_UP,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const MESSAGE: Explanation = Explanation {
    title: "Binding message not readable",
    meaning: "The `binding_message` is what the person compares on two screens: 1 to 64 characters in \
              one line, none of which is invisible or turns the direction of writing. This one is \
              not.",
    fix: "Let the application send a short code, like W4SCT, and show the same to the person.",
    person: SET_UP,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const REPLAYED: Explanation = Explanation {
    title: "Signed request used twice",
    meaning: "A signed request in the back channel came a second time under the same `jti`: the \
              application sends one again in place of a new one, or somebody copied it.",
    fix: "Let the application sign each request anew, with a `jti` of its own.",
    person: PERSON,
    reply: reply::AGAIN,
};

pub(in crate::explain) const FLOOD: Explanation = Explanation {
    title: "Asked too often in vain",
    meaning: "Within ten minutes the application asked five times for the same person, and these \
              requests wait or were refused; or it named thirty people in a row for whom it may not ask. \
              So that nobody says yes only to be left in peace, and names cannot be tried out, it has to \
              wait.",
    fix: "Ask the person whether they started it, and if not, look who can make the application ask for \
          other people; otherwise wait ten minutes for one person, or a minute for others.",
    person: "The application asked for you too often, so wait ten minutes and start again there.",
    reply: "Please approve nothing that you did not start yourself; if it was you, wait ten minutes \
            and start again.",
};

pub(in crate::explain) const UNKNOWN: Explanation = Explanation {
    title: "auth_req_id unknown",
    meaning: "The `auth_req_id` was never issued here, or so long ago that it is forgotten: the \
              application kept an old one, or it talks to two servers that do not share a database.",
    fix: "Let the application ask anew, and check that all its endpoints lead to the same Keystead, \
          best by giving it the issuer alone.",
    person: PERSON,
    reply: reply::AGAIN,
};

pub(in crate::explain) const OTHER_CLIENT: Explanation = Explanation {
    title: "auth_req_id of another client",
    meaning: "The `auth_req_id` was issued to another client than the one that brought it: the \
              application asks under one client id and polls under another.",
    fix: "Give the application one client id for both requests.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const EXPIRED: Explanation = Explanation {
    title: "Approval too late",
    meaning: "The person neither approved nor refused the request in time: they did not know where, \
              were interrupted, or never started it.",
    fix: "Let the application tell people to open /approvals here, and ask for more time in \
          `requested_expiry` if it gave them less than ten minutes.",
    person: "You did not decide in time, so start again at the application.",
    reply: "Please start again at the application, and approve the request in the portal within a \
            few minutes.",
};

pub(in crate::explain) const USED: Explanation = Explanation {
    title: "auth_req_id used",
    meaning: "The application got its tokens before and polled once more: it polls from two places at \
              once, or the answer with the tokens was lost on the way.",
    fix: "Let the application stop polling once it is answered; if the answer was lost, start again.",
    person: PERSON,
    reply: reply::AGAIN,
};

pub(in crate::explain) const DENIED: Explanation = Explanation {
    title: "Sign-in not approved",
    meaning: "The person saw in the portal which application asked for them, and said no: they did \
              not start it themselves, or changed their mind. Closing an account, or giving it a new \
              password, refuses what waits as well.",
    fix: "Ask the person whether they started it; if they did not, find out who made the application \
          ask for them.",
    person: "The sign-in was not approved.",
    reply: "You did right not to approve what you did not start yourself; if it was you, start again \
            at the application.",
};
