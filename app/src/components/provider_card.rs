//! One provider in full: what it says of itself, selecting it, the account, how certificates are ordered.

use super::badge::{Badge, Mark};
use super::icon::{Icon, icon};
use super::moment::Moment;
use super::provider_order::HealthTimes;
use crate::api::{AddFallback, ProviderAccount, ProviderChoices, ProviderContact, RemoveProvider, SelectProvider};
use engine::model::{DirectoryAbout, ProviderDetail, ProviderHealth, ProviderOrigin, TermsState};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Show a provider in full.
#[component]
pub fn ProviderCard(
    /// Which.
    provider: ProviderDetail,
    /// Whether there is a list of providers that it could be put into.
    orderable: bool,
) -> impl IntoView {
    let id = provider.summary.id.clone();
    let health = provider.summary.health;
    let can_follow = orderable && !provider.summary.selected && provider.summary.fallback.is_none();
    let registered = provider.summary.account_url.is_some();
    let removable = provider.origin == ProviderOrigin::Added && !provider.summary.selected;
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
            {provider
                .summary
                .last_error
                .clone()
                .map(|error| {
                    view! {
                        <p class="notice failure inside">
                            {icon(Icon::Warning)} <span>"The last call failed: " {error} "."</span>
                        </p>
                    }
                })}
            <Says provider=provider.clone() />
            <Select provider=provider.clone() can_follow=can_follow />
            <Choices provider=provider.clone() />
            {registered.then(|| view! { <Account provider=provider /> })}
            <div class="body row">
                <Act id=id.clone() action="test" verb="Test the connection" />
                {removable
                    .then(|| {
                        view! {
                            <form method="post" action=RemoveProvider::url()>
                                <input type="hidden" name="id" value=id />
                                <button type="submit" class="button">
                                    "Remove from the list"
                                </button>
                            </form>
                        }
                    })}
            </div>
        </section>
    }
}

#[component]
fn Says(provider: ProviderDetail) -> impl IntoView {
    let (about, read_at) = provider.about.unzip();
    let DirectoryAbout { website, caa_identities, renewal_information, .. } = about.unwrap_or_default();
    let known = read_at.is_some();
    let fact = |name: &'static str, value: AnyView| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
    let redirects = provider.redirects.map(|redirects| fact("Redirects followed", redirects.into_any()));
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
            {fact("Directory", view! { <code class="wrap">{provider.summary.directory_url}</code> }.into_any())}
            {website
                .map(|website| {
                    let text = website.clone();
                    fact("Website", view! { <a href=website rel="external noreferrer">{text}</a> }.into_any())
                })} {redirects}
            {known
                .then(|| {
                    let caa = if caa_identities.is_empty() { "not looked at".into() } else { caa_identities.join(", ") };
                    let renewal = if renewal_information { "yes" } else { "no" };
                    view! {
                        {fact("In CAA records", caa.into_any())}
                        {fact("Tells when to renew", renewal.into_any())}
                    }
                })}
            {fact(
                "Directory read",
                match read_at {
                    Some(at) => view! { <Moment at=at /> }.into_any(),
                    None => "never: press Test the connection".into_any(),
                },
            )} {fact("Limits that are kept", limits)}
        </dl>
    }
}

