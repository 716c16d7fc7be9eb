//! How to ask Apache, and what to make of the owners.

use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// How websites are discovered from an Apache.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiscoveryConfig {
    /// The command that reads the same configuration as the running server, without `-t`: `["apache2ctl"]` on Debian, whose
    /// configuration needs the script's environment, `["httpd"]` elsewhere, or `["apache2", "-f", "/path/httpd.conf"]`.
    pub command: Vec<String>,
    /// Where `mod_info.so` is; the usual places are tried where this is absent. It is loaded into the short run only.
    pub info_module: Option<PathBuf>,
    /// The directory that AutoSSL writes virtual hosts to, as the `Include` spells it. They make no website: else one that
    /// the administrator removed would live on through the virtual host that AutoSSL wrote for it.
    pub own_vhost_dir: Option<PathBuf>,
    /// Who gets websites whose owner is not known or is a system account; without it they are skipped.
    pub fallback_user: Option<String>,
    /// Owners of document roots with a lower user id are system accounts. An account that a directive names may be one.
    pub first_user_id: u32,
    /// The most seconds that one command may take.
    pub time_limit: u32,
    /// The most MiB that one command may say. Measured: about 2 MiB for 4,000 virtual hosts with few directives.
    pub output_limit: u32,
}

impl Default for DiscoveryConfig {
    fn default() -> Self {
        Self {
            command: vec!["apache2ctl".into()],
            info_module: None,
            own_vhost_dir: None,
            fallback_user: None,
            first_user_id: 1_000,
            time_limit: 60,
            output_limit: 256,
        }
    }
}

impl DiscoveryConfig {
    pub(super) fn time_limit(&self) -> Duration {
        Duration::from_secs(self.time_limit.into())
    }
}

#[cfg(test)]
mod tests {
    use super::DiscoveryConfig;

    #[test]
    fn everything_has_a_default_and_nothing_unknown_is_taken() {
        let config: DiscoveryConfig = toml::from_str("command = ['httpd']\nfallback_user = 'www'").unwrap();
        let expected = DiscoveryConfig {
            command: vec!["httpd".into()],
            fallback_user: Some("www".into()),
            ..DiscoveryConfig::default()
        };
        assert_eq!(config, expected);
        assert!(toml::from_str::<DiscoveryConfig>("comand = []").is_err());
    }
}
