//! A page of settings: some of them as one form, with what they look like as code.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::input::{self, Input, Shape, Typed};
use crate::app::AppState;
use crate::directory::DirectoryError;
use crate::directory::rights::{Administers, Right, SeesAll};
use crate::directory::settings::{self, Seen, Wishes};
use crate::directory::settings_code;
use crate::domain::settings::{Known, Settings, known};
use crate::web::admin::applications::conflict::Conflict;
use crate::web::admin::console::{Console, sentence};
use crate::web::admin::shell::{Shell, Tab};
use crate::web::brand;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// A page of settings.
pub struct Panel {
    /// Where it is.
    pub path: &'static str,
    /// The link of the navigation that it belongs to.
    pub link: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it is about.
    pub lead: &'static str,
    /// The sections that its settings are of.
    pub sections: &'static [&'static str],
    /// Its settings.
    pub names: &'static [&'static str],
    /// What deserves a second thought.
    pub risks: fn(&Settings) -> Vec<String>,
}

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    revision: String,
    action: String,
    #[serde(flatten)]
    typed: Typed,
}

/// What people would see.
struct Preview {
    sheet: String,
    name: String,
    sentence: String,
    logo: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/settings/panel.html")]
struct PanelPage {
    shell: Shell,
    tabs: Vec<Tab>,
    panel: &'static Panel,
    errors: Vec<FieldError>,
    conflicts: Option<Vec<Conflict>>,
    risks: Vec<String>,
    inputs: Vec<Input>,
    revision: String,
    administers: bool,
    fresh: bool,
    preview: Option<Preview>,
    preview_js: String,
    commands: String,
    document: String,
}

/// What a form brought back.
#[derive(Default)]
struct Returned {
    typed: Option<Typed>,
    errors: Vec<FieldError>,
    conflict: bool,
    previewed: Option<Settings>,
}

impl Panel {
    fn known(&self) -> impl Iterator<Item = &'static Known> {
        self.names.iter().filter_map(|name| known(name))
    }

    /// `GET`
    pub fn get(&'static self, app: &AppState, console: &Console<SeesAll>) -> Response {
        self.show(app, console, Returned::default())
    }

    /// `POST`
    pub async fn post(
        &'static self,
        app: &AppState,
        console: &Console<Administers>,
        form: Filled,
    ) -> Response {
        let settings = app.registry().settings();
        let (wishes, mut errors) = self.wishes(app, &form.typed);
        for (name, rule) in settings::problems(&settings, &wishes) {
            let field = self.known().find(|known| known.name == name).map(input::id);
            errors.push(FieldError::new(&field.unwrap_or_default(), capital(&rule)));
        }
        let previews = form.action == "preview";
        let previewed = previews.then(|| previewed(&settings, &wishes));
        if previews || !errors.is_empty() {
            let typed = Some(form.typed);
            return self.show(app, console, Returned { typed, errors, previewed, conflict: false });
        }
        let revisions = [crate::directory::revision::Revision::sent(form.revision)];
        let seen = Seen { sections: self.sections, revisions: &revisions };
        let actor = console.right.actor();
        match settings::update(app, &actor, &wishes, Some(seen)).await {
            Ok(done) => {
                let mut told = vec![format!("Saved {}.", self.title.to_lowercase())];
                told.extend(done.notes);
                console.done(app, self.path, &told.join(" "))
            }
            Err(DirectoryError::Changed(_)) => {
                let typed = Some(form.typed);
                self.show(app, console, Returned { typed, conflict: true, ..Returned::default() })
            }
            Err(error @ DirectoryError::Value { .. }) => {
                let errors = vec![FieldError::new("", sentence(&error))];
                let typed = Some(form.typed);
                self.show(app, console, Returned { typed, errors, ..Returned::default() })
            }
            Err(error) => console.refused(app, error),
        }
    }

