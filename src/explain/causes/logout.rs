//! Words for clients that could not be told that somebody signed out.

use super::reply;
use crate::explain::Explanation;

const PERSON: &str = "The application was not told that you signed out.";

pub(in crate::explain) const ADDRESS_REFUSED: Explanation = Explanation {
    title: "Address for sign-outs not allowed",
    meaning: "The client's `backchannel_logout_uri` is not asked from here: it is not https, or it \
              leads to a private network that the settings do not name. Until it is told, the \
              application may keep the person signed in.",
    fix: "Allow the network with `outbound.allowed_networks`, or give an https address with \
          `keystead client update CLIENT --backchannel-logout-uri URI`; then run `keystead logout \
          retry REF`.",
    person: PERSON,
    reply: reply::NOTHING,
};

pub(in crate::explain) const UNREACHABLE: Explanation = Explanation {
    title: "Nobody answers at the address for sign-outs",
    meaning: "The client's `backchannel_logout_uri` did not answer within 5 seconds: the name is \
              unknown, a firewall stands between, or the application is down. It is tried again, \
              with growing pauses, for some eight hours.",
    fix: "Open the address from this machine, and correct it with `keystead client update CLIENT \
          --backchannel-logout-uri URI`; once it answers, `keystead logout retry REF` saves the \
          wait.",
    person: PERSON,
    reply: reply::NOTHING,
};

pub(in crate::explain) const NOT_TRUSTED: Explanation = Explanation {
    title: "Certificate at the address for sign-outs not trusted",
    meaning: "Whoever answers at the client's `backchannel_logout_uri` shows a certificate of an \
              authority that this machine does not trust, of another name, or out of date, or does \
              not speak TLS at all, so nothing was sent.",
    fix: "Name the application's own certificate authority in `outbound.ca_file`, renew its \
          certificate, or correct the port of the address; then run `keystead logout retry REF`.",
    person: PERSON,
    reply: reply::NOTHING,
};

pub(in crate::explain) const NOT_ACCEPTED: Explanation = Explanation {
    title: "Logout token not accepted",
    meaning: "The application answered the logout token with something else than 200: its clock or \
              its issuer differ, it does not accept the algorithm, it does not know the session any \
              more, or the address leads to another page of it, which asks people to sign in or \
              wants a token of its own forms.",
    fix: "Read the application's own log, and correct the address with `keystead client update \
          CLIENT --backchannel-logout-uri URI`; it must be open to requests without a cookie.",
    person: PERSON,
    reply: reply::NOTHING,
};
