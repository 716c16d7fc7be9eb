//! `[[dns]]`: zones in which challenge records may be made (DNS-01).

use engine::config::{DnsAccess, DnsKeyConfig, DnsToken, DnsZoneConfig};
use engine::dns01::{KeyWords, Secret, TsigAlgorithm};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A zone in which challenge records may be made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DnsSection {
    /// Its name.
    pub(crate) zone: String,
    /// How it is changed.
    pub(crate) kind: Kind,
    /// `rfc2136`: the primary server's address or name, perhaps with a port. `provider`: PowerDNS's URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// `rfc2136`: the key's name, where its file does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// `rfc2136`: how the key signs, where its file does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) algorithm: Option<Algorithm>,
    /// `rfc2136`: the key itself, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<HiddenSecret>,
    /// `rfc2136`: a file with the key, as name servers write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret_file: Option<PathBuf>,
    /// `provider`: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<String>,
    /// `provider`: what it lets AutoSSL in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<HiddenToken>,
    /// `provider`: a file with the token and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
    /// How long others may remember a value, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ttl: Option<u32>,
    /// `command`: the program and its first arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) command: Vec<String>,
    /// Servers that must show what was published; none asks those of the zone's NS records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) check_at: Vec<SocketAddr>,
    /// The most seconds that one change may take.
    #[serde(default = "timeout")]
    pub(crate) timeout: u32,
    /// The most seconds to wait until all servers show what was published.
    #[serde(default = "propagation_timeout")]
    pub(crate) propagation_timeout: u32,
}

/// How a zone is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// By messages to its primary server (RFC 2136).
    Rfc2136,
    /// At a provider, with a token.
    Provider,
    /// By a command.
    Command,
}

/// A token that is not written out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HiddenToken(Secret);

/// A key that is not written out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HiddenSecret(Secret);

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Algorithm(TsigAlgorithm);

const fn timeout() -> u32 {
    30
}

const fn propagation_timeout() -> u32 {
    120
}

impl DnsSection {
    /// Read the sections, refusing those whose keys do not go together.
    pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Self>, D::Error> {
        let sections: Vec<Checked> = Vec::deserialize(deserializer)?;
        Ok(sections.into_iter().map(|section| section.0).collect())
    }

    fn checked(self) -> Result<Self, String> {
        let refused = |reason: &str| Err(format!("DNS zone {:?}: {reason}", self.zone));
        let has_key =
            self.key.is_some() || self.algorithm.is_some() || self.secret.is_some() || self.secret_file.is_some();
        let has_token = self.provider.is_some() || self.token.is_some() || self.token_file.is_some();
        match self.kind {
            Kind::Rfc2136 | Kind::Command if has_token => refused("`provider` and tokens are for kind \"provider\""),
            Kind::Provider if self.provider.is_none() => refused("kind \"provider\" needs `provider`"),
            Kind::Provider if self.token.is_some() == self.token_file.is_some() => {
                refused("kind \"provider\" needs either `token` or `token_file`")
            }
            Kind::Provider if has_key => refused("keys are for kind \"rfc2136\""),
            Kind::Rfc2136 if self.server.is_none() => refused("kind \"rfc2136\" needs `server`"),
            Kind::Rfc2136 | Kind::Provider if !self.command.is_empty() => refused("`command` is for kind \"command\""),
            Kind::Rfc2136 if self.secret.is_some() && self.secret_file.is_some() => {
                refused("`secret` and `secret_file` exclude each other")
            }
            Kind::Rfc2136 if has_key && self.secret.is_none() && self.secret_file.is_none() => {
                refused("the key needs `secret` or `secret_file`")
            }
            Kind::Rfc2136 if self.secret.is_some() && self.key.is_none() => {
                refused("`secret` needs `key`, the key's name")
            }
            Kind::Command if self.command.is_empty() => refused("kind \"command\" needs `command`"),
            Kind::Command if has_key || self.server.is_some() || self.ttl.is_some() => {
                refused("`server`, `ttl` and keys are for kind \"rfc2136\"")
            }
            Kind::Rfc2136 | Kind::Provider | Kind::Command => Ok(self),
        }
    }

    pub(super) fn make_absolute(&mut self, base: &Path) {
        for file in self.secret_file.iter_mut().chain(&mut self.token_file) {
            *file = base.join(&*file);
        }
        // A program without a slash is looked for on PATH.
        if let Some(program) = self.command.first_mut().filter(|program| program.contains('/')) {
            *program = base.join(&*program).to_string_lossy().into_owned();
        }
    }

