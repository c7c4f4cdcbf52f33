//! What our letters say.

/// What every letter names.
pub struct Words<'a> {
    /// What we are called.
    pub brand: &'a str,
    /// Where we are.
    pub home: &'a str,
    /// The username of whom it is for.
    pub username: &'a str,
    /// What they are called.
    pub name: &'a str,
}

/// Invites somebody to choose a first password: subject and text.
pub fn invitation(words: &Words<'_>, link: &str, until: &str) -> (String, String) {
    let Words { brand, home, username, name } = words;
    let subject = format!("Your account at {brand}");
    let text = format!(
        "Hello {name},

an account was made for you at {brand}, with which you sign in to your applications.

Your username is {username}. Choose a password here:

{link}

The link works once, until {until}. After that, ask whoever runs {brand} for another one.

If you expected no account, do nothing: without a password nobody can sign in with it.

{brand}, {home}
"
    );
    (subject, text)
}

/// Leads somebody to a new password: subject and text. `asked` if they, or somebody else, asked
/// for it on the page for forgotten passwords.
pub fn reset(words: &Words<'_>, link: &str, until: &str, asked: bool) -> (String, String) {
    let Words { brand, home, username, name } = words;
    let why = if asked {
        format!("somebody, probably you, asked for a new password for {username} at {brand}.")
    } else {
        format!("here is a link with which you choose a new password for {username} at {brand}.")
    };
    let otherwise = if asked {
        "If it was not you, do nothing: your password stays what it is."
    } else {
        "If you did not ask for it, tell whoever runs it; your password stays what it is."
    };
    let subject = format!("A new password for {brand}");
    let text = format!(
        "Hello {name},

{why}

Choose the new password here:

{link}

The link works once, until {until}.

{otherwise}

{brand}, {home}
"
    );
    (subject, text)
}

/// Shows that mail arrives: subject and text.
pub fn test(brand: &str, home: &str) -> (String, String) {
    let subject = format!("Test message from {brand}");
    let text = format!(
        "This is the test message that was asked for. Mail from {brand} arrives here.

{brand}, {home}
"
    );
    (subject, text)
}
