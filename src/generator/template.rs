//! Templates: what an application needs, as data, and the client that follows from its URL.

use std::sync::LazyLock;

use rust_embed::Embed;
use serde::Deserialize;

use super::GeneratorError;
use super::app_url::AppUrl;
use super::quote::Quote;
use crate::domain::ClientSettings;

#[derive(Embed)]
#[folder = "templates/clients"]
struct Tree;

static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    // A test reads each of them, so that none is left out.
    let mut found: Vec<Template> =
        template_folders().iter().filter_map(|folder| read(folder).ok()).collect();
    found.sort_by_key(|template| (template.rank, template.id.clone()));
    found
});

/// What Keystead knows of one kind of application.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its folder; what `--template` says.
    #[serde(skip)]
    pub id: String,
    /// What the client is called unless told otherwise.
    pub name: String,
    /// What it is for, in a few words.
    pub title: String,
    /// What it is for, in a sentence.
    pub summary: String,
    /// Where it stands in lists.
    pub rank: u8,
    /// Its clients cannot keep a secret.
    #[serde(default)]
    pub public: bool,
    /// Whether the application's URL is needed.
    pub app_url: AppUrlUse,
    /// Redirect URIs, from the application's URL on.
    #[serde(default)]
    pub redirect_paths: Vec<String>,
    /// Redirect URIs that are the same everywhere.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where a sign-out leads back to, from the application's URL on.
    #[serde(default)]
    pub post_logout_paths: Vec<String>,
    /// Where the application starts, from its URL on.
    #[serde(default)]
    pub launch_path: Option<String>,
    /// Paths of the application's own pages, which people paste with its URL.
    #[serde(default)]
    pub pages: Vec<String>,
    /// What the administrator should know.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Said when the application lives below a path; `{path}` stands for it.
    #[serde(default)]
    pub base_path_note: Option<String>,
    /// Said when people reach the application unencrypted.
    #[serde(default)]
    pub http_note: Option<String>,
    /// What it asks for.
    pub scopes: Vec<String>,
    /// How we talk to it.
    #[serde(default)]
    pub settings: ClientSettings,
    /// What it can be given.
    #[serde(default)]
    pub files: Vec<FileTemplate>,
}

/// Whether a template needs the application's URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppUrlUse {
    /// Everything follows from it.
    Required,
    /// Helpful.
    Optional,
    /// There is none.
    Unused,
}

/// A file in the making.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileTemplate {
    /// What to call it at the relying party.
    pub name: String,
    /// What `--format` says; several files may share one.
    pub format: String,
    /// The syntax its values are written in.
    pub(super) quote: Quote,
    /// The file among the templates that holds the body.
    source: String,
    /// Text with placeholders.
    #[serde(skip)]
    pub(super) body: String,
}

/// A client in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The application's URL in its one spelling.
    pub app_url: Option<String>,
    /// Whether it cannot keep a secret.
    pub public: bool,
    /// `redirect_uris`.
    pub redirect_uris: Vec<String>,
    /// `post_logout_redirect_uris`.
    pub post_logout_redirect_uris: Vec<String>,
    /// How we talk to it.
    pub settings: ClientSettings,
    /// What it asks for, and its people may get.
    pub scopes: Vec<String>,
    /// What the administrator should read.
    pub notes: Vec<String>,
}

/// Every template, the one for NetBox first.
pub fn templates() -> &'static [Template] {
    &TEMPLATES
}

/// The template called `name`.
///
/// # Errors
/// When there is none; names the nearest.
pub fn template(name: &str) -> Result<&'static Template, GeneratorError> {
    let wanted = name.trim().to_lowercase();
    if let Some(found) = templates().iter().find(|template| template.id == wanted) {
        return Ok(found);
    }
    let like = |template: &&Template| {
        (strsim::normalized_damerau_levenshtein(&wanted, &template.id) * 1000.0) as i64
    };
    let known: Vec<&str> = templates().iter().map(|template| template.id.as_str()).collect();
    Err(GeneratorError::UnknownTemplate {
        name: name.to_owned(),
        nearest: templates().iter().max_by_key(like).map(|t| t.id.clone()).unwrap_or_default(),
        known: known.join(", "),
    })
}

