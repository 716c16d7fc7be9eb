//! Guarding what was typed into a form and not sent: whoever leaves it is asked first.
//!
//! Forms with the attribute `data-guard` are watched. Without JavaScript nothing is asked, as with any plain form.

use crate::browser;
use leptos::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, EventTarget, HtmlFormElement};

/// What a form is marked with as long as it has what was not sent.
const MARK: &str = "data-unsaved";
/// Finds the forms that are marked.
const MARKED: &str = "form[data-unsaved]";
const QUESTION: &str = "Leave this form? What was entered is not saved.";

/// Whether the browser is listened to already; it is once and for all, since only marked forms matter.
static LISTENING: AtomicBool = AtomicBool::new(false);

/// Watch the forms of this page; call from its set-up.
pub fn guard() {
    Effect::new(|_| {
        if LISTENING.swap(true, Ordering::Relaxed) {
            return;
        }
        listen(&document(), "input", typed);
        listen(&document(), "submit", sent);
        // The router hears of clicks after the document, and of none that is called off.
        listen(&document(), "click", clicked);
        listen(&window(), "beforeunload", leaving);
        listen(&window(), "popstate", |_| forget());
    });
}

fn listen(target: &EventTarget, event: &str, act: fn(Event)) {
    let act = Closure::<dyn Fn(Event)>::new(act);
    drop(target.add_event_listener_with_callback(event, act.as_ref().unchecked_ref()));
    act.forget();
}

fn typed(event: Event) {
    if let Some(form) = closest(&event, "form[data-guard]") {
        drop(form.set_attribute(MARK, ""));
    }
}

fn sent(event: Event) {
    if let Some(form) = closest(&event, "form") {
        drop(form.remove_attribute(MARK));
    }
}

fn clicked(event: Event) {
    let elsewhere = closest(&event, "a[href]").is_some_and(|link| link.get_attribute("target").is_none());
    if !elsewhere || event.default_prevented() || browser::all(MARKED).next().is_none() {
        return;
    }
    if window().confirm_with_message(QUESTION).unwrap_or(true) {
        forget();
    } else {
        event.prevent_default();
    }
}

fn leaving(event: Event) {
    if browser::all(MARKED).next().is_some() {
        event.prevent_default();
    }
}

/// Empty the forms: another provider's may take their place on the page.
fn forget() {
    for form in browser::all(MARKED) {
        drop(form.remove_attribute(MARK));
        form.unchecked_into::<HtmlFormElement>().reset();
    }
}

fn closest(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok().flatten()
}
