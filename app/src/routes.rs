//! Which address shows which screen.

use crate::components::Frame;
use crate::lazy::LazyPage;
use crate::pages::NotFound;
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
                <Route path=path!("/login") view=LazyPage::Login ssr=SsrMode::Async />
                <Route path=path!("/") view=LazyPage::Overview ssr=SsrMode::Async />
                <Route path=path!("/providers") view=LazyPage::Providers ssr=SsrMode::Async />
                <Route path=path!("/dns") view=LazyPage::Dns ssr=SsrMode::Async />
                <Route path=path!("/options") view=LazyPage::Options ssr=SsrMode::Async />
                <Route path=path!("/logs") view=LazyPage::Logs ssr=SsrMode::Async />
                <Route path=path!("/logs/:id") view=LazyPage::Log ssr=SsrMode::Async />
                <Route path=path!("/services") view=LazyPage::Services ssr=SsrMode::Async />
                <Route path=path!("/plan") view=LazyPage::Plan ssr=SsrMode::Async />
                <Route path=path!("/users") view=LazyPage::Users ssr=SsrMode::Async />
                <Route path=path!("/users/:name") view=LazyPage::User ssr=SsrMode::Async />
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
