//! DNS: whether the resolvers answer and validate, and which zones challenge records may be made in.

use crate::config::PrecheckConfig;
use crate::dcv::Settings;
use crate::dcv::dns::{Kind, Resolver};
use crate::engine::Inner;
use crate::model::Observation;

/// The root, which every working resolver knows and whose answers are signed.
const ROOT: &str = "";

pub(super) async fn look(inner: &Inner) -> Vec<Observation> {
    let mut seen = Vec::new();
    if let Some(precheck) = &inner.config.precheck {
        seen.push(resolvers(precheck).await);
        if precheck.addresses.is_empty() {
            seen.push(Observation::note(
                "This server's public addresses are not set, so a name that leads elsewhere is not told so.",
                "Set acme.addresses.",
            ));
        }
    } else {
        let remedy = "Set acme.precheck, so that names that would fail do not use up the provider's limits.";
        seen.push(Observation::warning("Names are not checked before they are ordered.", remedy));
    }
    match inner.dns.now(inner.store.as_ref()).await {
        Ok(zones) => seen.extend(zones.zone_names().map(|zone| {
            let remedy = format!("Try it: autossl dns test {zone}");
            Observation::note(format!("Challenge records may be made in the zone {zone}."), remedy)
        })),
        Err(error) => {
            let said = format!("The DNS zones cannot be read: {error}.");
            seen.push(Observation::broken(said, "Look at the database."));
        }
    }
    seen
}

async fn resolvers(precheck: &PrecheckConfig) -> Observation {
    let named = (!precheck.resolvers.is_empty()).then(|| precheck.resolvers.clone());
    let whose = match &named {
        Some(servers) => servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        None => "the system's resolver".to_owned(),
    };
    let resolver = Resolver::new(&Settings { resolvers: named, ..Settings::default() });
    match resolver.ask(ROOT, Kind::A).await {
        Ok(answer) if answer.authentic => Observation::fine(format!("DNS: {whose} answers and validates DNSSEC.")),
        Ok(_) => Observation::note(
            format!("DNS: {whose} answers and does not say that it validates DNSSEC."),
            "Set acme.resolver to one that does: certificate authorities refuse names with wrong signatures.",
        ),
        Err(trouble) => Observation::broken(
            format!("DNS: {whose} does not work: {trouble}."),
            "Look at acme.resolver, or at /etc/resolv.conf.",
        ),
    }
}
