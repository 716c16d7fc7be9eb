//! All providers in one table, fact by fact, with the choice to have none.

use super::badge::{Badge, Mark};
use super::icon::Icon;
use super::provider_order::health_mark;
use crate::query::{NO_PROVIDER, provider_href};
use engine::model::{Delivery, Offered, ProviderDetail, ProviderHealth, ProviderSummary};
use leptos::prelude::*;

/// Compare providers; the one that is shown in full is marked.
#[component]
pub fn ProviderComparison(
    /// All of them.
    providers: Vec<ProviderDetail>,
    /// The short name of the one that is shown in full, or [`NO_PROVIDER`].
    current: String,
) -> impl IntoView {
    let disabled = !providers.iter().any(|provider| provider.summary.selected);
    let off = match disabled {
        true => Mark::new("warning", Icon::Pause, "Nothing is ordered"),
        false => Mark::new("neutral", Icon::Minus, "Not chosen"),
    };
    let is_current = current == NO_PROVIDER;
    let headings = [
        ("Provider", ""),
        ("State", ""),
        ("Names", ""),
        ("Wildcards", ""),
        ("Valid for", ""),
        ("Delivers here", ""),
        ("Customer account", ""),
        ("Validates by", ""),
        ("Limits", "less"),
        ("Redirects", "less"),
        ("Profiles", "less"),
        ("Tells when to renew", "less"),
    ];
    view! {
        <div class="table-wrap compare" role="region" aria-label="Comparison of providers" tabindex="0">
            <table class="cards">
                <caption class="unseen">"Providers"</caption>
                <thead>
                    <tr>
                        {headings
                            .into_iter()
                            .map(|(heading, class)| {
                                view! {
                                    <th scope="col" class=class>
                                        {heading}
                                    </th>
                                }
                            })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>
                    {providers.into_iter().map(|provider| row(provider, &current)).collect_view()}
                    <tr>
                        {title(NO_PROVIDER, "Disabled".into(), is_current)} {state(off)}
                        <td class="muted" colspan="10">
                            "Nothing is ordered or renewed; what is in place stays until it ends."
                        </td>
                    </tr>
                </tbody>
            </table>
        </div>
    }
}

fn row(provider: ProviderDetail, current: &str) -> AnyView {
    let ProviderDetail { summary, validation, names, days, wildcards, redirects, delivery, limits, .. } = provider;
    let mark = standing(&summary);
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| Offered::ByContract.words().into());
    let external = match (provider.external_account, provider.external_account_required) {
        (Some(_), _) => "given",
        (None, true) => "needed",
        (None, false) => "not needed",
    };
    let profiles = match provider.about {
        Some((about, _)) if about.profiles.is_empty() => "none".into(),
        Some((about, _)) => about.profiles.into_iter().map(|profile| profile.name).collect::<Vec<_>>().join(", "),
        None => "not asked yet".to_owned(),
    };
    let is_current = summary.id == current;
    let cells = [
        ("Names", "", or_unknown(names.map(|names| names.to_string()))),
        ("Wildcards", "", wildcards.words().into()),
        ("Valid for", "", or_unknown(days.map(|days| format!("{days} days")))),
        ("Delivers here", "", delivery_words(delivery)),
        ("Customer account", "", external.into()),
        ("Validates by", "minor", if validation.is_empty() { "its directory does not say".into() } else { validation }),
        ("Limits", "minor less", tightest(limits)),
        ("Redirects", "minor less", or_unknown(redirects.map(|redirects| redirects.to_string()))),
        ("Profiles", "minor less", profiles),
        ("Tells when to renew", "minor less", provider.renewal_information.words().into()),
    ];
    view! {
        <tr>
            {title(&summary.id, summary.name, is_current)} {state(mark)}
            {cells
                .into_iter()
                .map(|(label, class, text)| {
                    view! {
                        <td class=class data-label=label>
                            {text}
                        </td>
                    }
                })
                .collect_view()}
        </tr>
    }
    .into_any()
}

/// What is most worth knowing of a provider.
fn standing(provider: &ProviderSummary) -> Mark {
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

fn title(id: &str, name: String, is_current: bool) -> AnyView {
    view! {
        <td class="title">
            <a href=format!("{}#provider", provider_href(id)) aria-current=is_current.then_some("true")>
                {name}
            </a>
        </td>
    }
    .into_any()
}

fn state(mark: Mark) -> AnyView {
    view! {
        <td class="nowrap" data-label="State">
            <Badge mark=mark />
        </td>
    }
    .into_any()
}

/// Say how long certificates take, e.g. `4 s median of 37`.
pub(super) fn delivery_words(delivery: Option<Delivery>) -> String {
    delivery.map_or_else(
        || "nothing yet".into(),
        |Delivery { median, certificates, .. }| format!("{median} s median of {certificates}"),
    )
}

/// Name the first limit, e.g. `300/3h new orders per account and 5 more`.
fn tightest(limits: Vec<String>) -> String {
    let Some((kind, rate)) = limits.first().and_then(|limit| limit.split_once(": ")) else {
        return "as it asks".into();
    };
    match limits.len() - 1 {
        0 => format!("{rate} {kind}"),
        more => format!("{rate} {kind} and {more} more"),
    }
}
