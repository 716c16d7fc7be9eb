//! One provider in full: what is known of it, what is left of its limits, choosing it, the account, how certificates are ordered.

use super::badge::{Badge, Mark};
use super::budget_gauges::BudgetGauges;
use super::field::{mistake, mistake_id};
use super::icon::{Icon, icon};
use super::moment::Moment;
use super::provider_account::ProviderAccountPart;
use super::provider_comparison::delivery_words;
use super::provider_health::ProviderHealthPart;
use super::provider_order::HealthTimes;
use super::provider_own::ProviderOwn;
use super::provider_save::ProviderSave;
use crate::api::{DisableProvider, ProviderChoices};
use crate::notice::Told;
use engine::model::{DirectoryAbout, Offered, ProviderDetail, ProviderHealth, ProviderOrigin};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Show a provider in full.
#[component]
pub fn ProviderCard(
    /// Which.
    provider: ProviderDetail,
    /// The name of the one that orders go to now.
    instead_of: Option<String>,
    /// What the last form said.
    told: Told,
) -> impl IntoView {
    let registered = provider.summary.account_url.is_some();
    let own = provider.origin == ProviderOrigin::Added;
    let health = provider.summary.health;
    let has_budget = !provider.budget.gauges.is_empty();
    view! {
        <section class="card" aria-labelledby="provider">
            <header>
                <h2 id="provider">{provider.summary.name.clone()}</h2>
                {provider
                    .summary
                    .selected
                    .then(|| view! { <Badge mark=Mark::new("success", Icon::Check, "Orders go here") /> })}
            </header>
            {(health != ProviderHealth::Healthy)
                .then(|| {
                    view! {
                        <p class="notice warning inside">
                            {icon(Icon::Clock)} <span><HealthTimes health=health /></span>
                        </p>
                    }
                })}
            <Says provider=provider.clone() />
            {has_budget
                .then(|| {
                    view! {
                        <div class="body stack" id="budget">
                            <h3>"What is left of its limits"</h3>
                            <BudgetGauges budget=provider.budget.clone() />
                        </div>
                    }
                })}
            <ProviderHealthPart provider=provider.clone() tested=told.tested.clone() />
            <ProviderSave provider=provider.clone() instead_of=instead_of told=told.clone() />
            <Choices provider=provider.clone() told=told.clone() />
            {registered.then(|| view! { <ProviderAccountPart provider=provider.clone() told=told.clone() /> })}
            {own.then(|| view! { <ProviderOwn provider=provider told=told /> })}
        </section>
    }
}

/// The choice to order from nobody.
#[component]
pub fn NoProviderCard(
    /// The name of the one that orders go to now; none where AutoSSL is disabled already.
    instead_of: Option<String>,
) -> impl IntoView {
    let words = match &instead_of {
        Some(other) => format!(
            "Nothing is ordered from {other} or anybody else then, and nothing is renewed. Certificates that are in place stay until they end; accounts stay registered."
        ),
        None => "AutoSSL is disabled: nothing is ordered or renewed. Select a provider above to go on.".to_owned(),
    };
    view! {
        <section class="card" aria-labelledby="provider">
            <header>
                <h2 id="provider">"Disabled"</h2>
                {instead_of
                    .is_none()
                    .then(|| view! { <Badge mark=Mark::new("warning", Icon::Pause, "Nothing is ordered") /> })}
            </header>
            <form class="body stack" method="post" action=DisableProvider::url()>
                <p>{words}</p>
                {instead_of
                    .is_some()
                    .then(|| {
                        view! {
                            <div class="row">
                                <button type="submit" class="button primary">
                                    "Disable AutoSSL"
                                </button>
                            </div>
                        }
                    })}
            </form>
        </section>
    }
}

