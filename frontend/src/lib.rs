//! Hydrate the server-rendered page in the browser; everything else is `app`'s.

/// Attach the application to the page that the server rendered, once that page's own code is there.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        if app::lazy::fetch_current().await {
            leptos::mount::hydrate_body(app::App);
        }
    });
}
