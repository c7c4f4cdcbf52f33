//! The one table of settings: what each is called, what it may hold, what it does.

/// What a setting may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line of so many characters at most.
    Line(usize),
    /// A web address, or a text of so many characters at most.
    Legal(usize),
    /// A colour as `#rrggbb`.
    Colour,
    /// An e-mail address or a web address.
    Contact,
    /// A picture as a `data:` address.
    Picture,
    /// True or false.
    Flag,
    /// A whole number from and to.
    Number(u32, u32),
    /// One of these.
    One(&'static [&'static str]),
    /// Any of these.
    Any(&'static [&'static str]),
    /// At least one of these.
    Some(&'static [&'static str]),
    /// The name of a machine.
    Host,
    /// A sender of mail.
    Sender,
    /// A secret, which is never shown.
    Secret,
}

/// A setting.
#[derive(Debug, PartialEq)]
pub struct Known {
    /// `section.member`.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// What pages call it.
    pub title: &'static str,
    /// What it does.
    pub help: &'static str,
    /// The key of the settings file that wins over it, if there is one.
    pub file_key: Option<&'static str>,
}

/// The sections, in the order of documents.
pub const SECTIONS: &[&str] = &["branding", "languages", "legal", "mail", "profile", "sign_in"];

/// The accent colour.
pub const ACCENT: &str = "branding.accent";
/// The password for the mail server.
pub const PASSWORD: &str = "mail.password";

/// The languages that pages for people speak.
pub(super) const LANGUAGES: &[&str] = &["en", "de", "fr"];

/// The claims that people may change of their own account at most: those that say nothing by which
/// an application could take one person for another. A nickname does: Gitea and Forgejo read it
/// before `preferred_username`.
pub const OWN: &[&str] = &[
    "display_name",
    "given_name",
    "family_name",
    "middle_name",
    "phone_number",
    "website",
    "profile",
    "picture",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "street_address",
    "postal_code",
    "locality",
    "region",
    "country",
];

const LEGAL: Kind = Kind::Legal(12_000);

/// Every setting, in the order of lists.
pub const KNOWN: &[Known] = &[
    known_as(
        "branding.name",
        Kind::Line(60),
        "Product name",
        "What pages, mails and titles call this sign-in.",
    ),
    known_as(
        "branding.accent",
        Kind::Colour,
        "Accent colour",
        "The colour of buttons and links, like #14655a. Shades that would be hard to read are \
         darkened on light pages and lightened on dark ones.",
    ),
    known_as(
        "branding.logo",
        Kind::Picture,
        "Logo",
        "A PNG, JPEG or WebP picture of 128 KiB at most, shown before the product name.",
    ),
    known_as(
        "branding.sentence",
        Kind::Line(300),
        "Sentence on the sign-in page",
        "Stands above the sign-in form, such as who may sign in here.",
    ),
    known_as(
        "branding.support",
        Kind::Contact,
        "Support contact",
        "An e-mail address or a web address, shown where something went wrong.",
    ),
    known_as(
        "languages.default",
        Kind::One(LANGUAGES),
        "Default language",
        "Spoken to whoever asks for none that is offered.",
    ),
    known_as(
        "languages.offered",
        Kind::Some(LANGUAGES),
        "Languages offered",
        "The languages that people may have the sign-in pages in.",
    ),
    known_as(
        "legal.imprint",
        LEGAL,
        "Imprint",
        "Who runs this: a web address, or the text itself.",
    ),
    known_as(
        "legal.privacy",
        LEGAL,
        "Privacy policy",
        "What becomes of people's data: a web address, or the text itself.",
    ),
    known_as(
        "legal.terms",
        LEGAL,
        "Terms of use",
        "What people agree to: a web address, or the text itself.",
    ),
    known_as(
        "mail.host",
        Kind::Host,
        "Mail server",
        "The machine that takes our mail; without one, no mail is sent.",
    ),
    known_as(
        "mail.port",
        Kind::Number(1, 65_535),
        "Port",
        "587 for STARTTLS and 465 for TLS, usually.",
    ),
    known_as(
        "mail.security",
        Kind::One(&["starttls", "tls", "none"]),
        "Protection",
        "How the connection to the mail server is protected; none only for one on this machine.",
    ),
    known_as(
        "mail.username",
        Kind::Line(255),
        "Username",
        "Whom the mail server knows us as, if it wants to know.",
    ),
    known_as(
        "mail.password",
        Kind::Secret,
        "Password",
        "The password for the mail server; kept sealed and never shown.",
    ),
    known_as(
        "mail.from",
        Kind::Sender,
        "Sender",
        "Who mails are from: an address, or a name with one, like Keystead <sso@example.com>.",
    ),
    known_as(
        "profile.editable",
        Kind::Any(OWN),
        "What people change themselves",
        "The parts of their profile that people change in the portal; the rest is shown there and \
         an administrator's to change.",
    ),
    Known {
        file_key: Some("session.idle_minutes"),
        ..known_as(
            "sign_in.idle_minutes",
            Kind::Number(1, 525_600),
            "Signed out when idle, after minutes",
            "A browser is signed out after so many minutes without a request.",
        )
    },
    Known {
        file_key: Some("session.absolute_hours"),
        ..known_as(
            "sign_in.absolute_hours",
            Kind::Number(1, 8_760),
            "Signed out in any case, after hours",
            "A browser is signed out after so many hours, however busy it is.",
        )
    },
    known_as(
        "sign_in.remember",
        Kind::Flag,
        "Offer to stay signed in",
        "Whether the sign-in page lets people stay signed in on their own devices.",
    ),
    Known {
        file_key: Some("session.remember_days"),
        ..known_as(
            "sign_in.remember_days",
            Kind::Number(1, 3_650),
            "Stay signed in for days",
            "Instead of both limits, for whoever chose to stay signed in.",
        )
    },
    known_as(
        "sign_in.least_password",
        Kind::Number(12, 64),
        "Shortest password, in characters",
        "How long a new password must be; with 12, an excellent one may have 8.",
    ),
    known_as(
        "sign_in.recovery",
        Kind::Flag,
        "Let people ask for a reset mail",
        "Whether somebody who forgot the password may have a link sent to their address.",
    ),
    known_as(
        "sign_in.consent_days",
        Kind::Number(0, 3_650),
        "Remember consent for days",
        "After so many days people are asked anew what an application may know; 0 remembers until \
         they take it back.",
    ),
];

const fn known_as(
    name: &'static str,
    kind: Kind,
    title: &'static str,
    help: &'static str,
) -> Known {
    Known { name, kind, title, help, file_key: None }
}

/// The setting with this name.
pub fn known(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

impl Known {
    /// Section and member.
    pub fn path(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or((self.name, ""))
    }

    /// The type, in a word or two.
    pub fn type_name(&self) -> String {
        match self.kind {
            Kind::Line(_) => "text".into(),
            Kind::Legal(_) => "web address or text".into(),
            Kind::Colour => "colour".into(),
            Kind::Contact => "e-mail or web address".into(),
            Kind::Picture => "picture".into(),
            Kind::Flag => "true or false".into(),
            Kind::Number(least, most) => format!("{least} to {most}"),
            Kind::One(names) => names.join(" | "),
            Kind::Any(_) | Kind::Some(_) => "list".into(),
            Kind::Host => "host name".into(),
            Kind::Sender => "sender".into(),
            Kind::Secret => "secret".into(),
        }
    }

    /// Whether its value is never shown.
    pub fn is_secret(&self) -> bool {
        self.kind == Kind::Secret
    }
}
