//! Services: what certificates are installed into, whether each works, and what else runs here.

use crate::api;
use crate::components::{Badge, Command, ErrorState, Icon, Mark, Skeleton};
use engine::model::{Observation, ServiceReport, ServiceState, Snippet, Soundness};
use leptos::prelude::*;
use leptos_meta::Title;

/// The Services tab.
#[component]
pub fn ServicesPage() -> impl IntoView {
    let services = Resource::new(|| (), |()| api::services());
    view! {
        <Title text="Services" />
        <div class="page-head">
            <div>
                <h1>"Services"</h1>
                <p class="lead">
                    "What certificates are installed into, and what else runs on this server. Nothing is changed in a service that is not switched on in the configuration file."
                </p>
            </div>
            <div class="actions">
                <a class="button compact" href="/services" rel="external">
                    "Look again"
                </a>
            </div>
        </div>
        <div class="stack">
            <Transition fallback=|| view! { <Skeleton lines=10 /> }>
                {move || Suspend::new(async move {
                    match services.await {
                        Ok(services) => view! { <ServicesSheet services=services /> }.into_any(),
                        Err(error) => view! { <ErrorState what="The services" error=error /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

/// The services, those that are switched on first.
#[component]
pub fn ServicesSheet(
    /// All of them.
    services: Vec<ServiceReport>,
) -> impl IntoView {
    let (here, absent): (Vec<_>, Vec<_>) =
        services.into_iter().partition(|service| service.state != ServiceState::Absent);
    let absent: Vec<String> = absent.into_iter().map(|service| service.title).collect();
    view! {
        {here.into_iter().map(|service| view! { <Service service=service /> }).collect_view()}
        {(!absent.is_empty())
            .then(|| view! { <p class="muted">"Not found on this server: " {absent.join(", ")} "."</p> })}
    }
}

#[component]
fn Service(service: ServiceReport) -> impl IntoView {
    let mark = mark(&service);
    let ServiceReport { title, version, configs, ports, change, snippet, observations, .. } = service;
    let label = title.clone();
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    let fact = |name: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    };
    view! {
        <section class="card" aria-label=label>
            <header>
                <h2>{title}</h2>
                <Badge mark=mark />
            </header>
            <dl class="facts">
                {fact("Version", version.unwrap_or_default())} {fact("Configuration", configs.join(", "))}
                {fact("Listens on", ports.join(", "))} {fact("What AutoSSL changes", change)}
            </dl>
            {(!observations.is_empty())
                .then(|| {
                    view! {
                        <ul class="problems">
                            {observations.into_iter().map(|seen| view! { <Seen seen=seen /> }).collect_view()}
                        </ul>
                    }
                })}
            {snippet.map(|snippet| view! { <Paste snippet=snippet /> })}
        </section>
    }
}

#[component]
fn Seen(seen: Observation) -> impl IntoView {
    let (tone, icon, word) = match seen.soundness {
        Soundness::Fine => ("success", Icon::Check, "Works"),
        Soundness::Note => ("neutral", Icon::Circle, "Note"),
        Soundness::Warning => ("warning", Icon::Warning, "Warning"),
        Soundness::Broken => ("failure", Icon::Cross, "Broken"),
    };
    view! {
        <li>
            <p class="title">
                <span>{seen.seen}</span>
                <Badge mark=Mark::new(tone, icon, word) />
            </p>
            {(!seen.remedy.is_empty()).then(|| view! { <p class="remedy">{seen.remedy}</p> })}
        </li>
    }
}

/// What the administrator puts into the service's own configuration.
#[component]
fn Paste(snippet: Snippet) -> impl IntoView {
    view! {
        <details class="body">
            <summary>{snippet.place}</summary>
            <Command line=snippet.text />
        </details>
    }
}

fn mark(service: &ServiceReport) -> Mark {
    match (service.state, service.worst()) {
        (ServiceState::SwitchedOn, Soundness::Broken) => Mark::new("failure", Icon::Cross, "Does not work"),
        (ServiceState::SwitchedOn, Soundness::Warning) => Mark::new("warning", Icon::Warning, "Needs a look"),
        (ServiceState::SwitchedOn, _) => Mark::new("success", Icon::Check, "Works"),
        (ServiceState::LeftAlone, _) => Mark::new("neutral", Icon::Minus, "Runs, left alone"),
        (ServiceState::Idle | ServiceState::Absent, _) => Mark::new("neutral", Icon::Minus, "Does not run"),
    }
}
