//! Providers: which certificate authority orders go to, its terms, the account there.

use crate::api;
use crate::components::{
    ErrorState, NoProviderCard, PageNotice, ProviderAdd, ProviderCard, ProviderComparison, ProviderOrder, Skeleton,
};
use crate::live::Live;
use crate::notice::Told;
use crate::query::NO_PROVIDER;
use crate::unsaved;
use engine::model::{ProviderDetail, ProviderSummary};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The Providers tab.
#[component]
pub fn ProvidersPage() -> impl IntoView {
    let live = expect_context::<Live>();
    let query = use_query_map();
    let shown = Memo::new(move |_| query.with(|query| query.get("show")).unwrap_or_default());
    let told = Memo::new(move |_| query.with(|query| Told::read(|name| query.get(name))));
    let providers = Resource::new(move || live.tick.get(), |_| api::providers());
    unsaved::guard();
    view! {
        <Title text="Providers" />
        <div class="page-head">
            <div>
                <h1>"Providers"</h1>
                <p class="lead">
                    "The certificate authorities that certificates are ordered from. Changing them keeps the certificates that are in place; each is ordered anew when it is due."
                </p>
            </div>
            <a class="button" href="/dns">
                "DNS zones"
            </a>
        </div>
        <div class="stack">
            {move || told.with(|told| told.tested.is_none()).then(|| view! { <PageNotice /> })}
            <Transition fallback=|| view! { <Skeleton lines=10 /> }>
                {move || Suspend::new(async move {
                    match providers.await {
                        Ok(providers) => {
                            view! { <ProvidersSheet providers=providers show=shown.get() told=told.get() /> }.into_any()
                        }
                        Err(error) => view! { <ErrorState what="The providers" error=error /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

/// The comparison, and one provider in full.
#[component]
pub fn ProvidersSheet(
    /// All of them.
    providers: Vec<ProviderDetail>,
    /// The short name of the one that is shown in full, or [`NO_PROVIDER`]; the selected one where it is empty.
    show: String,
    /// What the last form said.
    #[prop(optional)]
    told: Told,
) -> impl IntoView {
    let selected = providers.iter().find(|provider| provider.summary.selected);
    let instead_of = selected.map(|provider| provider.summary.name.clone());
    let shown = match show.as_str() {
        NO_PROVIDER => None,
        "" => selected.or(providers.first()),
        id => providers.iter().find(|provider| provider.summary.id == id).or(selected).or(providers.first()),
    };
    let current = shown.map_or_else(|| NO_PROVIDER.to_owned(), |provider| provider.summary.id.clone());
    let order = selected.map(|_| {
        let summaries: Vec<ProviderSummary> = providers.iter().map(|provider| provider.summary.clone()).collect();
        view! { <ProviderOrder providers=summaries /> }
    });
    let card = match shown.cloned() {
        Some(provider) => {
            view! { <ProviderCard provider=provider instead_of=instead_of told=told.clone() /> }.into_any()
        }
        None => view! { <NoProviderCard instead_of=instead_of /> }.into_any(),
    };
    view! {
        <ProviderComparison providers=providers current=current />
        {order}
        {card}
        <ProviderAdd told=told />
    }
}
