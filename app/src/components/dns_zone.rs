//! One DNS zone in full, and the forms that add and change zones. They are plain forms, which work without JavaScript.

use super::badge::{Badge, Mark};
use super::icon::{Icon, icon};
use super::moment::Moment;
use crate::api::{DnsVerb, DnsZoneAction, SaveDnsZone};
use engine::model::{DnsKind, DnsZoneNote, DnsZoneOrigin, DnsZoneRow, DnsZoneSettings, DnsZoneState};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Say what came of the last trial.
#[must_use]
pub fn trial_mark(tested: Option<&DnsZoneNote>) -> Mark {
    match tested.map(|note| note.failure.is_some()) {
        None => Mark::new("neutral", Icon::Minus, "Never tried"),
        Some(false) => Mark::new("success", Icon::Check, "Worked"),
        Some(true) => Mark::new("failure", Icon::Cross, "Failed"),
    }
}

/// Say where a zone comes from, and whether it counts.
#[must_use]
pub fn origin_words(row: &DnsZoneRow) -> &'static str {
    match (&row.origin, &row.state) {
        (_, DnsZoneState::Overruled) => "added, not used",
        (_, DnsZoneState::Unusable(_)) => "added, cannot be used",
        (DnsZoneOrigin::Configuration, DnsZoneState::InUse) => "configuration file",
        (DnsZoneOrigin::Added { .. }, DnsZoneState::InUse) => "added here",
    }
}

/// Show a zone in full.
#[component]
pub fn DnsZoneCard(
    /// Which.
    row: DnsZoneRow,
    /// The providers that there are.
    providers: Vec<String>,
) -> impl IntoView {
    let zone = row.settings.zone.clone();
    let added = row.origin != DnsZoneOrigin::Configuration;
    let counts = row.state == DnsZoneState::InUse;
    let trouble = match &row.state {
        DnsZoneState::InUse => None,
        DnsZoneState::Overruled => {
            Some("The configuration file has this zone, too, and counts. Remove it here or there.".into())
        }
        DnsZoneState::Unusable(reason) => Some(crate::text::sentence(reason)),
    };
    let edit = (added && row.state != DnsZoneState::Overruled)
        .then(|| form(DnsVerb::Change, "Save", &row.settings, providers));
    view! {
        <section class="card" aria-labelledby="zone">
            <header>
                <h2 id="zone">{zone.clone()}</h2>
                <Badge mark=trial_mark(row.tested.as_ref()) />
            </header>
            {trouble
                .map(|trouble: String| {
                    view! { <p class="notice warning inside">{icon(Icon::Warning)} <span>{trouble}</span></p> }
                })}
            {facts(&row)}
            {(!added)
                .then(|| {
                    view! { <p class="body muted">"This zone is in the configuration file: change it there."</p> }
                })}
            {edit}
            <div class="body row">
                {counts.then(|| act(&zone, "test", "Try it"))}
                {added
                    .then(|| {
                        view! {
                            <details class="fold">
                                <summary>"Remove…"</summary>
                                <p>"AutoSSL forgets the zone and its secret. Nothing in the zone changes."</p>
                                {act(&zone, "remove", "Remove the zone")}
                            </details>
                        }
                    })}
            </div>
        </section>
    }
}

/// Forms that add a zone of each kind, folded.
#[component]
pub fn AddDnsZone(
    /// The providers that there are.
    providers: Vec<String>,
    /// Whether zones that a command changes may be added here.
    commands: bool,
) -> impl IntoView {
    let fold = |title: &'static str, kind: DnsKind, providers: Vec<String>| {
        let settings = DnsZoneSettings::new(String::new(), kind);
        view! {
            <details class="card fold">
                <summary>{title}</summary>
                {form(DnsVerb::Add, "Try and add", &settings, providers)}
            </details>
        }
    };
    view! {
        {fold("Add a zone at your own name server (RFC 2136)", DnsKind::Rfc2136, Vec::new())}
        {fold("Add a zone at a DNS provider", DnsKind::Provider, providers)}
        {if commands {
            fold("Add a zone that a command changes", DnsKind::Command, Vec::new()).into_any()
        } else {
            view! {
                <p class="muted small">
                    "Zones that a command changes are added on the command line: " <code>"autossl dns add ZONE --kind command"</code>
                    ". The configuration can allow it here (" <code>"dns_commands_from_interface"</code> ")."
                </p>
            }
                .into_any()
        }}
    }
}

