//! What the last form did, for browsers without JavaScript; others are told by a toast.

use super::icon::{Icon, icon};
use crate::notice::{Notice, read};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Show the notice that the address carries, if any.
#[component]
pub fn PageNotice() -> impl IntoView {
    let query = use_query_map();
    move || {
        query.with(|query| read(|name| query.get(name))).map(|notice| {
            let (class, picture, text) = match notice {
                Notice::Done(text) => ("notice success", Icon::Check, text),
                Notice::Failed(text) => ("notice failure", Icon::Warning, text),
            };
            view! {
                <p class=class role="status">
                    {icon(picture)}
                    {text}
                </p>
            }
        })
    }
}
