//! Choosing a provider: the customer's account where it wants one, its terms, and right below them the button that saves.

use super::field::{Need, TextField, mistake, mistake_id};
use super::icon::{Icon, icon};
use super::moment::Moment;
use crate::api::{AddFallback, ProviderAccount, SelectProvider};
use crate::notice::Told;
use engine::model::{ProviderDetail, TermsState};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Let orders go to a provider.
#[component]
pub fn ProviderSave(
    /// Which.
    provider: ProviderDetail,
    /// The name of the one that orders go to now.
    instead_of: Option<String>,
    /// What the last form said.
    told: Told,
) -> impl IntoView {
    let ProviderDetail { summary, external_account_required, external_account, about, terms_changed, .. } = provider;
    let read = about.is_some();
    let terms = about.and_then(|(about, _)| about.terms_of_service);
    let agreed = match (summary.terms, terms_changed) {
        (TermsState::Agreed { by, at, .. }, false) => Some((by, at)),
        _ => None,
    };
    // What nobody has seen cannot be agreed to: the provider is asked first.
    let ask = agreed.is_none() && terms.is_some();
    let external = external_account_required || external_account.is_some();
    let nothing_to_save = summary.selected && !ask && !external;
    let can_follow = instead_of.is_some() && !summary.selected && summary.fallback.is_none();
    let what = match (summary.selected, instead_of) {
        (true, _) if nothing_to_save => "Orders go here. There is nothing to save.".to_owned(),
        (true, _) => "Orders go here already.".to_owned(),
        (false, Some(other)) => format!(
            "Saving registers an account where there is none, and sends new orders to {} instead of {other}. Certificates in place stay until they are due.",
            summary.name
        ),
        (false, None) => {
            format!(
                "Saving registers an account where there is none, and sends orders to {} from then on.",
                summary.name
            )
        }
    };
    let bound = external_account.is_some();
    let key = external.then(|| customer(external_account, external_account_required, &told));
    let id = summary.id.clone();
    let shown = terms.clone().unwrap_or_default();
    view! {
        <form class="body stack" method="post" action=SelectProvider::url() autocomplete="off" data-guard="">
            <input type="hidden" name="id" value=summary.id />
            <input type="hidden" name="terms" value=shown />
            {key} <h3>"Terms of service"</h3>
            {terms_changed
                .then(|| {
                    view! {
                        <p class="notice warning">
                            {icon(Icon::Warning)}
                            <span>"The terms changed since they were agreed to. Please read them and agree again."</span>
                        </p>
                    }
                })} {document(terms, read)}
            {agreed.map(|(by, at)| view! { <p class="muted">"Agreed to by " {by} ", " <Moment at=at /> "."</p> })}
            {ask.then(|| agree(&told))} <p>{what}</p>
            {(!nothing_to_save)
                .then(|| {
                    view! {
                        <div class="row">
                            <button type="submit" class="button primary" aria-describedby="save-why">
                                "Save provider"
                            </button>
                            {can_follow
                                .then(|| {
                                    view! {
                                        <button type="submit" class="button" formaction=AddFallback::url()>
                                            "Use as a fallback"
                                        </button>
                                    }
                                })}
                            <p class="why" id="save-why">
                                <span class="for-key_id">"Enter the key identifier. "</span>
                                <span class="for-mac_key">"Enter the MAC key, in base64. "</span>
                                <span class="for-agree">"Tick the box: without your agreement nothing is registered."</span>
                            </p>
                        </div>
                    }
                })}
        </form>
        {bound
            .then(|| {
                view! {
                    <form id="unbind" method="post" action=ProviderAccount::url()>
                        <input type="hidden" name="id" value=id />
                    </form>
                }
            })}
    }
}

fn document(terms: Option<String>, read: bool) -> AnyView {
    match terms {
        Some(url) => {
            let text = url.clone();
            view! {
                <p>
                    <a href=url rel="external noreferrer" target="_blank">
                        {text}
                    </a>
                </p>
            }
            .into_any()
        }
        None if read => view! { <p class="muted">"The provider names none."</p> }.into_any(),
        None => {
            view! { <p class="muted">"The provider was not asked for them yet. They stand here before anything is agreed to: save, or test the connection."</p> }
                .into_any()
        }
    }
}

fn agree(told: &Told) -> AnyView {
    let wrong = told.wrong_with("agree");
    let is_wrong = wrong.is_some();
    view! {
        <label class="tick">
            <input
                type="checkbox"
                name="agree"
                value="yes"
                required=true
                autofocus=is_wrong
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=is_wrong.then(|| mistake_id("agree"))
            />
            "I have read these terms of service and agree to them"
        </label>
        {wrong.map(|message| mistake("agree", message))}
    }
    .into_any()
}

/// The customer's account there: its fields are needed where there is none yet.
fn customer(set: Option<String>, required: bool, told: &Told) -> AnyView {
    let needed = required && set.is_none();
    let words = match &set {
        Some(key_id) => format!(
            "Key identifier {key_id} is set. What is entered here replaces it for the next registration; left empty, it stays."
        ),
        None => "Accounts are registered for customers only. The provider’s website shows both values.".into(),
    };
    let (text, base64) = if needed { (Need::Required, Need::Base64) } else { (Need::Optional, Need::Optional) };
    let key_id =
        TextField { name: "key_id", label: "Key identifier", kind: "text", value: String::new(), need: text, told };
    let mac_key = TextField {
        name: "mac_key",
        label: "MAC key; it is kept encrypted and not shown again",
        kind: "password",
        value: String::new(),
        need: base64,
        told,
    };
    let forget = set.map(|_| {
        view! {
            <p class="row">
                <button type="submit" class="button" form="unbind" name="action" value="unbind">
                    "Forget this customer account"
                </button>
                <span class="muted">"The account that is registered works on."</span>
            </p>
        }
    });
    view! {
        <h3>"Your account there (external account binding)"</h3>
        <p class="muted">{words}</p>
        {key_id.draw()}
        {mac_key.draw()}
        {forget}
    }
    .into_any()
}
