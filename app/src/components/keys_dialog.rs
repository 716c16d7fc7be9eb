//! The keys, in a dialog that `?` opens.

use crate::keys::KEYS;
use leptos::prelude::*;

/// The dialog's id.
pub const KEYS_DIALOG: &str = "keys";

/// List the keys.
#[component]
pub fn KeysDialog() -> impl IntoView {
    view! {
        <dialog id=KEYS_DIALOG aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys"</h2>
            <dl class="keys">
                {KEYS
                    .iter()
                    .map(|(keys, what)| {
                        view! {
                            <dt>
                                <kbd>{*keys}</kbd>
                            </dt>
                            <dd>{*what}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
            <form method="dialog" class="row">
                <button class="button">"Close"</button>
            </form>
        </dialog>
    }
}
