//! DNS zones that an administrator adds, changes and removes. They are tried before they are saved, and saved in one step.

use super::Engine;
use super::dns::DnsPatience;
use crate::dns01::{DnsTrial, Kept, Secret, checked, zone_config};
use crate::error::{EngineError, EngineResult};
use crate::model::{DnsKind, DnsZoneSettings};
use crate::store::AddedDnsZone;

/// Whether a zone has to be seen to work before it is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsProof {
    /// It is tried, and saved only if it works.
    Tried,
    /// It is saved as it is.
    Untested,
}

/// Who wants a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsAuthor {
    /// Somebody who signed in to the interface.
    Interface(String),
    /// Somebody at the command line of this server, who may run programs anyway.
    CommandLine(String),
}

impl DnsAuthor {
    fn name(&self) -> &str {
        match self {
            Self::Interface(name) | Self::CommandLine(name) => name,
        }
    }
}

impl Engine {
    /// Add a DNS zone: `secret` is a key as name servers write it, or its base64 alone, or a token. What its trial found is
    /// returned.
    ///
    /// # Errors
    /// Where the configuration file has the zone, it was added already, the settings do not go together, or the zone does not
    /// work; nothing is saved then.
    pub async fn add_dns_zone(
        &self,
        settings: DnsZoneSettings,
        secret: Option<&str>,
        proof: DnsProof,
        by: &DnsAuthor,
    ) -> EngineResult<Option<DnsTrial>> {
        let (settings, secret) = checked(settings, secret, Kept::Nothing).map_err(EngineError::RefusedDnsZone)?;
        self.may_save(&settings, by)?;
        let known = self.inner.store.added_dns_zones().await?.zones;
        if known.iter().any(|zone| zone.settings.zone == settings.zone) {
            let why = format!("DNS zone {:?} was added already: change it", settings.zone);
            return Err(EngineError::RefusedDnsZone(why));
        }
        let trial = self.try_settings(&settings, secret.as_ref(), proof, by).await?;
        let zone = self.sealed(settings, secret.as_ref(), by)?;
        let note = trial.as_ref().map(|trial| trial.note(zone.at));
        self.inner.store.add_dns_zone(&zone, note.as_ref()).await?;
        tracing::info!(dns.zone = zone.settings.zone, "a DNS zone was added");
        Ok(trial)
    }

    /// Change a DNS zone that was added. Without `secret` it keeps the one that it has, unless a token would go elsewhere then.
    ///
    /// # Errors
    /// As for [`Engine::add_dns_zone`], and where no such zone was added; the zone stays as it was then.
    pub async fn change_dns_zone(
        &self,
        settings: DnsZoneSettings,
        secret: Option<&str>,
        proof: DnsProof,
        by: &DnsAuthor,
    ) -> EngineResult<Option<DnsTrial>> {
        let inner = &self.inner;
        let name = settings.zone.trim().trim_end_matches('.').to_ascii_lowercase();
        let known = inner.store.added_dns_zones().await?.zones.into_iter().find(|zone| zone.settings.zone == name);
        if inner.dns.is_configured(&name) {
            return Err(EngineError::ConfiguredDnsZone(name));
        }
        let before = known.ok_or(EngineError::UnknownDnsZone(name))?;
        // A secret that cannot be opened any more can still be replaced.
        let kept = match inner.dns.secret(&before) {
            Ok(Some(kept)) => Kept::Secret(&before.settings, kept),
            Ok(None) => Kept::Nothing,
            Err(_) if secret.is_some() => Kept::Nothing,
            Err(reason) => return Err(EngineError::RefusedDnsZone(reason)),
        };
        let (settings, secret) = checked(settings, secret, kept).map_err(EngineError::RefusedDnsZone)?;
        self.may_save(&settings, by)?;
        let trial = self.try_settings(&settings, secret.as_ref(), proof, by).await?;
        let zone = self.sealed(settings, secret.as_ref(), by)?;
        let note = trial.as_ref().map(|trial| trial.note(zone.at));
        inner.store.change_dns_zone(&zone, note.as_ref()).await?;
        tracing::info!(dns.zone = zone.settings.zone, "a DNS zone was changed");
        Ok(trial)
    }

    /// Forget a DNS zone that was added, with its secret.
    ///
    /// # Errors
    /// Where no such zone was added.
    pub async fn remove_dns_zone(&self, zone: &str) -> EngineResult<()> {
        let inner = &self.inner;
        let name = zone.trim().trim_end_matches('.').to_ascii_lowercase();
        let known = inner.store.added_dns_zones().await?.zones;
        if !known.iter().any(|added| added.settings.zone == name) {
            return Err(match inner.dns.is_configured(&name) {
                true => EngineError::ConfiguredDnsZone(name),
                false => EngineError::UnknownDnsZone(name),
            });
        }
        inner.store.remove_dns_zone(&name).await?;
        tracing::info!(dns.zone = name, "a DNS zone was removed");
        Ok(())
    }

    fn may_save(&self, settings: &DnsZoneSettings, by: &DnsAuthor) -> EngineResult<()> {
        if self.inner.dns.is_configured(&settings.zone) {
            return Err(EngineError::ConfiguredDnsZone(settings.zone.clone()));
        }
        match by {
            DnsAuthor::Interface(_) if settings.kind == DnsKind::Command && !self.allows_dns_commands() => {
                Err(EngineError::RefusedDnsZone(format!(
                    "DNS zone {:?}: a command runs programs on this server, so zones of this kind are added on its command line, \
                     or here where the configuration says dns_commands_from_interface = true",
                    settings.zone
                )))
            }
            DnsAuthor::Interface(_) | DnsAuthor::CommandLine(_) => Ok(()),
        }
    }

    async fn try_settings(
        &self,
        settings: &DnsZoneSettings,
        secret: Option<&Secret>,
        proof: DnsProof,
        by: &DnsAuthor,
    ) -> EngineResult<Option<DnsTrial>> {
        if proof == DnsProof::Untested {
            return Ok(None);
        }
        let patience = match by {
            DnsAuthor::Interface(_) => DnsPatience::OfABrowser,
            DnsAuthor::CommandLine(_) => DnsPatience::OfItsSettings,
        };
        let config = zone_config(settings, secret.cloned()).map_err(EngineError::RefusedDnsZone)?;
        let trial = self.try_dns_zone(config, patience).await?;
        if trial.passed() { Ok(Some(trial)) } else { Err(EngineError::DnsTrial(Box::new(trial))) }
    }

    fn sealed(&self, settings: DnsZoneSettings, secret: Option<&Secret>, by: &DnsAuthor) -> EngineResult<AddedDnsZone> {
        let secret = secret.map(|secret| self.inner.dns.seal(&settings, secret)).transpose()?;
        Ok(AddedDnsZone { settings, secret, by: by.name().to_owned(), at: self.inner.clock.now() })
    }
}
