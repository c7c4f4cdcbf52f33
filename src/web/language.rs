//! In which language a page is: what the application asks for, what the person prefers, what the
//! browser prefers, and else what administrators chose. Portal and console are English.

use std::cell::RefCell;

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

use super::words::Language;
use crate::app::App;
use crate::domain::User;

/// The wishes of one request, from the strongest.
#[derive(Default)]
struct Wishes {
    application: Option<String>,
    person: Option<String>,
    browser: String,
}

tokio::task_local! {
    static WISHES: RefCell<Wishes>;
}

/// Languages that are looked at in a header or a parameter.
const MOST: usize = 20;

/// Listens to the browser; handlers add what they learn while they answer.
pub async fn listen(request: Request, next: Next) -> Response {
    let sent = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let browser = sent.unwrap_or_default().to_owned();
    let wishes = RefCell::new(Wishes { browser, ..Wishes::default() });
    WISHES.scope(wishes, next.run(request)).await
}

/// The application asks for these, `ui_locales` of OpenID Connect Core 3.1.2.1.
pub fn application_wants(ui_locales: Option<&str>) {
    note(|wishes| wishes.application = ui_locales.map(str::to_owned));
}

/// This person reads the page.
pub fn person_wants(user: &User) {
    note(|wishes| wishes.person.clone_from(&user.profile.locale));
}

fn note(write: impl FnOnce(&mut Wishes)) {
    // Outside a request nobody wishes anything.
    WISHES.try_with(|wishes| write(&mut wishes.borrow_mut())).ok();
}

/// The language of the page at hand: the strongest wish for one that is offered.
pub fn spoken(app: &App) -> Language {
    let settings = app.registry().settings();
    let languages = &settings.languages;
    let offered = |language: &Language| languages.offered.iter().any(|tag| tag == language.tag());
    let wished = WISHES.try_with(|wishes| {
        let wishes = wishes.borrow();
        let application = wishes.application.iter().flat_map(|list| list.split(' ').take(MOST));
        let tags = application.chain(wishes.person.as_deref());
        let tags = tags.chain(by_preference(&wishes.browser));
        tags.filter_map(Language::of).find(offered)
    });
    let usual = Language::of(&languages.default).unwrap_or(Language::En);
    wished.ok().flatten().unwrap_or(usual)
}

/// The tags of `Accept-Language`, the dearest first (RFC 9110 12.5.4).
pub fn by_preference(header: &str) -> Vec<&str> {
    let mut tags: Vec<(f32, &str)> = header
        .split(',')
        .take(MOST)
        .filter_map(|part| {
            let (tag, rest) = part.split_once(';').unwrap_or((part, ""));
            let weight = rest.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse);
            Some((weight.ok().filter(|weight: &f32| *weight > 0.0)?, tag.trim()))
        })
        .collect();
    tags.sort_by(|a, b| b.0.total_cmp(&a.0));
    tags.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::by_preference;

    #[test]
    fn the_dearest_language_comes_first_and_the_refused_not_at_all() {
        assert_eq!(by_preference("en;q=0.5, de-CH, fr;q=0.8, it;q=0"), ["de-CH", "fr", "en"]);
        assert_eq!(by_preference("de;q=x"), [""; 0]);
        assert_eq!(by_preference(""), [""]);
    }
}
