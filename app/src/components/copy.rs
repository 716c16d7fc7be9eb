//! Putting names and commands on the clipboard.

use super::icon::{Icon, icon};
use crate::browser;
use leptos::prelude::*;

/// Offer to copy a text. Needs JavaScript, and hides without.
#[component]
pub fn Copy(
    /// What to copy.
    #[prop(into)]
    text: String,
    /// What it is, for the label: `Copy LABEL`.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let done = RwSignal::new(false);
    let copy = move |_| {
        browser::copy(&text);
        done.set(true);
        set_timeout(
            move || {
                done.try_set(false);
            },
            std::time::Duration::from_secs(2),
        );
    };
    view! {
        <button type="button" class="copy button quiet square compact scripted" aria-label=format!("Copy {label}") on:click=copy>
            {move || icon(if done.get() { Icon::Check } else { Icon::Copy })}
        </button>
    }
}

/// Show a command line with a button that copies it.
#[component]
pub fn Command(
    /// The command.
    #[prop(into)]
    line: String,
) -> impl IntoView {
    view! {
        <div class="command">
            <code>{line.clone()}</code>
            <Copy text=line label="the command" />
        </div>
    }
}
