//! Enable, Disable and Reset for one user, in a menu that opens without JavaScript, too.

use super::icon::{Icon, icon};
use crate::acts::Acts;
use crate::api::SetOverride;
use engine::model::Override;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// The three overrides as buttons: value, verb, picture.
pub(crate) const DECISIONS: [(Override, &str, Icon); 3] = [
    (Override::Enabled, "Enable", Icon::Check),
    (Override::Disabled, "Disable", Icon::Cross),
    (Override::Inherited, "Reset", Icon::Reset),
];

/// Offer the overrides of one user.
#[component]
pub fn OverrideMenu(
    /// The user's name.
    name: String,
    /// The override that the user has; its button is not offered.
    #[prop(into)]
    decision: Signal<Override>,
    /// What the buttons do.
    acts: Acts,
) -> impl IntoView {
    let items = DECISIONS.map(|(to, verb, picture)| {
        let press = {
            let name = name.clone();
            move |event: web_sys::MouseEvent| {
                event.prevent_default();
                crate::browser::close_menus(None);
                acts.set_override(vec![(name.clone(), decision.get_untracked())], to);
            }
        };
        let hint = match to {
            Override::Enabled => "whatever the feature list says",
            Override::Disabled => "certificates stay until they expire; nothing is renewed",
            Override::Inherited => "to the feature list’s setting",
        };
        view! {
            <button type="submit" class="item" name="to" value=to.as_str() disabled=ArcSignal::derive(move || decision.get() == to) on:click=press>
                {icon(picture)}
                {verb}
                <span class="muted small">{hint}</span>
            </button>
        }
    });
    view! {
        <details class="menu">
            <summary class="button compact square" aria-label=format!("Override for {name}") title="Enable, disable, reset">
                {icon(Icon::Dots)}
            </summary>
            <form class="items" method="post" action=SetOverride::url()>
                <p class="heading">"AutoSSL for " <bdi>{name.clone()}</bdi></p>
                <input type="hidden" name="users[]" value=name />
                {items.into_iter().collect_view()}
            </form>
        </details>
    }
}
