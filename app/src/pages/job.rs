//! One pending job: where it stands, why, and how it came there.

use crate::acts::Acts;
use crate::api::{self, ChangeJobs, JobVerb};
use crate::components::{Badge, ErrorState, JobButtons, Mark, Moment, PageNotice, Skeleton, ask_jobs};
use crate::live::Live;
use crate::query::{log_href, user_href};
use crate::text::{code_as_words, grouped, sentence};
use engine::model::{JobDetail, JobMoment, QueueState};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// One job.
#[component]
pub(super) fn JobPage() -> impl IntoView {
    let (live, acts) = (expect_context::<Live>(), expect_context::<Acts>());
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse().ok()).unwrap_or(0_i64));
    let job = Resource::new(move || (id.get(), live.tick.get(), acts.changes.get()), |(id, ..)| api::job(id));
    view! {
        <Title text="Pending job" />
        <PageNotice />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match job.await {
                    Ok(job) => view! { <Sheet job=job acts=acts /> }.into_any(),
                    Err(error) => view! { <h1>"Pending job"</h1> <ErrorState what="This job" error=error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Sheet(job: JobDetail, acts: Acts) -> impl IntoView {
    let JobDetail { row, history } = job;
    let submit = move |event: web_sys::SubmitEvent| ask_jobs(&event, acts);
    let verbs = offered(row.state);
    let provider = if row.provider.is_empty() { "—".to_owned() } else { row.provider };
    let code = row.code.map(|code| code_as_words(&code));
    view! {
        <div class="page-head">
            <div>
                <p class="minor"><a href="/queue">"Pending Queue"</a></p>
                <h1><bdi>{row.website}</bdi></h1>
                <p class="lead">
                    <Badge mark=Mark::from(row.state) /> " since " <Moment at=row.since /> ", for "
                    <a href=user_href(&row.user)><bdi>{row.user.clone()}</bdi></a>
                </p>
            </div>
            {(!verbs.is_empty())
                .then(|| {
                    view! {
                        <form class="row" method="post" action=ChangeJobs::url() aria-label="This job" on:submit=submit>
                            <input type="hidden" name="jobs[]" value=row.id.to_string() />
                            <JobButtons verbs=verbs acts=acts />
                        </form>
                    }
                })}
        </div>
        <div class="stack">
            <section class="card" aria-labelledby="job-facts">
                <h2 id="job-facts">"Where it stands"</h2>
                <dl class="facts">
                    <dt>"Reason"</dt>
                    <dd>{if row.reason.is_empty() { "—".to_owned() } else { sentence(&row.reason) }} {code.map(|code| view! { <span class="under">{code}</span> })}</dd>
                    <dt>"Next attempt"</dt>
                    <dd>
                        {match row.next_attempt {
                            Some(at) => view! { <Moment at=at /> }.into_any(),
                            None => "—".into_any(),
                        }}
                    </dd>
                    <dt>"Names"</dt>
                    <dd>{row.names.join(", ")}</dd>
                    <dt>"Provider"</dt>
                    <dd>{provider}</dd>
                    <dt>"Tries"</dt>
                    <dd>{grouped(row.tries)}</dd>
                    <dt>"Run"</dt>
                    <dd><a href=log_href(&row.run.0)>{format!("Log of {}", row.run.0)}</a></dd>
                </dl>
            </section>
            <section class="card" aria-labelledby="job-history">
                <h2 id="job-history">"What happened"</h2>
                <ol class="timeline">{history.into_iter().map(|moment| view! { <Step moment=moment /> }).collect_view()}</ol>
            </section>
        </div>
    }
}

#[component]
fn Step(moment: JobMoment) -> impl IntoView {
    let JobMoment { at, state, detail } = moment;
    view! {
        <li>
            <span class="minor figures"><Moment at=at /></span>
            <strong>{code_as_words(&state)}</strong>
            <span>{detail}</span>
        </li>
    }
}

/// What can be done with a job in this state.
fn offered(state: QueueState) -> Vec<JobVerb> {
    match state {
        QueueState::Done | QueueState::Failed | QueueState::Cancelled => Vec::new(),
        QueueState::Issued | QueueState::Installing => vec![JobVerb::Retry],
        QueueState::Held => vec![JobVerb::Release, JobVerb::Cancel],
        _ => vec![JobVerb::Retry, JobVerb::Hold, JobVerb::Cancel],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_engine_allows_is_offered() {
        assert_eq!(offered(QueueState::Done), []);
        assert_eq!(offered(QueueState::Issued), [JobVerb::Retry]);
        assert!(offered(QueueState::Held).contains(&JobVerb::Release));
        assert!(!offered(QueueState::Waiting).contains(&JobVerb::Release));
    }
}
