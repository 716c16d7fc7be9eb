//! A page of a log, drawn: users and websites as folds, failures open, each line with an address of its own.

use super::badge::{Mark, MarkWord};
use super::icon::{self, Icon, icon};
use crate::log_tree::{Branch, Line, Severity, UserBranch, WebsiteBranch};
use crate::text::{counted, pieces};
use leptos::prelude::*;
use std::sync::Arc;

/// How lines are drawn.
#[derive(Clone)]
struct Hand {
    base: Arc<str>,
    needle: Arc<str>,
}

/// Draw a page of a log.
#[component]
pub fn LogTree(
    /// What was logged.
    branches: Vec<Branch>,
    /// The address of this page, to which line permalinks are added.
    #[prop(into)]
    base: String,
    /// What is searched for, to be marked; empty for nothing.
    #[prop(into)]
    needle: String,
) -> impl IntoView {
    let hand = Hand { base: base.into(), needle: needle.into() };
    let alone = branches.iter().filter(|branch| matches!(branch, Branch::User(_))).count() == 1;
    view! {
        <div class="log" role="log" aria-live="off" aria-label="Log">
            {branches
                .into_iter()
                .map(|branch| match branch {
                    Branch::Line(line) => draw(&hand, line).into_any(),
                    Branch::User(user) => draw_user(&hand, user, alone).into_any(),
                })
                .collect_view()}
        </div>
    }
}

fn draw_user(hand: &Hand, mut user: UserBranch, alone: bool) -> impl IntoView {
    let (severity, count, outcome) = (user.severity(), user.count(), user.outcome().to_owned());
    let open = alone || severity >= Severity::Warning || !hand.needle.is_empty();
    // With one website, a fold within the fold would say everything twice.
    let only = if user.lines.is_empty() && user.websites.len() == 1 { user.websites.pop() } else { None };
    let (also, lines) = only.map_or((None, user.lines), |website| (Some(website.name), website.lines));
    let inside = view! {
        {lines.into_iter().map(|line| draw(hand, line)).collect_view()}
        {user.websites.into_iter().map(|website| draw_website(hand, website)).collect_view()}
    };
    fold(Fold { class: "user", open, severity, name: user.name, also, outcome, count }, inside.into_any())
}

fn draw_website(hand: &Hand, website: WebsiteBranch) -> impl IntoView {
    let severity = website.severity();
    let open = severity >= Severity::Warning || !hand.needle.is_empty();
    let count = u32::try_from(website.lines.len()).unwrap_or(u32::MAX);
    let outcome = website.outcome().to_owned();
    let inside = website.lines.into_iter().map(|line| draw(hand, line)).collect_view();
    let head = Fold { class: "website", open, severity, name: website.name, also: None, outcome, count };
    fold(head, inside.into_any())
}

struct Fold {
    class: &'static str,
    open: bool,
    severity: Severity,
    name: String,
    also: Option<String>,
    outcome: String,
    count: u32,
}

fn fold(head: Fold, inside: AnyView) -> impl IntoView {
    view! {
        <details class=head.class open=head.open>
            <summary>
                {icon::classed(Icon::Chevron, "icon chevron")} <MarkWord mark=mark(head.severity) />
                <bdi class="name">{head.name}</bdi> {head.also.map(|also| view! { <bdi class="muted">{also}</bdi> })}
                <span class="outcome">{head.outcome}</span>
                <span class="lines">{counted(head.count, "line", "lines")}</span>
            </summary>
            {inside}
        </details>
    }
}

fn draw(hand: &Hand, line: Line) -> impl IntoView {
    let Line { number, record } = line;
    let (tone, picture, word) = match Severity::from(record.kind) {
        Severity::Quiet => ("quiet", None, ""),
        Severity::Good => ("success", Some(Icon::Check), "Success: "),
        Severity::Warning => ("warning", Some(Icon::Warning), "Warning: "),
        Severity::Failure => ("failure", Some(Icon::Cross), "Error: "),
    };
    // The clock's part of RFC 3339; the day is the run's.
    let clock = record.timestamp.get(11..19).unwrap_or_default().to_owned();
    let deep = record.indent.min(3);
    let sentence = pieces(&record.contents, &hand.needle);
    view! {
        <div class=format!("line {tone} deep-{deep}") id=format!("L{number}")>
            <a class="number" href=format!("{}#L{number}", hand.base) aria-label=format!("Line {number}")>
                {number}
            </a>
            <time datetime=record.timestamp>{clock}</time>
            <span>{picture.map(icon)}</span>
            <span class="sentence">
                <span class="unseen">{word}</span>
                {sentence
                    .into_iter()
                    .map(|(text, found)| {
                        if found { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() }
                    })
                    .collect_view()}
                {record.code.map(|code| view! { " " <code>{code}</code> })}
            </span>
        </div>
    }
}

fn mark(severity: Severity) -> Mark {
    match severity {
        Severity::Quiet => Mark::new("neutral", Icon::Circle, "Info"),
        Severity::Good => Mark::new("success", Icon::Check, "Done"),
        Severity::Warning => Mark::new("warning", Icon::Warning, "Warning"),
        Severity::Failure => Mark::new("failure", Icon::Cross, "Problem"),
    }
}
