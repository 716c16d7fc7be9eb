//! Pending jobs as a table, and what can be done with those that are ticked: one form, so that it works without JavaScript.

use super::badge::{Badge, Mark};
use super::icon::{Icon, icon};
use super::moment::Moment;
use crate::acts::Acts;
use crate::api::{ChangeJobs, JobVerb};
use crate::browser;
use crate::query::{job_href, user_href};
use crate::text::grouped;
use engine::model::{QueueRow, QueueState};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use wasm_bindgen::JsCast;

/// What is asked before jobs are given up.
const CANCEL: &str =
    "Cancel? Orders that were made are left at the provider. The next run decides anew what is needed.";
/// The form that the ticks belong to.
const FORM: &str = "jobs";

impl From<QueueState> for Mark {
    fn from(state: QueueState) -> Self {
        match state {
            QueueState::Planned => Self::new("neutral", Icon::Clock, "Planned"),
            QueueState::Held => Self::new("neutral", Icon::Pause, "Held"),
            QueueState::Waiting => Self::new("deferral", Icon::Clock, "Waiting"),
            QueueState::Ordered => Self::new("deferral", Icon::Arrow, "Ordered"),
            QueueState::Validating => Self::new("deferral", Icon::Search, "Validating"),
            QueueState::Processing => Self::new("deferral", Icon::Refresh, "Processing"),
            QueueState::Issued => Self::new("success", Icon::Shield, "Issued"),
            QueueState::Installing => Self::new("deferral", Icon::Download, "Installing"),
            QueueState::Done => Self::new("success", Icon::Check, "Done"),
            QueueState::Failed => Self::new("failure", Icon::Cross, "Failed"),
            QueueState::Cancelled => Self::new("neutral", Icon::Minus, "Cancelled"),
        }
    }
}

/// List jobs.
#[component]
pub fn QueueTable(
    /// The jobs.
    rows: Vec<QueueRow>,
    /// What the buttons do.
    acts: Acts,
) -> impl IntoView {
    let submit = move |event: web_sys::SubmitEvent| ask_jobs(&event, acts);
    view! {
        <form id=FORM method="post" action=ChangeJobs::url() on:submit=submit>
            <table class="cards">
                <caption class="unseen">"Pending jobs"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="tick">
                            <input type="checkbox" class="scripted" aria-label="Select all on this page" autocomplete="off" on:change=tick_all />
                        </th>
                        <th scope="col">"Website"</th>
                        <th scope="col">"User"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Reason"</th>
                        <th scope="col">"Next attempt"</th>
                        <th scope="col" class="number">"Tries"</th>
                        <th scope="col" class="less">"Provider"</th>
                        <th scope="col" class="less">"Age"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(|row| view! { <Row row=row /> }).collect_view()}</tbody>
            </table>
            <div class="table-bar below">
                <span class="minor">"With the ticked jobs:"</span>
                <JobButtons verbs=JobVerb::ALL.to_vec() acts=acts />
            </div>
        </form>
    }
}

/// Offer these for the jobs of the form that the buttons stand in.
#[component]
pub fn JobButtons(
    /// What is offered.
    verbs: Vec<JobVerb>,
    /// What the buttons do.
    acts: Acts,
) -> impl IntoView {
    let button = move |verb: JobVerb| {
        let (picture, word) = match verb {
            JobVerb::Retry => (Icon::Refresh, "Retry now"),
            JobVerb::Hold => (Icon::Pause, "Hold"),
            JobVerb::Release => (Icon::Play, "Release"),
            JobVerb::Cancel => (Icon::Cross, "Cancel"),
        };
        let busy = ArcSignal::derive(move || acts.busy());
        view! {
            <button type="submit" class="button compact" name="verb" value=verb.as_str() disabled=busy>
                {icon(picture)}
                {word}
            </button>
        }
    };
    verbs.into_iter().map(button).collect_view()
}

/// Do with the jobs of a form what the pressed button says; giving jobs up is asked for first.
pub fn ask_jobs(event: &web_sys::SubmitEvent, acts: Acts) {
    event.prevent_default();
    let verb = browser::pressed(event).and_then(|verb| JobVerb::parse(&verb));
    let (Some(verb), Some(form)) = (verb, browser::form_of(event)) else { return };
    let jobs: Vec<i64> = browser::fields(&form, "jobs[]").iter().filter_map(|id| id.parse().ok()).collect();
    if jobs.is_empty() {
        return acts.refuse("Tick a job first.");
    }
    let sure = verb != JobVerb::Cancel || browser::agree(CANCEL);
    if sure {
        acts.change_jobs(verb, jobs);
    }
}

#[component]
fn Row(row: QueueRow) -> impl IntoView {
    let names = row.names.len();
    let more = (names > 1).then(|| format!("{names} names"));
    let provider = if row.provider.is_empty() { "—".to_owned() } else { row.provider };
    view! {
        <tr>
            <td class="tick">
                <input
                    type="checkbox"
                    name="jobs[]"
                    value=row.id.to_string()
                    aria-label=format!("Select the job of {}", row.website)
                    autocomplete="off"
                />
            </td>
            <td class="title">
                <a class="row-name" href=job_href(row.id)>
                    <bdi>{row.website}</bdi>
                </a>
                {more.map(|more| view! { <span class="under" title=row.names.join(", ")>{more}</span> })}
            </td>
            <td data-label="User">
                <a href=user_href(&row.user)>
                    <bdi>{row.user.clone()}</bdi>
                </a>
            </td>
            <td>
                <Badge mark=Mark::from(row.state) />
            </td>
            <td class="reason">{row.reason}</td>
            <td data-label="Next attempt">
                {match row.next_attempt {
                    Some(at) => view! { <Moment at=at /> }.into_any(),
                    None => "—".into_any(),
                }}
            </td>
            <td class="number" data-label="Tries">{grouped(row.tries)}</td>
            <td class="minor less">{provider}</td>
            <td class="minor less">
                <Moment at=row.planned_at />
            </td>
        </tr>
    }
}

fn tick_all(event: web_sys::Event) {
    let field = event.target().and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok());
    let Some(field) = field else { return };
    for other in browser::all("input[name='jobs[]']") {
        if let Ok(other) = other.dyn_into::<web_sys::HtmlInputElement>() {
            other.set_checked(field.checked());
        }
    }
}
