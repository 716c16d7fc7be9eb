//! What stands where content would: loading, nothing there, or an error.

use super::icon::{Icon, icon};
use crate::error::UiError;
use crate::query::encode;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Keep the place while content loads.
#[component]
pub fn Skeleton(
    /// How many bars, about one a row.
    lines: u32,
) -> impl IntoView {
    view! {
        <div class="card skeleton" aria-busy="true" aria-label="Loading">
            {(0..lines).map(|_| view! { <i></i> }).collect_view()}
        </div>
    }
}

/// Say that there is nothing, what that means, and what to do.
#[component]
pub fn EmptyState(
    /// What there is not.
    #[prop(into)]
    title: String,
    /// What to do.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="state">
            {icon(Icon::Search)} <h2>{title}</h2> {children()}
        </div>
    }
}

/// Say what failed and what can be done about it.
#[component]
pub fn ErrorState(
    /// What was being loaded, e.g. `The users`.
    #[prop(into)]
    what: String,
    /// Why it failed.
    error: UiError,
) -> impl IntoView {
    let title = match &error {
        UiError::SignedOut => "Signed out".to_owned(),
        UiError::NotFound(_) => "Not found".to_owned(),
        UiError::Forbidden => "Not allowed".to_owned(),
        _ => format!("{what} could not be loaded"),
    };
    view! {
        <div class="card state failure" role="alert">
            {icon(Icon::Warning)} <h2>{title}</h2> <p>{error.message()}</p> <div class="row">{way_out(&error)}</div>
        </div>
    }
}

fn way_out(error: &UiError) -> AnyView {
    match error {
        UiError::SignedOut => view! { <SignInAgain /> }.into_any(),
        UiError::NotFound(_) | UiError::Forbidden => {
            view! { <a class="button" href="/">"Go to the overview"</a> }.into_any()
        }
        _ => view! { <a class="button" href="" rel="external">"Try again"</a> }.into_any(),
    }
}

/// Link to signing in and back to this page.
#[component]
pub fn SignInAgain() -> impl IntoView {
    let location = use_location();
    let href = move || {
        let search = location.search.get();
        let mark = if search.is_empty() { "" } else { "?" };
        format!("/login?next={}", encode(&format!("{}{mark}{search}", location.pathname.get())))
    };
    view! {
        <a class="button primary" rel="external" href=href>
            "Sign in again"
        </a>
    }
}
