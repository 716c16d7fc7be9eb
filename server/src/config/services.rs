//! `[services]` and `[services.*]`: what certificates are installed into.

mod apache;
mod deputy;
mod dovecot;
mod exim;
mod haproxy;
mod hook;
mod nginx;
mod postfix;
mod web_disk;

pub(crate) use apache::ApacheSection;

use super::paths::PathsSection;
use deputy::DeputySection;
use dovecot::DovecotSection;
use exim::EximSection;
use haproxy::HaproxySection;
use hook::HookSection;
use nginx::NginxSection;
use postfix::PostfixSection;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::path::{Path, PathBuf};
use web_disk::WebDiskSection;

/// Mail clients are told to use names that begin so.
const MAIL_LABELS: [&str; 6] = ["mail", "imap", "pop", "pop3", "smtp", "mx"];

/// What certificates are installed into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServicesSection {
    /// The server's own name: its certificate is presented for names that nobody has.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "hostname")]
    pub(crate) hostname: Option<String>,
    /// What services read; beside the data where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) store: Option<PathBuf>,
    /// The Apache of this machine, if certificates go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) apache: Option<ApacheSection>,
    /// The nginx of this machine, if certificates go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nginx: Option<NginxSection>,
    /// The HAProxy of this machine, if certificates go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) haproxy: Option<HaproxySection>,
    /// The Apache of the Web Disk, if certificates go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) web_disk: Option<WebDiskSection>,
    /// The Dovecot of this machine, if certificates go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dovecot: Option<DovecotSection>,
    /// The Exim of this machine, if certificates go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exim: Option<EximSection>,
    /// The Postfix of this machine, if certificates go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) postfix: Option<PostfixSection>,
    /// A command that installs, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hook: Option<HookSection>,
    /// The process that installs as root, where the server is an ordinary user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deputy: Option<DeputySection>,
}

impl ServicesSection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.store = self.store.take().map(|path| base.join(path));
        if let Some(apache) = &mut self.apache {
            apache.make_absolute(base);
        }
        if let Some(nginx) = &mut self.nginx {
            nginx.make_absolute(base);
        }
        if let Some(haproxy) = &mut self.haproxy {
            haproxy.make_absolute(base);
        }
        if let Some(disk) = &mut self.web_disk {
            disk.make_absolute(base);
        }
        if let Some(hook) = &mut self.hook {
            hook.make_absolute(base);
        }
        if let Some(deputy) = &mut self.deputy {
            deputy.make_absolute(base);
        }
        if let Some(dovecot) = &mut self.dovecot {
            dovecot.make_absolute(base);
        }
        if let Some(exim) = &mut self.exim {
            exim.make_absolute(base);
        }
        if let Some(postfix) = &mut self.postfix {
            postfix.make_absolute(base);
        }
    }

    pub(super) fn engine(&self, paths: &PathsSection) -> engine::config::ServicesConfig {
        engine::config::ServicesConfig {
            store: self.store.clone().unwrap_or_else(|| beside(&paths.data)),
            hostname: self.hostname.clone(),
            nginx: self.nginx.as_ref().map(NginxSection::engine),
            haproxy: self.haproxy.as_ref().map(HaproxySection::engine),
            web_disk: self.web_disk.as_ref().map(WebDiskSection::engine),
            // It is configured with the server that it is of.
            panel: None,
            hook: self.hook.as_ref().map(HookSection::engine),
            dovecot: self.dovecot.as_ref().map(DovecotSection::engine),
            exim: self.exim.as_ref().map(EximSection::engine),
            postfix: self.postfix.as_ref().map(PostfixSection::engine),
            deputy: self.deputy.as_ref().map(DeputySection::engine),
        }
    }
}

/// The data are their owner's alone; what services read is beside them, with `-tls` added to the name.
fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push("-tls");
    data.with_file_name(name)
}

/// Read a host's name, in whatever way people write it.
fn hostname<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let name = engine::inventory::DomainName::parse(&text).map_err(D::Error::custom)?.into_string();
    if name.starts_with("*.") {
        return Err(D::Error::custom(format!("{text:?} is a wildcard; a server has one name")));
    }
    Ok(Some(name))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use std::path::Path;

    #[test]
    fn services_read_from_a_directory_beside_the_data() {
        let store = |text: &str| {
            let mut config: Config = toml::from_str(text).expect("valid");
            config.make_absolute(Path::new("/srv"));
            config.engine().services.store
        };
        assert_eq!(store(""), Path::new("/var/lib/autossl-tls"));
        assert_eq!(store("[paths]\ndata = 'd'"), Path::new("/srv/d-tls"));
        assert_eq!(store("[services]\nstore = 'tls'"), Path::new("/srv/tls"));
    }

    #[test]
    fn the_servers_own_name_is_a_name() {
        let config: Config = toml::from_str("[services]\nhostname = 'Server.Example.NET.'").expect("valid");
        assert_eq!(config.services.hostname.as_deref(), Some("server.example.net"));
        for wrong in ["*.example.net", "not a name", ""] {
            let text = format!("[services]\nhostname = {wrong:?}");
            assert!(toml::from_str::<Config>(&text).is_err(), "{wrong:?} must be refused");
        }
    }
}
