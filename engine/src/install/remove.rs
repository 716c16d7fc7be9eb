//! Taking websites out of a service: their names, their files, their certificates, with one configuration test and one reload for all.
//!
//! The certificates are set aside before the test and removed after the proof, so that a service which still needs one of them says
//! so while everything can be put back.

mod proof;

use super::change::{Change, Wanted};
use super::pace::Pace;
use super::{FileText, InstallFailure, Installer, Scene};
use crate::tls_store::{DEFAULT, View};
use proof::Proof;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of the certificates in the service's part of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Copies {
    /// They go, and names that nobody has are the server's own again, or a certificate's that is signed by itself.
    Discard,
    /// They stay, for whoever reads them, and so does the one for names that nobody has.
    Leave,
}

/// Take websites out of a service; nothing is done where it has none of them.
///
/// # Errors
/// Where it cannot be done, or the service would not go on as before: everything stands as it did then.
pub(crate) async fn remove(
    installer: &dyn Installer,
    websites: &[String],
    copies: Copies,
    pace: Pace<'_>,
) -> Result<(), InstallFailure> {
    let refused =
        |what: &str, error: std::io::Error| InstallFailure::new("removal_refused", format!("{what}: {error}"));
    let view = installer.place().open().map_err(|error| refused("the TLS store", error))?;
    let wanted: BTreeSet<&str> = websites.iter().map(String::as_str).collect();
    let held = view.websites().map_err(|error| refused("the TLS store", error))?;
    let names: BTreeMap<String, String> =
        view.names().map_err(|error| refused("the TLS store", error))?.into_iter().collect();
    let has_file = |website: &&str| installer.files_of(website).iter().any(|file| file.exists());
    let gone: BTreeSet<&str> = wanted
        .iter()
        .copied()
        .filter(|website| held.iter().any(|one| one.as_str() == *website) || has_file(website))
        .collect();
    if gone.is_empty() {
        return Ok(());
    }
    if let Some(reason) = installer.is_down().await {
        return Err(InstallFailure::new("service_down", format!("{reason}; nothing was changed")));
    }
    pace.wait(installer.service(), installer.pause()).await;
    let was_cut_short = gone.iter().any(|website| view.is_aside(website));
    let proof = Proof::prepare(installer, &names, &gone).await;
    let mut removal = Removal { installer, view: &view, gone, names, copies, change: Change::new(&view) };
    let done = removal.carry_out(&proof, pace, was_cut_short).await;
    removal.finish(&done);
    done
}

struct Removal<'a> {
    installer: &'a dyn Installer,
    view: &'a View,
    gone: BTreeSet<&'a str>,
    names: BTreeMap<String, String>,
    copies: Copies,
    change: Change<'a>,
}

impl Removal<'_> {
    async fn carry_out(&mut self, proof: &Proof, pace: Pace<'_>, was_cut_short: bool) -> Result<(), InstallFailure> {
        let touched = self.take_out()?;
        self.test().await?;
        // What was cut short may never have been activated.
        if touched || was_cut_short { self.activate_and_prove(proof, pace).await } else { Ok(()) }
    }

    /// Take names and files out, and set the certificates aside; tell whether anything stood otherwise until now.
    fn take_out(&mut self) -> Result<bool, InstallFailure> {
        let wanted = self.wanted().map_err(|detail| InstallFailure::new("removal_refused", detail))?;
        let touched = self.change.apply(&wanted).map_err(|troubles| {
            let details: Vec<String> = troubles.into_iter().map(|trouble| trouble.detail).collect();
            InstallFailure::new("removal_refused", format!("nothing was changed: {}", details.join("; ")))
        })?;
        if self.copies == Copies::Leave {
            return Ok(touched);
        }
        for website in &self.gone {
            if let Err(error) = self.view.set_aside(website) {
                self.put_back();
                return Err(InstallFailure::new("removal_refused", format!("nothing was changed: {website}: {error}")));
            }
        }
        Ok(touched)
    }

    fn wanted(&self) -> Result<Wanted, String> {
        let is_gone = |website: &str| self.gone.contains(website);
        let mut wanted = Wanted::default();
        let taken = self.names.iter().filter(|(_, website)| is_gone(website));
        wanted.names.extend(taken.map(|(name, _)| (name.clone(), None)));
        let mut default = self.view.website_of(DEFAULT);
        if self.copies == Copies::Discard && default.as_deref().is_some_and(is_gone) {
            let own =
                self.view.self_signed().map_err(|error| format!("a certificate for names that nobody has: {error}"))?;
            default = Some(own.to_owned());
            wanted.names.insert(DEFAULT.to_owned(), default.clone());
        }
        let left: BTreeMap<String, String> =
            self.names.iter().filter(|(_, website)| !is_gone(website)).map(|(n, w)| (n.clone(), w.clone())).collect();
        let scene = Scene {
            placed: &[],
            names: &left,
            default: default.as_deref(),
            generation: &|website| self.change.standing(website),
            before: &|path| self.change.before(path),
        };
        wanted.files = self.installer.render(&scene)?;
        for file in self.gone.iter().flat_map(|website| self.installer.files_of(website)) {
            wanted.files.insert(file, FileText { text: None, mode: 0o644, website: None });
        }
        Ok(wanted)
    }

    async fn test(&self) -> Result<(), InstallFailure> {
        let Err(reason) = self.installer.test().await else { return Ok(()) };
        self.put_back();
        let service = self.installer.service();
        // Some tests make what the service reads.
        let code = match self.installer.test().await {
            Ok(()) => "service_config_refused",
            Err(_) => "service_config_broken",
        };
        Err(InstallFailure::new(
            code,
            format!("the configuration test of {service} fails, nothing was changed: {reason}"),
        ))
    }

    async fn activate_and_prove(&self, proof: &Proof, pace: Pace<'_>) -> Result<(), InstallFailure> {
        let failure = match self.activate(pace).await {
            Err(reason) => InstallFailure::new("service_reload_failed", reason),
            Ok(()) => match proof.holds(self.installer, self.copies).await {
                Ok(()) => return Ok(()),
                Err(reason) => InstallFailure::new("not_served", reason),
            },
        };
        self.put_back();
        let service = self.installer.service();
        if let Err(reason) = self.installer.test().await {
            tracing::error!(service.name = %service, %reason, "a service's configuration test fails with its earlier files");
        }
        if let Err(reason) = self.activate(pace).await {
            tracing::error!(service.name = %service, %reason, "a service does not take its earlier files either");
        }
        Err(InstallFailure::new(failure.code, format!("the earlier state was put back: {}", failure.detail)))
    }

    async fn activate(&self, pace: Pace<'_>) -> Result<(), String> {
        let gone: Vec<&str> = self.gone.iter().copied().collect();
        pace.note(self.installer.service()).await;
        self.installer.activate(&gone).await
    }

    fn put_back(&self) {
        for website in &self.gone {
            if let Err(error) = self.view.bring_back(website) {
                tracing::error!(website.domain = %website, %error, "certificates that were set aside cannot be brought back");
            }
        }
        self.change.restore();
    }

    fn finish(self, done: &Result<(), InstallFailure>) {
        self.change.keep();
        if done.is_err() {
            return;
        }
        for website in &self.gone {
            if let Err(error) = self.view.discard(website) {
                tracing::warn!(website.domain = %website, %error, "files of a certificate that is not used any more stay");
            }
        }
    }
}
