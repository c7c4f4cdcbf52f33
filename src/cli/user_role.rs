//! `--role`, `--admin` and `--no-admin`: what a person may do in Keystead itself.

use crate::domain::Role;

/// What a person may do in Keystead itself
#[derive(clap::Args, Default)]
pub(super) struct RoleFlags {
    /// May do everything in Keystead; the same as --role administrator
    #[arg(long, conflicts_with = "role")]
    admin: bool,
    /// What they may do in Keystead itself: administrator, auditor (reads everything), helpdesk
    /// (people and sessions), application-owner (the applications they own)
    #[arg(long, value_parser = role)]
    role: Option<Role>,
}

/// What a person may do in Keystead itself from now on
#[derive(clap::Args, Default)]
pub(super) struct RoleChange {
    #[command(flatten)]
    given: RoleFlags,
    /// No role any more
    #[arg(long, conflicts_with_all = ["admin", "role"])]
    no_role: bool,
    /// May administer Keystead no longer; the same as --no-role
    #[arg(long, conflicts_with_all = ["admin", "role"])]
    no_admin: bool,
}

impl RoleFlags {
    pub fn role(&self) -> Option<Role> {
        if self.admin { Some(Role::Administrator) } else { self.role }
    }
}

impl RoleChange {
    /// Nothing if the role is to stay.
    pub fn change(&self) -> Option<Option<Role>> {
        match (self.given.role(), self.no_role || self.no_admin) {
            (Some(role), _) => Some(Some(role)),
            (None, true) => Some(None),
            (None, false) => None,
        }
    }
}

fn role(text: &str) -> Result<Role, String> {
    let known = "administrator, auditor, helpdesk or application-owner";
    Role::parse(text).ok_or_else(|| format!("use {known}"))
}
