//! The plan: what a run would do now, made when the page is asked for.

use crate::api;
use crate::components::{EmptyState, ErrorState, Moment, Skeleton};
use crate::query::{plan_href, user_href};
use crate::text::{counted, sentence};
use engine::model::{NameLeftOut, PlanRow, PlanSheet, Planned};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The plan of a run of all users, or of one.
#[component]
pub fn PlanPage() -> impl IntoView {
    let params = use_query_map();
    let user = Memo::new(move |_| params.with(|params| params.get("user")).unwrap_or_default());
    let plan = Resource::new(move || user.get(), api::plan);
    let title = move || match user.get() {
        name if name.is_empty() => "Plan for all users".to_owned(),
        name => format!("Plan for {name}"),
    };
    view! {
        <Title text=title />
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lead">"What a run would do now. Names are checked for it; nothing is ordered."</p>
            </div>
            <div class="actions">
                <a class="button compact" href=move || plan_href(&user.get()) rel="external">
                    "Make it anew"
                </a>
            </div>
        </div>
        <div class="stack">
            <Transition fallback=|| view! { <Skeleton lines=10 /> }>
                {move || Suspend::new(async move {
                    match plan.await {
                        Ok(sheet) => view! { <Sheet sheet=sheet /> }.into_any(),
                        Err(error) => view! { <ErrorState what="The plan" error=error /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Sheet(sheet: PlanSheet) -> impl IntoView {
    let PlanSheet { at, provider, orders, waits, installs, left_alone, rows, more } = sheet;
    let nothing = rows.is_empty();
    let figure = |title: &'static str, number: u32| view! { <div><dt>{title}</dt><dd>{number}</dd></div> };
    view! {
        <section class="card" aria-label="Sums">
            <dl class="facts">
                {figure("Ordered at once", orders)} {figure("Ordered later", waits)}
                {figure("Installed again", installs)} {figure("Left alone, since all is well", left_alone)}
                <div>
                    <dt>"Provider"</dt>
                    <dd>{provider} " " <span class="small muted"><Moment at=at /></span></dd>
                </div>
            </dl>
        </section>
        {if nothing {
            view! {
                <div class="card">
                    <EmptyState title="Nothing to do">
                        <p>"Every website is secured, and no certificate is due."</p>
                    </EmptyState>
                </div>
            }
                .into_any()
        } else {
            view! { <Rows rows=rows /> }.into_any()
        }}
        {(more > 0).then(|| view! { <p class="muted">{counted(more, "more website", "more websites")} "; the command " <code>"autossl check --plan"</code> " shows all."</p> })}
    }
}

#[component]
fn Rows(rows: Vec<PlanRow>) -> impl IntoView {
    view! {
        <div class="table-wrap">
            <table class="cards">
                <caption class="unseen">"Plan"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Website"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Why"</th>
                        <th scope="col">"Names"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(|row| view! { <Row row=row /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(row: PlanRow) -> impl IntoView {
    let what = match row.what {
        Planned::Order => "Order now",
        Planned::Wait => "Order later",
        Planned::Install => "Install again",
        Planned::Nothing => "Nothing",
    };
    let href = user_href(&row.user);
    view! {
        <tr>
            <td class="title domain">
                <strong>{row.website}</strong>
                <span class="under"><a href=href><bdi>{row.user}</bdi></a></span>
            </td>
            <td class="nowrap" data-label="What">
                {what}
                {row.wait.map(|(until, limit)| view! { <span class="under" title=limit><Moment at=until /></span> })}
            </td>
            <td>{sentence(&row.why)}</td>
            <td>
                {row.names.join(", ")}
                {row.left_out.into_iter().map(|left| view! { <LeftOut left=left /> }).collect_view()}
            </td>
        </tr>
    }
}

#[component]
fn LeftOut(left: NameLeftOut) -> impl IntoView {
    view! { <p class="small muted">"without " <bdi>{left.name}</bdi> ": " {left.why}</p> }
}
