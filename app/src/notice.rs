//! What was done, or why not, told in the address of the next page: for browsers without JavaScript.

use crate::api::InventoryVerb;
use crate::error::UiError;
use crate::text::{counted, grouped};
use engine::model::Override;
use leptos::server_fn::error::ServerFnUrlError;

const OURS: [&str; 3] = ["done=", "__path=", "__err="];

/// What is said when the kind of keys was chosen.
pub const KEY_TYPE_SENTENCE: &str = "Saved: the keys are of this kind from the next order on.";

/// A sentence for the top of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It worked.
    Done(String),
    /// It did not.
    Failed(String),
}

/// Write the address to go back to: the page that the form was on, saying what was done.
///
/// Only path and query of `referer` are used, so that the answer never leads to another site.
#[must_use]
pub fn back_with(referer: &str, done: &str) -> String {
    let after_scheme = referer.split_once("://").map_or(referer, |(_, rest)| rest);
    let local = after_scheme.find('/').map_or("", |start| &after_scheme[start..]);
    let local = local.split_once('#').map_or(local, |(before, _)| before).trim_start_matches('/');
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !OURS.iter().any(|ours| pair.starts_with(ours)));
    let done = format!("done={done}");
    let pairs: Vec<&str> = kept.chain([done.as_str()]).collect();
    format!("/{path}?{}", pairs.join("&"))
}

/// Read the notice from named values, as a URL's query has them; `None` where it has none.
pub fn read(value: impl Fn(&str) -> Option<String>) -> Option<Notice> {
    if let Some(error) = value("__err") {
        return Some(Notice::Failed(ServerFnUrlError::<UiError>::decode_err(&error).message()));
    }
    let done = value("done")?;
    let sentence = match done.as_str() {
        "run" => "The run of all users was asked for. Its progress stands above; reload to see more.".into(),
        "check" => "The check was asked for. Its progress stands above; reload to see more.".into(),
        "stop" => "The run stops after the websites that it is working on.".into(),
        "key_type" => KEY_TYPE_SENTENCE.into(),
        "provider" => "Orders go to this provider from now on.".into(),
        "fallback" => "This provider takes what those before it cannot.".into(),
        "fallback_changed" => "The order of the providers is changed.".into(),
        "provider_off" => "AutoSSL is disabled: nothing is ordered.".into(),
        "provider_test_failed" => return Some(Notice::Failed("The provider did not answer as it should.".into())),
        "provider_recreated" => "The provider has registered a new account.".into(),
        "provider_key" => "A new key signs for the account.".into(),
        "provider_closed" => "The account is closed.".into(),
        "provider_saved" => "Saved.".into(),
        "provider_unbound" => "The customer’s account is forgotten. An account that exists works on.".into(),
        "provider_changed" => "The certificate authority is changed.".into(),
        "provider_added" => "The certificate authority is in the list.".into(),
        "provider_removed" => "The certificate authority is removed.".into(),
        "dns_added" => "The DNS zone works and is added.".into(),
        "dns_changed" => "The DNS zone works and is saved.".into(),
        "dns_untested" => "The DNS zone is saved without a trial.".into(),
        "dns_tested" => "The DNS zone works.".into(),
        "dns_removed" => "The DNS zone is removed, with its secret.".into(),
        "persist_published" => "The record is published, and counted on from now on.".into(),
        "persist_withdrawn" => "What was published is removed; the record is not counted on any more.".into(),
        other => {
            if let Some(verb) = InventoryVerb::parse(other) {
                return Some(Notice::Done(verb.sentence().into()));
            }
            let (what, count) = other.split_once('-')?;
            let count = count.parse().ok()?;
            match what {
                "options" => options_sentence(count),
                "provider_tested" => format!("The provider answered in {} ms; its directory is read.", grouped(count)),
                to => override_sentence(Override::parse(to)?, count),
            }
        }
    };
    Some(Notice::Done(sentence))
}

