//! Options: what holds for the whole server.

use crate::acts::Acts;
use crate::api;
use crate::components::{ErrorState, OptionsForm, PageNotice, Skeleton};
use leptos::prelude::*;
use leptos_meta::Title;

/// The Options tab.
#[component]
pub fn OptionsPage() -> impl IntoView {
    let acts = expect_context::<Acts>();
    let options = Resource::new(move || acts.changes.get(), |_| api::options());
    view! {
        <Title text="Options" />
        <div class="page-head">
            <div>
                <h1>"Options"</h1>
                <p class="lead">"Decisions for the whole server. Runs that begin from now on heed them."</p>
            </div>
        </div>
        <div class="stack">
            <PageNotice />
            <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                {move || Suspend::new(async move {
                    match options.await {
                        Ok(rows) => view! { <OptionsForm rows=rows acts=acts /> }.into_any(),
                        Err(error) => view! { <ErrorState what="The options" error=error /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}
