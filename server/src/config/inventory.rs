//! `[inventory]`: what AutoSSL looks after, and where that is known from.

use super::ApacheSection;
use engine::config::{CertificatesPer, InventoryConfig};
use engine::inventory::apache::DiscoveryConfig;
use engine::inventory::is_account_name;
use engine::model::InventorySource;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// What AutoSSL looks after, and where that is known from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct InventorySection {
    /// Where websites come from.
    pub(crate) source: InventorySource,
    /// How many certificates a website gets.
    pub(crate) certificates_per: CertificatesPer,
    /// Patterns of names that are left alone on the whole server.
    pub(crate) exclude: Vec<String>,
    /// How Apache is asked, where it is the source.
    pub(crate) apache: DiscoverySection,
}

/// How Apache is asked for its websites.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DiscoverySection {
    /// The command that reads the running server's configuration.
    #[serde(deserialize_with = "command")]
    pub(crate) command: Vec<String>,
    /// Where `mod_info.so` is; the usual places are tried where this is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) info_module: Option<PathBuf>,
    /// Who gets websites without an owner.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "account")]
    pub(crate) fallback_user: Option<String>,
    /// Owners of document roots with a lower user id are system accounts.
    pub(crate) first_user_id: u32,
    /// The most seconds that one command may take.
    pub(crate) time_limit: NonZeroU32,
    /// The most MiB that one command may say.
    pub(crate) output_limit: NonZeroU32,
}

impl Default for DiscoverySection {
    fn default() -> Self {
        let DiscoveryConfig { command, info_module, fallback_user, first_user_id, time_limit, output_limit, .. } =
            DiscoveryConfig::default();
        let limit = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            command,
            info_module,
            fallback_user,
            first_user_id,
            time_limit: limit(time_limit),
            output_limit: limit(output_limit),
        }
    }
}

impl InventorySection {
    pub(super) fn make_absolute(&mut self, base: &Path) {
        self.apache.info_module = self.apache.info_module.take().map(|path| base.join(path));
    }

    /// Translate; what AutoSSL itself writes for `installed` makes no websites.
    pub(super) fn engine(&self, installed: Option<&ApacheSection>) -> InventoryConfig {
        match self.source {
            InventorySource::Database => InventoryConfig::Database,
            InventorySource::Apache => InventoryConfig::Apache(DiscoveryConfig {
                command: self.apache.command.clone(),
                info_module: self.apache.info_module.clone(),
                own_vhost_dir: installed.map(|apache| apache.vhost_dir.clone()),
                fallback_user: self.apache.fallback_user.clone(),
                first_user_id: self.apache.first_user_id,
                time_limit: self.apache.time_limit.get(),
                output_limit: self.apache.output_limit.get(),
            }),
        }
    }
}

fn command<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let command = Vec::<String>::deserialize(deserializer)?;
    match command.first().is_some_and(|program| !program.is_empty()) {
        true => Ok(command),
        false => Err(D::Error::custom("a command needs a program, such as [\"apache2ctl\"]")),
    }
}

fn account<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(deserializer)?;
    match is_account_name(&name) {
        true => Ok(Some(name)),
        false => Err(D::Error::custom(format!("{name:?} cannot be the name of a user"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use engine::config::InventoryConfig;
    use std::path::Path;

    fn refusal(text: &str) -> String {
        toml::from_str::<Config>(text).expect_err("this must be refused").message().to_owned()
    }

    #[test]
    fn apache_is_told_where_autossl_writes() {
        let text = "[inventory]\nsource = 'apache'\n[services.apache]\nvhost_dir = '/etc/own'";
        let config: Config = toml::from_str(text).expect("valid");
        let InventoryConfig::Apache(discovery) = config.engine().inventory else { panic!("apache is the source") };
        assert_eq!(discovery.own_vhost_dir.as_deref(), Some(Path::new("/etc/own")));
        assert_eq!(discovery.command, ["apache2ctl"]);
        assert_eq!(Config::default().engine().inventory, InventoryConfig::Database);
    }

    #[test]
    fn a_wrong_value_is_refused_with_what_would_be_right() {
        let unknown = refusal("[inventory]\nsource = 'nginx'");
        assert!(unknown.contains("unknown variant `nginx`, expected `database` or `apache`"), "{unknown}");
        assert!(refusal("[inventory.apache]\ncommand = []").contains("a command needs a program"));
        assert!(refusal("[inventory.apache]\nfallback_user = 'No Body'").contains("\"No Body\" cannot be the name"));
        assert!(refusal("[inventory.apache]\ntime_limit = 0").contains("nonzero"));
        assert!(refusal("[inventory.apache]\nvhost_dir = '/x'").contains("unknown field `vhost_dir`"));
    }
}
