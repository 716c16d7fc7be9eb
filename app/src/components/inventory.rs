//! Forms that change users and websites. They are plain forms, which work without JavaScript.

use crate::acts::Acts;
use crate::api::{ChangeInventory, InventoryVerb};
use engine::model::{InventorySource, WebsiteRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Add a user, folded.
#[component]
pub fn AddUser(
    /// What sends it.
    acts: Acts,
) -> impl IntoView {
    let fields = view! {
        {text("Name", "user", "", true)}
        {text("E-mail", "email", "none", false)}
        {text("Package", "package", "default", false)}
    };
    view! {
        <details class="card fold">
            <summary>"Add a user"</summary>
            {form(InventoryVerb::AddUser, "Add user", acts, Vec::new(), fields.into_any())}
        </details>
    }
}

/// Add a website to a user, folded.
#[component]
pub fn AddWebsite(
    /// The user's name.
    user: String,
    /// What sends it.
    acts: Acts,
) -> impl IntoView {
    let root = format!("/home/{user}/public_html");
    let fields = view! {
        {text("Domain", "website", "", true)}
        {text("Other names, with spaces between them", "names", "none", false)}
        {text("Document root", "document_root", &root, false)}
    };
    view! {
        <details class="card fold">
            <summary>"Add a website"</summary>
            {form(InventoryVerb::AddWebsite, "Add website", acts, vec![("user", user)], fields.into_any())}
        </details>
    }
}

/// Change the names of a website or remove it, folded; says who manages it where that is not AutoSSL.
#[component]
pub fn WebsiteEdits(
    /// The website.
    website: WebsiteRow,
    /// What sends it.
    acts: Acts,
) -> impl IntoView {
    if website.source == InventorySource::Apache {
        return view! {
            <p class="body muted small">"Its names come from Apache’s configuration: change them there."</p>
        }
        .into_any();
    }
    let WebsiteRow { domain, display, domains, .. } = website;
    let of = || vec![("website", domain.clone())];
    let aliases: Vec<_> = domains.into_iter().filter(|name| name.name != domain).collect();
    let count = aliases.len();
    let removal = (count > 0).then(|| {
        let options = aliases.into_iter().map(|alias| view! { <option value=alias.name>{alias.display}</option> });
        let choice = view! {
            <label class="field">
                <span>"Name to remove"</span>
                <select class="select" name="change[names]">
                    {options.collect_view()}
                </select>
            </label>
        };
        form(InventoryVerb::RemoveAlias, "Remove name", acts, of(), choice.into_any())
    });
    let names = match count {
        0 => String::new(),
        1 => " and its other name".into(),
        more => format!(" and its {more} other names"),
    };
    let warning = view! {
        <p>
            "AutoSSL forgets " <bdi>{display}</bdi> {names}
            " and renews its certificate no more. It is presented as before for the time of grace, 24 hours unless configured otherwise; the next run for all users after that takes the website’s files out of every service and removes its certificates and keys. Nothing is revoked: revoke the certificate first where its key may be known to others."
        </p>
    };
    view! {
        <details class="fold">
            <summary>"Change names"</summary>
            {form(InventoryVerb::AddAlias, "Add name", acts, of(), text("Name to add", "names", "", true))} {removal}
            <details class="fold">
                <summary>"Remove website…"</summary>
                {form(InventoryVerb::RemoveWebsite, "Remove website", acts, of(), warning.into_any())}
            </details>
        </details>
    }
    .into_any()
}

/// A form of one change, with values that are given and fields to fill in.
fn form(
    verb: InventoryVerb,
    title: &'static str,
    acts: Acts,
    given: Vec<(&'static str, String)>,
    fields: AnyView,
) -> AnyView {
    let label = given.first().map_or_else(|| title.to_owned(), |(_, of)| format!("{title}: {of}"));
    let given = given.into_iter().chain([("verb", verb.as_str().to_owned())]);
    let given = given.map(|(name, value)| view! { <input type="hidden" name=format!("change[{name}]") value=value /> });
    view! {
        <form
            class="body row"
            method="post"
            action=ChangeInventory::url()
            aria-label=label
            on:submit=move |event| acts.change_inventory(verb, &event)
        >
            {given.collect_view()}
            {fields}
            <button type="submit" class="button" disabled=move || acts.busy()>
                {title}
            </button>
        </form>
    }
    .into_any()
}

fn text(label: &'static str, name: &'static str, placeholder: &str, required: bool) -> AnyView {
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                class="input"
                name=format!("change[{name}]")
                placeholder=placeholder.to_owned()
                required=required
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
            />
        </label>
    }
    .into_any()
}