#[component]
fn Says(provider: ProviderDetail) -> impl IntoView {
    let (about, read_at) = provider.about.unzip();
    let DirectoryAbout { website, caa_identities, profiles, .. } = about.unwrap_or_default();
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| Offered::ByContract.words().into());
    let website = website.map(|website| {
        let text = website.clone();
        let link = view! { <a href=website rel="external noreferrer">{text}</a> };
        fact("Website", link.into_any())
    });
    let read = read_at.is_some();
    let asked = move |value: String| if read { value } else { "not asked yet".into() };
    let caa = if caa_identities.is_empty() { "not looked at".into() } else { caa_identities.join(", ") };
    let profiles = match profiles.is_empty() {
        true => "none".into(),
        false => profiles.into_iter().map(|profile| profile.name).collect::<Vec<_>>().join(", "),
    };
    let slowest = provider.delivery.map(|delivery| format!(", slowest {} s", delivery.slowest)).unwrap_or_default();
    let texts = [
        (
            "Validates by",
            Some(provider.validation).filter(|text| !text.is_empty()).unwrap_or_else(|| "as its directory says".into()),
        ),
        ("Names in a certificate", or_unknown(provider.names.map(|names| names.to_string()))),
        ("Wildcards", provider.wildcards.words().into()),
        ("Valid for", or_unknown(provider.days.map(|days| format!("{days} days")))),
        ("Redirects followed", or_unknown(provider.redirects.map(|redirects| redirects.to_string()))),
        ("Delivers here", delivery_words(provider.delivery) + &slowest),
        ("Tells when to renew", provider.renewal_information.words().into()),
        ("Profiles", asked(profiles)),
        ("In CAA records", asked(caa)),
    ];
    let limits = match provider.limits.is_empty() {
        true => "as the provider asks".into_any(),
        false => provider
            .limits
            .into_iter()
            .map(|limit| view! { <span class="line">{limit}</span> })
            .collect_view()
            .into_any(),
    };
    view! {
        <dl class="facts">
            {fact("Directory", view! { <code class="wrap">{provider.summary.directory_url}</code> }.into_any())} {website}
            {texts.into_iter().map(|(name, text)| fact(name, text.into_any())).collect_view()}
            {fact(
                "Directory read",
                match read_at {
                    Some(at) => view! { <Moment at=at /> }.into_any(),
                    None => "never".into_any(),
                },
            )} {fact("Limits that are kept", limits)}
        </dl>
    }
}

fn fact(name: &'static str, value: AnyView) -> AnyView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

#[component]
fn Choices(provider: ProviderDetail, told: Told) -> impl IntoView {
    let ProviderDetail { summary, about, profile, preferred_chain, .. } = provider;
    let offered = about.map(|(about, _)| about.profiles).unwrap_or_default();
    let chosen = profile.unwrap_or_default();
    let options = offered.into_iter().map(|profile| {
        let selected = profile.name == chosen;
        let words = format!("{}: {}", profile.name, profile.description);
        view! {
            <option value=profile.name selected=selected>
                {words}
            </option>
        }
    });
    let wrong = told.wrong_with("profile");
    view! {
        <form class="body stack" method="post" action=ProviderChoices::url() data-guard="">
            <input type="hidden" name="id" value=summary.id />
            <h3>"How certificates are ordered"</h3>
            <label class="field">
                <span>"Profile"</span>
                <select class="select" name="profile" aria-describedby=wrong.is_some().then(|| mistake_id("profile"))>
                    <option value="">"as the provider chooses"</option>
                    {options.collect_view()}
                </select>
            </label>
            {wrong.map(|message| mistake("profile", message))}
            <label class="field">
                <span>"Root that chains should end at, by its common name; empty takes the provider’s first chain"</span>
                <input class="input" name="preferred_chain" value=preferred_chain.unwrap_or_default() />
            </label>
            <div class="row">
                <button type="submit" class="button">
                    "Save"
                </button>
                <span class="muted">"Counts for orders from now on."</span>
            </div>
        </form>
    }
}