impl Template {
    /// What `--format` may say, `all` aside.
    pub fn formats(&self) -> Vec<&str> {
        let mut formats: Vec<&str> = self.files.iter().map(|file| file.format.as_str()).collect();
        formats.dedup();
        formats
    }

    /// The client that serves the application at `app_url`.
    ///
    /// # Errors
    /// When the URL is missing, or cannot be meant; says what to write.
    pub fn plan(&self, app_url: Option<&str>) -> Result<Plan, GeneratorError> {
        let app = match (self.app_url, app_url) {
            (AppUrlUse::Required, None) => {
                return Err(GeneratorError::AppUrlMissing { template: self.id.clone() });
            }
            (AppUrlUse::Unused, Some(_)) => {
                return Err(GeneratorError::AppUrlUnused {
                    template: self.id.clone(),
                    what: self.title.clone(),
                });
            }
            (_, None) => None,
            (_, Some(text)) => Some(AppUrl::parse(text, &self.pages)?),
        };
        let mut plan = self.plan_without_url();
        if let Some(app) = app {
            self.add_url(&mut plan, app);
        }
        Ok(plan)
    }

    fn plan_without_url(&self) -> Plan {
        Plan {
            app_url: None,
            public: self.public,
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: Vec::new(),
            settings: ClientSettings { template: Some(self.id.clone()), ..self.settings.clone() },
            scopes: self.scopes.clone(),
            notes: self.notes.clone(),
        }
    }

    fn add_url(&self, plan: &mut Plan, app: AppUrl) {
        plan.redirect_uris.extend(self.redirect_paths.iter().map(|path| app.join(path)));
        plan.post_logout_redirect_uris =
            self.post_logout_paths.iter().map(|p| app.join(p)).collect();
        plan.settings.launch_url = self.launch_path.as_ref().map(|path| app.join(path));
        plan.settings.app_url = Some(app.text.clone());
        if let Some(note) = self.base_path_note.as_ref().filter(|_| !app.path().is_empty()) {
            plan.notes.push(note.replace("{path}", app.path()));
        }
        if let Some(note) = self.http_note.as_ref().filter(|_| app.is_exposed()) {
            plan.notes.push(note.clone());
        }
        plan.notes.extend(app.corrections);
        plan.app_url = Some(app.text);
    }
}

/// The folders that hold a template.
pub(super) fn template_folders() -> Vec<String> {
    let folder =
        |path: std::borrow::Cow<'_, str>| path.strip_suffix("/template.toml").map(str::to_owned);
    Tree::iter().filter_map(folder).collect()
}

/// Reads the template in the folder `id`.
pub(super) fn read(id: &str) -> Result<Template, GeneratorError> {
    let text = text(&format!("{id}/template.toml"))?;
    let mut template: Template = toml::from_str(&text).map_err(|error| {
        GeneratorError::Damaged { file: format!("{id}/template.toml"), problem: error.to_string() }
    })?;
    template.id = id.to_owned();
    for file in &mut template.files {
        file.body = body(&file.source)?;
    }
    Ok(template)
}

/// The text of `source`, with the files it includes by lines like `#include netbox/settings.py`.
fn body(source: &str) -> Result<String, GeneratorError> {
    let mut body = String::new();
    for line in text(source)?.lines() {
        match line.strip_prefix("#include ") {
            Some(included) => body.push_str(&text(included)?),
            None => {
                body.push_str(line);
                body.push('\n');
            }
        }
    }
    Ok(body)
}

pub(super) fn text(path: &str) -> Result<String, GeneratorError> {
    let damaged = |problem: &str| GeneratorError::Damaged {
        file: path.to_owned(),
        problem: problem.to_owned(),
    };
    let file = Tree::get(path).ok_or_else(|| damaged("it is not there"))?;
    String::from_utf8(file.data.into_owned()).map_err(|_| damaged("it is not UTF-8"))
}
