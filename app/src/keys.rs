//! The keyboard: what each key does, and from where.

use crate::browser;
use crate::components::KEYS_DIALOG;
use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The keys and what they do, for the help.
pub const KEYS: [(&str, &str); 10] = [
    ("/", "Search"),
    ("g o", "Go to the overview"),
    ("g p", "Go to the providers"),
    ("g s", "Go to the services"),
    ("g t", "Go to the options"),
    ("g l", "Go to the logs"),
    ("g u", "Go to the users"),
    ("Shift + click", "Select the rows between"),
    ("Esc", "Close a menu or dialog"),
    ("?", "Show these keys"),
];

/// How long the first key of two is remembered.
const MEMORY: Duration = Duration::from_millis(1_200);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Search,
    Help,
    CloseMenus,
    Prefix,
    Go(&'static str),
}

/// Listen to keys and clicks on the page, in the browser.
pub fn listen() {
    let prefixed = StoredValue::new(false);
    let navigate = use_navigate();
    Effect::new(move |_| {
        let navigate = navigate.clone();
        let keys = window_event_listener(ev::keydown, move |event| {
            let inside_text = element(event.target()).is_some_and(|element| browser::takes_text(&element));
            if event.ctrl_key() || event.meta_key() || event.alt_key() || (inside_text && event.key() != "Escape") {
                return;
            }
            let command = command(&event.key(), prefixed.get_value());
            prefixed.set_value(command == Some(Command::Prefix));
            match command {
                Some(Command::Search) if browser::focus_search() => event.prevent_default(),
                Some(Command::Search) => navigate("/users", leptos_router::NavigateOptions::default()),
                Some(Command::Help) => browser::open_dialog(KEYS_DIALOG),
                Some(Command::CloseMenus) => browser::close_menus(None),
                Some(Command::Prefix) => set_timeout(move || prefixed.set_value(false), MEMORY),
                Some(Command::Go(path)) => navigate(path, leptos_router::NavigateOptions::default()),
                None => {}
            }
        });
        let clicks = window_event_listener(ev::click, |event| browser::close_menus(element(event.target()).as_ref()));
        on_cleanup(move || {
            keys.remove();
            clicks.remove();
        });
    });
}

fn element(target: Option<web_sys::EventTarget>) -> Option<Element> {
    target?.dyn_into().ok()
}

fn command(key: &str, prefixed: bool) -> Option<Command> {
    match (prefixed, key) {
        (true, "o") => Some(Command::Go("/")),
        (true, "p") => Some(Command::Go("/providers")),
        (true, "s") => Some(Command::Go("/services")),
        (true, "t") => Some(Command::Go("/options")),
        (true, "l") => Some(Command::Go("/logs")),
        (true, "u") => Some(Command::Go("/users")),
        (_, "g") => Some(Command::Prefix),
        (_, "/") => Some(Command::Search),
        (_, "?") => Some(Command::Help),
        (_, "Escape") => Some(Command::CloseMenus),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_keys_lead_to_a_page_and_one_does_not() {
        assert_eq!(command("g", false), Some(Command::Prefix));
        assert_eq!(command("u", true), Some(Command::Go("/users")));
        assert_eq!(command("u", false), None);
    }
}
