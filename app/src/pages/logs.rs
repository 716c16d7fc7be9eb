//! Logs: the catalogue of runs.

use crate::api;
use crate::components::{EmptyState, ErrorState, PageNotice, Pager, RunList, Skeleton};
use crate::live::Live;
use crate::query::log_href;
use engine::model::{Page, RunSummary};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::components::Redirect;
use leptos_router::hooks::{use_navigate, use_query_map};
use wasm_bindgen::JsCast;

const PER_PAGE: u32 = 50;

/// The Logs tab.
#[component]
pub fn LogsPage() -> impl IntoView {
    let live = expect_context::<Live>();
    let params = use_query_map();
    // The form without JavaScript comes here with the chosen run.
    if let Some(id) = params.with_untracked(|params| params.get("run")).filter(|id| !id.is_empty()) {
        return view! { <Redirect path=log_href(&id) /> }.into_any();
    }
    let number = Memo::new(move |_| params.with(|params| params.get("page")?.parse().ok()).unwrap_or(1));
    let page = Resource::new(move || (number.get(), live.tick.get()), |(number, _)| api::runs(number, PER_PAGE));
    view! {
        <Title text="Logs" />
        <div class="page-head">
            <div>
                <h1>"Logs"</h1>
                <p class="lead">"What each run did, for whom, and how it ended."</p>
            </div>
        </div>
        <div class="stack">
            <PageNotice />
            <Transition fallback=|| view! { <Skeleton lines=12 /> }>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Catalogue page=page /> }.into_any(),
                        Err(error) => view! { <ErrorState what="The list of runs" error=error /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

#[component]
fn Catalogue(page: Page<RunSummary>) -> impl IntoView {
    if page.total == 0 {
        return view! {
            <div class="card">
                <EmptyState title="No run yet">
                    <p>
                        "Press " <strong>"Run AutoSSL for All Users"</strong> " above, or check one user in "
                        <a href="/users">"Manage Users"</a> ". The log appears here."
                    </p>
                </EmptyState>
            </div>
        }
        .into_any();
    }
    let pager = |label: &'static str| {
        let href = |number: u32| if number > 1 { format!("/logs?page={number}") } else { "/logs".into() };
        view! { <Pager page=page.page per_page=page.per_page total=page.total label=label href=href /> }
    };
    let top = pager("Pages, top");
    let bottom = (page.pages() > 1).then(|| view! { <div class="table-bar below">{pager("Pages, bottom")}</div> });
    view! {
        <div class="table-wrap">
            <div class="table-bar">{top} <span class="spring"></span> <Chooser runs=page.rows.clone() /></div>
            <RunList runs=page.rows />
            {bottom}
        </div>
    }
    .into_any()
}

/// Choose a log from a menu and view it, as administrators know it.
#[component]
fn Chooser(runs: Vec<RunSummary>) -> impl IntoView {
    let navigate = use_navigate();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok());
        let data = form.and_then(|form| web_sys::FormData::new_with_form(&form).ok());
        if let Some(id) = data.and_then(|data| data.get("run").as_string()) {
            navigate(&log_href(&id), NavigateOptions::default());
        }
    };
    view! {
        <form class="row" method="get" action="/logs" on:submit=submit>
            <select class="select" name="run" aria-label="Log">
                {runs
                    .into_iter()
                    .map(|run| {
                        let words = format!("{} UTC, {}", run.started_at.short(), run.scope);
                        view! { <option value=run.id.0>{words}</option> }
                    })
                    .collect_view()}
            </select>
            <button type="submit" class="button">
                "View Log"
            </button>
        </form>
    }
}
