//! Where a client is opened: sign-ins that begin here, OpenID Connect Core 4.

use url::Url;

use crate::domain::Client;

/// The address that opens a client: its own start page, where it has one; else the address at which
/// a sign-in may be begun for it, told who asks and where the sign-in is to lead.
pub fn url(client: &Client, issuer: &str) -> Option<String> {
    let settings = &client.settings;
    let begun = || {
        let mut url = Url::parse(settings.initiate_login_uri.as_deref()?).ok()?;
        let mut query = url.query_pairs_mut();
        query.append_pair("iss", issuer);
        if let Some(target) = &settings.app_url {
            query.append_pair("target_link_uri", target);
        }
        drop(query);
        Some(url.to_string())
    };
    settings.launch_url.clone().or_else(begun).or_else(|| settings.app_url.clone())
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;

    use super::url;
    use crate::domain::{Client, ClientId, ClientSettings, Timestamp};

    fn opened(change: impl FnOnce(&mut ClientSettings)) -> Option<String> {
        let mut settings = ClientSettings::default();
        change(&mut settings);
        let client = Client {
            id: ClientId("web".into()),
            slug: "web".into(),
            name: "Web".into(),
            public: false,
            trusted: false,
            disabled_at: None,
            secret_hash: None,
            secret_sealed: None,
            settings: Json(settings),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
        };
        url(&client, "https://id.example.com")
    }

    #[test]
    fn a_start_page_comes_first_and_a_sign_in_knows_who_asks() {
        let begins = |settings: &mut ClientSettings| {
            settings.initiate_login_uri = Some("https://a.example/login?tenant=1".into());
            settings.app_url = Some("https://a.example/?x=1&y".into());
        };
        assert_eq!(
            opened(begins).as_deref(),
            Some(
                "https://a.example/login?tenant=1&iss=https%3A%2F%2Fid.example.com\
                 &target_link_uri=https%3A%2F%2Fa.example%2F%3Fx%3D1%26y"
            )
        );
        let both = opened(|settings| {
            begins(settings);
            settings.launch_url = Some("https://a.example/start".into());
        });
        assert_eq!(both.as_deref(), Some("https://a.example/start"));
        let home = opened(|settings| settings.app_url = Some("https://a.example/".into()));
        assert_eq!((home.as_deref(), opened(|_| ())), (Some("https://a.example/"), None));
    }
}
