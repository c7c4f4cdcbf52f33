//! People who run Keystead: whoever holds a role.

use super::{Role, User, UserId};

/// Somebody who holds a role. Made from their account alone, so that nobody acts by a role that
/// they do not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    id: UserId,
    name: String,
    role: Role,
    /// Whether they act by a token that stops short of people who hold a role.
    short_of_roles: bool,
}

impl Staff {
    /// Of this account; `None` for people without a role, and for closed accounts.
    pub fn of(user: &User) -> Option<Staff> {
        let role = user.role.filter(|_| user.disabled_at.is_none())?;
        let (id, name) = (user.id.clone(), user.username.to_string());
        Some(Staff { id, name, role, short_of_roles: false })
    }

    /// The same by a token that neither gives roles nor touches people who hold one.
    pub fn short_of_roles(self) -> Staff {
        Staff { short_of_roles: true, ..self }
    }

    /// Whether the account, as it is now, still makes its owner what they act as.
    pub fn is_still(&self, user: &User) -> bool {
        let now = Staff::of(user).map(|now| (now.id, now.name, now.role));
        now.is_some_and(|(id, name, role)| (&id, &name, role) == (&self.id, &self.name, self.role))
    }

    /// Whether they decide who holds a role, and over those who do.
    pub fn decides_roles(&self) -> bool {
        self.role == Role::Administrator && !self.short_of_roles
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
