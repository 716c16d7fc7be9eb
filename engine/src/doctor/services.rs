//! The services: what runs here, what AutoSSL does to it or would, and whether what is switched on works.

mod guide;

pub use guide::apache_configuration;

use crate::engine::Inner;
use crate::error::EngineResult;
use crate::install::{self, Installer};
use crate::machine::{self, Found};
use crate::model::{Observation, ServiceReport, ServiceState};
use crate::store::LEFT_ALONE;
use crate::x509;
use futures::{StreamExt, stream};
use std::collections::BTreeMap;

/// Names of a service that are asked for.
const SAMPLE: usize = 20;
const AT_ONCE: usize = 4;
/// Problems of a service that are told one by one.
const MOST_TOLD: u32 = 5;

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// At what is known at once.
    Glance,
    /// Also at what takes the service's own commands and handshakes.
    Whole,
}

/// The services in the order in which they are shown, with their names for people.
const SERVICES: [(&str, &str); 9] = [
    ("apache", "Apache"),
    ("nginx", "nginx"),
    ("haproxy", "HAProxy"),
    ("webdisk", "Web Disk"),
    ("dovecot", "Dovecot"),
    ("exim", "Exim"),
    ("postfix", "Postfix"),
    ("panel", "AutoSSL's own server"),
    ("hook", "Your command"),
];

/// Describe every service that AutoSSL knows, those that are switched on first.
pub(crate) async fn reports(inner: &Inner, depth: Depth) -> EngineResult<Vec<ServiceReport>> {
    let mut found: BTreeMap<&str, Found> = machine::look().await.into_iter().map(|one| (one.service, one)).collect();
    let mut reports = Vec::new();
    for (service, title) in SERVICES {
        let installer = inner.installers.iter().find(|installer| installer.service() == service);
        let found = found.remove(service).unwrap_or_default();
        let state = match (installer, found.instances.is_empty(), &found.program) {
            (Some(_), ..) => ServiceState::SwitchedOn,
            (None, false, _) => ServiceState::LeftAlone,
            (None, true, Some(_)) => ServiceState::Idle,
            (None, true, None) => ServiceState::Absent,
        };
        let observations = match installer {
            Some(installer) => observe(inner, installer.as_ref(), title, depth).await?,
            None => Vec::new(),
        };
        let mut configs: Vec<String> =
            found.instances.iter().filter_map(|one| Some(one.config.as_ref()?.display().to_string())).collect();
        if configs.len() < found.instances.len() || configs.is_empty() {
            configs.extend(found.config.map(|path| path.display().to_string()));
        }
        configs.sort_unstable();
        configs.dedup();
        let guide = guide::of(service, &inner.config);
        reports.push(ServiceReport {
            service: service.to_owned(),
            title: title.to_owned(),
            state,
            version: found.version,
            configs,
            ports: found.instances.into_iter().flat_map(|one| one.ports).collect(),
            change: guide.change,
            snippet: guide.snippet,
            observations,
        });
    }
    reports.sort_by_key(|report| report.state != ServiceState::SwitchedOn);
    Ok(reports)
}

/// Say of the services what a person wants to know who asks why it does not work.
pub(super) fn summary(reports: &[ServiceReport]) -> Vec<Observation> {
    let mut seen = Vec::new();
    if reports.iter().all(|report| report.state != ServiceState::SwitchedOn) {
        seen.push(Observation::warning(
            "No service is switched on: certificates are issued and installed nowhere.",
            "Switch services on in the configuration: see docs/services.md and docs/fronts.md.",
        ));
    }
    for report in reports {
        match report.state {
            ServiceState::SwitchedOn => seen.extend(report.observations.iter().cloned()),
            ServiceState::LeftAlone => {
                let version = report.version.as_deref().unwrap_or("of an unknown version");
                let (title, configs) = (&report.title, report.configs.join(", "));
                let text =
                    format!("{title} {version} runs here with {configs} and is not switched on: it is left alone.");
                seen.push(Observation::note(text, format!("If it were switched on: {}", report.change)));
            }
            ServiceState::Idle | ServiceState::Absent => {}
        }
    }
    seen
}

