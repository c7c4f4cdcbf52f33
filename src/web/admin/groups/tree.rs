//! How groups are nested, from the outermost in.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::HERE;
use crate::app::AppState;
use crate::directory::rights::SeesAll;
use crate::domain::{EVERYONE, Group};
use crate::registry::Snapshot;
use crate::web::admin::console::Console;
use crate::web::admin::shell::Shell;
use crate::web::page;

/// Groups shown at most; a group inside many is shown in each.
const MOST: usize = 2000;

/// A group at its depth.
struct Branch {
    id: String,
    name: String,
    depth: usize,
}

#[derive(Template)]
#[template(path = "admin/groups/tree.html")]
struct TreePage {
    shell: Shell,
    branches: Vec<Branch>,
    cut: bool,
}

/// `GET /admin/groups/tree`
pub async fn get(app: AppState, console: Console<SeesAll>) -> Response {
    let registry = app.registry();
    let own = registry.groups().values().filter(|group| group.id.as_str() != EVERYONE);
    let roots = own.filter(|group| registry.parents_of(&group.id).is_empty());
    let mut branches = Vec::new();
    for root in by_name(roots) {
        grow(&registry, (root, 0), &mut branches);
    }
    let cut = branches.len() >= MOST;
    let (shell, jar) = console.shell(&app, HERE);
    page::show(StatusCode::OK, jar, &TreePage { shell, branches, cut })
}

fn grow(registry: &Snapshot, (group, depth): (&Group, usize), branches: &mut Vec<Branch>) {
    if branches.len() >= MOST {
        return;
    }
    branches.push(Branch { id: group.id.0.clone(), name: group.name.clone(), depth });
    let inside = registry.children_of(&group.id).iter();
    for child in by_name(inside.filter_map(|id| registry.groups().get(id))) {
        grow(registry, (child, depth + 1), branches);
    }
}

fn by_name<'g>(groups: impl Iterator<Item = &'g Group>) -> Vec<&'g Group> {
    let mut groups: Vec<&Group> = groups.collect();
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups
}
