//! One user: whether AutoSSL works for it, its websites, its names, what is wrong with each.

use crate::acts::Acts;
use crate::api::{self, SetOverride};
use crate::components::{
    AddWebsite, Badge, CheckButton, DECISIONS, EmptyState, ErrorState, KeyTypeForm, Mark, MarkWord, Moment, PageNotice,
    Share, Skeleton, WebsiteCard, WebsiteEdits, icon,
};
use crate::live::Live;
use crate::query::{persist_href, plan_href};
use engine::model::{DISABLED_MEANS, InventorySource, UserDetail, UserRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// A user's page.
#[component]
pub fn UserPage() -> impl IntoView {
    let (live, acts) = (expect_context::<Live>(), expect_context::<Acts>());
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("name")).unwrap_or_default());
    let user = Resource::new(move || (name.get(), live.tick.get(), acts.changes.get()), |(name, ..)| api::user(name));
    view! {
        <Title text=move || name.get() />
        <p class="crumb">
            <a href="/users">"Manage Users"</a>
        </p>
        <div class="stack">
            <PageNotice />
            <Transition fallback=|| view! { <Skeleton lines=10 /> }>
                {move || Suspend::new(async move {
                    match user.await {
                        Ok(detail) => view! { <Sheet detail=detail acts=acts /> }.into_any(),
                        Err(error) => {
                            view! {
                                <h1 class="unseen">{name.get_untracked()}</h1>
                                <ErrorState what="The user" error=error />
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Sheet(detail: UserDetail, acts: Acts) -> impl IntoView {
    let UserDetail { row, email, key_type, server_key_type, websites } = detail;
    let nothing = websites.is_empty();
    let editable = websites.iter().all(|website| website.source == InventorySource::Database);
    let name = row.name.clone();
    view! {
        <div class="page-head">
            <div>
                <h1>
                    <bdi>{row.name.clone()}</bdi>
                </h1>
                <p class="lead">
                    {row.suspended.then_some("Suspended: runs leave this user out. ")} "Owned by " {row.owner.clone()} ", notified at "
                    {if email.is_empty() { "no address".to_owned() } else { email }} "."
                </p>
            </div>
            <div class="actions">
                <Decisions row=row.clone() acts=acts />
                <a class="button compact" href=plan_href(&row.name)>
                    "Plan"
                </a>
                <CheckButton name=row.name.clone() acts=acts />
            </div>
        </div>
        <Facts row=row acts=acts />
        <KeyTypeForm user=name.clone() chosen=key_type server=server_key_type acts=acts />
        {websites
            .into_iter()
            .map(|website| {
                view! {
                    <WebsiteCard website=website.clone()>
                        <p class="body small">
                            <a href=persist_href(&website.domain)>"A DNS record that validates this domain for long"</a>
                        </p>
                        <WebsiteEdits website=website acts=acts />
                    </WebsiteCard>
                }
            })
            .collect_view()}
        {nothing
            .then(|| {
                view! {
                    <div class="card">
                        <EmptyState title="No website">
                            <p>"This user has no website, so there is nothing to secure."</p>
                        </EmptyState>
                    </div>
                }
            })}
        {editable.then(|| view! { <AddWebsite user=name acts=acts /> })}
    }
}

#[component]
fn Facts(row: UserRow, acts: Acts) -> impl IntoView {
    let (name, told, feature) = (row.name.clone(), row.decision, row.feature);
    let decision = Memo::new(move |_| {
        acts.patch.with(|patch| patch.iter().find(|(of, _)| *of == name).map_or(told, |(_, decision)| *decision))
    });
    view! {
        <section class="card" aria-label="AutoSSL for this user">
            <dl class="facts">
                <div>
                    <dt>"Feature list (" {row.package} ")"</dt>
                    <dd>
                        <MarkWord mark=Mark::from(feature) />
                    </dd>
                </div>
                <div>
                    <dt>"Override"</dt>
                    <dd>
                        <MarkWord mark=Signal::derive(move || Mark::from(decision.get())) />
                    </dd>
                </div>
                <div>
                    <dt>"AutoSSL"</dt>
                    <dd>
                        <Badge mark=Signal::derive(move || Mark::from(feature.with(decision.get()))) />
                    </dd>
                </div>
                <div>
                    <dt>"Domains secured"</dt>
                    <dd>
                        <Share secured=row.names_secured total=row.names_total result=row.result />
                    </dd>
                </div>
                <div>
                    <dt>"Last check"</dt>
                    <dd>
                        {row.result.map(|result| view! { <MarkWord mark=Mark::from(result) /> " " })}
                        {match row.checked_at {
                            Some(at) => view! { <span class="small muted"><Moment at=at /></span> }.into_any(),
                            None => "never".into_any(),
                        }}
                    </dd>
                </div>
            </dl>
        </section>
    }
}

#[component]
fn Decisions(row: UserRow, acts: Acts) -> impl IntoView {
    let name = row.name.clone();
    let told = row.decision;
    let decision = {
        let name = name.clone();
        Memo::new(move |_| {
            acts.patch.with(|patch| patch.iter().find(|(of, _)| *of == name).map_or(told, |(_, decision)| *decision))
        })
    };
    let buttons = DECISIONS.map(|(to, verb, picture)| {
        let name = name.clone();
        let press = move |event: web_sys::MouseEvent| {
            event.prevent_default();
            acts.set_override(vec![(name.clone(), decision.get_untracked())], to);
        };
        view! {
            <button
                type="submit"
                class="button compact"
                name="to"
                value=to.as_str()
                disabled=ArcSignal::derive(move || acts.busy() || decision.get() == to)
                on:click=press
            >
                {icon(picture)}
                {verb}
            </button>
        }
    });
    view! {
        <form class="row" method="post" action=SetOverride::url() aria-label="Override">
            <input type="hidden" name="users[]" value=name.clone() />
            {buttons.into_iter().collect_view()}
            <p class="muted small">{DISABLED_MEANS}</p>
        </form>
    }
}
