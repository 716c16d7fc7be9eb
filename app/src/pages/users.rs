//! Manage Users: find users, and decide for whom AutoSSL works.

use crate::acts::Acts;
use crate::api;
use crate::components::{
    AddUser, Command, Confirm, EmptyState, ErrorState, PageNotice, Pager, Question, SelectionBar, Skeleton,
    UserFilters, UsersTable,
};
use crate::live::Live;
use crate::query::{PAGE_SIZES, is_filtered, on_page, read_users, users_href};
use crate::selection::Selection;
use engine::model::{Page, UserQuery, UserRow};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The Manage Users tab.
#[component]
pub fn UsersPage() -> impl IntoView {
    let (live, acts) = (expect_context::<Live>(), expect_context::<Acts>());
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(|params| read_users(|name| params.get(name))));
    let selection = RwSignal::new(Selection::default());
    let question = RwSignal::new(None::<Question>);
    let page =
        Resource::new(move || (query.get(), live.tick.get(), acts.changes.get()), |(query, ..)| api::users(query));
    // Another listing is another choice.
    Effect::new(move |before: Option<UserQuery>| {
        let now = query.get();
        if before.is_some_and(|before| before != now) {
            selection.update(Selection::clear);
        }
        now
    });
    // Not in the arena: the transition calls the setter while it holds the arena's lock.
    let loading = ArcRwSignal::new(false);
    let is_loading = loading.clone();
    view! {
        <Title text="Manage Users" />
        <div class="page-head">
            <div>
                <h1>"Manage Users"</h1>
                <p class="lead">
                    "A user’s feature list decides whether AutoSSL is on. An override decides for one user, whatever the feature list says."
                </p>
            </div>
        </div>
        <div class="stack" class:busy=move || is_loading.get()>
            <PageNotice />
            <UserFilters query=query />
            <Transition
                fallback=|| view! { <Skeleton lines=12 /> }
                set_pending=SignalSetter::map(move |pending| loading.set(pending))
            >
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => {
                            if acts.pending.get_untracked() == 0 {
                                acts.patch.set(Vec::new());
                            }
                            let query = query.get_untracked();
                            view! { <Listing page=page query=query selection=selection question=question acts=acts /> }
                                .into_any()
                        }
                        Err(error) => view! { <ErrorState what="The users" error=error /> }.into_any(),
                    }
                })}
            </Transition>
            <AddUser acts=acts />
        </div>
        <Confirm question=question />
    }
}

#[component]
fn Listing(
    page: Page<UserRow>,
    query: UserQuery,
    selection: RwSignal<Selection>,
    question: RwSignal<Option<Question>>,
    acts: Acts,
) -> impl IntoView {
    if page.total == 0 {
        return view! { <Nothing query=query /> }.into_any();
    }
    let pager = |label: &'static str| {
        let query = query.clone();
        let href = move |number| users_href(&on_page(&query, number));
        view! { <Pager page=page.page per_page=page.per_page total=page.total label=label href=href /> }
    };
    view! {
        <div class="table-wrap">
            <div class="table-bar">
                {pager("Pages, top")} <span class="spring"></span> <PageSizes query=query.clone() per_page=page.per_page />
            </div>
            <UsersTable rows=page.rows.clone() query=query.clone() selection=selection acts=acts />
            <div class="table-bar below">{pager("Pages, bottom")}</div>
        </div>
        <SelectionBar page=page query=query selection=selection question=question acts=acts />
    }
    .into_any()
}

#[component]
fn PageSizes(query: UserQuery, per_page: u32) -> impl IntoView {
    let links = PAGE_SIZES.map(|size| {
        let href = users_href(&UserQuery { per_page: size, page: 0, ..query.clone() });
        let current = (size == per_page).then_some("true");
        view! {
            <a href=href aria-current=current aria-label=format!("{size} users a page")>
                {size}
            </a>
        }
    });
    view! { <span class="per-page row">"Rows a page" {links.into_iter().collect_view()}</span> }
}

#[component]
fn Nothing(query: UserQuery) -> impl IntoView {
    let filtered = is_filtered(&query);
    view! {
        <div class="card">
            {if filtered {
                view! {
                    <EmptyState title="No user matches">
                        <p>"No user and no domain matches this search and these filters."</p>
                        <p class="row">
                            <a class="button" href="/users">
                                "Clear search and filters"
                            </a>
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <EmptyState title="No users yet">
                        <p>"AutoSSL knows no hosting users. Add one below, or import them with their websites:"</p>
                        <Command line="autossl user import FILE" />
                    </EmptyState>
                }
                    .into_any()
            }}
        </div>
    }
}
