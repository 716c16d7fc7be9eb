//! The Pending Queue: jobs that are not over, why they wait, and when they go on.

use super::job::JobPage;
use crate::acts::Acts;
use crate::api;
use crate::components::{EmptyState, ErrorState, Icon, PageNotice, Pager, QueueTable, Skeleton, icon};
use crate::live::Live;
use crate::query::{queue_href, read_queue};
use engine::model::{Page, QueueQuery, QueueRow};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// What the list can be narrowed to.
const STATES: [(&str, &str); 12] = [
    ("", "Not over"),
    ("planned", "Planned"),
    ("held", "Held"),
    ("waiting", "Waiting"),
    ("ordered", "Ordered"),
    ("validating", "Validating"),
    ("processing", "Processing"),
    ("issued", "Issued"),
    ("installing", "Installing"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
];

/// The Pending Queue tab, or one job of it where the address names one.
#[component]
pub fn QueueScreen() -> impl IntoView {
    let is_job = use_params_map().with_untracked(|params| params.get("id").is_some());
    if is_job { JobPage().into_any() } else { QueuePage().into_any() }
}

#[component]
fn QueuePage() -> impl IntoView {
    let (live, acts) = (expect_context::<Live>(), expect_context::<Acts>());
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(|params| read_queue(|name| params.get(name))));
    let page =
        Resource::new(move || (query.get(), live.tick.get(), acts.changes.get()), |(query, ..)| api::queue(query));
    view! {
        <Title text="Pending Queue" />
        <div class="page-head">
            <div>
                <h1>"Pending Queue"</h1>
                <p class="lead">"Certificates that were begun and are not in place yet, why, and when each is looked at again."</p>
            </div>
        </div>
        <div class="stack">
            <PageNotice />
            <Filters query=query />
            <Transition fallback=|| view! { <Skeleton lines=12 /> }>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Listing page=page query=query.get_untracked() acts=acts /> }
                                .into_any(),
                        Err(error) => view! { <ErrorState what="The pending queue" error=error /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

/// Search and state: a form whose answer is an address.
#[component]
fn Filters(query: Memo<QueueQuery>) -> impl IntoView {
    let search = Memo::new(move |_| query.with(|query| query.search.clone()));
    let state = move || query.with(|query| query.state.map_or("", |state| state.as_str()));
    let option = move |(value, word): (&'static str, &'static str)| {
        view! { <option value=value selected=move || state() == value>{word}</option> }
    };
    view! {
        <form class="filters" method="get" action="/queue" role="search">
            <div class="search">
                {icon(Icon::Search)}
                <input
                    class="input"
                    type="search"
                    name="q"
                    aria-label="Search users and websites"
                    placeholder="Search users and websites"
                    autocomplete="off"
                    spellcheck="false"
                    value=search.get_untracked()
                    prop:value=search
                /> <kbd class="scripted" aria-hidden="true">"/"</kbd>
            </div>
            <label>
                "State" <select class="select" name="state">
                    {STATES.map(option).collect_view()}
                </select>
            </label>
            <button type="submit" class="button">
                "Search"
            </button>
        </form>
    }
}

#[component]
fn Listing(page: Page<QueueRow>, query: QueueQuery, acts: Acts) -> impl IntoView {
    if page.total == 0 {
        return view! { <Nothing query=query /> }.into_any();
    }
    let pager = |label: &'static str| {
        let query = query.clone();
        let href = move |number| queue_href(&QueueQuery { page: number, ..query.clone() });
        view! { <Pager page=page.page per_page=page.per_page total=page.total label=label href=href /> }
    };
    let (top, bottom) = (pager("Pages, top"), (page.pages() > 1).then(|| pager("Pages, bottom")));
    view! {
        <div class="table-wrap">
            <div class="table-bar">{top}</div>
            <QueueTable rows=page.rows acts=acts />
            {bottom.map(|bottom| view! { <div class="table-bar below">{bottom}</div> })}
        </div>
    }
    .into_any()
}

#[component]
fn Nothing(query: QueueQuery) -> impl IntoView {
    let is_narrowed = !query.search.is_empty() || query.state.is_some();
    view! {
        <div class="card">
            {if is_narrowed {
                view! {
                    <EmptyState title="No job matches">
                        <p class="row">
                            <a class="button" href="/queue">
                                "Show all that are not over"
                            </a>
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <EmptyState title="Nothing is pending">
                        <p>"Every certificate that was begun is in place, or was given up with a reason in its run’s " <a href="/logs">"log"</a> "."</p>
                    </EmptyState>
                }
                    .into_any()
            }}
        </div>
    }
}
