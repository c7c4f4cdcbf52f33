//! Sentences that an administrator can send to the person, where several causes share them.

/// The application's own settings are at fault.
pub(super) const SETTINGS: &str = "The application is not set up quite right for signing in; you did nothing wrong, and I am \
     correcting it, so please try again in a few minutes.";

/// Once more from the beginning.
pub(super) const AGAIN: &str = "Something went wrong between the application and the sign-in; please open the application \
     and start again there.";

/// It was a sign-in of before.
pub(super) const ENDED: &str =
    "Your earlier sign-in to the application has ended; please sign in there again.";

/// What the person need not care about.
pub(super) const NOTHING: &str =
    "You need not do anything; I am tidying up a setting of the application.";
