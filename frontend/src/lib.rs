//! Hydrate the server-rendered page in the browser; everything else is `app`'s.

/// Attach the application to the page that the server rendered.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
