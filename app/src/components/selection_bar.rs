//! What can be done with the ticked rows. One form, so that it works without JavaScript.

use super::confirm::Question;
use super::icon::icon;
use super::menu::DECISIONS;
use crate::acts::Acts;
use crate::api::SetOverride;
use crate::live::Live;
use crate::query::is_filtered;
use crate::selection::{Reach, Selection};
use crate::text::{counted, grouped};
use engine::model::{CheckResult, DISABLED_MEANS, Override, Page, UserQuery, UserRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::sync::Arc;

/// Offer the overrides for the ticked users or for all that match.
#[component]
pub fn SelectionBar(
    /// The page of users.
    page: Page<UserRow>,
    /// Which users the listing is about.
    query: UserQuery,
    /// Which are ticked.
    selection: RwSignal<Selection>,
    /// Where to ask before what cannot be taken back.
    question: RwSignal<Option<Question>>,
    /// What the buttons do.
    acts: Acts,
) -> impl IntoView {
    let alive = use_context::<Live>().map(|live| live.now);
    let alive = move || alive.is_some_and(|now| now.with(Option::is_some));
    let total = page.total;
    let present: Arc<[(String, Override)]> = page.rows.iter().map(|row| (row.name.clone(), row.decision)).collect();
    let names: Arc<[String]> = present.iter().map(|(name, _)| name.clone()).collect();
    let several_pages = page.pages() > 1;
    let count = move || selection.with(|selection| count_words(selection, total));
    let can_widen = move || {
        several_pages && selection.with(|selection| !selection.is_empty() && selection.reach() == Reach::Ticked)
    };
    let take_matching = move |_| selection.update(|selection| selection.take_matching(&names));
    let buttons = DECISIONS.map(|(to, verb, picture)| {
        let (present, query) = (present.clone(), query.clone());
        let press = move |event: web_sys::MouseEvent| {
            event.prevent_default();
            let chosen = selection.get_untracked();
            if chosen.reach() == Reach::Matching {
                question.set(Some(ask(to, total, &query, selection, acts)));
                return;
            }
            let users = present.iter().filter(|(name, _)| chosen.contains(name)).cloned().collect();
            acts.set_override(users, to);
            selection.update(Selection::clear);
        };
        view! {
            <button
                type="submit"
                class="button"
                name="to"
                value=to.as_str()
                disabled=ArcSignal::derive(move || acts.busy() || (alive() && selection.with(Selection::is_empty)))
                on:click=press
            >
                {icon(picture)}
                {verb}
            </button>
        }
    });
    view! {
        <form
            id="selection"
            class="selection"
            class:active=ArcSignal::derive(move || selection.with(|selection| !selection.is_empty()))
            method="post"
            action=SetOverride::url()
            aria-label="Selected users"
        >
            <span class="scripted" role="status">
                {count}
            </span>
            <label class="row unscripted">
                <input type="checkbox" name="who" value="matching" />
                {format!("All {} instead of the ticked ones", matching_words(total, &query))}
            </label>
            <FilterFields query=query.clone() />
            <button type="button" class="linklike scripted" hidden=ArcSignal::derive(move || !can_widen()) on:click=take_matching>
                {format!("Select all {}", matching_words(total, &query))}
            </button>
            <span class="spring"></span>
            {buttons.into_iter().collect_view()}
            <button
                type="button"
                class="button quiet scripted"
                disabled=ArcSignal::derive(move || selection.with(Selection::is_empty))
                on:click=move |_| selection.update(Selection::clear)
            >
                "Clear"
            </button>
        </form>
    }
}

/// The filter as hidden fields, for a form that is sent without JavaScript.
#[component]
fn FilterFields(query: UserQuery) -> impl IntoView {
    let fields = [
        ("filter[search]", query.search),
        ("filter[decision]", query.decision.map_or("", Override::as_str).to_owned()),
        ("filter[result]", query.result.map_or("", CheckResult::as_str).to_owned()),
    ];
    let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()
}

fn count_words(selection: &Selection, total: u32) -> String {
    match selection.reach() {
        Reach::Matching => format!("All {} selected", counted(total, "user", "users")),
        Reach::Ticked if selection.is_empty() => "Tick users to change their override".into(),
        Reach::Ticked => format!("{} selected", grouped(selection.len())),
    }
}

fn matching_words(total: u32, query: &UserQuery) -> String {
    let users = counted(total, "user", "users");
    if is_filtered(query) { format!("{users} that match") } else { users }
}

fn ask(to: Override, total: u32, query: &UserQuery, selection: RwSignal<Selection>, acts: Acts) -> Question {
    let users = matching_words(total, query);
    let (title, verb) = match to {
        Override::Enabled => (format!("Enable AutoSSL for all {users}?"), "Enable"),
        Override::Disabled => (format!("Disable AutoSSL for all {users}?"), "Disable"),
        Override::Inherited => (format!("Reset all {users} to their feature lists?"), "Reset"),
    };
    let filter = query.clone();
    let replaces = "This replaces the override that each of them has now, and cannot be taken back.";
    let detail = if to == Override::Disabled { format!("{DISABLED_MEANS} {replaces}") } else { replaces.to_owned() };
    Question {
        title,
        detail,
        verb: format!("{verb} {}", counted(total, "user", "users")),
        then: Callback::new(move |()| {
            acts.set_override_matching(filter.clone(), to);
            selection.update(Selection::clear);
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_many_are_meant() {
        let mut selection = Selection::default();
        assert_eq!(count_words(&selection, 9), "Tick users to change their override");
        selection.toggle("bob");
        assert_eq!(count_words(&selection, 9), "1 selected");
        selection.take_matching(&["bob".to_owned()]);
        assert_eq!(count_words(&selection, 5_080), "All 5,080 users selected");
    }
}