/// What the last form of the Providers page did, as far as it is told in a place of its own on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The field that was wrong, and what is wrong with it.
    pub wrong: Option<(String, String)>,
    /// What came of the test of a connection.
    pub tested: Option<Notice>,
}

impl Told {
    /// Read it from named values, as a URL's query has them.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        let error = value("__err").map(|error| ServerFnUrlError::<UiError>::decode_err(&error));
        let wrong = match error {
            Some(UiError::Field { field, message }) => Some((field, crate::text::sentence(&message))),
            Some(_) => None,
            None => {
                let is_test = value("done").is_some_and(|done| done.starts_with("provider_test"));
                return Self { wrong: None, tested: is_test.then(|| read(value)).flatten() };
            }
        };
        Self { wrong, tested: None }
    }

    /// Tell what is wrong with a field.
    #[must_use]
    pub fn wrong_with(&self, field: &str) -> Option<String> {
        self.wrong.as_ref().filter(|(wrong, _)| wrong == field).map(|(_, message)| message.clone())
    }
}

/// Say what an override did, e.g. `Enabled AutoSSL for 3 users.`
#[must_use]
pub fn override_sentence(to: Override, count: u32) -> String {
    let users = counted(count, "user", "users");
    match to {
        Override::Enabled => format!("Enabled AutoSSL for {users}."),
        Override::Disabled => format!("Disabled AutoSSL for {users}."),
        Override::Inherited => format!("Reset {users} to the feature list’s setting."),
    }
}

/// Say how many options changed, e.g. `Saved: 1 option changed.`
#[must_use]
pub fn options_sentence(changed: u32) -> String {
    match changed {
        0 => "Saved. Nothing was changed.".into(),
        _ => format!("Saved: {} changed.", counted(changed, "option", "options")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_its_page_and_says_what_was_done() {
        assert_eq!(
            back_with("https://server.test:2087/users?q=a&done=check&__err=x#L1", "enabled-3"),
            "/users?q=a&done=enabled-3"
        );
        assert_eq!(back_with("https://server.test", "run"), "/?done=run");
        assert_eq!(back_with("/", "run"), "/?done=run");
    }

    #[test]
    fn a_forged_referer_cannot_lead_to_another_site() {
        assert_eq!(back_with("https://server.test//evil.test/x", "run"), "/evil.test/x?done=run");
    }

    #[test]
    fn a_notice_is_told_in_words() {
        let told = |done: &str| read(|name| (name == "done").then(|| done.to_owned()));
        assert_eq!(told("disabled-2"), Some(Notice::Done("Disabled AutoSSL for 2 users.".into())));
        assert_eq!(told("add_alias"), Some(Notice::Done(InventoryVerb::AddAlias.sentence().into())));
        assert_eq!(told("options-1"), Some(Notice::Done("Saved: 1 option changed.".into())));
        let answered = Notice::Done("The provider answered in 1,084 ms; its directory is read.".into());
        assert_eq!(told("provider_tested-1084"), Some(answered));
        assert_eq!(told("<script>"), None);
        assert_eq!(read(|_| None), None);
    }

    #[test]
    fn what_has_a_place_on_the_page_is_told_there() {
        let at = |name: &'static str, text: &str| {
            let text = text.to_owned();
            Told::read(move |asked| (asked == name).then(|| text.clone()))
        };
        let field = UiError::Field { field: "mac_key".into(), message: "it is not base64url".into() };
        let url = ServerFnUrlError::new("/fn/select_provider", field).to_url("https://server.test/providers").unwrap();
        let (_, encoded) = url.query_pairs().find(|(name, _)| name == "__err").unwrap();
        let told = at("__err", &encoded);
        assert_eq!(told.wrong_with("mac_key").as_deref(), Some("It is not base64url."));
        assert_eq!((told.wrong_with("key_id"), told.tested), (None, None));
        assert!(matches!(at("done", "provider_tested-3").tested, Some(Notice::Done(_))));
        assert!(matches!(at("done", "provider_test_failed").tested, Some(Notice::Failed(_))));
        assert_eq!(at("done", "provider_saved"), Told::default());
    }
}
