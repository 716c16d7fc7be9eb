//! The account at a provider: its address, its key, and what becomes of it, each said before it is done.

use super::field::{Need, TextField, mistake};
use crate::api::{ProviderAccount, ProviderContact};
use crate::notice::Told;
use engine::model::ProviderDetail;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Show the account with all that can be done with it.
#[component]
pub fn ProviderAccountPart(
    /// Whose.
    provider: ProviderDetail,
    /// What the last form said.
    told: Told,
) -> impl IntoView {
    let ProviderDetail { summary, contact, external_account, .. } = provider;
    let contact = TextField {
        name: "contact",
        label: "E-mail address that the provider may write to; empty for none",
        kind: "email",
        value: contact.unwrap_or_default(),
        need: Need::Optional,
        told: &told,
    };
    let anew = match external_account {
        Some(key_id) => format!(
            "Registers a new account with a new key, bound to {key_id}. The old account is left alone: its open orders are lost, its certificates stay valid. Where CAA records name the account, they must name the new one first."
        ),
        None => "Registers a new account with a new key. The old account is left alone: its open orders are lost, its certificates stay valid. Where CAA records name the account, they must name the new one first.".into(),
    };
    let closing = if summary.selected {
        " Orders then go to the first fallback; without one, AutoSSL is disabled until a provider is selected again."
    } else {
        ""
    };
    let wrong = told.wrong_with("confirm");
    let is_open = wrong.is_some();
    let id = summary.id;
    view! {
        <div class="body stack" id="account">
            <h3>"Account"</h3>
            <p>
                <code class="wrap">{summary.account_url}</code>
            </p>
            <form class="stack" method="post" action=ProviderContact::url() data-guard="">
                <input type="hidden" name="id" value=id.clone() />
                {contact.draw()}
                <div class="row">
                    <button type="submit" class="button">
                        "Change the address"
                    </button>
                </div>
            </form>
            {act(
                &id,
                "change_key",
                "Change the account’s key",
                "A new key signs for the same account from now on; the old one is forgotten. Orders and certificates are not touched."
                    .into(),
            )}
            {act(&id, "recreate", "Register anew", anew)}
            <details open=is_open>
                <summary>"Close the account"</summary>
                <form class="stack" method="post" action=ProviderAccount::url()>
                    <input type="hidden" name="id" value=id />
                    <p>
                        "The provider closes the account for good: its open orders end, and its key is forgotten here. Certificates stay valid until they end, but can no longer be revoked with this account."
                        {closing}
                    </p>
                    <label class="tick">
                        <input type="checkbox" name="confirm" value="yes" required=true />
                        "Close it for good"
                    </label>
                    {wrong.map(|message| mistake("confirm", message))}
                    <div class="row">
                        <button type="submit" class="button" name="action" value="deactivate">
                            "Close the account"
                        </button>
                    </div>
                </form>
            </details>
        </div>
    }
}

/// A button for one of [`crate::api::AccountAction`], with what it will do beside it.
fn act(id: &str, action: &'static str, verb: &'static str, words: String) -> AnyView {
    view! {
        <form class="act" method="post" action=ProviderAccount::url()>
            <input type="hidden" name="id" value=id.to_owned() />
            <button type="submit" class="button" name="action" value=action>
                {verb}
            </button>
            <p class="muted">{words}</p>
        </form>
    }
    .into_any()
}
