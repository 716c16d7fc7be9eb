//! Line icons, drawn on a grid of 16. They never stand without a word or a label.

use leptos::prelude::*;

/// What an icon means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the pictures")]
pub enum Icon {
    Account,
    Arrow,
    Check,
    Chevron,
    Circle,
    Clock,
    Copy,
    Cross,
    Dots,
    First,
    Last,
    Previous,
    Download,
    Down,
    Minus,
    Pause,
    Play,
    Refresh,
    Reset,
    Search,
    Shield,
    Theme,
    Up,
    Warning,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Account => "M8 8.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 14c.6-2.6 2.8-3.7 5.5-3.7s4.9 1.1 5.5 3.7",
            Self::Arrow => "M3 8h10m-4-4 4 4-4 4",
            Self::Check => "m3 8.5 3.3 3.3L13 4.7",
            Self::Chevron => "m6 3.5 4.5 4.5L6 12.5",
            Self::Circle => "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Z",
            Self::Clock => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.7",
            Self::Copy => "M6 5.5h7.5V14H6zM10.5 5.5V2.5H3V11h3",
            Self::Cross => "m4 4 8 8m0-8-8 8",
            Self::Dots => "M3.5 8h.01M8 8h.01M12.5 8h.01",
            Self::First => "m8 3.5-4.5 4.5L8 12.5m4.5-9L8 8l4.5 4.5",
            Self::Last => "m8 3.5 4.5 4.5L8 12.5m-4.5-9L8 8l-4.5 4.5",
            Self::Previous => "M10 3.5 5.5 8l4.5 4.5",
            Self::Download => "M8 2.5v7.5m-3.2-3L8 10.2 11.2 7M2.8 13.5h10.4",
            Self::Down => "M8 3v10m-4-4 4 4 4-4",
            Self::Minus => "M3.5 8h9",
            Self::Pause => "M5.5 3.5v9m5-9v9",
            Self::Play => "M5 3.2v9.6L12.8 8z",
            Self::Refresh => "M13.5 8a5.5 5.5 0 1 1-1.7-4M12.2 1.5V4.2H9.5",
            Self::Reset => "M2.5 8a5.5 5.5 0 1 0 1.7-4M3.8 1.5V4.2h2.7",
            Self::Search => "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.7-1.3L14 14",
            Self::Shield => "M8 1.5 13.5 3.5v4c0 3.5-2.3 5.9-5.5 7-3.2-1.1-5.5-3.5-5.5-7v-4zm-2.5 6.4 1.9 1.9 3.3-3.6",
            Self::Theme => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 2v12M10 2.5v11M12 3.6v8.8",
            Self::Up => "M8 13V3M4 7l4-4 4 4",
            Self::Warning => "M8 2 14.5 13.5h-13zM8 6.5v3M8 11.6v.01",
        }
    }
}

/// Draw an icon; assistive technology does not see it.
pub fn icon(icon: Icon) -> impl IntoView {
    classed(icon, "icon")
}

/// Draw an icon with classes of the caller's.
pub(crate) fn classed(icon: Icon, class: &'static str) -> impl IntoView {
    view! {
        <svg class=class viewBox="0 0 16 16" aria-hidden="true">
            <path d=icon.path()></path>
        </svg>
    }
}

/// Draw the sign of AutoSSL.
pub fn brand_mark() -> impl IntoView {
    classed(Icon::Shield, "icon mark")
}
