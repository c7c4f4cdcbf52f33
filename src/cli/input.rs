//! Secrets from standard input.

use std::io::{BufRead, IsTerminal, Read};

use zeroize::Zeroizing;

use super::context::Usage;
use super::output::complain;
use crate::domain::Secret;

/// The most that is read: nobody's password is longer.
const MOST: u64 = 64 * 1024;

/// Reads a secret: everything up to the end, without one line break there. At a terminal, a line.
pub(super) fn secret(what: &str) -> anyhow::Result<Secret> {
    let mut stdin = std::io::stdin().lock();
    let mut text = Zeroizing::new(String::new());
    if stdin.is_terminal() {
        complain(&format!("Type the {what}, which will be visible, and press Enter:"));
        stdin.read_line(&mut text)?;
    } else {
        let read = stdin.take(MOST).read_to_string(&mut text);
        read.map_err(|error| {
            anyhow::anyhow!(
                "the {what} cannot be read from standard input: {error}; send it as UTF-8"
            )
        })?;
    }
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(Usage("nothing came on standard input; send the secret there, like: printf %s \"$SECRET\" | keystead ...").into());
    }
    Ok(Secret::sent(secret))
}
