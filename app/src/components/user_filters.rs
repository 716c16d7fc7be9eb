//! Search and filters of the users listing: a GET form, which JavaScript only makes quicker.

use super::icon::{Icon, icon};
use crate::browser;
use crate::query::{PAGE_SIZES, read_users, sort_word, users_href};
use engine::model::UserQuery;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlFormElement};

const OVERRIDES: [(&str, &str); 4] =
    [("", "Any"), ("enabled", "Enabled"), ("disabled", "Disabled"), ("inherited", "None")];
const RESULTS: [(&str, &str); 4] =
    [("", "Any"), ("secured", "Secured"), ("incomplete", "Incomplete"), ("failed", "Failed")];
/// Search begins when typing pauses for this long.
const PAUSE: Duration = Duration::from_millis(250);

/// Offer search and filters; the answer is an address.
#[component]
pub fn UserFilters(
    /// What is asked for now.
    query: Memo<UserQuery>,
) -> impl IntoView {
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let Some(data) = form.and_then(|form| FormData::new_with_form(&form).ok()) else { return };
        let asked = read_users(|name| data.get(name).as_string());
        let options = NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() };
        navigate(&users_href(&asked), options);
    };
    let typed = leptos::leptos_dom::helpers::debounce(PAUSE, |field: Element| browser::submit_form_of(&field));
    let type_on = {
        let mut typed = typed;
        move |event: web_sys::Event| {
            if let Some(field) = event.target().and_then(|field| field.dyn_into().ok()) {
                typed(field);
            }
        }
    };
    let choice = |name, label, options: &'static [(&'static str, &'static str)], value: Memo<String>| {
        view! { <Choice name=name label=label options=options value=value /> }
    };
    let decision = Memo::new(move |_| query.with(|query| query.decision.map_or("", |value| value.as_str()).to_owned()));
    let result = Memo::new(move |_| query.with(|query| query.result.map_or("", |value| value.as_str()).to_owned()));
    let sort = move || query.with(|query| sort_word(query.sort, query.direction));
    let per = move || query.with(|query| if query.per_page == 0 { PAGE_SIZES[0] } else { query.per_page }.to_string());
    let search = Memo::new(move |_| query.with(|query| query.search.clone()));
    view! {
        <form class="filters" method="get" action="/users" role="search" on:submit=submit>
            <div class="search">
                {icon(Icon::Search)}
                <input
                    class="input"
                    type="search"
                    name="q"
                    aria-label="Search users and domains"
                    placeholder="Search users and domains"
                    autocomplete="off"
                    spellcheck="false"
                    value=search.get_untracked()
                    prop:value=search
                    on:input=type_on
                /> <kbd class="scripted" aria-hidden="true">"/"</kbd>
            </div>
            {choice("override", "Override", &OVERRIDES, decision)} {choice("result", "Last check", &RESULTS, result)}
            <input type="hidden" name="sort" value=sort prop:value=sort />
            <input type="hidden" name="per" value=per prop:value=per />
            <button type="submit" class="button unscripted">
                "Search"
            </button>
        </form>
    }
}

/// A list to choose from, which sends its form when something is chosen.
#[component]
pub fn Choice(
    /// The field's name.
    name: &'static str,
    /// What is chosen.
    label: &'static str,
    /// Values and words.
    options: &'static [(&'static str, &'static str)],
    /// What is chosen now.
    value: Memo<String>,
) -> impl IntoView {
    let chosen = value.get_untracked();
    let change = |event: web_sys::Event| {
        if let Some(field) = event.target().and_then(|field| field.dyn_into::<Element>().ok()) {
            browser::submit_form_of(&field);
        }
    };
    view! {
        <label>
            {label}
            <select class="select" name=name prop:value=value on:change=change>
                {options
                    .iter()
                    .map(|(value, word)| view! { <option value=*value selected=*value == chosen>{*word}</option> })
                    .collect_view()}
            </select>
        </label>
    }
}