    /// What the form asks for, and what of it breaks a rule; file and environment are not asked.
    fn wishes(&self, app: &AppState, typed: &Typed) -> (Wishes, Vec<FieldError>) {
        let (mut wishes, mut errors) = (Wishes::new(), Vec::new());
        let locked = settings::effective(app).into_iter().filter(|one| one.locked);
        let locked: Vec<&str> = locked.map(|one| one.name).collect();
        for known in self.known().filter(|known| !locked.contains(&known.name)) {
            match input::wish(known, typed) {
                Ok(wish) => wishes.extend(wish.map(|wish| (known, wish))),
                Err(rule) => errors.push(FieldError::new(&input::id(known), capital(&rule))),
            }
        }
        (wishes, errors)
    }

    fn show<R: Right>(
        &'static self,
        app: &AppState,
        console: &Console<R>,
        returned: Returned,
    ) -> Response {
        let settings = app.registry().settings();
        let effective = settings::effective(app);
        let of = |known: &Known| effective.iter().find(|one| one.name == known.name);
        let inputs: Vec<Input> = self
            .known()
            .filter_map(|known| Some(Input::new(known, of(known)?, returned.typed.as_ref())))
            .collect();
        let conflicts = returned.conflict.then(|| conflicts(&inputs, returned.typed.as_ref()));
        let code = settings_code::of(&settings, self.names);
        let wanted = returned.previewed.as_ref().unwrap_or(&settings);
        let preview = (self.path == super::HERE).then(|| Preview::of(wanted));
        let status = match (&conflicts, returned.errors.is_empty()) {
            (Some(_), _) => StatusCode::CONFLICT,
            (None, true) => StatusCode::OK,
            (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let (shell, jar) = console.shell(app, self.link);
        let page = PanelPage {
            tabs: if self.link == super::HERE {
                super::tabs(self.path, &console.staff)
            } else {
                Vec::new()
            },
            panel: self,
            errors: returned.errors,
            conflicts,
            risks: (self.risks)(wanted),
            inputs,
            revision: settings::revision(&settings, self.sections).as_str().to_owned(),
            administers: Administers::by_role(&console.staff).is_some(),
            fresh: console.fresh,
            preview,
            preview_js: crate::web::assets::url("preview.js"),
            commands: code.commands,
            document: code.document,
            shell,
        };
        page::show(status, jar, &page)
    }
}

/// The settings as they would be, as far as they break no rule.
fn previewed(settings: &Settings, wishes: &Wishes) -> Settings {
    let mut wanted = settings.clone();
    for (known, wish) in wishes {
        if let settings::Wish::Value(value) = wish {
            wanted.set(known, value.clone());
        }
    }
    wanted
}

impl Preview {
    fn of(settings: &Settings) -> Preview {
        let branding = &settings.branding;
        let data = |logo| serde_json::json!(logo).as_str().map(str::to_owned);
        Preview {
            sheet: brand::preview_sheet(branding.accent),
            name: branding.name.clone(),
            sentence: branding.sentence.clone().unwrap_or_default(),
            logo: branding.logo.as_ref().and_then(data),
        }
    }
}

/// What was typed beside what is stored by now.
fn conflicts(inputs: &[Input], typed: Option<&Typed>) -> Vec<Conflict> {
    let mine = |input: &Input| match input.shape {
        Shape::Tick => if input.text == "true" { "Yes" } else { "No" }.to_owned(),
        Shape::Several => {
            let chosen = input.options.iter().filter(|(.., chosen)| *chosen);
            let titles: Vec<&str> = chosen.map(|(_, title, _)| title.as_str()).collect();
            if titles.is_empty() { "None".to_owned() } else { titles.join(", ") }
        }
        Shape::One => {
            let chosen = input.options.iter().find(|(.., chosen)| *chosen);
            chosen.map(|(_, title, _)| title.clone()).unwrap_or_default()
        }
        _ if input.text.is_empty() => "Not set".to_owned(),
        _ => input.text.clone(),
    };
    let sent = inputs.iter().filter(|input| {
        let named = typed.is_some_and(|typed| typed.contains_key(&input.id));
        input.locked.is_none() && (named || matches!(input.shape, Shape::Tick | Shape::Several))
    });
    let row = |input: &Input| Conflict {
        label: input.known.title.to_owned(),
        stored: input.shown.clone(),
        mine: mine(input),
    };
    sent.map(row).filter(|row| row.stored != row.mine).collect()
}

fn capital(rule: &str) -> String {
    let mut letters = rule.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
