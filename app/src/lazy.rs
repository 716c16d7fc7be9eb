//! Pages whose code the browser loads when they are first shown, each from a file of its own beside the main one.
//!
//! `#[wasm_split]` marks where `cargo xtask front` cuts. On the server these are plain functions.

use crate::browser;
use crate::pages::{
    DnsPage, LogScreen, LoginPage, LogsPage, OptionsPage, OverviewPage, PlanPage, ProvidersPage, ServicesPage,
    UserPage, UsersPage,
};
use leptos::prelude::*;
use leptos_router::ChooseView;
use leptos_router::hooks::{use_location, use_url};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// A page, or why its code did not come.
type Shown = Result<AnyView, SplitLoaderError>;

/// The pages that are loaded when they are first shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LazyPage {
    /// Signing in.
    Login,
    /// The Overview tab.
    Overview,
    /// The plan of a run.
    Plan,
    /// The Providers tab.
    Providers,
    /// The DNS zones.
    Dns,
    /// The Options tab.
    Options,
    /// The Logs tab.
    Logs,
    /// One run's log.
    Log,
    /// The Services tab.
    Services,
    /// The Manage Users tab.
    Users,
    /// One user.
    User,
}

impl LazyPage {
    /// Find the page at a path; `None` where none of these is.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let page = match (parts.next(), parts.next()) {
            (None, _) => Self::Overview,
            (Some("login"), None) => Self::Login,
            (Some("plan"), None) => Self::Plan,
            (Some("providers"), None) => Self::Providers,
            (Some("dns"), None) => Self::Dns,
            (Some("options"), None) => Self::Options,
            (Some("logs"), None) => Self::Logs,
            (Some("logs"), Some(_)) => Self::Log,
            (Some("services"), None) => Self::Services,
            (Some("users"), None) => Self::Users,
            (Some("users"), Some(_)) => Self::User,
            _ => return None,
        };
        parts.next().is_none().then_some(page)
    }

    async fn fetch(self) -> Result<(), SplitLoaderError> {
        match self {
            Self::Login => fetch_login().await,
            Self::Overview => fetch_overview().await,
            Self::Plan => fetch_plan().await,
            Self::Providers => fetch_providers().await,
            Self::Dns => fetch_dns().await,
            Self::Options => fetch_options().await,
            Self::Logs => fetch_logs().await,
            Self::Log => fetch_log().await,
            Self::Services => fetch_services().await,
            Self::Users => fetch_users().await,
            Self::User => fetch_user().await,
        }
    }

    async fn show(self) -> Shown {
        match self {
            Self::Login => login().await,
            Self::Overview => overview().await,
            Self::Plan => plan().await,
            Self::Providers => providers().await,
            Self::Dns => dns().await,
            Self::Options => options().await,
            Self::Logs => logs().await,
            Self::Log => log().await,
            Self::Services => services().await,
            Self::Users => users().await,
            Self::User => user().await,
        }
    }
}

impl ChooseView for LazyPage {
    /// Show the page once its code is there; until then the page before stays.
    ///
    /// Where the code does not come, the browser loads the address as if it were typed: the server is gone, which the
    /// browser tells, or was updated, and its page brings the code that it needs.
    async fn choose(self) -> AnyView {
        if let Ok(view) = self.show().await {
            return view;
        }
        let wanted = use_url().get_untracked();
        let location = use_location();
        if location.pathname.with_untracked(|path| path == wanted.path()) {
            browser::load(wanted.path(), wanted.search());
        }
        std::future::pending().await
    }

    async fn preload(&self) {}
}

/// Load the code of the page that the browser shows and tell whether it came.
///
/// Hydration waits for it, since it must find every component at once. Without it the page stays as the server sent it.
pub async fn fetch_current() -> bool {
    let path = window().location().pathname().unwrap_or_default();
    match LazyPage::at(&path) {
        Some(page) => page.fetch().await.is_ok(),
        None => true,
    }
}

#[wasm_split(login, preload(fetch_login), fallible)]
fn login() -> Shown {
    Ok(page("login", LoginPage()))
}

#[wasm_split(overview, preload(fetch_overview), fallible)]
fn overview() -> Shown {
    Ok(page("overview", OverviewPage()))
}

#[wasm_split(plan, preload(fetch_plan), fallible)]
fn plan() -> Shown {
    Ok(page("plan", PlanPage()))
}

#[wasm_split(providers, preload(fetch_providers), fallible)]
fn providers() -> Shown {
    Ok(page("providers", ProvidersPage()))
}

#[wasm_split(dns, preload(fetch_dns), fallible)]
fn dns() -> Shown {
    Ok(page("dns", DnsPage()))
}

#[wasm_split(options, preload(fetch_options), fallible)]
fn options() -> Shown {
    Ok(page("options", OptionsPage()))
}

#[wasm_split(logs, preload(fetch_logs), fallible)]
fn logs() -> Shown {
    Ok(page("logs", LogsPage()))
}

#[wasm_split(log, preload(fetch_log), fallible)]
fn log() -> Shown {
    Ok(page("log", LogScreen()))
}

#[wasm_split(services, preload(fetch_services), fallible)]
fn services() -> Shown {
    Ok(page("services", ServicesPage()))
}

#[wasm_split(users, preload(fetch_users), fallible)]
fn users() -> Shown {
    Ok(page("users", UsersPage()))
}

#[wasm_split(user, preload(fetch_user), fallible)]
fn user() -> Shown {
    Ok(page("user", UserPage()))
}

/// On the server, tell the document's head which file the page needs.
fn page(file: &'static str, view: impl IntoAny) -> AnyView {
    #[cfg(feature = "ssr")]
    leptos::prefetch_lazy_fn_on_server(file);
    #[cfg(not(feature = "ssr"))]
    let _ = file;
    view.into_any()
}

#[cfg(test)]
mod tests {
    use super::LazyPage;

    #[test]
    fn a_path_leads_to_its_page_as_the_router_has_it() {
        assert_eq!(LazyPage::at("/"), Some(LazyPage::Overview));
        assert_eq!(LazyPage::at("/logs/2026-11-26T12:00:00Z"), Some(LazyPage::Log));
        assert_eq!(LazyPage::at("/dns"), Some(LazyPage::Dns));
        assert_eq!(LazyPage::at("/users/"), Some(LazyPage::Users));
        assert_eq!(LazyPage::at("/users/alice"), Some(LazyPage::User));
        assert_eq!(LazyPage::at("/users/alice/more"), None);
        assert_eq!(LazyPage::at("/no-such-page"), None);
    }
}
