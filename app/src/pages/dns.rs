//! DNS zones: where challenge records may be made, and records that validate a domain for long.

use crate::api::{self, DnsSheet, PersistForm, Ticked};
use crate::components::{
    AddDnsZone, Badge, DnsZoneCard, ErrorState, PageNotice, PersistAnswer, PersistQuestion, Skeleton, dns_note,
    origin_words, trial_mark,
};
use crate::live::Live;
use crate::query::dns_href;
use engine::model::{DnsZoneRow, PersistSheet};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The page of the DNS zones.
#[component]
pub fn DnsPage() -> impl IntoView {
    let live = expect_context::<Live>();
    let query = use_query_map();
    let shown = Memo::new(move |_| query.with(|query| query.get("zone")).unwrap_or_default());
    let asked = Memo::new(move |_| {
        query.with(|query| PersistForm {
            domain: query.get("record").unwrap_or_default(),
            wildcard: if query.get("wildcard").as_deref() == Some("yes") { Ticked::Yes } else { Ticked::No },
            until: query.get("until").unwrap_or_default(),
        })
    });
    let zones = Resource::new(move || live.tick.get(), |_| api::dns_zones());
    let record = Resource::new(
        move || asked.get(),
        async |form| match form.domain.trim() {
            "" => Ok(None),
            _ => api::persist_sheet(form).await.map(Some),
        },
    );
    view! {
        <Title text="DNS zones" />
        <div class="page-head">
            <div>
                <h1>"DNS zones"</h1>
                <p class="lead">
                    "Where AutoSSL may make challenge records: for wildcards, and for names that port 80 does not reach."
                </p>
            </div>
        </div>
        <div class="stack">
            <PageNotice />
            <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                {move || Suspend::new(async move {
                    match zones.await {
                        Ok(sheet) => view! { <DnsZonesSheet sheet=sheet show=shown.get() /> }.into_any(),
                        Err(error) => view! { <ErrorState what="The DNS zones" error=error /> }.into_any(),
                    }
                })}
            </Transition>
            <section class="card" aria-labelledby="persistent">
                <header>
                    <h2 id="persistent">"A record that stays"</h2>
                </header>
                <Transition fallback=|| view! { <Skeleton lines=4 /> }>
                    {move || Suspend::new(async move {
                        let found = record.await;
                        view! { <PersistPart form=asked.get() found=found /> }
                    })}
                </Transition>
            </section>
        </div>
    }
}

/// The question for a record, and the answer where one was asked.
#[component]
pub fn PersistPart(
    /// What was asked; without a domain, nothing.
    form: PersistForm,
    /// What came of it.
    found: Result<Option<PersistSheet>, crate::error::UiError>,
) -> impl IntoView {
    let answer = match found {
        Ok(None) => ().into_any(),
        Ok(Some(sheet)) => view! { <PersistAnswer sheet=sheet form=form.clone() /> }.into_any(),
        Err(error) => view! { <p class="notice failure inside" role="alert">{error.message()}</p> }.into_any(),
    };
    view! {
        <PersistQuestion form=form />
        {answer}
    }
}

/// The list, one zone in full, and the forms that add zones.
#[component]
pub fn DnsZonesSheet(
    /// The zones, and what may be added.
    sheet: DnsSheet,
    /// The name of the zone that is shown in full.
    show: String,
) -> impl IntoView {
    let DnsSheet { zones, providers, commands } = sheet;
    let shown = zones.iter().find(|row| row.settings.zone == show).cloned();
    let list = if zones.is_empty() {
        view! {
            <p class="card body">
                "There is no zone yet. Wildcards cannot be validated without one, except by a record that stays (below); other names are validated over port 80."
            </p>
        }
        .into_any()
    } else {
        table(zones, &show)
    };
    view! {
        {list}
        {shown.map(|row| view! { <DnsZoneCard row=row providers=providers.clone() /> })}
        <AddDnsZone providers=providers.clone() commands=commands == Ticked::Yes />
    }
}

fn table(zones: Vec<DnsZoneRow>, show: &str) -> AnyView {
    let row = |row: DnsZoneRow| {
        let current = (row.settings.zone == show).then_some("true");
        let origin = origin_words(&row);
        let DnsZoneRow { settings, tested, used, .. } = row;
        let key = if settings.is_signed() { format!("{}, set", settings.key_name) } else { String::new() };
        let key = if key.is_empty() && settings.has_secret() { "set".into() } else { key };
        let (place, href) = (settings.place(), dns_href(&settings.zone));
        view! {
            <tr>
                <td class="title">
                    <a href=href aria-current=current>
                        {settings.zone}
                    </a>
                </td>
                <td data-label="Kind">{settings.kind.as_str()}</td>
                <td data-label="Changed by">
                    <code class="wrap">{place}</code>
                </td>
                <td data-label="Secret">{if key.is_empty() { "none".into() } else { key }}</td>
                <td class="nowrap" data-label="Last trial">
                    <Badge mark=trial_mark(tested.as_ref()) />
                </td>
                <td data-label="Last validation">{dns_note(used.as_ref())}</td>
                <td data-label="From">{origin}</td>
            </tr>
        }
    };
    view! {
        <div class="table-wrap">
            <table class="cards">
                <caption class="unseen">"DNS zones"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Zone"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"Changed by"</th>
                        <th scope="col">"Secret"</th>
                        <th scope="col">"Last trial"</th>
                        <th scope="col">"Last validation"</th>
                        <th scope="col">"From"</th>
                    </tr>
                </thead>
                <tbody>{zones.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
