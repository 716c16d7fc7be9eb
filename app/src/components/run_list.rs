//! Runs: as a table, and as a strip of small pictures.

use super::badge::{Badge, Mark};
use super::icon::icon;
use super::moment::Moment;
use crate::query::{log_href, user_href};
use crate::text::{duration, grouped};
use engine::model::{RunScope, RunSummary};
use leptos::prelude::*;

/// List runs.
#[component]
pub fn RunList(
    /// The runs, newest first.
    runs: Vec<RunSummary>,
) -> impl IntoView {
    view! {
        <table class="cards">
            <caption class="unseen">"Runs"</caption>
            <thead>
                <tr>
                    <th scope="col">"Started (UTC)"</th>
                    <th scope="col">"Result"</th>
                    <th scope="col">"Users"</th>
                    <th scope="col" class="number">"Websites"</th>
                    <th scope="col" class="number">"Issued"</th>
                    <th scope="col" class="number">"Failed"</th>
                    <th scope="col" class="number">"Names left out"</th>
                    <th scope="col" class="number">"Duration"</th>
                    <th scope="col" class="less">"Provider"</th>
                    <th scope="col" class="less">"Asked for by"</th>
                </tr>
            </thead>
            <tbody>{runs.into_iter().map(|run| view! { <Row run=run /> }).collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Row(run: RunSummary) -> impl IntoView {
    let lasted = run.ended_at.map(|ended| duration(ended.since(run.started_at)));
    let scope = match &run.scope {
        RunScope::AllUsers => "All users".into_any(),
        RunScope::Queue => "Pending jobs".into_any(),
        RunScope::User(name) => view! { <a href=user_href(name)><bdi>{name.clone()}</bdi></a> }.into_any(),
    };
    let provider = if run.provider.is_empty() { "—".to_owned() } else { run.provider.clone() };
    view! {
        <tr>
            <td class="title">
                <a class="row-name" href=log_href(&run.id.0)>
                    {run.started_at.short()}
                </a>
                <span class="under">
                    <Moment at=run.started_at />
                </span>
            </td>
            <td>
                <Badge mark=Mark::from(run.state) />
                {run.reason.map(|reason| view! { <span class="under" title=reason.clone()>{reason.clone()}</span> })}
            </td>
            <td>{scope}</td>
            <td class="number" data-label="Websites">{grouped(run.counts.websites_done)}</td>
            <td class="number" data-label="Issued">{grouped(run.counts.issued)}</td>
            <td class="number" data-label="Failed">{grouped(run.counts.failed)}</td>
            <td class="number" data-label="Names left out">{grouped(run.counts.names_failed)}</td>
            <td class="number" data-label="Duration">{lasted.unwrap_or_else(|| "—".into())}</td>
            <td class="minor less">{provider}</td>
            <td class="minor less">{run.requested_by}</td>
        </tr>
    }
}

/// Show the latest runs as a strip, the newest on the right; each leads to its log.
#[component]
pub fn RunStrip(
    /// The runs, newest first.
    runs: Vec<RunSummary>,
) -> impl IntoView {
    view! {
        <ol class="strip" aria-label="Latest runs, the newest last">
            {runs
                .into_iter()
                .rev()
                .map(|run| {
                    let mark = Mark::from(run.state);
                    let label = format!("{} UTC, {}: {}", run.started_at.short(), run.scope, mark.word);
                    view! {
                        <li>
                            <a class=mark.tone href=log_href(&run.id.0) aria-label=label.clone() title=label>
                                {icon(mark.icon)}
                            </a>
                        </li>
                    }
                })
                .collect_view()}
        </ol>
    }
}
