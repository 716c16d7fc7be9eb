//! A moment in time: absolute as the server writes it, relative once the browser's clock is known.

use crate::live::Live;
use engine::model::Timestamp;
use leptos::prelude::*;

/// Show a moment; the absolute time is its title.
#[component]
pub fn Moment(
    /// When.
    at: Timestamp,
) -> impl IntoView {
    let now = use_context::<Live>().map(|live| live.now);
    // The page's clock is coarse, and a little behind the server's: what just happened is not in the future.
    let told = move |now: Timestamp| if (0..90).contains(&at.since(now)) { at.relative(at) } else { at.relative(now) };
    view! {
        <time datetime=at.rfc3339() title=format!("{} UTC", at.short())>
            {move || now.and_then(|now| now.get()).map_or_else(|| at.short(), told)}
        </time>
    }
}
