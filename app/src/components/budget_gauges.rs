//! What is left of a provider's limits, as bars with the words and numbers beside them.

use super::moment::Moment;
use crate::text::{counted, grouped, sentence};
use engine::model::{Budget, Gauge, Timestamp};
use leptos::prelude::*;

/// Show each limit with what is left of it, and how long many new names would take.
#[component]
pub fn BudgetGauges(
    /// What is left.
    budget: Budget,
) -> impl IntoView {
    let Budget { gauges, forecast } = budget;
    view! {
        <ul class="gauges">{gauges.into_iter().map(gauge).collect_view()}</ul>
        <p class="muted">{sentence(&forecast)}</p>
    }
}

fn gauge(gauge: Gauge) -> AnyView {
    let Gauge { words, subject, left, capacity, seconds, next_at, full_at, .. } = gauge;
    let figures = format!("{} of {} left", grouped(left), grouped(capacity));
    let rate = format!("{} in {}", grouped(capacity), window(seconds));
    // Thousandths, so that the picture is exact enough and the same in every browser.
    let width = u64::from(left) * 1_000 / u64::from(capacity.max(1));
    // A tenth is kept for what expires soon.
    let tone = match width {
        0 => "none",
        1..=100 => "part",
        _ => "whole",
    };
    let label = format!("{words}, {rate}: {figures}");
    view! {
        <li>
            <p class="title">
                <span>{words} " " <bdi class="muted">{subject}</bdi></span>
                <span class="figures nowrap">{figures}</span>
            </p>
            <svg viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label=label>
                <rect class=tone width=width height="10"></rect>
            </svg>
            <p class="muted small">{rate} {moment(", one more ", next_at)} {moment(", all again ", full_at)}</p>
        </li>
    }
    .into_any()
}

fn moment(words: &'static str, at: Option<Timestamp>) -> Option<AnyView> {
    at.map(|at| view! { {words} <Moment at=at /> }.into_any())
}

/// Write the time in which a limit refills, e.g. `3 hours`.
fn window(seconds: u32) -> String {
    match seconds {
        s if s % 86_400 == 0 => counted(s / 86_400, "day", "days"),
        s if s % 3_600 == 0 => counted(s / 3_600, "hour", "hours"),
        s if s % 60 == 0 => counted(s / 60, "minute", "minutes"),
        s => counted(s, "second", "seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn a_window_is_told_in_its_largest_unit() {
        let told = [1, 90, 120, 10_800, 86_400, 604_800].map(window);
        assert_eq!(told, ["1 second", "90 seconds", "2 minutes", "3 hours", "1 day", "7 days"]);
    }
}
