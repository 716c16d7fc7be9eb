//! A question before what cannot be taken back, with the numbers in it.

use crate::browser;
use leptos::prelude::*;

/// What is asked.
#[derive(Clone)]
pub struct Question {
    /// What will happen, as a question.
    pub title: String,
    /// What that means.
    pub detail: String,
    /// What the button says that does it.
    pub verb: String,
    /// What it does.
    pub then: Callback<()>,
}

const ID: &str = "confirm";

/// Ask whenever `question` is set.
#[component]
pub fn Confirm(
    /// What is asked; emptied by the answer.
    question: RwSignal<Option<Question>>,
) -> impl IntoView {
    Effect::new(move |_| {
        if question.with(Option::is_some) {
            browser::open_dialog(ID);
        } else {
            browser::close_dialog(ID);
        }
    });
    let part = move |pick: fn(&Question) -> String| move || question.with(|asked| asked.as_ref().map(pick));
    let agree = move |_| {
        if let Some(asked) = question.get_untracked() {
            question.set(None);
            asked.then.run(());
        }
    };
    view! {
        <dialog id=ID aria-labelledby="confirm-title" on:close=move |_| question.set(None)>
            <h2 id="confirm-title">{part(|asked| asked.title.clone())}</h2>
            <p>{part(|asked| asked.detail.clone())}</p>
            <div class="row">
                <button type="button" class="button" on:click=move |_| question.set(None)>
                    "Cancel"
                </button>
                <button type="button" class="button primary" on:click=agree>
                    {part(|asked| asked.verb.clone())}
                </button>
            </div>
        </dialog>
    }
}
