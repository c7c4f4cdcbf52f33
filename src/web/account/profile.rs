//! What a person says of themselves, and a copy of all that is kept of them.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::frame::Frame;
use super::portal::{Portal, Posted};
use crate::app::AppState;
use crate::directory::DirectoryError;
use crate::directory::own::{self, OWN};
use crate::directory::profile::{FIELDS, Field};
use crate::directory::revision::Revision;
use crate::directory::view::UserView;
use crate::domain::User;
use crate::web::admin::console::{FRESH, sentence};
use crate::web::admin::users::profile::{field_of, label};
use crate::web::page::{self, Page};
use crate::web::signin::form::FieldError;

const HERE: &str = "/account/profile";
/// The claims that are asked for openly; the others behind a fold.
const USUAL: usize = 3;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    revision: String,
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

/// A claim on the form.
struct Input {
    name: &'static str,
    label: String,
    hint: &'static str,
    value: String,
    lines: bool,
}

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage {
    page: Page,
    frame: Frame,
    errors: Vec<FieldError>,
    unfolded: bool,
    revision: String,
    email: Option<String>,
    fixed: Vec<(String, String)>,
    usual: Vec<Input>,
    rare: Vec<Input>,
}

/// `GET /account/profile`
pub async fn get(app: AppState, portal: Portal) -> Response {
    show(&app, &portal, (StatusCode::OK, Vec::new()), (&portal.user, &BTreeMap::new()))
}

/// The form as stored, with what was typed written over it.
fn show(
    app: &AppState,
    portal: &Portal,
    (status, errors): (StatusCode, Vec<FieldError>),
    (user, typed): (&User, &BTreeMap<String, String>),
) -> Response {
    let (mut fields, fixed): (Vec<&Field>, Vec<&Field>) = FIELDS
        .iter()
        .filter(|field| OWN.contains(&field.name))
        .partition(|field| own::may_change(app, field.name));
    fields.sort_by_key(|field| OWN.iter().position(|name| *name == field.name));
    let mut usual: Vec<Input> =
        fields.into_iter().map(|field| Input::of(field, user, typed)).collect();
    let rare = usual.split_off(USUAL.min(usual.len()));
    let fixed = fixed.into_iter().filter_map(|field| Some((label(field.name), field.value(user)?)));
    let unfolded = rare.iter().any(|input| errors.iter().any(|error| error.field == input.name));
    let (page, frame, jar) = portal.frame(app, HERE);
    let profile = ProfilePage {
        page,
        frame,
        unfolded,
        errors,
        revision: Revision::of(&UserView::from(user)).as_str().to_owned(),
        email: user.email.clone(),
        fixed: fixed.collect(),
        usual,
        rare,
    };
    page::show(status, jar, &profile)
}

impl Input {
    fn of(field: &Field, user: &User, typed: &BTreeMap<String, String>) -> Input {
        let typed = typed.get(field.name).cloned();
        Input {
            name: field.name,
            label: label(field.name),
            hint: hint(field.name),
            value: typed.or_else(|| field.value(user)).unwrap_or_default(),
            lines: field.name == "street_address",
        }
    }
}

fn hint(name: &str) -> &'static str {
    match name {
        "phone_number" => "With the country's code, like +41 44 668 18 00",
        "birthdate" => "YYYY-MM-DD, 0000-MM-DD or YYYY",
        "zoneinfo" => "Like Europe/Zurich",
        "locale" => "A language tag, like en or de-CH",
        "website" | "profile" | "picture" => "A whole address that begins with https://",
        _ => "",
    }
}

/// `POST /account/profile`
pub async fn post(app: AppState, Posted { portal, form }: Posted<Filled>) -> Response {
    let revision = Revision::sent(form.revision);
    let error = match own::update(&app, &portal.user, &form.fields, revision).await {
        Ok(done) => {
            let told = if done.changed { "Saved your profile." } else { "" };
            return portal.done(&app, HERE, told);
        }
        Err(error) => error,
    };
    let (status, error) = match error {
        DirectoryError::Changed(_) => {
            let words =
                "Your profile was changed elsewhere meanwhile. Look it over, then save again.";
            (StatusCode::CONFLICT, FieldError::new("", words))
        }
        DirectoryError::Value { .. } => {
            let field = field_of(&error);
            (StatusCode::UNPROCESSABLE_ENTITY, FieldError::new(&field, sentence(&error)))
        }
        error => return portal.refused(&app, error),
    };
    show(&app, &portal, (status, vec![error]), (&portal.user, &form.fields))
}

/// `GET /account/profile/export`: all at once, so it wants a recent sign-in.
pub async fn export(app: AppState, portal: Portal) -> Response {
    if app.clock.now() - portal.session.auth_time > FRESH {
        return Redirect::to(&format!("/login?again=1&next={HERE}")).into_response();
    }
    let document = match own::export(&app, &portal.user, portal.visitor.address_text()).await {
        Ok(document) => document,
        Err(error) => return portal.refused(&app, error),
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"keystead-account.json\""),
    ];
    (headers, format!("{document:#}\n")).into_response()
}
