//! Signing in: a plain form that the server answers. It needs no JavaScript.

use crate::components::{Command, Icon, icon};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Why the form is shown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginTrouble {
    /// It is shown for the first time.
    None,
    /// Name or password is wrong; which one is not told.
    Wrong,
    /// Too many tries: come back after so many seconds.
    Throttled(u32),
    /// Nobody may sign in yet.
    NoAdministrator,
}

/// The sign-in page.
#[component]
pub fn LoginPage() -> impl IntoView {
    let query = use_query_map();
    let value = move |name: &str| query.with_untracked(|query| query.get(name));
    let trouble = match value("error").as_deref() {
        _ if value("setup").is_some() => LoginTrouble::NoAdministrator,
        Some("throttled") => {
            LoginTrouble::Throttled(value("retry").and_then(|seconds| seconds.parse().ok()).unwrap_or(60))
        }
        Some(_) => LoginTrouble::Wrong,
        None => LoginTrouble::None,
    };
    view! {
        <Title text="Sign in" />
        <LoginCard trouble=trouble next=value("next").unwrap_or_default() />
    }
}

/// The sign-in card.
#[component]
pub fn LoginCard(
    /// Why it is shown again.
    trouble: LoginTrouble,
    /// Where to go afterwards; the server checks it.
    next: String,
) -> impl IntoView {
    let body = match trouble {
        LoginTrouble::NoAdministrator => view! {
            <p>"Nobody can sign in yet. Create the first administrator on the server’s command line:"</p>
            <Command line="autossl admin create NAME --role admin" />
            <p>
                <a href="/login" rel="external">
                    "Then sign in"
                </a>
            </p>
        }
        .into_any(),
        _ => view! { <SignInForm trouble=trouble next=next /> }.into_any(),
    };
    let class = if trouble == LoginTrouble::NoAdministrator { "card wide" } else { "card" };
    view! {
        <main class="sign-in" id="main">
            <p class="brand">
                {crate::components::brand_mark()}
                "AutoSSL"
            </p>
            <div class=class>
                <h1>"Sign in"</h1>
                {body}
            </div>
        </main>
    }
}

#[component]
fn SignInForm(trouble: LoginTrouble, next: String) -> impl IntoView {
    let message = match trouble {
        LoginTrouble::Wrong => Some("Name or password is wrong.".to_owned()),
        LoginTrouble::Throttled(seconds) => {
            Some(format!("Too many tries. Try again in {}.", crate::text::duration(i64::from(seconds))))
        }
        LoginTrouble::None | LoginTrouble::NoAdministrator => None,
    };
    view! {
        {message
            .map(|message| {
                view! {
                    <p class="notice failure" role="alert">
                        {icon(Icon::Warning)}
                        {message}
                    </p>
                }
            })}
        <form method="post" action="/login">
            <label class="field">
                <span>"Name"</span>
                <input
                    class="input"
                    type="text"
                    name="name"
                    autocomplete="username"
                    autocapitalize="none"
                    spellcheck="false"
                    required=true
                    autofocus=true
                />
            </label>
            <label class="field">
                <span>"Password"</span>
                <input class="input" type="password" name="password" autocomplete="current-password" required=true />
            </label>
            <input type="hidden" name="next" value=next />
            <button type="submit" class="button primary">
                "Sign in"
            </button>
        </form>
    }
}
