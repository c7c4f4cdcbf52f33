//! Who types: the operating system's user, for the audit log.

/// The user that the command runs as; with the one who became it through sudo: `ada as root`.
pub(super) fn name() -> String {
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    told(&accounts, rustix::process::getuid().as_raw(), std::env::var("SUDO_USER").ok())
}

/// Who it is by `/etc/passwd`; a user who is not in there is told by number.
fn told(accounts: &str, uid: u32, sudo: Option<String>) -> String {
    let number = uid.to_string();
    let named = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    let name = named.unwrap_or_else(|| format!("user {number}"));
    // Anybody can set a variable: what is no name of an account does not get into the log.
    let account = |before: &String| {
        let letters = |c: char| c.is_ascii_alphanumeric() || "-_.$@\\".contains(c);
        (1..=64).contains(&before.len()) && before.chars().all(letters) && *before != name
    };
    match sudo.filter(account) {
        Some(before) => format!("{before} as {name}"),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    const ACCOUNTS: &str =
        "root:x:0:0::/root:/bin/sh\nbroken\nkeystead:x:998:998::/var:/bin/false\n";

    #[test]
    fn it_is_told_who_somebody_was_before_sudo() {
        assert_eq!(told(ACCOUNTS, 998, None), "keystead");
        assert_eq!(told(ACCOUNTS, 998, Some("ada".into())), "ada as keystead");
        assert_eq!(told(ACCOUNTS, 0, Some("root".into())), "root");
        assert_eq!(told(ACCOUNTS, 0, Some(String::new())), "root");
        for forged in ["ada as root", "ada\nroot", "\u{202e}ada", &"a".repeat(65)] {
            assert_eq!(told(ACCOUNTS, 998, Some(forged.into())), "keystead", "{forged:?}");
        }
        assert_eq!(told(ACCOUNTS, 65532, None), "user 65532");
        assert_eq!(told("", 0, None), "user 0");
    }
}
