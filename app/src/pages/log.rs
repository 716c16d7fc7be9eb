//! One run's log: how it went, then every line, live while the run goes on.

use crate::api::{self, LOG_LINES, LogSheet};
use crate::browser;
use crate::components::{
    Badge, EmptyState, ErrorState, Icon, LogTree, Mark, Moment, PageNotice, Pager, Skeleton, icon, run_outcome,
    run_progress,
};
use crate::live::Live;
use crate::log_tree::grow;
use crate::query::{LogView, encode, log_href};
use crate::text::duration;
use engine::model::{LogFilter, RunId, RunScope, RunSummary};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use wasm_bindgen::JsCast;

/// A run's log.
#[component]
pub fn LogScreen() -> impl IntoView {
    let live = expect_context::<Live>();
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let view = Memo::new(move |_| query.with(|query| LogView::read(|name| query.get(name))));
    let follow = RwSignal::new(true);
    let sheet = Resource::new(
        move || (id.get(), view.get(), live.tick.get()),
        |(id, view, _)| {
            let user = Some(view.user).filter(|user| !user.is_empty());
            let filter = LogFilter { errors_only: view.errors_only, user, search: view.search };
            api::log_sheet(RunId(id), filter, view.page)
        },
    );
    // Lines arrive folded, and a link may lead to one of them.
    Effect::new(move |seen: Option<bool>| {
        let Some(open) =
            sheet.with(|sheet| sheet.as_ref().and_then(|sheet| sheet.as_ref().ok()?.run.state.is_open().into()))
        else {
            return seen.unwrap_or(false);
        };
        let first = !seen.unwrap_or(false);
        request_animation_frame(move || {
            if open && follow.get_untracked() && view.get_untracked().page == 0 {
                browser::scroll_to_end();
            } else if first {
                browser::reveal_target();
            }
        });
        true
    });
    view! {
        <Title text=move || format!("Log {}", id.get()) />
        <p class="crumb">
            <a href="/logs">"Logs"</a>
        </p>
        <div class="stack">
            <PageNotice />
            <Transition fallback=|| view! { <Skeleton lines=14 /> }>
                {move || Suspend::new(async move {
                    match sheet.await {
                        Ok(sheet) => view! { <Sheet sheet=sheet view=view.get_untracked() follow=follow /> }.into_any(),
                        Err(error) => {
                            view! {
                                <h1 class="unseen">"Log"</h1>
                                <ErrorState what="The log" error=error />
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Sheet(sheet: LogSheet, view: LogView, follow: RwSignal<bool>) -> impl IntoView {
    let LogSheet { run, page, log } = sheet;
    let id = run.id.0.clone();
    let total = log.total;
    let several = total > LOG_LINES;
    let base = LogView { page: if several { page } else { 0 }, ..view.clone() }.href(&id);
    let pager = |label: &'static str| {
        let (id, view) = (id.clone(), view.clone());
        let href = move |number| {
            // The first page is named, too: no number means the end while the run goes on.
            let href = LogView { page: number, ..view.clone() }.href(&id);
            if number == 1 { format!("{href}{}page=1", if href.contains('?') { '&' } else { '?' }) } else { href }
        };
        several.then(|| view! { <Pager page=page per_page=LOG_LINES total=total label=label href=href /> })
    };
    let (top, bottom) = (pager("Lines, top"), pager("Lines, bottom"));
    let open = run.state.is_open();
    let words = if open { run_progress(&run) } else { run_outcome(&run) };
    let nothing = log.records.is_empty();
    let needle = view.search.clone();
    view! {
        <Head run=run.clone() />
        <div class="log-bar">
            <p class="summary">
                <Badge mark=Mark::from(run.state) />
                <span>{words}</span>
            </p>
            <Tools id=id.clone() view=view.clone() /> {open.then(|| view! { <Follow follow=follow /> })} {top}
        </div>
        {if nothing {
            view! { <Nothing id=id view=view open=open /> }.into_any()
        } else {
            view! { <LogTree branches=grow(log) base=base needle=needle /> }.into_any()
        }}
        {bottom}
    }
}

#[component]
fn Head(run: RunSummary) -> impl IntoView {
    let title = match &run.scope {
        RunScope::AllUsers => "Run of all users".to_owned(),
        RunScope::Queue => "Run of pending jobs".to_owned(),
        RunScope::User(name) => format!("Check of {name}"),
    };
    let lasted = run.ended_at.map(|ended| format!(", took {}", duration(ended.since(run.started_at))));
    let file = |form: &str| format!("/logs/{}/{form}", encode(&run.id.0));
    view! {
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lead">
                    "Asked for by " {run.requested_by.clone()}
                    {(!run.provider.is_empty()).then(|| format!(", provider {}", run.provider))} ", started "
                    <Moment at=run.started_at /> {lasted} "."
                </p>
            </div>
            <div class="actions">
                <a class="button compact" href=file("txt") rel="external" download="">
                    {icon(Icon::Download)}
                    "Text"
                </a>
                <a class="button compact" href=file("json") rel="external" download="">
                    {icon(Icon::Download)}
                    "JSON"
                </a>
            </div>
        </div>
    }
}

#[component]
fn Tools(id: String, view: LogView) -> impl IntoView {
    let chip = |on: bool, view: LogView, words: String| {
        view! {
            <a href=view.href(&id) aria-current=on.then_some("true")>
                {words}
            </a>
        }
    };
    let plain = LogView { page: 0, ..view.clone() };
    let everything = chip(!view.errors_only, LogView { errors_only: false, ..plain.clone() }, "All lines".into());
    let problems = chip(view.errors_only, LogView { errors_only: true, ..plain.clone() }, "Problems only".into());
    let user = (!view.user.is_empty())
        .then(|| chip(true, LogView { user: String::new(), ..plain.clone() }, format!("User {} ✕", view.user)));
    let navigate = use_navigate();
    let submit = {
        let (id, plain) = (id.clone(), plain.clone());
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let form = event.target().and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok());
            let data = form.and_then(|form| web_sys::FormData::new_with_form(&form).ok());
            let search = data.and_then(|data| data.get("q").as_string()).unwrap_or_default().trim().to_owned();
            let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
            navigate(&LogView { search, ..plain.clone() }.href(&id), options);
        }
    };
    view! {
        <nav class="chips" aria-label="Filter">
            {everything} {problems} {user}
        </nav>
        <form class="search" method="get" action=log_href(&id) role="search" on:submit=submit>
            {icon(Icon::Search)}
            <input
                class="input"
                type="search"
                name="q"
                aria-label="Find in log"
                placeholder="Find in log"
                autocomplete="off"
                value=view.search.clone()
                prop:value=view.search
            />
            {view.errors_only.then(|| view! { <input type="hidden" name="show" value="problems" /> })}
            {(!view.user.is_empty()).then(|| view! { <input type="hidden" name="user" value=view.user /> })}
        </form>
    }
}

#[component]
fn Follow(follow: RwSignal<bool>) -> impl IntoView {
    view! {
        <label class="row scripted">
            <input type="checkbox" prop:checked=follow on:change=move |event| follow.set(event_target_checked(&event)) />
            "Follow"
        </label>
    }
}

#[component]
fn Nothing(id: String, view: LogView, open: bool) -> impl IntoView {
    let filtered = view.errors_only || !view.user.is_empty() || !view.search.is_empty();
    let (title, words) = match (filtered, open) {
        (true, _) => ("No line matches", "No line of this log matches the filter."),
        (false, true) => ("Nothing logged yet", "Lines appear as the run goes on."),
        (false, false) => ("The log is empty", "The run ended before it wrote anything, or its log was removed."),
    };
    view! {
        <div class="card">
            <EmptyState title=title>
                <p>{words}</p>
                {filtered
                    .then(|| {
                        view! {
                            <p class="row">
                                <a class="button" href=log_href(&id)>
                                    "Show all lines"
                                </a>
                            </p>
                        }
                    })}
            </EmptyState>
        </div>
    }
}
