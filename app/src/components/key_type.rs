//! The form that chooses which keys a user's certificates get. It is a plain form, which works without JavaScript.

use crate::acts::Acts;
use crate::api::SetKeyType;
use engine::model::KeyType;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Choose which keys a user's certificates get, folded.
#[component]
pub fn KeyTypeForm(
    /// The user's name.
    user: String,
    /// What the user has of its own.
    chosen: Option<KeyType>,
    /// What the server has, for the users without a choice.
    server: KeyType,
    /// What sends it.
    acts: Acts,
) -> impl IntoView {
    let words = KeyType::WORDS.into_iter().map(|word| {
        let selected = chosen.is_some_and(|choice| choice.as_str() == word);
        view! { <option value=word selected=selected>{word}</option> }
    });
    let now = match chosen {
        Some(choice) => format!("Keys: {}", choice.as_str()),
        None => format!("Keys: {}, the server’s choice", server.as_str()),
    };
    view! {
        <details class="card fold">
            <summary>{now}</summary>
            <form
                class="body row"
                method="post"
                action=SetKeyType::url()
                aria-label="Keys of the certificates"
                on:submit=move |event| acts.set_key_type(&event)
            >
                <input type="hidden" name="users[]" value=user />
                <label class="field">
                    <span>"Keys of the certificates"</span>
                    <select class="select" name="to">
                        <option value="reset" selected=chosen.is_none()>
                            "The server’s choice: "
                            {server.as_str()}
                        </option>
                        {words.collect_view()}
                    </select>
                </label>
                <button type="submit" class="button" disabled=move || acts.busy()>
                    "Save"
                </button>
                <p class="muted small">"Counts from the next order on. Certificates that are in use stay as they are."</p>
            </form>
        </details>
    }
}
