//! The command line: the tree of commands, and how one is run.

mod answer_flags;
mod backup;
mod client;
mod client_check;
mod client_create;
mod client_flags;
mod client_maps;
mod client_owners;
mod client_show;
mod completions;
mod config;
mod context;
mod database;
mod declared;
mod doctor;
mod event;
mod flow;
mod flow_fix;
mod group;
mod healthcheck;
mod input;
mod key;
mod logout;
mod mail;
mod operator;
mod output;
mod probe;
mod registration_token;
mod scope;
mod setting;
mod setup;
mod token;
mod user;
mod user_flags;
mod user_role;
mod user_show;
mod when;

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Flags;
use context::{Context, Usage};

const AFTER_HELP: &str = "\
Examples:
  keystead serve                                   start; the first time it prints a set-up link
  keystead user create alice --email alice@example.com --invite
  keystead client create netbox --template netbox --url https://netbox.example.com
  keystead client config netbox                    files for the application, ready to use
  keystead flow list --failed                      what went wrong lately; then: flow show REF

Commands work on the database directly, with the server up or down; running servers notice a change
within a second. Exit status: 0 done, 1 failed, 2 wrong usage.";

/// Keystead, an OpenID Connect identity provider that tells you why a login failed
#[derive(Parser)]
#[command(name = "keystead", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    #[command(
        after_help = "Examples:\n  keystead serve\n  keystead serve --config /etc/keystead/keystead.toml"
    )]
    Serve,
    /// Print a fresh link that makes the first administrator
    #[command(after_help = "Example:\n  keystead setup-link")]
    SetupLink(setup::SetupLink),
    /// People who may sign in
    #[command(subcommand)]
    User(user::UserCommand),
    /// Groups of people, possibly one inside another
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Applications that people sign in to
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// What applications may ask for
    #[command(subcommand)]
    Scope(scope::ScopeCommand),
    /// What administrators change while the server runs
    #[command(subcommand)]
    Setting(setting::SettingCommand),
    /// Keys that sign tokens
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Tokens that machines call the API with
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Tokens that clients register themselves with
    #[command(subcommand)]
    RegistrationToken(registration_token::RegistrationTokenCommand),
    /// Mail to people
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// The audit log: who changed what, who signed in
    #[command(subcommand)]
    Event(event::EventCommand),
    /// Sign-in attempts step by step, and why they failed
    #[command(subcommand)]
    Flow(flow::FlowCommand),
    /// What applications are told of sign-outs
    #[command(subcommand)]
    Logout(logout::LogoutCommand),
    /// Print everything that administrators made, as a document for apply
    Export(declared::Export),
    /// Make everything as a document says, or nothing
    Apply(declared::Apply),
    /// One file that holds everything but the secret key
    #[command(subcommand)]
    Backup(backup::BackupCommand),
    /// From one database to another
    #[command(subcommand)]
    Database(database::DatabaseCommand),
    /// The settings of the server itself: file, environment and flags
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Check that everything is in order, and say what to do where it is not
    #[command(after_help = "Examples:\n  keystead doctor\n  keystead doctor --json")]
    Doctor(doctor::Doctor),
    /// Ask the server on this machine whether it is ready
    #[command(after_help = "Example:\n  keystead healthcheck && echo ready")]
    Healthcheck(healthcheck::Healthcheck),
    /// Print a completion script for a shell
    Completions(completions::Completions),
}

impl Command {
    /// Whether it makes sense as the first on an empty folder: it makes the first administrator,
    /// or everything at once.
    fn may_begin(&self) -> bool {
        matches!(
            self,
            Command::Serve
                | Command::SetupLink(_)
                | Command::Apply(_)
                | Command::User(user::UserCommand::Create(_))
        )
    }
}

/// Parses the arguments, runs the command, prints its error, and says how to exit.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let context = Context::new(cli.flags, cli.command.may_begin());
    match cli.command {
        Command::Doctor(doctor) => return doctor.run(&context).await,
        Command::Apply(command) => return command.run(&context).await,
        Command::Backup(command) => return command.run(&context).await,
        Command::Serve => {
            let config = context.config()?;
            crate::telemetry::init(&config.log);
            crate::serve::run(config).await?;
        }
        Command::SetupLink(command) => command.run(&context).await?,
        Command::User(command) => command.run(&context).await?,
        Command::Group(command) => command.run(&context).await?,
        Command::Client(command) => return command.run(&context).await,
        Command::Scope(command) => command.run(&context).await?,
        Command::Setting(command) => command.run(&context).await?,
        Command::Key(command) => command.run(&context).await?,
        Command::Token(command) => command.run(&context).await?,
        Command::RegistrationToken(command) => command.run(&context).await?,
        Command::Mail(command) => command.run(&context).await?,
        Command::Event(command) => command.run(&context).await?,
        Command::Flow(command) => command.run(&context).await?,
        Command::Logout(command) => command.run(&context).await?,
        Command::Export(command) => command.run(&context).await?,
        Command::Database(command) => command.run(&context).await?,
        Command::Config(command) => command.run(&context).await?,
        Command::Healthcheck(command) => command.run(&context).await?,
        Command::Completions(command) => command.run()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn failed(error: &anyhow::Error) -> ExitCode {
    // Whoever reads us has read enough: `keystead event list | head`.
    let stopped_reading = error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe);
    if stopped_reading {
        return ExitCode::SUCCESS;
    }
    output::complain(&format!("Error: {}", told(error)));
    ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
}

/// The error and its causes, each once: most tell their cause themselves.
fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Cli, told};

    #[test]
    fn a_cause_is_told_once() {
        let cause = std::io::Error::other("the disk is full");
        let error = anyhow::Error::new(cause).context("the file cannot be written");
        assert_eq!(told(&error), "the file cannot be written: the disk is full");
        let error = error.context("nothing was done, since the disk is full");
        let all = "nothing was done, since the disk is full: the file cannot be written";
        assert_eq!(told(&error), all);
    }

    #[test]
    fn the_tree_of_commands_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_is_explained() {
        fn look(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path} has no help");
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{path}: {} has no help", arg.get_id());
            }
            if !command.has_subcommands() {
                let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(after.contains("Example"), "{path} has no example");
                assert!(after.contains(path.trim_start()), "{path}: {after}");
            }
            command.get_subcommands().for_each(|command| look(command, &path));
        }
        look(&Cli::command(), "");
    }
}
