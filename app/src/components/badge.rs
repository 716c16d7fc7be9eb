//! States as an icon and a word: in a frame (`Badge`), or bare (`MarkWord`).

use super::icon::{Icon, icon};
use engine::model::{CheckResult, Coverage, DomainState, FeatureSetting, Override, RunState};
use leptos::prelude::*;

/// How a state is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The colour's name in the style sheet.
    pub tone: &'static str,
    /// The picture.
    pub icon: Icon,
    /// The word.
    pub word: &'static str,
}

impl Mark {
    /// Make a mark.
    #[must_use]
    pub const fn new(tone: &'static str, icon: Icon, word: &'static str) -> Self {
        Self { tone, icon, word }
    }
}

impl From<RunState> for Mark {
    fn from(state: RunState) -> Self {
        match state {
            RunState::Queued => Self::new("neutral", Icon::Clock, "Queued"),
            RunState::Running => Self::new("deferral", Icon::Refresh, "Running"),
            RunState::Succeeded => Self::new("success", Icon::Check, "Succeeded"),
            RunState::Incomplete => Self::new("warning", Icon::Warning, "Incomplete"),
            RunState::Failed => Self::new("failure", Icon::Cross, "Failed"),
            RunState::Stopped => Self::new("neutral", Icon::Pause, "Stopped"),
        }
    }
}

impl From<CheckResult> for Mark {
    fn from(result: CheckResult) -> Self {
        match result {
            CheckResult::Secured => Self::new("success", Icon::Check, "Secured"),
            CheckResult::Incomplete => Self::new("warning", Icon::Warning, "Incomplete"),
            CheckResult::Failed => Self::new("failure", Icon::Cross, "Failed"),
        }
    }
}

impl From<FeatureSetting> for Mark {
    fn from(setting: FeatureSetting) -> Self {
        match setting {
            FeatureSetting::On => Self::new("success", Icon::Check, "On"),
            FeatureSetting::Off => Self::new("neutral", Icon::Minus, "Off"),
        }
    }
}

impl From<Override> for Mark {
    fn from(decision: Override) -> Self {
        match decision {
            // Not good or bad: decided by a person.
            Override::Enabled => Self::new("deferral", Icon::Check, "Enabled"),
            Override::Disabled => Self::new("deferral", Icon::Cross, "Disabled"),
            Override::Inherited => Self::new("neutral", Icon::Minus, "None"),
        }
    }
}

impl From<Coverage> for Mark {
    fn from(coverage: Coverage) -> Self {
        match coverage {
            Coverage::Secured => Self::new("success", Icon::Check, "Secured"),
            Coverage::Incomplete => Self::new("warning", Icon::Warning, "Incomplete"),
            Coverage::Defective => Self::new("failure", Icon::Cross, "Defective"),
            Coverage::Unsecured => Self::new("failure", Icon::Cross, "Unsecured"),
        }
    }
}

impl From<DomainState> for Mark {
    fn from(state: DomainState) -> Self {
        match state {
            DomainState::Secured => Self::new("success", Icon::Check, "Secured"),
            DomainState::Unsecured => Self::new("failure", Icon::Cross, "Unsecured"),
            DomainState::Excluded => Self::new("neutral", Icon::Minus, "Excluded"),
        }
    }
}

/// Show a state in a frame.
#[component]
pub fn Badge(
    /// The state.
    #[prop(into)]
    mark: Signal<Mark>,
) -> impl IntoView {
    view! {
        <span class=ArcSignal::derive(move || format!("badge {}", mark.get().tone))>
            {move || icon(mark.get().icon)} {move || mark.get().word}
        </span>
    }
}

/// Show a state without a frame, for cells.
#[component]
pub fn MarkWord(
    /// The state.
    #[prop(into)]
    mark: Signal<Mark>,
) -> impl IntoView {
    view! {
        <span class=ArcSignal::derive(move || format!("mark-word {}", mark.get().tone))>
            {move || icon(mark.get().icon)} {move || mark.get().word}
        </span>
    }
}
