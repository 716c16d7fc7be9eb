//! Light or dark: as the system has it, or as the person chose; remembered in a cookie so that no page flashes.

use super::icon::{Icon, icon};
use crate::browser;
use leptos::prelude::*;

/// The cookie, whose value is `light` or `dark`.
pub const THEME_COOKIE: &str = "theme";

/// Go from the system's colours to light, dark, and back.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let theme = RwSignal::new(String::new());
    Effect::new(move |_| theme.set(browser::theme()));
    let turn = move |_| {
        let next = next_theme(&theme.get_untracked());
        browser::set_theme(next);
        theme.set(next.to_owned());
    };
    let word = move || theme.with(|theme| if theme.is_empty() { "as the system".to_owned() } else { theme.clone() });
    view! {
        <button
            type="button"
            class="button quiet square scripted"
            aria-label=move || format!("Colours: {}", word())
            title=move || format!("Colours: {}", word())
            on:click=turn
        >
            {icon(Icon::Theme)}
        </button>
    }
}

fn next_theme(current: &str) -> &'static str {
    match current {
        "" => "light",
        "light" => "dark",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::next_theme;

    #[test]
    fn three_presses_lead_back_to_the_system() {
        assert_eq!(next_theme(next_theme(next_theme(""))), "");
    }
}
