//! Overview: whether everything is fine, and if not, what to do.

use crate::api;
use crate::cause::explain;
use crate::components::{Command, CoverageBar, ErrorState, Icon, PageNotice, RunStrip, Skeleton, icon};
use crate::live::Live;
use crate::query::{plan_href, user_href};
use crate::text::{counted, grouped, sentence};
use crate::verdict::{Tone, judge};
use engine::model::{Overview, ProblemGroup};
use leptos::prelude::*;
use leptos_meta::Title;

/// The Overview tab.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let live = expect_context::<Live>();
    let overview = Resource::new(move || live.tick.get(), |_| api::overview());
    view! {
        <Title text="Overview" />
        <h1 class="unseen">"Overview"</h1>
        <div class="stack">
            <PageNotice />
            <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                {move || Suspend::new(async move {
                    match overview.await {
                        Ok(overview) => view! { <OverviewSheet overview=overview /> }.into_any(),
                        Err(error) => view! { <ErrorState what="The overview" error=error /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

/// The overview itself.
#[component]
pub fn OverviewSheet(
    /// What to show.
    overview: Overview,
) -> impl IntoView {
    let steps = next_steps(&overview);
    let (tone, picture) = match judge(&overview).tone {
        Tone::Neutral => ("neutral", Icon::Circle),
        Tone::Success => ("success", Icon::Shield),
        Tone::Warning => ("warning", Icon::Warning),
        Tone::Failure => ("failure", Icon::Warning),
    };
    let verdict = judge(&overview);
    let Overview { users, websites, coverage, expiring, problems, runs, .. } = overview;
    view! {
        <div class="columns">
            <div class="stack">
                <section class="card" aria-label="State">
                    <div class=format!("verdict {tone}")>
                        {icon(picture)} <div>
                            <p class="sentence">{verdict.sentence}</p>
                            <p class="muted">{verdict.more}</p>
                        </div>
                    </div>
                    {(users > 0)
                        .then(|| {
                            view! {
                                <div class="body">
                                    <CoverageBar counts=coverage />
                                </div>
                            }
                        })}
                    <dl class="facts large">
                        <div>
                            <dt>"Users"</dt>
                            <dd>
                                <a href="/users">{grouped(users)}</a>
                            </dd>
                        </div>
                        <div>
                            <dt>"Websites"</dt>
                            <dd>{grouped(websites)}</dd>
                        </div>
                        <div>
                            <dt>"Certificates that end within 14 days"</dt>
                            <dd>{grouped(expiring)}</dd>
                        </div>
                    </dl>
                </section>
                <section class="card">
                    <header>
                        <h2>"Latest runs"</h2>
                        <span class="row small">
                            <a href=plan_href("")>"Plan of the next run"</a> <a href="/logs">"All logs"</a>
                        </span>
                    </header>
                    <div class="body">
                        {if runs.is_empty() {
                            view! { <p class="muted">"No run yet."</p> }.into_any()
                        } else {
                            view! { <RunStrip runs=runs /> }.into_any()
                        }}
                    </div>
                </section>
            </div>
            <div class="stack">
                {steps} <section class="card">
                    <header>
                        <h2>"Problems by cause"</h2>
                    </header>
                    {if problems.is_empty() {
                        view! { <p class="body muted">"None: every check that was made went well."</p> }.into_any()
                    } else {
                        view! {
                            <ul class="problems">
                                {problems.into_iter().map(|group| view! { <Cause group=group /> }).collect_view()}
                            </ul>
                        }
                            .into_any()
                    }}
                </section>
            </div>
        </div>
    }
}

#[component]
fn Cause(group: ProblemGroup) -> impl IntoView {
    let cause = explain(&group.code, &group.remedy);
    view! {
        <li>
            <p class="title">
                <span>{cause.title}</span>
                <span class="figures nowrap">{counted(group.names, "name", "names")}</span>
            </p>
            <p>
                {if group.names > 1 { "For example " } else { "" }} <bdi>{group.example}</bdi> " ("
                <a href=user_href(&group.user)>
                    <bdi>{group.user.clone()}</bdi>
                </a> "): " {sentence(&group.detail)}
            </p>
            <p class="remedy">{cause.remedy}</p>
        </li>
    }
}

fn next_steps(overview: &Overview) -> Option<impl IntoView + use<>> {
    let no_users = overview.users == 0;
    let no_provider = overview.provider.is_none();
    let no_run = overview.runs.is_empty();
    if !no_users && !no_provider && !no_run {
        return None;
    }
    let import = no_users.then(|| {
        view! {
            <li>
                <p>"Import the server’s users and their websites:"</p>
                <Command line="autossl user import FILE" />
            </li>
        }
    });
    let select = no_provider.then(|| {
        view! {
            <li>
                <p>
                    "Choose the "<a href="/providers">"provider"</a>
                    " that issues the certificates, and agree to its terms. On the command line:"
                </p>
                <Command line="autossl provider select letsencrypt --agree-tos" />
            </li>
        }
    });
    let run = no_run.then(|| {
        view! {
            <li>
                <p>
                    "Press " <strong>"Run AutoSSL for All Users"</strong>
                    " above. From then on, certificates are renewed by themselves."
                </p>
            </li>
        }
    });
    Some(view! {
        <section class="card">
            <header>
                <h2>"Next steps"</h2>
            </header>
            <ol class="steps">{import} {select} {run}</ol>
        </section>
    })
}
