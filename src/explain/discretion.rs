//! What is kept from those who may see a flow but not who has an account: application owners. The
//! login page tells nobody whether a name exists; neither does the flow of an attempt tell them.

use super::explanation;
use crate::domain::{Cause, Flow, FlowStep};

/// Why a name and a password did not do, as the log knows it.
const OF_THE_ACCOUNT: [Cause; 5] = [
    Cause::UnknownUser,
    Cause::WrongPassword,
    Cause::NoPassword,
    Cause::UserDisabled,
    Cause::Throttled,
];

/// Whether a cause tells something of an account, so that how often it occurs does, too.
pub fn is_of_the_account(code: &str) -> bool {
    explanation::cause(code).is_some_and(|cause| OF_THE_ACCOUNT.contains(&cause))
}

/// The code of a cause as owners hear it: all that depends on the account reads alike.
fn discreet_cause(code: &str) -> &str {
    if is_of_the_account(code) { Cause::WrongPassword.code() } else { code }
}

/// Takes out of a flow what only those who see people may know.
pub fn discreet(flow: &mut Flow, steps: &mut [FlowStep]) {
    if flow.cause.as_deref().is_some_and(is_of_the_account) {
        flow.group_id = None;
    }
    flow.cause = flow.cause.take().map(|code| discreet_cause(&code).to_owned());
    for step in steps.iter_mut().filter(|step| step.kind == "sign_in_refused") {
        step.detail.remove("account");
        if let Some(cause) = step.detail.get_mut("cause")
            && let Some(code) = cause.as_str()
        {
            *cause = discreet_cause(code).into();
        }
    }
    // The client is told the same whether there is nobody or it may not ask.
    let asked = Cause::BackchannelUserUnknown.code();
    for step in steps.iter_mut().filter(|step| step.detail.get("cause").is_some_and(|c| c == asked))
    {
        step.detail.remove("why");
    }
}
