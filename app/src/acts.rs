//! What a press on a button sets going: the call, the feedback, the way back.
//!
//! Buttons stand in plain forms, which work without JavaScript; their click handlers come here instead.

use crate::api::{self, InventoryForm, InventoryVerb, OverrideDone, Targets};
use crate::browser;
use crate::components::Toasts;
use crate::error::UiError;
use crate::live::Live;
use crate::notice::{KEY_TYPE_SENTENCE, options_sentence, override_sentence};
use crate::query::log_href;
use engine::model::{Override, RunId, UserQuery};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeMap;

/// What a press on a button sets going.
#[derive(Clone, Copy)]
pub struct Acts {
    live: Option<Live>,
    toasts: Toasts,
    /// Calls that have not been answered; buttons wait for them.
    pub pending: RwSignal<u32>,
    /// Overrides that were just set, shown before the server's answer.
    pub patch: RwSignal<Vec<(String, Override)>>,
    /// Counts the changes after which listings must be fetched again.
    pub changes: RwSignal<u32>,
}

impl Acts {
    /// Prepare; feedback goes to `toasts`.
    #[must_use]
    pub fn new(toasts: Toasts) -> Self {
        Self {
            live: use_context(),
            toasts,
            pending: RwSignal::new(0),
            patch: RwSignal::new(Vec::new()),
            changes: RwSignal::new(0),
        }
    }

    /// Tell whether an answer is awaited.
    #[must_use]
    pub fn busy(self) -> bool {
        self.pending.get() > 0
    }

    /// Ask for a run of all users.
    pub fn run_all(self) {
        self.call(async move { api::run_all().await }, |acts, _| acts.run_asked());
    }

    /// Ask for a check of one user.
    pub fn check(self, name: String) {
        let asked = format!("Asked for a check of {name}.");
        self.call(async move { api::check_user(name).await }, move |acts, id: RunId| {
            acts.toasts.link(asked, "Read its log", log_href(&id.0));
            acts.run_asked();
        });
    }

    /// Stop a run.
    pub fn stop(self, id: RunId) {
        self.call(async move { api::stop_run(id.0).await }, |acts, ()| {
            acts.toasts.done("The run stops after the websites that it is working on.");
        });
    }

    /// Set the override of users whose present one is known, so that it can be taken back.
    pub fn set_override(self, users: Vec<(String, Override)>, to: Override) {
        if users.is_empty() || self.pending.get_untracked() > 0 {
            return;
        }
        let names: Vec<String> = users.iter().map(|(name, _)| name.clone()).collect();
        self.patch.set(names.iter().map(|name| (name.clone(), to)).collect());
        let said = match names.as_slice() {
            [name] => match to {
                Override::Enabled => format!("Enabled AutoSSL for {name}."),
                Override::Disabled => format!("Disabled AutoSSL for {name}."),
                Override::Inherited => format!("Reset {name} to the feature list’s setting."),
            },
            _ => String::new(),
        };
        self.call(
            async move { api::set_override(to, names, Targets::Listed, UserQuery::default()).await },
            move |acts, done: OverrideDone| {
                let said = if said.is_empty() { override_sentence(to, done.count) } else { said };
                acts.toasts.undoable(said, Callback::new(move |()| acts.put_back(users.clone())));
                acts.changes.update(|changes| *changes += 1);
            },
        );
    }

    /// Set the override of every user that a filter lets through; asked for in a dialog, since it cannot be taken back.
    pub fn set_override_matching(self, filter: UserQuery, to: Override) {
        self.call(
            async move { api::set_override(to, Vec::new(), Targets::Matching, filter).await },
            move |acts, done: OverrideDone| {
                acts.toasts.done(override_sentence(to, done.count));
                acts.changes.update(|changes| *changes += 1);
            },
        );
    }

    /// Send a form that changes users or websites, and empty it when that is done.
    pub fn change_inventory(self, verb: InventoryVerb, event: &web_sys::SubmitEvent) {
        event.prevent_default();
        let Some(form) = browser::form_of(event) else { return };
        let field = |name: &str| browser::field(&form, &format!("change[{name}]"));
        let change = InventoryForm {
            verb,
            user: field("user"),
            website: field("website"),
            names: field("names"),
            document_root: field("document_root"),
            email: field("email"),
            package: field("package"),
        };
        self.call(async move { api::change_inventory(change).await }, move |acts, verb: InventoryVerb| {
            form.reset();
            if verb == InventoryVerb::RemoveWebsite {
                // What takes the website's place on the page must not stand there ready to be removed.
                browser::fold_round(&form);
            }
            acts.toasts.done(verb.sentence());
            acts.changes.update(|changes| *changes += 1);
        });
    }

    /// Send the form that chooses the kind of keys.
    pub fn set_key_type(self, event: &web_sys::SubmitEvent) {
        event.prevent_default();
        let Some(form) = browser::form_of(event) else { return };
        let (to, user) = (browser::field(&form, "to"), browser::field(&form, "users[]"));
        self.call(async move { api::set_key_type(to, vec![user]).await }, |acts, ()| {
            acts.toasts.done(KEY_TYPE_SENTENCE);
            acts.changes.update(|changes| *changes += 1);
        });
    }

    /// Set every option.
    pub fn save_options(self, values: BTreeMap<String, String>) {
        self.call(async move { api::save_options(values).await }, |acts, changed: u32| {
            acts.toasts.done(options_sentence(changed));
            acts.changes.update(|changes| *changes += 1);
        });
    }

    fn put_back(self, users: Vec<(String, Override)>) {
        self.patch.set(users.clone());
        self.call(
            async move {
                for to in [Override::Enabled, Override::Disabled, Override::Inherited] {
                    let names: Vec<String> =
                        users.iter().filter(|(_, was)| *was == to).map(|(name, _)| name.clone()).collect();
                    if !names.is_empty() {
                        api::set_override(to, names, Targets::Listed, UserQuery::default()).await?;
                    }
                }
                Ok(())
            },
            |acts, ()| {
                acts.toasts.done("Taken back: the overrides are as they were.");
                acts.changes.update(|changes| *changes += 1);
            },
        );
    }

    fn run_asked(self) {
        if let Some(live) = self.live {
            live.refetch();
        }
    }

    fn call<T: 'static>(
        self,
        work: impl Future<Output = Result<T, UiError>> + 'static,
        then: impl FnOnce(Self, T) + 'static,
    ) {
        self.pending.update(|pending| *pending += 1);
        spawn_local(async move {
            match work.await {
                Ok(value) => then(self, value),
                Err(error) => {
                    self.patch.set(Vec::new());
                    self.toasts.failed(error.message());
                }
            }
            self.pending.update(|pending| *pending = pending.saturating_sub(1));
        });
    }
}
