//! The console, as people with each role meet it.

pub mod access;
mod activity;
mod applications;
mod applications_change;
mod applications_live;
mod applications_owner;
mod applications_wizard;
mod automation;
mod backup;
mod failures;
mod failures_owner;
mod forms;
mod groups;
mod hostile;
mod keys;
mod lists;
mod overview;
mod profile;
mod registration;
mod scopes;
mod settings;
mod several;
mod users;

use keystead::domain::{Role, User};
use keystead::store;

use crate::harness::http::Answer;
use crate::harness::{Browser, TestApp};

/// Somebody signed in, with the token of their forms.
pub struct Visitor {
    /// Their browser.
    pub browser: Browser,
    /// Their account.
    pub user: User,
    csrf: String,
}

impl Visitor {
    /// A new person with this role, signed in.
    pub async fn new(app: &TestApp, name: &str, role: Option<Role>) -> Visitor {
        let mut user = app.user(name).await;
        user.role = role;
        app.write(async |tx| store::users::update(tx, &user).await).await;
        let mut browser = Browser::new(&app.app);
        let home = browser.sign_in(name).await;
        let csrf = home.inputs().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        Visitor { browser, user, csrf }
    }

    /// An administrator called `root`.
    pub async fn root(app: &TestApp) -> Visitor {
        Visitor::new(app, "root", Some(Role::Administrator)).await
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.browser.get(path).await
    }

    /// Sends a form from one of our own pages.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        self.browser.post(path, &[form, &[("csrf", csrf.as_str())]].concat()).await
    }

    /// Sends a form that is expected to work, and shows the page that follows.
    #[track_caller]
    pub fn done(&mut self, path: &str, form: &[(&str, &str)]) -> impl Future<Output = Answer> {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.post(path, form).await;
            assert_eq!(answer.status, 303, "{caller}: {}", answer.body);
            self.browser.follow(answer).await
        }
    }
}

/// The page of an application.
pub fn at(client: &str, tab: &str) -> String {
    format!("/admin/applications/{client}{tab}")
}

/// The page of a user.
pub fn of(user: &User, tab: &str) -> String {
    format!("/admin/users/{}{tab}", user.id)
}
