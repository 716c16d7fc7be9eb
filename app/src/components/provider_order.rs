//! Who gets the orders: the first provider and its fallbacks, how each of them does, and forms that change the order.

use super::badge::{Badge, Mark};
use super::icon::{Icon, icon};
use super::moment::Moment;
use crate::api::ChangeFallback;
use crate::query::provider_href;
use engine::model::{ProviderHealth, ProviderSummary};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Show how a provider does.
#[must_use]
pub const fn health_mark(health: ProviderHealth) -> Mark {
    match health {
        ProviderHealth::Healthy => Mark::new("success", Icon::Check, "Healthy"),
        ProviderHealth::Limited { .. } => Mark::new("warning", Icon::Clock, "Limited"),
        ProviderHealth::Down { .. } => Mark::new("failure", Icon::Cross, "Down"),
    }
}

/// Say since when a provider is down or until when it is limited; nothing where it is healthy.
#[component]
pub fn HealthTimes(
    /// How it does.
    health: ProviderHealth,
) -> impl IntoView {
    match health {
        ProviderHealth::Healthy => ().into_any(),
        ProviderHealth::Limited { until } => {
            view! { "Its limits are used up until " <Moment at=until /> "." }.into_any()
        }
        ProviderHealth::Down { since, next_try } => {
            view! { "Down since " <Moment at=since /> "; next try " <Moment at=next_try /> "." }.into_any()
        }
    }
}

/// Show the providers that orders go to, in their order.
#[component]
pub fn ProviderOrder(
    /// All providers; those that orders go to are picked out.
    providers: Vec<ProviderSummary>,
) -> impl IntoView {
    let mut listed: Vec<ProviderSummary> =
        providers.into_iter().filter(|provider| provider.selected || provider.fallback.is_some()).collect();
    listed.sort_by_key(|provider| provider.fallback);
    let last = listed.len().saturating_sub(1);
    let alone = last == 0;
    view! {
        <section class="card" aria-labelledby="order">
            <header>
                <h2 id="order">"Who gets the orders"</h2>
            </header>
            <div class="body stack">
                <p class="muted">
                    {match alone {
                        true => "Nobody takes over where this provider is down or its limits are used up. Show another one and press Use as a fallback.",
                        false => "Orders go to the first. Where it is down, its limits hold an order up, or CAA records forbid it, the next one takes the order.",
                    }}
                </p>
                <ol class="stack">
                    {listed
                        .into_iter()
                        .enumerate()
                        .map(|(place, provider)| view! { <Rank provider=provider place=place last=last /> })
                        .collect_view()}
                </ol>
            </div>
        </section>
    }
}

#[component]
fn Rank(provider: ProviderSummary, place: usize, last: usize) -> impl IntoView {
    let ProviderSummary { id, name, health, .. } = provider;
    let form = (last > 0).then(|| {
        let act = |action: &'static str, verb: &'static str, picture: Icon, disabled: bool| {
            view! {
                <button
                    type="submit"
                    class="button compact"
                    name="action"
                    value=action
                    disabled=disabled
                    aria-label=format!("{verb}: {name}")
                >
                    {icon(picture)}
                    {verb}
                </button>
            }
        };
        view! {
            <form class="row" method="post" action=ChangeFallback::url()>
                <input type="hidden" name="id" value=id.clone() />
                {act("earlier", "Up", Icon::Up, place == 0)}
                {act("later", "Down", Icon::Down, place == last)}
                {(place > 0).then(|| act("remove", "Remove", Icon::Cross, false))}
            </form>
        }
    });
    view! {
        <li class="row">
            <span class="muted">{format!("{}.", place + 1)}</span>
            <a href=provider_href(&id)>{name.clone()}</a>
            <Badge mark=health_mark(health) />
            <span class="muted">
                <HealthTimes health=health />
            </span>
            {form}
        </li>
    }
}
