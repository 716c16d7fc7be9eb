//! Paging: links, so that it works without JavaScript and an address can be sent on.

use super::icon::{Icon, icon};
use crate::text::grouped;
use leptos::prelude::*;

/// Show which rows these are of how many, with links to the pages beside.
#[component]
pub fn Pager(
    /// This page, from 1.
    page: u32,
    /// Rows on a page.
    per_page: u32,
    /// Rows on all pages.
    total: u32,
    /// What the pages are of, for the label.
    #[prop(into)]
    label: String,
    /// The address of a page.
    href: impl Fn(u32) -> String + 'static,
) -> impl IntoView {
    let pages = total.div_ceil(per_page.max(1)).max(1);
    let first = if total == 0 { 0 } else { (page - 1).saturating_mul(per_page) + 1 };
    let last = page.saturating_mul(per_page).min(total);
    let here = format!("{}–{} of {}", grouped(first), grouped(last), grouped(total));
    let back = (page > 1).then(|| (href(1), href(page - 1)));
    let forth = (page < pages).then(|| (href(page + 1), href(pages)));
    let step = |href: Option<String>, name: &'static str, picture: Icon| {
        href.map(|href| {
            view! {
                <a class="button compact square" href=href aria-label=name title=name>
                    {icon(picture)}
                </a>
            }
            .into_any()
        })
        .unwrap_or_else(|| {
            view! { <span class="button compact square" aria-disabled="true" aria-hidden="true">{icon(picture)}</span> }
                .into_any()
        })
    };
    let steps = (pages > 1).then(|| {
        let (first_page, previous) = back.unzip();
        let (next, last_page) = forth.unzip();
        (
            [step(first_page, "First page", Icon::First), step(previous, "Previous page", Icon::Previous)],
            [step(next, "Next page", Icon::Chevron), step(last_page, "Last page", Icon::Last)],
        )
    });
    let (before, after) = steps.unzip();
    view! {
        <nav class="pager" aria-label=label>
            {before.map(|steps| steps.into_iter().collect_view())} <span class="here figures">{here}</span>
            {after.map(|steps| steps.into_iter().collect_view())}
        </nav>
    }
}
