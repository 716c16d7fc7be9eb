//! What was done, or why not, told in the address of the next page: for browsers without JavaScript.

use crate::api::InventoryVerb;
use crate::error::UiError;
use crate::text::counted;
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
        "provider_tested" => "The provider answered; its directory is read.".into(),
        "provider_recreated" => "The provider has registered a new account.".into(),
        "provider_key" => "A new key signs for the account.".into(),
        "provider_closed" => "The account is closed.".into(),
        "provider_saved" => "Saved.".into(),
        "provider_added" => "The certificate authority is in the list.".into(),
        "provider_removed" => "The certificate authority is removed.".into(),
        other => {
            if let Some(verb) = InventoryVerb::parse(other) {
                return Some(Notice::Done(verb.sentence().into()));
            }
            let (what, count) = other.split_once('-')?;
            let count = count.parse().ok()?;
            match what {
                "options" => options_sentence(count),
                to => override_sentence(Override::parse(to)?, count),
            }
        }
    };
    Some(Notice::Done(sentence))
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
        assert_eq!(told("<script>"), None);
        assert_eq!(read(|_| None), None);
    }
}
