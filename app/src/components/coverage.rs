//! How much is secured, as a bar with its numbers in words.

use crate::text::{counted, grouped};
use engine::model::{CheckResult, CoverageCounts};
use leptos::prelude::*;

/// Show names secured of all names, as a small bar with text.
#[component]
pub fn Share(
    /// How many are secured.
    secured: u32,
    /// Of how many.
    total: u32,
    /// How the last check ended: without one, what is missing is no failure.
    result: Option<CheckResult>,
) -> impl IntoView {
    let kind = match secured {
        0 => "none",
        some if some < total => "part",
        _ => "whole",
    };
    // A share that is not all never looks like all, and nothing after a check is a full bar of its own colour.
    let width = match (kind, result) {
        ("none", None) => 0,
        ("none", Some(_)) if total > 0 => 100,
        _ => (secured * 100).checked_div(total).unwrap_or(0),
    };
    view! {
        <span class="share">
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class=kind width=width height="10"></rect>
            </svg>
            <span class="figures">{format!("{} of {}", grouped(secured), grouped(total))}</span>
        </span>
    }
}

/// Show all names of the server as one stacked bar, with counts that link to the users concerned.
#[component]
pub fn CoverageBar(
    /// The names by state.
    counts: CoverageCounts,
) -> impl IntoView {
    let parts = [
        ("secured", counts.secured, "/users?result=secured"),
        ("failing", counts.failing, "/users?sort=coverage"),
        ("unsecured", counts.unsecured, "/users?sort=checked"),
        ("off", counts.off, "/users?override=disabled"),
    ];
    let words = ["secured", "failing", "not secured yet", "AutoSSL off"];
    let all = parts.iter().map(|(_, count, _)| u64::from(*count)).sum::<u64>().max(1);
    let label =
        words.iter().zip(&parts).map(|(word, (_, count, _))| format!("{} {word}", counted(*count, "name", "names")));
    let label = label.collect::<Vec<_>>().join(", ");
    let mut from = 0_u64;
    let bars = parts.map(|(kind, count, _)| {
        let start = from;
        from += u64::from(count);
        // Thousandths, so that the picture is exact enough and the same in every browser.
        let (x, end) = (start * 1_000 / all, from * 1_000 / all);
        (count > 0).then(|| view! { <rect class=format!("fill-{kind}") x=x width=(end - x).max(3) height="10"></rect> })
    });
    view! {
        <div class="coverage">
            <svg viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label=label>
                {bars.into_iter().collect_view()}
            </svg>
            <ul>
                {parts
                    .into_iter()
                    .zip(words)
                    .map(|((kind, count, href), word)| {
                        view! {
                            <li>
                                <span class=format!("swatch fill-{kind}") aria-hidden="true"></span>
                                <a href=href>{grouped(count)} " " {word}</a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </div>
    }
}