async fn observe(
    inner: &Inner,
    installer: &dyn Installer,
    title: &str,
    depth: Depth,
) -> EngineResult<Vec<Observation>> {
    if let Some(reason) = inner.hands.missing().await {
        let remedy = "Start it with `autossl deputy`: nothing is installed without it.";
        return Ok(vec![Observation::broken(format!("{title}: {reason}."), remedy)]);
    }
    if let Some(reason) = installer.is_down().await {
        let remedy = "Start it: certificates that it lacks are brought to it when it is back.";
        return Ok(vec![Observation::broken(format!("{title}: {reason}."), remedy)]);
    }
    let mut seen = Vec::new();
    seen.extend(lacking(inner, installer.service(), title).await?);
    if depth == Depth::Whole {
        if let Err(reason) = installer.test().await {
            let remedy = "Repair its configuration: nothing is installed until its test passes.";
            seen.push(Observation::broken(format!("{title}: its configuration test fails: {reason}."), remedy));
        }
        let warnings = installer.warnings().await;
        seen.extend(warnings.into_iter().map(|warning| Observation::warning(format!("{title}: {warning}"), "")));
        seen.push(proof(inner, installer, title).await);
    }
    if seen.is_empty() {
        seen.push(Observation::fine(format!("{title} runs.")));
    }
    Ok(seen)
}

/// Say which certificates a service should present and does not.
async fn lacking(inner: &Inner, service: &str, title: &str) -> EngineResult<Vec<Observation>> {
    let mut seen = Vec::new();
    let behind = inner.store.unserved_websites(&[service.to_owned()], inner.clock.now()).await?.len();
    if behind > 0 {
        let text = format!("{title} lacks the certificates of {behind} websites that were brought to it or should be.");
        seen.push(Observation::warning(text, "The log of the last run says why; they are tried again by themselves."));
    }
    for (website, problem) in inner.store.service_problems(service, MOST_TOLD).await? {
        let text = format!("{title}: {website}: {} ({}).", problem.detail, problem.code);
        let remedy = match problem.code.as_str() {
            LEFT_ALONE => "Take that certificate out of the service's configuration, if AutoSSL's is to be presented.",
            _ => "",
        };
        seen.push(Observation::warning(text, remedy));
    }
    Ok(seen)
}

/// Ask for some of the names that were installed, and compare what is presented with what is in the store.
async fn proof(inner: &Inner, installer: &dyn Installer, title: &str) -> Observation {
    if !inner.hands.are_own() {
        return Observation::note(
            format!("{title} runs, and the deputy is there."),
            "`autossl drift` asks what it presents.",
        );
    }
    let names = match installer.place().open().and_then(|view| view.names()) {
        Ok(names) => names,
        Err(error) => return Observation::broken(format!("{title}: its part of the TLS store: {error}."), ""),
    };
    let snippet = guide::of(installer.service(), &inner.config).snippet;
    let paste = snippet.map(|snippet| format!("{}:\n{}", snippet.place, snippet.text)).unwrap_or_default();
    if names.is_empty() {
        return Observation::note(format!("{title} runs; no certificate was installed in it yet."), paste);
    }
    let step = names.len().div_ceil(SAMPLE);
    let sample: Vec<&str> = names.iter().step_by(step).map(|(name, _)| name.as_str()).collect();
    let asked = sample.len();
    let questions: Vec<_> = sample.into_iter().map(|name| difference(installer, name)).collect();
    let answers: Vec<Option<String>> = stream::iter(questions).buffered(AT_ONCE).collect().await;
    let differences: Vec<String> = answers.into_iter().flatten().collect();
    match differences.first() {
        None => Observation::fine(format!(
            "{title} presents what was installed, for {asked} of {} names asked.",
            names.len()
        )),
        Some(first) => Observation::broken(
            format!(
                "{title} does not present what was installed, for {} of {asked} names asked: {first}.",
                differences.len()
            ),
            paste,
        ),
    }
}

/// Tell what is presented for a name instead of what is in the store, if that is so.
async fn difference(installer: &dyn Installer, name: &str) -> Option<String> {
    let file = installer.place().combined_of_name(name);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => return Some(format!("{}: {error}", file.display())),
    };
    let wanted = x509::read_chain(&text).ok()?.first().map(|leaf| x509::fingerprint(leaf))?;
    for door in installer.doors() {
        match install::presented_at(door, name).await {
            Ok(seen) if seen == wanted => {}
            Ok(_) => return Some(format!("{name} at {door}: another certificate is presented")),
            Err(reason) => return Some(format!("{name} at {door}: {reason}")),
        }
    }
    None
}