#[component]
fn Select(provider: ProviderDetail, can_follow: bool) -> impl IntoView {
    let ProviderDetail { summary, external_account_required, external_account, about, terms_changed, .. } = provider;
    let read = about.is_some();
    let terms = about.and_then(|(about, _)| about.terms_of_service);
    let agreed = match (&summary.terms, terms_changed) {
        (TermsState::Agreed { by, at, .. }, false) => Some(view! {
            <p class="muted">"Agreed to by " {by.clone()} ", " <Moment at=*at /> "."</p>
        }),
        _ => None,
    };
    let ask = agreed.is_none();
    let verb = if summary.selected { "Save" } else { "Order from here" };
    let external = external_account_required || external_account.is_some();
    view! {
        <form class="body stack" method="post" action=SelectProvider::url() autocomplete="off">
            <input type="hidden" name="id" value=summary.id />
            <h3>"Terms of service"</h3>
            {terms_changed
                .then(|| {
                    view! {
                        <p class="notice warning">
                            {icon(Icon::Warning)} <span>"The terms changed since they were agreed to. Please read them and agree again."</span>
                        </p>
                    }
                })}
            {match terms {
                Some(url) => {
                    let text = url.clone();
                    view! { <p><a href=url rel="external noreferrer">{text}</a></p> }.into_any()
                }
                None if read => view! { <p class="muted">"The provider names none."</p> }.into_any(),
                None => {
                    view! { <p class="muted">"The provider was not asked yet: press Test the connection, and they stand here."</p> }
                        .into_any()
                }
            }}
            {agreed}
            {ask
                .then(|| {
                    view! {
                        <label class="tick">
                            <input type="checkbox" name="agree" value="yes" />
                            "I have read these terms of service and agree to them"
                        </label>
                    }
                })}
            {external
                .then(|| {
                    view! {
                        <h3>"Your account there (external account binding)"</h3>
                        <p class="muted">
                            {match external_account {
                                Some(key_id) => format!("Key identifier {key_id} is set. What is entered here replaces it for the next registration."),
                                None => "Accounts are registered for customers only. The provider’s website shows both values.".into(),
                            }}
                        </p>
                        <label class="field">
                            <span>"Key identifier"</span>
                            <input class="input" name="key_id" />
                        </label>
                        <label class="field">
                            <span>"MAC key; it is kept encrypted and not shown again"</span>
                            <input class="input" name="mac_key" type="password" autocomplete="off" />
                        </label>
                    }
                })}
            <div class="row">
                <button type="submit" class="button primary">
                    {verb}
                </button>
                {can_follow
                    .then(|| {
                        view! {
                            <button type="submit" class="button" formaction=AddFallback::url()>
                                "Use as a fallback"
                            </button>
                        }
                    })}
            </div>
        </form>
    }
}

#[component]
fn Choices(provider: ProviderDetail) -> impl IntoView {
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
    view! {
        <form class="body stack" method="post" action=ProviderChoices::url()>
            <input type="hidden" name="id" value=summary.id />
            <h3>"How certificates are ordered"</h3>
            <label class="field">
                <span>"Profile"</span>
                <select class="select" name="profile">
                    <option value="">"as the provider chooses"</option>
                    {options.collect_view()}
                </select>
            </label>
            <label class="field">
                <span>"Root that chains should end at, by its common name; empty takes the provider’s first chain"</span>
                <input class="input" name="preferred_chain" value=preferred_chain.unwrap_or_default() />
            </label>
            <div class="row">
                <button type="submit" class="button">
                    "Save"
                </button>
            </div>
        </form>
    }
}

#[component]
fn Account(provider: ProviderDetail) -> impl IntoView {
    let ProviderDetail { summary, contact, .. } = provider;
    let id = summary.id;
    view! {
        <div class="body stack">
            <h3>"Account"</h3>
            <p>
                <code class="wrap">{summary.account_url}</code>
            </p>
            <form class="stack" method="post" action=ProviderContact::url()>
                <input type="hidden" name="id" value=id.clone() />
                <label class="field">
                    <span>"E-mail address that the provider may write to"</span>
                    <input class="input" type="email" name="contact" value=contact.unwrap_or_default() />
                </label>
                <div class="row">
                    <button type="submit" class="button">
                        "Change the address"
                    </button>
                </div>
            </form>
            <div class="row">
                <Act id=id.clone() action="change_key" verb="Change the account’s key" />
                <Act id=id.clone() action="recreate" verb="Register anew" />
            </div>
            <details>
                <summary>"Close the account"</summary>
                <p>
                    "The provider closes the account for good: its open orders end, and nothing is ordered until a provider is selected again. Certificates stay valid."
                </p>
                <Act id=id action="deactivate" verb="Close it for good" />
            </details>
        </div>
    }
}

/// A button for one of [`crate::api::AccountAction`].
#[component]
fn Act(id: String, action: &'static str, verb: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=ProviderAccount::url()>
            <input type="hidden" name="id" value=id />
            <button type="submit" class="button" name="action" value=action>
                {verb}
            </button>
        </form>
    }
}
