//! Providers: which certificate authority orders go to, its terms, the account there.

use crate::api::{self, AddProvider, DisableProvider};
use crate::components::{
    Badge, ErrorState, Icon, Mark, PageNotice, ProviderCard, ProviderOrder, Skeleton, health_mark,
};
use crate::live::Live;
use crate::query::provider_href;
use engine::model::{ProviderDetail, ProviderHealth, ProviderSummary};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The Providers tab.
#[component]
pub fn ProvidersPage() -> impl IntoView {
    let live = expect_context::<Live>();
    let query = use_query_map();
    let shown = Memo::new(move |_| query.with(|query| query.get("show")).unwrap_or_default());
    let providers = Resource::new(move || live.tick.get(), |_| api::providers());
    view! {
        <Title text="Providers" />
        <div class="page-head">
            <div>
                <h1>"Providers"</h1>
                <p class="lead">
                    "The certificate authorities that certificates are ordered from. Changing them keeps the certificates that are in place; each is ordered anew when it is due."
                </p>
            </div>
        </div>
        <div class="stack">
            <PageNotice />
            <Transition fallback=|| view! { <Skeleton lines=10 /> }>
                {move || Suspend::new(async move {
                    match providers.await {
                        Ok(providers) => view! { <ProvidersSheet providers=providers show=shown.get() /> }.into_any(),
                        Err(error) => view! { <ErrorState what="The providers" error=error /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

/// The list, and one provider in full.
#[component]
pub fn ProvidersSheet(
    /// All of them.
    providers: Vec<ProviderDetail>,
    /// The short name of the one that is shown in full; the selected one where it is empty.
    show: String,
) -> impl IntoView {
    let is_shown = |provider: &&ProviderDetail| match show.as_str() {
        "" => provider.summary.selected,
        id => provider.summary.id == id,
    };
    let shown = providers.iter().find(is_shown).or(providers.first()).cloned();
    let current = shown.as_ref().map(|provider| provider.summary.id.clone()).unwrap_or_default();
    let none = !providers.iter().any(|provider| provider.summary.selected);
    let summaries: Vec<ProviderSummary> = providers.iter().map(|provider| provider.summary.clone()).collect();
    view! {
        <div class="table-wrap">
            <table class="cards">
                <caption class="unseen">"Providers"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Provider"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Validates by"</th>
                        <th scope="col">"Names in a certificate"</th>
                        <th scope="col">"Valid for"</th>
                        <th scope="col">"Customer account"</th>
                    </tr>
                </thead>
                <tbody>
                    {providers
                        .into_iter()
                        .map(|provider| {
                            let current = current == provider.summary.id;
                            view! { <Row provider=provider current=current /> }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
        {(!none).then(|| view! { <ProviderOrder providers=summaries /> })}
        {shown.map(|provider| view! { <ProviderCard provider=provider orderable=!none /> })}
        <div class="columns even">
            <section class="card">
                <header>
                    <h2>"Disabled"</h2>
                    {none.then(|| view! { <Badge mark=Mark::new("warning", Icon::Pause, "Nothing is ordered") /> })}
                </header>
                <form class="body stack" method="post" action=DisableProvider::url()>
                    <p>"Without a provider nothing is ordered or renewed. Certificates that are in place stay until they end."</p>
                    <div class="row">
                        <button type="submit" class="button" disabled=none>
                            "Disable AutoSSL"
                        </button>
                    </div>
                </form>
            </section>
            <Another />
        </div>
    }
}

#[component]
fn Row(provider: ProviderDetail, current: bool) -> impl IntoView {
    let ProviderDetail { summary, validation, names, days, external_account_required, external_account, .. } = provider;
    let mark = state(&summary);
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| "by contract".into());
    let external = match (external_account, external_account_required) {
        (Some(_), _) => "given",
        (None, true) => "needed",
        (None, false) => "not needed",
    };
    view! {
        <tr>
            <td class="title">
                <a href=provider_href(&summary.id) aria-current=current.then_some("true")>
                    {summary.name}
                </a>
            </td>
            <td class="nowrap" data-label="State">
                <Badge mark=mark />
            </td>
            <td class="nowrap" data-label="Validates by">{if validation.is_empty() { "its directory does not say".into() } else { validation }}</td>
            <td data-label="Names">{or_unknown(names.map(|names| names.to_string()))}</td>
            <td class="nowrap" data-label="Valid for">{or_unknown(days.map(|days| format!("{days} days")))}</td>
            <td class="nowrap" data-label="Customer account">{external}</td>
        </tr>
    }
}

/// What is most worth knowing of a provider.
fn state(provider: &ProviderSummary) -> Mark {
    if provider.health != ProviderHealth::Healthy {
        return health_mark(provider.health);
    }
    match (&provider.last_error, provider.selected, provider.fallback, &provider.account_url) {
        (Some(_), ..) => Mark::new("failure", Icon::Cross, "Last call failed"),
        (None, true, ..) => Mark::new("success", Icon::Check, "Selected"),
        (None, false, Some(_), _) => Mark::new("success", Icon::Check, "Fallback"),
        (None, false, None, Some(_)) => Mark::new("neutral", Icon::Check, "Registered"),
        (None, false, None, None) => Mark::new("neutral", Icon::Minus, "Not used"),
    }
}

#[component]
fn Another() -> impl IntoView {
    view! {
        <section class="card">
            <header>
                <h2>"Another certificate authority"</h2>
            </header>
            <form class="body stack" method="post" action=AddProvider::url()>
                <label class="field">
                    <span>"Directory URL"</span>
                    <input class="input" type="url" name="directory_url" placeholder="https://ca.example.com/acme/directory" required=true />
                </label>
                <label class="field">
                    <span>"Short name: lower-case letters, digits, hyphens"</span>
                    <input class="input" name="id" pattern="[a-z0-9\\-]+" required=true />
                </label>
                <label class="field">
                    <span>"Name for people"</span>
                    <input class="input" name="name" />
                </label>
                <label class="field">
                    <span>"Root certificate that its server is trusted by, as PEM; only for a private authority"</span>
                    <textarea class="input" name="root_pem" rows="3"></textarea>
                </label>
                <label class="tick">
                    <input type="checkbox" name="allow_private" value="yes" />
                    "It is at a private address"
                </label>
                <div class="row">
                    <button type="submit" class="button">
                        "Add"
                    </button>
                </div>
            </form>
        </section>
    }
}
