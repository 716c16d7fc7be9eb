//! The top line: what this is, where, who orders go to, the main button, the person.

use super::badge::{Badge, Mark};
use super::icon::{self, Icon, icon};
use super::theme::ThemeButton;
use crate::acts::Acts;
use crate::api::{FrameData, RunAll};
use crate::live::Live;
use engine::model::{ProviderHealth, ProviderSummary, RunScope, RunSummary};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Show the top line.
#[component]
pub fn Header(
    /// What the server told.
    data: FrameData,
    /// What the button does.
    acts: Acts,
) -> impl IntoView {
    let FrameData { principal, host, provider, run } = data;
    let live = use_context::<Live>();
    let no_provider = provider.is_none();
    let running = move || {
        let told = live.and_then(|live| live.run.get());
        told.as_ref().or(run.as_ref()).is_some_and(is_run_of_all)
    };
    let press = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        acts.run_all();
    };
    view! {
        <header class="top">
            <a class="brand" href="/">
                {icon::classed(Icon::Shield, "icon mark")}
                "AutoSSL"
            </a>
            <span class="host" title="This server">
                {host}
            </span>
            <span class="spring"></span>
            <Provider provider=provider />
            <form class="run-all" method="post" action=RunAll::url()>
                <button
                    type="submit"
                    class="button primary"
                    disabled=ArcSignal::derive(move || no_provider || acts.busy() || running())
                    on:click=press
                >
                    {icon(Icon::Play)}
                    "Run AutoSSL for All Users"
                </button>
            </form>
            <ThemeButton />
            <details class="menu">
                <summary class="button quiet">
                    {icon(Icon::Account)} <span class="unseen">"Account: "</span> {principal.name.clone()}
                    {icon::classed(Icon::Down, "icon unseen")}
                </summary>
                <div class="items">
                    <p class="heading">{format!("Signed in as {} ({})", principal.name, principal.role.as_str())}</p>
                    <form method="post" action="/logout">
                        <button type="submit" class="item">
                            {icon(Icon::Arrow)}
                            "Sign out"
                        </button>
                    </form>
                </div>
            </details>
        </header>
    }
}

#[component]
fn Provider(provider: Option<ProviderSummary>) -> impl IntoView {
    let (name, mark, reason) = match provider {
        None => ("No provider".to_owned(), Mark::new("warning", Icon::Warning, "nothing is ordered"), None),
        Some(ProviderSummary { name, health: ProviderHealth::Down { .. }, last_error, .. }) => {
            (name, Mark::new("failure", Icon::Cross, "down"), last_error)
        }
        Some(ProviderSummary { name, last_error: Some(error), .. }) => {
            (name, Mark::new("failure", Icon::Cross, "last call failed"), Some(error))
        }
        Some(ProviderSummary { name, account_url: None, .. }) => {
            (name, Mark::new("warning", Icon::Warning, "no account yet"), None)
        }
        Some(ProviderSummary { name, health: ProviderHealth::Limited { .. }, .. }) => {
            (name, Mark::new("warning", Icon::Clock, "limited"), None)
        }
        Some(ProviderSummary { name, .. }) => (name, Mark::new("success", Icon::Check, "healthy"), None),
    };
    view! {
        <span class="provider" title=reason>
            <span class="unseen">"Provider: "</span>
            <span class="name">{name}</span>
            <Badge mark=mark />
        </span>
    }
}

fn is_run_of_all(run: &RunSummary) -> bool {
    run.state.is_open() && run.scope == RunScope::AllUsers
}
