//! The few things that pages ask of the browser beside Leptos. Called from effects and event handlers only, so never on the server.

use engine::model::Timestamp;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{
    Element, HtmlDialogElement, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlTextAreaElement, NodeList,
};

/// Tell the time by the browser's clock.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are far below the limit")]
    Timestamp((web_sys::js_sys::Date::now() / 1_000.0) as i64)
}

/// Say on the document's root that the page is alive: styles and tests wait for it.
pub fn mark_hydrated() {
    // The frame after: content that is resolved from the page's own data is attached by then.
    request_animation_frame(|| set_root("data-hydrated", "true"));
}

/// Tell which colours were chosen: `light`, `dark`, or nothing.
#[must_use]
pub fn theme() -> String {
    document().document_element().and_then(|root| root.get_attribute("data-theme")).unwrap_or_default()
}

/// Choose colours for this page and the next ones; nothing is as the system has it.
pub fn set_theme(theme: &str) {
    set_root("data-theme", theme);
    let age = if theme.is_empty() { 0 } else { 31_536_000 };
    if let Some(page) = document().dyn_ref::<web_sys::HtmlDocument>() {
        let name = crate::components::THEME_COOKIE;
        drop(page.set_cookie(&format!("{name}={theme}; path=/; max-age={age}; samesite=lax")));
    }
}

/// Load the page at a path from the server, as if the address were typed.
pub fn load(path: &str, search: &str) {
    let mark = if search.is_empty() { "" } else { "?" };
    drop(window().location().assign(&format!("{path}{mark}{search}")));
}

/// Put a text on the clipboard.
pub fn copy(text: &str) {
    if window().is_secure_context() {
        drop(window().navigator().clipboard().write_text(text));
        return;
    }
    // Over plain HTTP browsers offer only the old way: copying what is selected.
    let Some(body) = document().body() else { return };
    let Ok(area) = document().create_element("textarea") else { return };
    let area: HtmlTextAreaElement = area.unchecked_into();
    area.set_value(text);
    drop(body.append_child(&area));
    area.select();
    if let Some(page) = document().dyn_ref::<web_sys::HtmlDocument>() {
        drop(page.exec_command("copy"));
    }
    area.remove();
}

/// Put the cursor into the page's search field and tell whether there is one.
#[must_use]
pub fn focus_search() -> bool {
    let found = document().query_selector("input[type=search]").ok().flatten();
    let Some(field) = found.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) else { return false };
    drop(field.focus());
    field.select();
    true
}

/// Open a dialog in front of the page, unless it is open.
pub fn open_dialog(id: &str) {
    if let Some(dialog) = dialog(id).filter(|dialog| !dialog.open()) {
        drop(dialog.show_modal());
    }
}

/// Close a dialog.
pub fn close_dialog(id: &str) {
    if let Some(dialog) = dialog(id) {
        dialog.close();
    }
}

/// Find the elements that a selector matches.
pub fn all(selector: &str) -> impl Iterator<Item = Element> {
    let found = document().query_selector_all(selector).ok();
    found.into_iter().flat_map(|list| elements(&list).collect::<Vec<_>>())
}

/// Close the menus that are open and do not contain `inside`.
pub fn close_menus(inside: Option<&Element>) {
    let Ok(menus) = document().query_selector_all("details.menu[open]") else { return };
    for menu in elements(&menus) {
        if !inside.is_some_and(|inside| menu.contains(Some(inside))) {
            drop(menu.remove_attribute("open"));
        }
    }
}

/// Tell whether keys typed into an element are text.
#[must_use]
pub fn takes_text(element: &Element) -> bool {
    let editable = element.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::is_content_editable);
    let button = matches!(element.get_attribute("type").as_deref(), Some("checkbox" | "radio" | "submit" | "button"));
    editable
        || matches!(element.tag_name().as_str(), "TEXTAREA" | "SELECT")
        || (element.tag_name() == "INPUT" && !button)
}

/// Open the folds round the line that the address points to, and show it.
pub fn reveal_target() {
    let hash = window().location().hash().unwrap_or_default();
    let Some(line) = hash.strip_prefix('#').and_then(|id| document().get_element_by_id(id)) else { return };
    folds_round(&line).for_each(|fold| drop(fold.set_attribute("open", "")));
    line.scroll_into_view();
}

/// Close the folds round an element.
pub fn fold_round(element: &Element) {
    folds_round(element).for_each(|fold| drop(fold.remove_attribute("open")));
}

/// Show the end of the page.
pub fn scroll_to_end() {
    if let Some(root) = document().document_element() {
        window().scroll_to_with_x_and_y(0.0, f64::from(root.scroll_height()));
    }
}

/// Submit the form that an element belongs to, as its button would.
pub fn submit_form_of(element: &Element) {
    if let Some(form) = element.closest("form").ok().flatten() {
        drop(form.unchecked_into::<HtmlFormElement>().request_submit());
    }
}

/// Name the form that an event submits.
#[must_use]
pub fn form_of(event: &web_sys::SubmitEvent) -> Option<HtmlFormElement> {
    event.target()?.dyn_into().ok()
}

/// Read a field of a form; empty where it has none.
#[must_use]
pub fn field(form: &HtmlFormElement, name: &str) -> String {
    let data = web_sys::FormData::new_with_form(form).ok();
    data.and_then(|data| data.get(name).as_string()).unwrap_or_default()
}

fn folds_round(element: &Element) -> impl Iterator<Item = Element> {
    let fold = |element: &Element| element.closest("details").ok().flatten();
    std::iter::successors(fold(element), move |details| details.parent_element().and_then(|parent| fold(&parent)))
}

fn set_root(name: &str, value: &str) {
    let Some(root) = document().document_element() else { return };
    drop(if value.is_empty() { root.remove_attribute(name) } else { root.set_attribute(name, value) });
}

fn dialog(id: &str) -> Option<HtmlDialogElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

fn elements(list: &NodeList) -> impl Iterator<Item = Element> {
    (0..list.length()).filter_map(|at| list.item(at)?.dyn_into().ok())
}
