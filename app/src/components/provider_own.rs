//! Certificate authorities of the administrator's own: adding one, changing it, removing it.

use super::field::{Need, TextField, mistake};
use crate::api::{AddProvider, ChangeProvider, RemoveProvider};
use crate::notice::Told;
use engine::model::ProviderDetail;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Add a certificate authority by its directory's URL.
#[component]
pub fn ProviderAdd(
    /// What the last form said.
    told: Told,
) -> impl IntoView {
    let field =
        |name, label, kind, need| TextField { name, label, kind, value: String::new(), need, told: &told }.draw();
    view! {
        <section class="card">
            <header>
                <h2>"Another certificate authority"</h2>
            </header>
            <form class="body stack" method="post" action=AddProvider::url() data-guard="">
                <p class="muted">
                    "Its directory is read first; where that fails, nothing is added. Requests stay on the host of this URL."
                </p>
                {field("directory_url", "Directory URL", "url", Need::Required)}
                {field("id", "Short name: lower-case letters, digits, hyphens", "text", Need::Required)}
                {field("name", "Name for people", "text", Need::Optional)}
                {root("root_pem", "Root certificate that its server is trusted by, as PEM; only for a private authority", &told)}
                {private(false)}
                <div class="row">
                    <button type="submit" class="button">
                        "Add"
                    </button>
                </div>
            </form>
        </section>
    }
}

/// Change a certificate authority that was added, or remove it.
#[component]
pub fn ProviderOwn(
    /// Which.
    provider: ProviderDetail,
    /// What the last form said.
    told: Told,
) -> impl IntoView {
    let ProviderDetail { summary, allow_private, .. } = provider;
    let is_open = ["new_url", "new_root"].iter().any(|field| told.wrong_with(field).is_some());
    let url = TextField {
        name: "new_url",
        label: "Directory URL",
        kind: "url",
        value: summary.directory_url,
        need: Need::Required,
        told: &told,
    };
    let name = TextField {
        name: "name",
        label: "Name for people",
        kind: "text",
        value: summary.name,
        need: Need::Optional,
        told: &told,
    };
    let id = summary.id;
    view! {
        <div class="body stack">
            <details open=is_open>
                <summary>"Change this authority"</summary>
                <form class="stack" method="post" action=ChangeProvider::url() data-guard="">
                    <p>
                        "Its directory is read first; where that fails, nothing is changed. The account’s key stays: a directory that does not know it registers it at the next use."
                    </p>
                    <input type="hidden" name="id" value=id.clone() />
                    {url.draw()}
                    {name.draw()}
                    {root("new_root", "Root certificate that its server is trusted by, as PEM; empty keeps what is set", &told)}
                    {private(allow_private)}
                    <div class="row">
                        <button type="submit" class="button">
                            "Save changes"
                        </button>
                    </div>
                </form>
            </details>
            {if summary.selected {
                view! { <p class="muted">"To remove it from the list, select another provider first."</p> }.into_any()
            } else {
                view! {
                    <form class="act" method="post" action=RemoveProvider::url()>
                        <input type="hidden" name="id" value=id />
                        <button type="submit" class="button">
                            "Remove from the list"
                        </button>
                        <p class="muted">
                            "Its account’s key is forgotten here, and its certificates stay valid. It can be added again."
                        </p>
                    </form>
                }
                    .into_any()
            }}
        </div>
    }
}

fn root(name: &'static str, label: &'static str, told: &Told) -> AnyView {
    view! {
        <label class="field">
            <span>{label}</span>
            <textarea class="input" name=name rows="3"></textarea>
        </label>
        {told.wrong_with(name).map(|message| mistake(name, message))}
    }
    .into_any()
}

fn private(allowed: bool) -> AnyView {
    view! {
        <label class="tick">
            <input type="checkbox" name="allow_private" value="yes" checked=allowed />
            "It may be at a private address"
        </label>
    }
    .into_any()
}
