//! What the server is told: defaults, then `autossl.toml`, then `AUTOSSL_SECTION__KEY` from the environment.
//!
//! One section a file. Nothing outside this module reads the configuration file or those variables.

mod acme;
mod database;
mod dns;
mod error;
mod inventory;
mod layers;
mod limits;
mod log;
mod paths;
mod provider;
mod schedule;
mod server;
mod services;

pub(crate) use error::ConfigError;
pub(crate) use log::LogFormat;
pub(crate) use provider::ProviderSection;
pub(crate) use schedule::Nightly;
pub(crate) use server::{PublicUrl, machine_name, reachable};
pub(crate) use services::ApacheSection;

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The commented sample, which shows every key with its default.
pub(crate) const SAMPLE: &str = include_str!("../../packaging/autossl.toml");

/// Everything that can be configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) server: server::ServerSection,
    pub(crate) database: database::DatabaseSection,
    pub(crate) paths: paths::PathsSection,
    pub(crate) log: log::LogSection,
    pub(crate) acme: acme::AcmeSection,
    pub(crate) inventory: inventory::InventorySection,
    pub(crate) schedule: schedule::ScheduleSection,
    pub(crate) limits: limits::LimitsSection,
    pub(crate) services: services::ServicesSection,
    pub(crate) providers: Vec<provider::ProviderSection>,
    #[serde(deserialize_with = "dns::DnsSection::read", skip_serializing_if = "Vec::is_empty")]
    pub(crate) dns: Vec<dns::DnsSection>,
}

impl Config {
    /// Load the configuration: `file`, else `./autossl.toml`, else `/etc/autossl/autossl.toml`, else only defaults.
    ///
    /// # Errors
    /// Where a named file cannot be read, or a file or variable holds an unknown key or a wrong value.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let file = Self::file(file);
        let text = match &file {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?,
            None => String::new(),
        };
        let name = file.as_deref().unwrap_or(Path::new("autossl.toml"));
        let mut config = layers::merge(name, &text, layers::environment())?;
        config.make_absolute(&base_directory(file.as_deref())?);
        Ok(config)
    }

    /// Find the configuration file: the one that was named, else the first of the usual ones; `None` where there is none.
    pub(crate) fn file(named: Option<&Path>) -> Option<PathBuf> {
        named.map(Path::to_owned).or_else(find_file)
    }

    /// Translate into what the engine is told.
    pub(crate) fn engine(&self) -> engine::config::EngineConfig {
        engine::config::EngineConfig {
            database_url: self.database.url(&self.paths),
            data_dir: self.paths.data.clone(),
            logs_dir: self.paths.logs.clone(),
            acme: self.acme.engine(),
            providers: self.providers.iter().map(provider::ProviderSection::engine).collect(),
            apache: self.services.apache.as_ref().map(|apache| apache.engine(self.acme.http_listen())),
            services: engine::config::ServicesConfig {
                panel: self.server.panel(self.services.hostname.as_deref()),
                ..self.services.engine(&self.paths)
            },
            limits: self.limits.engine(),
            schedule: self.schedule.engine(),
            inventory: self.inventory.engine(self.services.apache.as_ref()),
            certificates_per: self.inventory.certificates_per,
            exclude: self.inventory.exclude.clone(),
            precheck: self.acme.precheck(),
            dns: engine::config::DnsConfig {
                zones: self.dns.iter().map(dns::DnsSection::engine).collect(),
                resolvers: self.acme.resolver.clone(),
                port: 53,
                commands_from_interface: self.server.dns_commands_from_interface,
            },
        }
    }

    /// Write as TOML, with every default filled in.
    #[expect(clippy::expect_used, reason = "tables of plain values always have a TOML form")]
    pub(crate) fn to_toml(&self) -> String {
        toml::to_string(self).expect("tables of plain values have a TOML form")
    }

    /// Relative paths count from the configuration file, so that cron and the server mean the same database.
    fn make_absolute(&mut self, base: &Path) {
        self.paths.make_absolute(base);
        self.database.make_absolute(base);
        self.server.make_absolute(base);
        self.acme.make_absolute(base);
        self.services.make_absolute(base);
        self.inventory.make_absolute(base);
        self.dns.iter_mut().for_each(|zone| zone.make_absolute(base));
    }
}

fn find_file() -> Option<PathBuf> {
    ["autossl.toml", "/etc/autossl/autossl.toml"].into_iter().map(PathBuf::from).find(|path| path.is_file())
}

fn base_directory(file: Option<&Path>) -> Result<PathBuf, ConfigError> {
    let directory = file.and_then(Path::parent).unwrap_or(Path::new(""));
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    std::path::absolute(directory).map_err(|source| ConfigError::Unreadable { path: directory.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::{Config, SAMPLE};
    use std::path::Path;

    /// Turn settings that the sample only mentions (`#key`, without a space) into real ones.
    fn all_settings(sample: &str) -> String {
        let line = |line: &str| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => setting.to_owned(),
            _ => line.to_owned(),
        };
        sample.lines().map(|text| line(text) + "\n").collect()
    }

    #[test]
    fn the_sample_shows_the_defaults() {
        let sample: Config = toml::from_str(SAMPLE).expect("the sample is valid");
        assert_eq!(sample, Config::default());
    }

    #[test]
    fn every_setting_that_the_sample_mentions_exists() {
        let config: Config = toml::from_str(&all_settings(SAMPLE)).expect("every mentioned setting is valid");
        assert_eq!(config.services.apache, Some(super::services::ApacheSection::default()));
        assert_eq!((config.providers.len(), config.dns.len()), (1, 3));
        assert_eq!(config.inventory.apache.fallback_user.as_deref(), Some("webmaster"));
    }

    #[test]
    fn relative_paths_count_from_the_file() {
        let mut config: Config =
            toml::from_str("[paths]\ndata = 'd'\n[database]\nurl = 'sqlite://x.db'").expect("valid");
        config.make_absolute(Path::new("/srv"));
        let engine = config.engine();
        assert_eq!(engine.data_dir, Path::new("/srv/d"));
        assert_eq!(engine.database_url, "sqlite:///srv/x.db");
    }

    #[test]
    fn the_effective_configuration_can_be_read_back() {
        let config = Config::default();
        assert_eq!(toml::from_str::<Config>(&config.to_toml()).expect("valid"), config);
    }
}
