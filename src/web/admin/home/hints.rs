//! What to do first, as long as something is missing without which nobody can sign in.

use crate::registry::Snapshot;
use crate::web::admin::applications::{is_for_nobody, path};

/// Applications that are named.
const NAMED: usize = 3;

/// A next step.
pub struct Hint {
    /// What to do.
    pub text: String,
    /// Where, and what the link says.
    pub link: (&'static str, String),
}

/// The next steps; none once everything is set up.
pub fn of(registry: &Snapshot, users: i64) -> Vec<Hint> {
    let mut hints = Vec::new();
    if registry.clients().is_empty() {
        hints.push(Hint {
            text: "Say what people sign in to: choose NetBox or another kind, give its address, \
                   and take the ready files."
                .to_owned(),
            link: ("Add the first application", "/admin/add-application".to_owned()),
        });
    }
    let clients = registry.clients();
    let closed = clients.iter().filter(|client| is_for_nobody(registry, client));
    for client in closed.take(NAMED) {
        hints.push(Hint {
            text: format!("Nobody may use {} yet: choose a group that may.", client.name),
            link: ("Give access", path(&client.id, "/access")),
        });
    }
    if users < 2 {
        hints.push(Hint {
            text: "You are alone here: invite the people who are to sign in.".to_owned(),
            link: ("Add a user", "/admin/users/new".to_owned()),
        });
    }
    hints
}
