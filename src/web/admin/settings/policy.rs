//! Sign-in policy: how long sessions live, how long passwords are, what people change themselves.

use axum::response::Response;

use super::panel::{Filled, Panel};
use crate::app::AppState;
use crate::directory::rights::{Administers, SeesAll};
use crate::domain::Settings;
use crate::web::admin::console::{Console, Posted};

const HERE: &str = "/admin/sign-in-policy";

const PANEL: Panel = Panel {
    path: HERE,
    link: HERE,
    title: "Sign-in policy",
    lead: "For everybody who signs in here. Sessions that have begun keep the end they were given; \
           being idle is judged anew at once. People sign in with a password: second factors and \
           passkeys do not exist in this release.",
    sections: &["sign_in", "profile"],
    names: &[
        "sign_in.idle_minutes",
        "sign_in.absolute_hours",
        "sign_in.remember",
        "sign_in.remember_days",
        "sign_in.least_password",
        "sign_in.recovery",
        "sign_in.consent_days",
        "profile.editable",
    ],
    risks,
};

fn risks(settings: &Settings) -> Vec<String> {
    let policy = &settings.sign_in;
    let mut risks = Vec::new();
    if policy.idle_minutes > 24 * 60 {
        risks.push(
            "Idle browsers stay signed in for more than a day: whoever finds one open is that \
             person."
                .to_owned(),
        );
    }
    if policy.absolute_hours > 7 * 24 {
        risks.push("Sessions live longer than a week, so a stolen cookie does too.".to_owned());
    }
    if policy.remember && policy.remember_days > 90 {
        risks.push(
            "Devices stay signed in for more than 90 days, also those that were lost or sold \
             meanwhile."
                .to_owned(),
        );
    }
    if policy.absolute_hours * 60 < policy.idle_minutes {
        risks.push(
            "Browsers are signed out in any case before they can be idle for so long, so the idle \
             limit does nothing."
                .to_owned(),
        );
    }
    if (1..7).contains(&policy.consent_days) {
        risks.push(
            "People are asked for consent every few days, and learn to allow without reading."
                .to_owned(),
        );
    }
    risks
}

/// `GET /admin/sign-in-policy`
pub async fn get(app: AppState, console: Console<SeesAll>) -> Response {
    PANEL.get(&app, &console)
}

/// `POST /admin/sign-in-policy`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    PANEL.post(&app, &console, form).await
}
