//! The record that validates a domain for long: what to create, whether it works, publishing it.

use super::badge::{Badge, Mark};
use super::copy::Copy;
use super::icon::Icon;
use crate::api::{ActOnPersist, PersistForm, Ticked};
use engine::model::{PersistFinding, PersistOffer, PersistSheet};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Ask for a domain's record. The answer is in the address of the next page.
#[component]
pub fn PersistQuestion(
    /// What was asked last.
    form: PersistForm,
) -> impl IntoView {
    let PersistForm { domain, wildcard, until } = form;
    view! {
        <form class="body stack" method="get" action="/dns" aria-label="Persistent record">
            <p>
                "Some certificate authorities validate a domain by a TXT record that names your account and stays where it is (dns-persist-01): set once, it needs neither port 80 nor access to the zone, also for wildcards."
            </p>
            <label class="field">
                <span>"Domain"</span>
                <input class="input" name="record" value=domain required=true autocomplete="off" autocapitalize="off" spellcheck="false" />
            </label>
            <label class="field">
                <span>"It ends on; empty for no end"</span>
                <input class="input" type="date" name="until" value=until />
            </label>
            <label class="tick">
                <input type="checkbox" name="wildcard" value="yes" checked=wildcard == Ticked::Yes />
                "For wildcards and all names below the domain, too"
            </label>
            <div class="row">
                <button type="submit" class="button">
                    "Show the record"
                </button>
            </div>
        </form>
    }
}

/// Show a record, whether it works, and what can be done.
#[component]
pub fn PersistAnswer(
    /// What is known of it.
    sheet: PersistSheet,
    /// What was asked.
    form: PersistForm,
) -> impl IntoView {
    let mark = match (sheet.works, sheet.findings.is_empty()) {
        (true, true) => Mark::new("success", Icon::Check, "Works"),
        (true, false) => Mark::new("warning", Icon::Warning, "Works"),
        (false, _) => Mark::new("neutral", Icon::Minus, "Does not work yet"),
    };
    let offer = match sheet.offer {
        PersistOffer::Offered => "validates by such a record.",
        PersistOffer::NotOffered => "does not offer to validate by such a record.",
        PersistOffer::Unknown => "shows with the next order whether it validates by such a record.",
    };
    let found = sheet.findings.into_iter().map(|finding| {
        let PersistFinding { code, cause, evidence, remedy } = finding;
        view! {
            <li>
                {cause} " " <span class="wrap">{evidence}</span> " " {remedy} " " <code>{code}</code>
            </li>
        }
    });
    view! {
        <section class="body stack" aria-label="The record">
            <p>
                <Badge mark=mark />
                " "
                {sheet.provider}
                " "
                {offer}
            </p>
            <dl class="facts">
                <div>
                    <dt>"Name"</dt>
                    <dd>
                        <code class="wrap">{sheet.record.clone()}</code>
                        <Copy text=sheet.record label="the name" />
                    </dd>
                </div>
                <div>
                    <dt>"TXT value"</dt>
                    <dd>
                        <code class="wrap">{sheet.value.clone()}</code>
                        <Copy text=sheet.value label="the value" />
                    </dd>
                </div>
                <div>
                    <dt>"In a zone file"</dt>
                    <dd>
                        <code class="wrap">{sheet.line.clone()}</code>
                        <Copy text=sheet.line label="the line" />
                    </dd>
                </div>
            </dl>
            <ul>{found.collect_view()}</ul>
            <div class="row">
                {act(&form, "publish", "Publish it into a zone of AutoSSL’s")}
                {sheet.published.then(|| act(&form, "withdraw", "Remove what was published"))}
            </div>
        </section>
    }
}

fn act(form: &PersistForm, action: &'static str, verb: &'static str) -> AnyView {
    let PersistForm { domain, wildcard, until } = form.clone();
    let wildcard = if wildcard == Ticked::Yes { "yes" } else { "no" };
    view! {
        <form method="post" action=ActOnPersist::url()>
            <input type="hidden" name="form[domain]" value=domain />
            <input type="hidden" name="form[wildcard]" value=wildcard />
            <input type="hidden" name="form[until]" value=until />
            <button type="submit" class="button" name="action" value=action>
                {verb}
            </button>
        </form>
    }
    .into_any()
}
