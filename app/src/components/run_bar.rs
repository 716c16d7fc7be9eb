//! The run in progress: how far it is, its log, the way to stop it; then how it ended.

use super::badge::{Badge, Mark};
use super::icon::{Icon, icon};
use super::moment::Moment;
use crate::acts::Acts;
use crate::api::StopRun;
use crate::live::Live;
use crate::query::log_href;
use crate::text::{counted, grouped};
use engine::model::{RunCounts, RunState, RunSummary};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Show the run that is open, else the last one. It always stands there, so that nothing jumps when a run begins or ends.
#[component]
pub fn RunBar(
    /// The latest run when the page was made.
    initial: Option<RunSummary>,
    /// What the button does.
    acts: Acts,
) -> impl IntoView {
    let live = use_context::<Live>();
    let shown = Memo::new(move |_| live.and_then(|live| live.run.get()).or_else(|| initial.clone()));
    // The bar is drawn anew for another run only; its numbers change in place.
    let kind = Memo::new(move |_| shown.with(|run| run.as_ref().map(|run| (run.id.clone(), run.state.is_open()))));
    let news = move || live.and_then(|live| live.ended.with(|run| run.as_ref().map(outcome)));
    view! {
        {move || match kind.get() {
            None => ().into_any(),
            Some((id, true)) => view! { <Open id=id.0 shown=shown acts=acts /> }.into_any(),
            Some((id, false)) => view! { <Ended id=id.0 shown=shown /> }.into_any(),
        }}
        <p class="unseen" role="status">
            {news}
        </p>
    }
}

#[component]
fn Open(id: String, shown: Memo<Option<RunSummary>>, acts: Acts) -> impl IntoView {
    let total = move || shown.with(|run| run.as_ref().map_or(1, |run| (run.counts.websites * 2).max(1)));
    let done = move || shown.with(|run| run.as_ref().map_or(0, |run| halves(&run.counts)));
    let words = move || shown.with(|run| run.as_ref().map_or_else(String::new, progress));
    let stop = {
        let id = id.clone();
        move |event: web_sys::MouseEvent| {
            event.prevent_default();
            acts.stop(engine::model::RunId(id.clone()));
        }
    };
    view! {
        <section class="runbar" aria-label="Run in progress">
            <progress class="track" max=total prop:value=done value=done aria-label="Progress of the run"></progress>
            <span class="spinner" aria-hidden="true"></span>
            <span class="counts">{words}</span>
            <span class="spring"></span>
            <a href=log_href(&id)>"Follow log"</a>
            <form method="post" action=StopRun::url()>
                <input type="hidden" name="id" value=id />
                <button type="submit" class="button compact" disabled=ArcSignal::derive(move || acts.busy()) on:click=stop>
                    {icon(Icon::Pause)}
                    "Stop"
                </button>
            </form>
        </section>
    }
}

#[component]
fn Ended(id: String, shown: Memo<Option<RunSummary>>) -> impl IntoView {
    let run = shown.get_untracked();
    let mark = Mark::from(run.as_ref().map_or(RunState::Stopped, |run| run.state));
    let words = run.as_ref().map_or_else(String::new, outcome);
    let ended = run.and_then(|run| run.ended_at);
    view! {
        <section class="runbar" aria-label="Last run">
            <Badge mark=mark />
            <span class="counts">{words}</span>
            <span class="muted">{ended.map(|at| view! { <Moment at=at /> })}</span>
            <span class="spring"></span>
            <a href=log_href(&id)>"Read log"</a>
        </section>
    }
}

/// Count half-done websites: a certificate that is issued is half the way, one that is installed the other half.
fn halves(counts: &RunCounts) -> u32 {
    counts.websites_done + counts.websites_done.max(counts.kept + counts.issued + counts.failed).min(counts.websites)
}

/// Say how far a run is.
#[must_use]
pub fn progress(run: &RunSummary) -> String {
    let counts = &run.counts;
    let whom = &run.scope;
    if run.state == RunState::Queued {
        return format!("Check of {whom} is queued");
    }
    if counts.websites == 0 {
        return format!("Checking {whom}");
    }
    let part = format!("{} of {}", grouped(counts.websites_done), counted(counts.websites, "website", "websites"));
    [format!("Checking {whom}: {part}"), results(counts)].join(" · ").trim_end_matches(" · ").to_owned()
}

/// Say how a run ended.
#[must_use]
pub fn outcome(run: &RunSummary) -> String {
    let done = format!("Check of {}: {}", &run.scope, counted(run.counts.websites_done, "website", "websites"));
    let reason = run.reason.clone().map(|reason| crate::text::sentence(&reason)).unwrap_or_default();
    let parts = [done, results(&run.counts), reason];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn results(counts: &RunCounts) -> String {
    let parts = [(counts.issued, "issued"), (counts.kept, "kept"), (counts.failed, "failed")];
    let mut words: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", grouped(count)))
        .collect();
    if counts.names_failed > 0 {
        words.push(format!("{} left out", counted(counts.names_failed, "name", "names")));
    }
    if counts.waiting > 0 {
        words.push(format!("{} waiting", counts.waiting));
    }
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::model::{RunId, RunScope, Timestamp};

    fn run(state: RunState, counts: RunCounts) -> RunSummary {
        RunSummary {
            id: RunId("r".into()),
            scope: RunScope::AllUsers,
            provider: "Pebble".into(),
            requested_by: "admin".into(),
            state,
            started_at: Timestamp(0),
            ended_at: None,
            counts,
            reason: None,
        }
    }

    #[test]
    fn progress_names_only_what_happened() {
        let counts =
            RunCounts { users: 10, websites: 5_080, websites_done: 412, issued: 37, failed: 2, ..RunCounts::default() };
        assert_eq!(
            progress(&run(RunState::Running, counts)),
            "Checking all users: 412 of 5,080 websites · 37 issued · 2 failed"
        );
        assert_eq!(progress(&run(RunState::Running, RunCounts::default())), "Checking all users");
        assert_eq!(progress(&run(RunState::Queued, RunCounts::default())), "Check of all users is queued");
    }

    #[test]
    fn issuing_is_half_the_way() {
        let counts = RunCounts { websites: 50, issued: 14, ..RunCounts::default() };
        assert_eq!(halves(&counts), 14);
        assert_eq!(halves(&RunCounts { websites_done: 50, issued: 46, failed: 4, ..counts }), 100);
    }

    #[test]
    fn the_outcome_gives_the_reason() {
        let mut run = run(RunState::Failed, RunCounts::default());
        run.reason = Some("the provider does not answer".into());
        assert_eq!(outcome(&run), "Check of all users: 0 websites · The provider does not answer.");
    }
}