fn facts(row: &DnsZoneRow) -> AnyView {
    let settings = &row.settings;
    let fact = |name: &'static str, value: AnyView| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
    let key = match (settings.kind, settings.is_signed()) {
        (DnsKind::Rfc2136, true) => format!("{}, {}; the secret is set", settings.key_name, settings.algorithm),
        (DnsKind::Rfc2136, false) => "none: changes are not signed".into(),
        (DnsKind::Provider, _) => "the token is set".into(),
        (DnsKind::Command, _) => "none".into(),
    };
    let changed = match &row.origin {
        DnsZoneOrigin::Configuration => "in the configuration file".into_any(),
        DnsZoneOrigin::Added { by, at } => view! { {by.clone()} ", " <Moment at=*at /> }.into_any(),
    };
    view! {
        <dl class="facts">
            {fact("Changed by", view! { <code class="wrap">{settings.place()}</code> }.into_any())}
            {fact("Key", key.into_any())} {fact("Set", changed)} {fact("Last trial", note(row.tested.as_ref()))}
            {fact("Last validation", note(row.used.as_ref()))}
        </dl>
    }
    .into_any()
}

/// When something was done last, and what failed.
pub(crate) fn note(note: Option<&DnsZoneNote>) -> AnyView {
    match note.cloned() {
        None => "never".into_any(),
        Some(DnsZoneNote { at, failure: None }) => view! { <Moment at=at /> }.into_any(),
        Some(DnsZoneNote { at, failure: Some(failure) }) => {
            view! { <Moment at=at /> ": " <span class="wrap">{failure}</span> }.into_any()
        }
    }
}

fn act(zone: &str, action: &'static str, verb: &'static str) -> AnyView {
    view! {
        <form method="post" action=DnsZoneAction::url()>
            <input type="hidden" name="zone" value=zone.to_owned() />
            <button type="submit" class="button" name="action" value=action>
                {verb}
            </button>
        </form>
    }
    .into_any()
}

fn form(verb: DnsVerb, title: &'static str, settings: &DnsZoneSettings, providers: Vec<String>) -> AnyView {
    let kind = settings.kind;
    let label = match verb {
        DnsVerb::Add => format!("Add a zone: {}", kind.as_str()),
        DnsVerb::Change => format!("Change {}", settings.zone),
    };
    let number = |value: u32| if value == 0 { String::new() } else { value.to_string() };
    let is_timed = kind != DnsKind::Command;
    view! {
        <form class="body stack" method="post" action=SaveDnsZone::url() autocomplete="off" aria-label=label>
            <input type="hidden" name="verb" value=verb.as_str() />
            <input type="hidden" name="form[kind]" value=kind.as_str() />
            {match verb {
                DnsVerb::Add => text("Zone, or the part of it that may be changed", "zone", "", "example.net", true),
                DnsVerb::Change => {
                    view! { <input type="hidden" name="form[zone]" value=settings.zone.clone() /> }.into_any()
                }
            }}
            {place(settings, providers)} {secret(verb, kind)}
            <details class="fold">
                <summary>"Times and servers"</summary>
                {text(
                    "Servers that must show what was published, such as 192.0.2.53:53; none asks those of the zone’s NS records",
                    "check_at",
                    &settings.check_at.join(", "),
                    "",
                    false,
                )}
                {is_timed.then(|| text("How long others may remember a value, in seconds", "ttl", &number(settings.ttl), "60", false))}
                {text("The most seconds that one change may take", "timeout", &number(settings.timeout), "30", false)}
                {text(
                    "The most seconds to wait until all servers show it",
                    "propagation_timeout",
                    &number(settings.propagation_timeout),
                    "120",
                    false,
                )}
            </details>
            <label class="tick">
                <input type="checkbox" name="form[untested]" value="yes" />
                "Save it without trying it"
            </label>
            <div class="row">
                <button type="submit" class="button primary">
                    {title}
                </button>
                <span class="muted small">"A trial publishes a value that validates nothing, looks for it at every server of the zone, and removes it."</span>
            </div>
        </form>
    }
    .into_any()
}

