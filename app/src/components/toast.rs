//! What was just done, said in a corner and to assistive technology, with the way back where there is one.

use super::icon::{Icon, icon};
use leptos::prelude::*;
use std::time::Duration;

/// How long a message stays: long enough to take something back.
const STAY: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Toast {
    id: u32,
    tone: &'static str,
    text: String,
    link: Option<(&'static str, String)>,
    undo: Option<Callback<()>>,
}

/// The messages of a page.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

impl Toasts {
    /// Begin without messages.
    #[must_use]
    pub fn new() -> Self {
        Self { list: RwSignal::new(Vec::new()), next: StoredValue::new(0) }
    }

    /// Say that something worked.
    pub fn done(self, text: impl Into<String>) {
        self.push("success", text.into(), None, None);
    }

    /// Say that something worked and where to read more.
    pub fn link(self, text: impl Into<String>, word: &'static str, href: String) {
        self.push("success", text.into(), Some((word, href)), None);
    }

    /// Say that something worked and offer to take it back.
    pub fn undoable(self, text: impl Into<String>, undo: Callback<()>) {
        self.push("success", text.into(), None, Some(undo));
    }

    /// Say that something failed.
    pub fn failed(self, text: impl Into<String>) {
        self.push("failure", text.into(), None, None);
    }

    fn push(self, tone: &'static str, text: String, link: Option<(&'static str, String)>, undo: Option<Callback<()>>) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.list.update(|list| {
            // What can still be taken back is only the latest.
            list.retain(|toast| toast.undo.is_none() || undo.is_none());
            list.push(Toast { id, tone, text, link, undo });
        });
        set_timeout(move || self.dismiss(id), STAY);
    }

    fn dismiss(self, id: u32) {
        let _ = self.list.try_update(|list| list.retain(|toast| toast.id != id));
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}

/// Show the messages.
#[component]
pub fn ToastRegion(
    /// Which.
    toasts: Toasts,
) -> impl IntoView {
    view! {
        <div class="toasts" role="status" aria-live="polite" aria-label="Messages">
            <For each=move || toasts.list.get() key=|toast| toast.id let:toast>
                <div class=format!("toast {}", toast.tone)>
                    {icon(if toast.tone == "success" { Icon::Check } else { Icon::Warning })} <p>{toast.text}</p>
                    {toast.link.map(|(word, href)| view! { <a href=href>{word}</a> })}
                    {toast
                        .undo
                        .map(|undo| {
                            let press = move |_| {
                                toasts.dismiss(toast.id);
                                undo.run(());
                            };
                            view! {
                                <button type="button" class="button compact" on:click=press>
                                    "Undo"
                                </button>
                            }
                        })}
                    <button
                        type="button"
                        class="button quiet square compact"
                        aria-label="Dismiss"
                        on:click=move |_| toasts.dismiss(toast.id)
                    >
                        {icon(Icon::Cross)}
                    </button>
                </div>
            </For>
        </div>
    }
}
