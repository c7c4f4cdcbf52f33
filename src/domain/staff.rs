//! People who run Keystead: whoever holds a role.

use super::{Role, User, UserId};

/// Somebody who holds a role. Made from their account alone, so that nobody acts by a role that
/// they do not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    id: UserId,
    name: String,
    role: Role,
}

impl Staff {
    /// Of this account; `None` for people without a role, and for closed accounts.
    pub fn of(user: &User) -> Option<Staff> {
        let role = user.role.filter(|_| user.disabled_at.is_none())?;
        Some(Staff { id: user.id.clone(), name: user.username.to_string(), role })
    }

    /// Whose account it is.
    pub fn id(&self) -> &UserId {
        &self.id
    }

    /// Their username.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What they may do.
    pub fn role(&self) -> Role {
        self.role
    }
}
