//! Words for what happens where a device waits for a person (RFC 8628).

use super::reply;
use crate::explain::Explanation;

const PERSON: &str = "The device could not be signed in, so start again at the device.";
const AGAIN: &str =
    "Please start again at the device: it shows a new code, which you have ten minutes to enter.";

pub(in crate::explain) const CODE_UNKNOWN: Explanation = Explanation {
    title: "Device code unknown",
    meaning: "The `device_code` was never issued here, or so long ago that it is forgotten: the \
              device kept an old one, or it talks to two servers that do not share a database.",
    fix: "Let the device ask for a new code, and check that all its endpoints lead to the same \
          Keystead, best by giving it the issuer alone.",
    person: PERSON,
    reply: AGAIN,
};

pub(in crate::explain) const CODE_OTHER_CLIENT: Explanation = Explanation {
    title: "Device code of another client",
    meaning: "The device code was issued to another client than the one that brought it: the device \
              asked under one client id and polls under another.",
    fix: "Give the device one client id for both requests.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const CODE_EXPIRED: Explanation = Explanation {
    title: "Device code expired",
    meaning: "Nobody let the device in within ten minutes: the person did not find the page, was \
              interrupted, or there was nobody in front of the device.",
    fix: "Nothing, if nobody was there; otherwise let the device show the address and the code in \
          full, or the QR code, and ask for a new code when one expires.",
    person: "The code of the device has expired, so start again at the device.",
    reply: AGAIN,
};

pub(in crate::explain) const CODE_USED: Explanation = Explanation {
    title: "Device code used",
    meaning: "The device got its tokens before and polled once more: it polls from two places at \
              once, or the answer with the tokens was lost on the way.",
    fix: "Let the device stop polling once it is answered; if the answer was lost, start again at \
          the device.",
    person: PERSON,
    reply: AGAIN,
};

pub(in crate::explain) const DENIED: Explanation = Explanation {
    title: "Device not let in",
    meaning: "The person read which application wanted to sign in on a device, and said no: they \
              did not start it themselves, or changed their mind.",
    fix: "Ask the person whether they started it; if they did not, somebody sent them a code of a \
          device of their own, which is how accounts are stolen.",
    person: "The device was not let in.",
    reply: "You did right not to let in a device that you did not start yourself; if it was yours, \
            start again at the device.",
};

pub(in crate::explain) const PENDING: Explanation = Explanation {
    title: "Nobody has decided yet",
    meaning: "A device, or an application that asked for a person in the back channel, wants its \
              tokens, and nobody has said yes or no so far; it asks again every few seconds.",
    fix: "Nothing: it waits until somebody decides or its time is up.",
    person: "The device or application waits for you to decide.",
    reply: "Please open the address that the device shows and enter the code, or look in the portal \
            for what waits for your approval.",
};

pub(in crate::explain) const TOO_FAST: Explanation = Explanation {
    title: "Polled too fast",
    meaning: "A device or an application asked again before the `interval` that it was told had \
              passed, and each time has to wait five seconds longer.",
    fix: "Let it keep to the `interval` of the answer, and wait five seconds more after each \
          `slow_down`.",
    person: PERSON,
    reply: reply::NOTHING,
};

pub(in crate::explain) const USER_CODE_UNKNOWN: Explanation = Explanation {
    title: "Code of a device unknown",
    meaning: "Somebody who is signed in entered a code that no device shows: mistyped, expired, used \
              already, or guessed.",
    fix: "Have the person read the code at the device again; where one account tries many codes, \
          ask its owner what they are doing.",
    person: "This code is not known or no longer valid, so look at the device again.",
    reply: AGAIN,
};
