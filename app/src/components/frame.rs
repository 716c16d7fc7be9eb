//! What stands round every page but the sign-in: header, tabs, run bar, banners, messages.

use super::header::Header;
use super::icon::{self, Icon, icon};
use super::keys_dialog::KeysDialog;
use super::run_bar::RunBar;
use super::state::SignInAgain;
use super::toast::{ToastRegion, Toasts};
use crate::acts::Acts;
use crate::api;
use crate::live::{Link, Live};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The tabs: address and title.
const TABS: [(&str, &str); 6] = [
    ("/", "Overview"),
    ("/providers", "Providers"),
    ("/services", "Services"),
    ("/options", "Options"),
    ("/logs", "Logs"),
    ("/users", "Manage Users"),
];

/// Put the frame round a page. Provides [`Live`] and [`Acts`].
#[component]
pub fn Frame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let live = Live::begin();
    provide_context(live);
    let toasts = Toasts::new();
    let acts = Acts::new(toasts);
    provide_context(acts);
    crate::keys::listen();
    let data = Resource::new(move || live.tick.get(), |_| api::frame());
    view! {
        <a class="skip" href="#main" rel="external">
            "Skip to content"
        </a>
        <Transition fallback=Waiting>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => view! { <Header data=data acts=acts /> }.into_any(),
                    Err(_) => view! { <Waiting /> }.into_any(),
                }
            })}
        </Transition>
        <Tabs />
        <Banner />
        <Transition>
            {move || Suspend::new(async move {
                data.await.ok().map(|data| view! { <RunBar initial=data.run acts=acts /> })
            })}
        </Transition>
        <main id="main" tabindex="-1">
            {children()}
        </main>
        <ToastRegion toasts=toasts />
        <KeysDialog />
    }
}

#[component]
fn Waiting() -> impl IntoView {
    view! {
        <header class="top">
            <a class="brand" href="/">
                {icon::classed(Icon::Shield, "icon mark")}
                "AutoSSL"
            </a>
        </header>
    }
}

#[component]
fn Tabs() -> impl IntoView {
    let path = use_location().pathname;
    view! {
        <nav class="tabs" aria-label="Sections">
            {TABS
                .into_iter()
                .map(|(href, title)| {
                    view! {
                        <a href=href aria-current=move || path.with(|path| current(path, href))>
                            {title}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

#[component]
fn Banner() -> impl IntoView {
    let link = use_context::<Live>().map(|live| live.link);
    view! {
        <div role="alert">
            {move || match link.map(|link| link.get()) {
                Some(Link::Gone) => {
                    view! {
                        <p class="banner">
                            {icon(Icon::Warning)} "The server does not answer. This page reconnects by itself; what you see may be out of date."
                        </p>
                    }
                        .into_any()
                }
                Some(Link::SignedOut) => {
                    view! { <p class="banner failure">{icon(Icon::Warning)} "Your session has ended." <SignInAgain /></p> }.into_any()
                }
                _ => ().into_any(),
            }}
        </div>
    }
}

fn current(path: &str, tab: &str) -> Option<&'static str> {
    match path.strip_prefix(tab) {
        Some("") => Some("page"),
        Some(rest) if tab != "/" && rest.starts_with('/') => Some("true"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::current;

    #[test]
    fn a_page_below_a_tab_marks_the_tab() {
        assert_eq!(current("/users", "/users"), Some("page"));
        assert_eq!(current("/users/alice", "/users"), Some("true"));
        assert_eq!(current("/users", "/"), None);
        assert_eq!(current("/", "/"), Some("page"));
    }
}
