//! The list of tokens, and how programs use Keystead. There are never many, so it is cut here.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{HERE, badge, scopes};
use crate::app::AppState;
use crate::directory::Result;
use crate::directory::api_tokens::{self, Owned, TokenState};
use crate::directory::rights::{Administers, Enters, SeesAll, SeesPeople};
use crate::domain::{Staff, Timestamp};
use crate::store::page::{Order, Place};
use crate::store::user_words::canonical;
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, Column, Kind, ROWS};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("token", "tokens"),
    search: "Name or owner",
    columns: &[
        Column { label: "Name", sort: "name" },
        Column { label: "Acts for", sort: "owner" },
        Column { label: "May", sort: "" },
        Column { label: "Made", sort: "made" },
        Column { label: "Last used", sort: "used" },
        Column { label: "Expires", sort: "expires" },
        Column { label: "State", sort: "" },
        Column { label: "Change", sort: "" },
    ],
    filters: &[
        list::Filter {
            name: "state",
            label: "State",
            options: &[("works", "Works"), ("expired", "Expired"), ("stopped", "Stopped")],
        },
        list::Filter { name: "whose", label: "Whose", options: &[("mine", "My own")] },
    ],
};

/// A line of the list.
struct Row {
    id: i64,
    token: String,
    owner: String,
    user: Option<String>,
    scopes: String,
    made: When,
    made_by: String,
    used: Option<When>,
    expires: When,
    badge: (&'static str, &'static str),
    can_revoke: bool,
}

#[derive(Template)]
#[template(path = "admin/automation/index.html")]
struct TokensPage {
    shell: Shell,
    list: list::View,
    rows: Vec<Row>,
    sees_all: bool,
    job: String,
}

/// `GET /admin/api`
pub async fn get(
    app: AppState,
    console: Console<Enters>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let found = match fitting(&app, &console, &asked).await {
        Ok(found) => found,
        Err(error) => return console.refused(&app, error),
    };
    match asked.as_csv() {
        true => export(found),
        false => show(&app, &console, &asked, found),
    }
}

/// What somebody may see of what is asked for, sorted.
async fn fitting(
    app: &AppState,
    console: &Console<Enters>,
    asked: &Asked,
) -> Result<Vec<(Place, Owned)>> {
    let start = asked.search().map(|text| canonical(&text)).unwrap_or_default();
    let state = asked.filter(&KIND, "state");
    let mine = asked.filter(&KIND, "whose").is_some();
    let (by, order) = asked.sort(&KIND);
    let all = api_tokens::seen(app, &console.right.actor()).await?;
    let fits = all.into_iter().filter(|owned| {
        let names = [owned.token.name.as_str(), owned.user.username.as_str()];
        names.iter().any(|name| canonical(name).starts_with(&start))
            && state.is_none_or(|state| state == word(owned.state))
            && (!mine || owned.user.id == console.user.id)
    });
    let mut found: Vec<(Place, Owned)> = fits.map(|owned| (place(&owned, by), owned)).collect();
    found.sort_by(|(a, _), (b, _)| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
    if order == Order::Down {
        found.reverse();
    }
    Ok(found)
}

fn word(state: TokenState) -> &'static str {
    match state {
        TokenState::Works => "works",
        TokenState::Expired => "expired",
        TokenState::Stopped => "stopped",
    }
}

fn place(owned: &Owned, by: &str) -> Place {
    let token = &owned.token;
    let number = |at: Timestamp| format!("{:020}", at.0.max(0));
    let key = match by {
        "owner" => canonical(owned.user.username.as_str()),
        "made" => number(token.created_at),
        "used" => number(token.last_used_at.unwrap_or(Timestamp(0))),
        "expires" => number(token.expires_at),
        _ => canonical(&token.name),
    };
    Place { key, id: number(Timestamp(token.id.0)) }
}

fn show(
    app: &AppState,
    console: &Console<Enters>,
    asked: &Asked,
    found: Vec<(Place, Owned)>,
) -> Response {
    let counted = found.len() as i64;
    let (after, (_, order)) = (asked.after(), asked.sort(&KIND));
    let comes = |place: &Place| {
        let key = (&place.key, &place.id);
        after.as_ref().is_none_or(|after| match order {
            Order::Up => key > (&after.key, &after.id),
            Order::Down => key < (&after.key, &after.id),
        })
    };
    let most = usize::try_from(ROWS + 1).unwrap_or_default();
    let mut page: Vec<_> = found.into_iter().filter(|(at, _)| comes(at)).take(most).collect();
    let next = list::cut(&mut page, |(place, _)| place.clone());
    let now = app.clock.now();
    let (shell, jar) = console.shell(app, HERE);
    let tokens = TokensPage {
        shell,
        list: list::view(&KIND, asked, counted, next.as_ref()),
        rows: page.into_iter().map(|(_, owned)| row(owned, &console.staff, now)).collect(),
        sees_all: SeesAll::by_role(&console.staff).is_some(),
        job: job(),
    };
    page::show(StatusCode::OK, jar, &tokens)
}

fn row(owned: Owned, staff: &Staff, now: Timestamp) -> Row {
    let sees_people = SeesPeople::by_role(staff).is_some();
    Row {
        id: owned.token.id.0,
        scopes: scopes(&owned),
        owner: owned.user.username.to_string(),
        user: sees_people.then(|| owned.user.id.0.clone()),
        made: When::of(owned.token.created_at, now),
        made_by: owned.token.created_by.clone(),
        used: owned.token.last_used_at.map(|at| When::of(at, now)),
        expires: When::of(owned.token.expires_at, now),
        badge: badge(owned.state),
        can_revoke: Administers::by_role(staff).is_some() || owned.user.id == *staff.id(),
        token: owned.token.name,
    }
}

/// What to paste into a job that keeps the configuration under version control.
fn job() -> String {
    let lines = [
        "# once: what there is, to be kept under version control",
        "keystead export > directory.yaml",
        "",
        "# for each proposal: what it would change; exit status 2 if anything, 1 if it is wrong",
        "keystead apply -f directory.yaml --dry-run",
        "",
        "# once it is agreed to",
        "keystead apply -f directory.yaml",
        "",
        "# from another machine: the document goes through standard input",
        "ssh keystead@HOST keystead apply -f - --dry-run < directory.yaml",
    ];
    lines.join("\n")
}

fn export(found: Vec<(Place, Owned)>) -> Response {
    let heading = ["name", "owner", "scopes", "state", "made", "made_by", "last_used", "expires"];
    let rows = found.into_iter().map(|(_, owned)| {
        let token = &owned.token;
        vec![
            token.name.clone(),
            owned.user.username.to_string(),
            scopes(&owned).replace(',', ""),
            word(owned.state).to_owned(),
            token.created_at.rfc3339(),
            token.created_by.clone(),
            token.last_used_at.map(Timestamp::rfc3339).unwrap_or_default(),
            token.expires_at.rfc3339(),
        ]
    });
    list::csv("tokens", &heading, rows)
}
