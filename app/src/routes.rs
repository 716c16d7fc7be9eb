//! Which address shows which screen.

use crate::components::Frame;
use crate::pages::{
    LogScreen, LoginPage, LogsPage, NotFound, OptionsPage, OverviewPage, PlanPage, ProvidersPage, UserPage, UsersPage,
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::{SsrMode, path};

/// The application: every page, on the server and in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Effect::new(|_| crate::browser::mark_hydrated());
    view! {
        <Title formatter=title />
        <Router>
            <Stage />
        </Router>
    }
}

/// Pages are sent whole, so that they work without JavaScript and have the right status.
#[component]
fn Stage() -> impl IntoView {
    let screens = || {
        view! {
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
                <Route path=path!("/") view=OverviewPage ssr=SsrMode::Async />
                <Route path=path!("/options") view=OptionsPage ssr=SsrMode::Async />
                <Route path=path!("/logs") view=LogsPage ssr=SsrMode::Async />
                <Route path=path!("/logs/:id") view=LogScreen ssr=SsrMode::Async />
                <Route path=path!("/plan") view=PlanPage ssr=SsrMode::Async />
                <Route path=path!("/providers") view=ProvidersPage ssr=SsrMode::Async />
                <Route path=path!("/users") view=UsersPage ssr=SsrMode::Async />
                <Route path=path!("/users/:name") view=UserPage ssr=SsrMode::Async />
            </FlatRoutes>
        }
    };
    // Signing in and out loads a new page, so this never changes while one is open.
    let signing_in = use_location().pathname.with_untracked(|path| path == "/login");
    if signing_in { screens().into_any() } else { view! { <Frame>{screens()}</Frame> }.into_any() }
}

fn title(page: String) -> String {
    if page.is_empty() { "AutoSSL".to_owned() } else { format!("{page} · AutoSSL") }
}
