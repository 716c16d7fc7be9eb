//! One website of a user: its certificate, and each of its names with what went wrong.

use super::badge::{Badge, Mark, MarkWord};
use super::copy::Copy;
use super::icon::Icon;
use super::moment::Moment;
use crate::cause::explain;
use engine::model::{DomainRow, DomainState, Problem, WebsiteRow};
use leptos::prelude::*;

/// Show a website.
#[component]
pub fn WebsiteCard(
    /// Which.
    website: WebsiteRow,
    /// What stands below its names.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let WebsiteRow {
        domain,
        display,
        document_root,
        coverage,
        domains,
        expires_at,
        issuer,
        fingerprint,
        served_at,
        others,
        ..
    } = website;
    let title = (domain != display).then(|| domain.clone());
    let label = display.clone();
    let never = || view! { <span class="muted">"—"</span> }.into_any();
    view! {
        <section class="card" aria-label=label>
            <header>
                <h2 title=title>
                    <bdi>{display}</bdi>
                    " "
                    <Copy text=domain label="the website’s name" />
                </h2>
                <Badge mark=Mark::from(coverage) />
            </header>
            <dl class="facts">
                <div>
                    <dt>"Certificate ends"</dt>
                    <dd>{expires_at.map_or_else(never, |at| view! { <Moment at=at /> }.into_any())}</dd>
                </div>
                <div>
                    <dt>"Issued by"</dt>
                    <dd>{issuer.map_or_else(never, IntoAny::into_any)}</dd>
                </div>
                <div>
                    <dt>"Seen served by the web server"</dt>
                    <dd>{served_at.map_or_else(never, |at| view! { <Moment at=at /> }.into_any())}</dd>
                </div>
                <div>
                    <dt>"SHA-256 fingerprint"</dt>
                    <dd>
                        {fingerprint
                            .map_or_else(
                                never,
                                |hex| {
                                    let start: String = hex.chars().take(16).collect();
                                    view! {
                                        <code title=hex.clone()>{start} "…"</code>
                                        <Copy text=hex label="the fingerprint" />
                                    }
                                        .into_any()
                                },
                            )}
                    </dd>
                </div>
                {others
                    .map(|others| {
                        view! {
                            <div>
                                <dt>"Not installed by AutoSSL"</dt>
                                <dd>
                                    {crate::text::sentence(&others.words)} " " <code>{others.path}</code>
                                </dd>
                            </div>
                        }
                    })}
                <div>
                    <dt>"Document root"</dt>
                    <dd>
                        <code>{document_root}</code>
                    </dd>
                </div>
            </dl>
            <table class="cards">
                <caption class="unseen">"Names"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"What is wrong"</th>
                    </tr>
                </thead>
                <tbody>{domains.into_iter().map(|domain| view! { <Name domain=domain /> }).collect_view()}</tbody>
            </table>
            {children.map(|children| children())}
        </section>
    }
}

#[component]
fn Name(domain: DomainRow) -> impl IntoView {
    let title = (domain.name != domain.display).then(|| domain.name.clone());
    let mark = match (domain.state, &domain.problem) {
        (DomainState::Unsecured, None) => Mark::new("warning", Icon::Clock, "Unsecured"),
        (state, _) => Mark::from(state),
    };
    view! {
        <tr>
            <td class="title domain" title=title>
                <bdi>{domain.display}</bdi>
            </td>
            <td>
                <MarkWord mark=mark />
            </td>
            <td class="problem">{domain.problem.map(|problem| view! { <Reason problem=problem /> })}</td>
        </tr>
    }
}

#[component]
fn Reason(problem: Problem) -> impl IntoView {
    let cause = explain(&problem.code, &problem.remedy);
    view! {
        <strong>{cause.title}</strong>
        <p>{crate::text::sentence(&problem.detail)}</p>
        <p class="muted small">{cause.remedy} " " <code>{problem.code}</code> " · seen " <Moment at=problem.at /></p>
    }
}
