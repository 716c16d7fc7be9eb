//! An address that leads nowhere.

use crate::components::EmptyState;
use leptos::prelude::*;
use leptos_meta::Title;

/// Say that there is no such page, with status 404.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Not found" />
        <h1 class="unseen">"Not found"</h1>
        <div class="card">
            <EmptyState title="There is no such page">
                <p>"The address may be mistyped, or the page was removed."</p>
                <p class="row">
                    <a class="button" href="/">
                        "Go to the overview"
                    </a>
                    <a class="button" href="/users">
                        "Go to the users"
                    </a>
                </p>
            </EmptyState>
        </div>
    }
}
