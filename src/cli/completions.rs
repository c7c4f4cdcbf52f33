//! `keystead completions`: a script that teaches a shell our commands.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, output};

const EXAMPLES: &str = "\
Examples:
  keystead completions bash > /etc/bash_completion.d/keystead
  keystead completions zsh > \"${fpath[1]}/_keystead\"
  keystead completions fish > ~/.config/fish/completions/keystead.fish";

/// For which shell.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "keystead", &mut script);
        output::print(&String::from_utf8_lossy(&script))
    }
}
