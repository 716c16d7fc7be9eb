//! The users as a table: what the feature list says, what the administrator said, and what comes of both, apart.

use super::badge::{Badge, Mark, MarkWord};
use super::coverage::Share;
use super::icon::{Icon, icon};
use super::menu::OverrideMenu;
use super::moment::Moment;
use crate::acts::Acts;
use crate::api::CheckUser;
use crate::live::Live;
use crate::query::{sorted_by, user_href, users_href};
use crate::selection::Selection;
use engine::model::{Direction, RunScope, UserQuery, UserRow, UserSort};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::sync::Arc;

/// List users, each with a box to tick.
#[component]
pub fn UsersTable(
    /// The rows of this page.
    rows: Vec<UserRow>,
    /// How they are sorted.
    query: UserQuery,
    /// Which are ticked.
    selection: RwSignal<Selection>,
    /// What the buttons do.
    acts: Acts,
) -> impl IntoView {
    let names: Arc<[String]> = rows.iter().map(|row| row.name.clone()).collect();
    let all = {
        let names = names.clone();
        Memo::new(move |_| selection.with(|selection| selection.covers(&names)))
    };
    let some = Signal::derive(move || selection.with(|selection| !selection.is_empty()) && !all.get());
    let toggle_all = {
        let names = names.clone();
        move |_| selection.update(|selection| selection.toggle_all(&names))
    };
    let heading = |sort, title| view! { <SortHeading query=query.clone() sort=sort title=title /> };
    view! {
        <table class="cards">
            <caption class="unseen">"Users"</caption>
            <thead>
                <tr>
                    <th scope="col" class="tick">
                        <input
                            type="checkbox"
                            class="scripted"
                            aria-label="Select all users on this page"
                            autocomplete="off"
                            prop:checked=all
                            prop:indeterminate=some
                            on:change=toggle_all
                        />
                    </th>
                    {heading(UserSort::Name, "User")}
                    {heading(UserSort::Coverage, "Domains secured")}
                    {heading(UserSort::Package, "Feature list")}
                    <th scope="col">"Override"</th>
                    <th scope="col">"AutoSSL"</th>
                    {heading(UserSort::Checked, "Last check")}
                    <th scope="col">
                        <span class="unseen">"Actions"</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {rows
                    .into_iter()
                    .map(|row| view! { <Row row=row names=names.clone() selection=selection acts=acts /> })
                    .collect_view()}
            </tbody>
        </table>
    }
}

#[component]
fn SortHeading(query: UserQuery, sort: UserSort, title: &'static str) -> impl IntoView {
    let (state, picture) = match (query.sort == sort, query.direction) {
        (false, _) => (None, None),
        (true, Direction::Ascending) => (Some("ascending"), Some(Icon::Up)),
        (true, Direction::Descending) => (Some("descending"), Some(Icon::Down)),
    };
    view! {
        <th scope="col" aria-sort=state>
            <a href=users_href(&sorted_by(&query, sort)) data-noscroll="">
                {title}
                {picture.map(icon)}
            </a>
        </th>
    }
}

#[component]
fn Row(row: UserRow, names: Arc<[String]>, selection: RwSignal<Selection>, acts: Acts) -> impl IntoView {
    let name = row.name.clone();
    let ticked = {
        let name = name.clone();
        Memo::new(move |_| selection.with(|selection| selection.contains(&name)))
    };
    let tick = {
        let name = name.clone();
        move |event: web_sys::MouseEvent| {
            selection.update(|selection| {
                if event.shift_key() {
                    selection.extend_to(&names, &name);
                } else {
                    selection.toggle(&name);
                }
            });
        }
    };
    // What was just pressed shows at once; the server's answer replaces it.
    let decision = {
        let (name, told) = (name.clone(), row.decision);
        Memo::new(move |_| {
            acts.patch.with(|patch| patch.iter().find(|(of, _)| *of == name).map_or(told, |(_, decision)| *decision))
        })
    };
    let feature = row.feature;
    view! {
        <tr class:selected=ticked>
            <td class="tick">
                <input
                    type="checkbox"
                    form="selection"
                    name="users[]"
                    value=name.clone()
                    aria-label=format!("Select {name}")
                    autocomplete="off"
                    prop:checked=ticked
                    on:click=tick
                />
            </td>
            <td class="title">
                <a class="row-name" href=user_href(&name)>
                    <bdi>{name.clone()}</bdi>
                </a>
                {row.suspended.then(|| view! { " " <Badge mark=Mark::new("warning", Icon::Pause, "Suspended") /> })}
                <span class="under">
                    <bdi>{row.primary_domain.clone().unwrap_or_else(|| "no website".into())}</bdi>
                </span>
            </td>
            <td>
                <Share secured=row.names_secured total=row.names_total result=row.result />
            </td>
            <td data-label="Feature list" class="minor">
                <MarkWord mark=Mark::from(feature) />
                <span class="under">{row.package.clone()}</span>
            </td>
            <td data-label="Override">
                <MarkWord mark=Signal::derive(move || Mark::from(decision.get())) />
            </td>
            <td data-label="AutoSSL">
                <Badge mark=Signal::derive(move || Mark::from(feature.with(decision.get()))) />
            </td>
            <td>
                {row.result.map(|result| view! { <MarkWord mark=Mark::from(result) /> })}
                <span class="under">
                    {match row.checked_at {
                        Some(at) => view! { <Moment at=at /> }.into_any(),
                        None => "never".into_any(),
                    }}
                </span>
            </td>
            <td class="actions">
                <div>
                    <CheckButton name=name.clone() acts=acts />
                    <OverrideMenu name=name decision=decision acts=acts />
                </div>
            </td>
        </tr>
    }
}

/// Offer a check of one user; says so while one goes on.
#[component]
pub fn CheckButton(
    /// The user's name.
    name: String,
    /// What the button does.
    acts: Acts,
) -> impl IntoView {
    let live = use_context::<Live>();
    let checking = {
        let scope = RunScope::User(name.clone());
        Memo::new(move |_| {
            let open = |run: &engine::model::RunSummary| run.state.is_open() && run.scope == scope;
            live.is_some_and(|live| live.run.with(|run| run.as_ref().is_some_and(open)))
        })
    };
    let press = {
        let name = name.clone();
        move |event: web_sys::MouseEvent| {
            event.prevent_default();
            acts.check(name.clone());
        }
    };
    view! {
        <form method="post" action=CheckUser::url()>
            <button
                type="submit"
                class="button compact"
                name="user"
                value=name.clone()
                aria-label=format!("Check {name}")
                disabled=ArcSignal::derive(move || checking.get() || acts.busy())
                on:click=press
            >
                {move || if checking.get() { "Checking…" } else { "Check" }}
            </button>
        </form>
    }
}