    pub(super) fn engine(&self) -> DnsZoneConfig {
        let key = || DnsKeyConfig {
            words: KeyWords {
                name: self.key.clone(),
                algorithm: self.algorithm.map(|algorithm| algorithm.0),
                secret: self.secret.clone().map(|secret| secret.0),
            },
            file: self.secret_file.clone(),
        };
        let access = match self.kind {
            Kind::Rfc2136 => DnsAccess::Rfc2136 {
                server: self.server.clone().unwrap_or_default(),
                key: (self.secret.is_some() || self.secret_file.is_some()).then(key),
                ttl: self.ttl.unwrap_or_default(),
            },
            Kind::Provider => DnsAccess::Hosted {
                provider: self.provider.clone().unwrap_or_default(),
                token: match (&self.token, &self.token_file) {
                    (Some(token), _) => DnsToken::Text(token.0.clone()),
                    (None, file) => DnsToken::File(file.clone().unwrap_or_default()),
                },
                url: self.server.clone(),
                ttl: self.ttl.unwrap_or_default(),
            },
            Kind::Command => DnsAccess::Command { command: self.command.clone() },
        };
        DnsZoneConfig {
            zone: self.zone.clone(),
            access,
            check_at: self.check_at.clone(),
            timeout: self.timeout,
            propagation_timeout: self.propagation_timeout,
        }
    }
}

/// A section whose keys go together; refused here, so that the error has its line.
struct Checked(DnsSection);

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DnsSection::deserialize(deserializer)?.checked().map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for HiddenSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Secret::from_base64(&String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for HiddenSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(not shown)")
    }
}

impl<'de> Deserialize<'de> for HiddenToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Secret::from_text(&String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for HiddenToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(not shown)")
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        TsigAlgorithm::parse(&String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use std::path::Path;

    const SECRET: &str = "4tomw4aOAVnexkyKMWTYFthBvzxgjZkOkAKp2Xpk4Qs=";

    fn read(lines: &str) -> Result<Config, String> {
        toml::from_str(&format!("[[dns]]\nzone = 'a.test'\n{lines}\n")).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_that_do_not_go_together_are_refused_with_the_zone() {
        for (lines, said) in [
            ("kind = 'rfc2136'", "needs `server`"),
            ("kind = 'rfc2136'\nserver = 'x'\nkey = 'k'", "needs `secret` or `secret_file`"),
            ("kind = 'rfc2136'\nserver = 'x'\nsecret = 'AAAA'", "needs `key`"),
            ("kind = 'command'", "needs `command`"),
            ("kind = 'provider'\ntoken = 't'", "needs `provider`"),
            ("kind = 'provider'\nprovider = 'desec'", "needs either `token` or `token_file`"),
            ("kind = 'command'\ncommand = ['x']\ntoken = 't'", "are for kind \"provider\""),
            ("kind = 'command'\ncommand = ['x']\nserver = 'x'", "are for kind \"rfc2136\""),
        ] {
            let error = read(lines).expect_err(lines);
            assert!(error.contains("DNS zone \"a.test\": ") && error.contains(said), "{lines}: {error}");
        }
        for (lines, said) in [
            ("kind = 'route66'", "unknown variant `route66`"),
            ("kind = 'rfc2136'\nserver = 'x'\nkey = 'k'\nsecret = 'not base64!'", "the secret is not base64"),
            ("kind = 'rfc2136'\nserver = 'x'\nalgorithm = 'md5'", "is not one of hmac-sha256"),
        ] {
            let error = read(lines).expect_err(lines);
            assert!(error.contains(said), "{lines}: {error}");
        }
    }

    #[test]
    fn a_secret_is_neither_printed_nor_shown() {
        let lines = format!("kind = 'rfc2136'\nserver = '127.0.0.1'\nkey = 'k'\nsecret = '{SECRET}'");
        let config = read(&lines).expect("valid");
        let hosted = read(&format!("kind = 'provider'\nprovider = 'desec'\ntoken = '{SECRET}'")).expect("valid");
        let shown = format!("{}{hosted:?}{:?}", hosted.to_toml(), hosted.engine());
        assert!(!shown.contains(SECRET) && shown.contains("(not shown)"), "{shown}");
        for text in [config.to_toml(), format!("{config:?}"), format!("{:?}", config.engine())] {
            assert!(!text.contains(SECRET), "{text}");
        }
        assert!(config.to_toml().contains("(not shown)"));
    }

    #[test]
    fn files_count_from_the_configuration_and_programs_without_a_slash_from_the_path() {
        let mut config = read("kind = 'command'\ncommand = ['./hook', 'x']\n[[dns]]\nzone = 'b.test'\nkind = 'rfc2136'\nserver = 'x'\nsecret_file = 'k'")
            .expect("valid");
        config.make_absolute(Path::new("/srv"));
        assert_eq!(config.dns[0].command, ["/srv/./hook", "x"]);
        assert_eq!(config.dns[1].secret_file.as_deref(), Some(Path::new("/srv/k")));
    }
}