fn place(settings: &DnsZoneSettings, providers: Vec<String>) -> AnyView {
    match settings.kind {
        DnsKind::Rfc2136 => view! {
            {text("Primary server: address or name, perhaps with a port", "server", &settings.server, "192.0.2.53", true)}
            {text("Name of the key; empty where the key below says it, or changes are not signed", "key_name", &settings.key_name, "", false)}
            {algorithm(&settings.algorithm)}
        }
        .into_any(),
        DnsKind::Provider => {
            let chosen = settings.provider.clone();
            let options = providers.into_iter().map(|name| {
                let selected = name == chosen;
                let words = name.clone();
                view! {
                    <option value=name selected=selected>
                        {words}
                    </option>
                }
            });
            view! {
                <label class="field">
                    <span>"Provider"</span>
                    <select class="select" name="form[provider]">
                        {options.collect_view()}
                    </select>
                </label>
                {text("URL of the interface, for powerdns only", "server", &settings.server, "", false)}
            }
            .into_any()
        }
        DnsKind::Command => view! {
            <label class="field">
                <span>"The program with its whole path, then its first arguments, each on a line of its own"</span>
                <textarea class="input" name="form[command]" rows="3" required=true prop:value=settings.command.join("\n")>
                    {settings.command.join("\n")}
                </textarea>
            </label>
        }
        .into_any(),
    }
}

fn algorithm(chosen: &str) -> AnyView {
    let options = ["", "hmac-sha256", "hmac-sha384", "hmac-sha512"].map(|name| {
        let words = if name.is_empty() { "as the key says, else hmac-sha256" } else { name };
        view! {
            <option value=name selected=name == chosen>
                {words}
            </option>
        }
    });
    view! {
        <label class="field">
            <span>"How it signs"</span>
            <select class="select" name="form[algorithm]">
                {options.into_iter().collect_view()}
            </select>
        </label>
    }
    .into_any()
}

/// A secret goes in and never out.
fn secret(verb: DnsVerb, kind: DnsKind) -> AnyView {
    let keep = match verb {
        DnsVerb::Add => "",
        DnsVerb::Change => "; empty keeps the one that is set",
    };
    match kind {
        DnsKind::Command => ().into_any(),
        DnsKind::Rfc2136 => view! {
            <label class="field">
                <span>{format!("Key, as tsig-keygen or keymgr writes it, or its base64 alone; it is kept encrypted and not shown again{keep}")}</span>
                <textarea class="input" name="form[secret]" rows="4" autocomplete="off" spellcheck="false"></textarea>
            </label>
        }
        .into_any(),
        DnsKind::Provider => view! {
            <label class="field">
                <span>{format!("Token; it is kept encrypted and not shown again{keep}")}</span>
                <input class="input" name="form[secret]" type="password" autocomplete="off" />
            </label>
        }
        .into_any(),
    }
}

fn text(label: &'static str, name: &'static str, value: &str, placeholder: &'static str, required: bool) -> AnyView {
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                class="input"
                name=format!("form[{name}]")
                value=value.to_owned()
                placeholder=placeholder
                required=required
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
            />
        </label>
    }
    .into_any()
}
