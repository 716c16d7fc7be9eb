//! Which certificate authorities there are, and what their documentation says of them.

use crate::acme::{AcmeClient, AcmeError, Ca, Reach};
use crate::budget::{LimitKind, Limits};
use crate::config::ProviderConfig;
use crate::error::{EngineError, EngineResult};
use crate::model::{Offered, ProviderOrigin};
use crate::store::AddedProvider;

/// A certificate authority that AutoSSL can order from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Provider {
    /// A short stable name.
    pub(crate) id: String,
    /// The name for people.
    pub(crate) name: String,
    /// The ACME directory's URL.
    pub(crate) directory_url: String,
    /// Its limits, which are kept before it has to say so.
    pub(crate) limits: Limits,
    /// Who put it into the catalogue.
    pub(crate) origin: ProviderOrigin,
    /// What its documentation says.
    pub(crate) facts: Facts,
    /// Which addresses it may have.
    pub(crate) reach: Reach,
    /// Roots that are trusted for it beside the configured ones, as PEM.
    pub(crate) root_pem: Option<String>,
}

/// What is known of a provider before it is asked. What depends on the contract, or is not documented, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// How it validates names.
    pub(crate) validation: &'static str,
    /// Names in one certificate.
    pub(crate) names: Option<u32>,
    /// Days for which a certificate is valid.
    pub(crate) days: Option<u32>,
    /// Redirects that it follows when it fetches a token.
    pub(crate) redirects: Option<u32>,
    /// Whether accounts must be bound to a customer's account.
    pub(crate) external_account: bool,
    /// Whether it issues for wildcards.
    pub(crate) wildcards: Offered,
    /// Whether it tells when to renew (RFC 9773).
    pub(crate) renewal_information: Offered,
}

struct BuiltIn {
    id: &'static str,
    name: &'static str,
    directory_url: &'static str,
    limits: fn() -> Limits,
    facts: Facts,
}

const ALL_THREE: &str = "HTTP-01, DNS-01, TLS-ALPN-01";
const HTTP_AND_DNS: &str = "HTTP-01, DNS-01";
const LETS_ENCRYPT: Facts = Facts {
    validation: ALL_THREE,
    names: Some(100),
    days: Some(90),
    redirects: Some(10),
    external_account: false,
    wildcards: Offered::Yes,
    renewal_information: Offered::Yes,
};
const BY_CONTRACT: Facts = Facts {
    validation: HTTP_AND_DNS,
    names: None,
    days: None,
    redirects: None,
    external_account: true,
    wildcards: Offered::ByContract,
    renewal_information: Offered::ByContract,
};
const NINETY_DAYS: Facts = Facts { days: Some(90), ..BY_CONTRACT };

/// The certificate authorities that come with AutoSSL. What else their directories say is read from them.
const BUILT_IN: [BuiltIn; 8] = [
    BuiltIn {
        id: "letsencrypt",
        name: "Let's Encrypt",
        directory_url: "https://acme-v02.api.letsencrypt.org/directory",
        limits: Limits::lets_encrypt,
        facts: LETS_ENCRYPT,
    },
    BuiltIn {
        id: "letsencrypt-staging",
        name: "Let's Encrypt (staging)",
        directory_url: "https://acme-staging-v02.api.letsencrypt.org/directory",
        limits: Limits::lets_encrypt_staging,
        facts: LETS_ENCRYPT,
    },
    BuiltIn {
        id: "zerossl",
        name: "ZeroSSL",
        directory_url: "https://acme.zerossl.com/v2/DV90",
        limits: Limits::zerossl,
        facts: Facts { names: Some(100), wildcards: Offered::Yes, renewal_information: Offered::Yes, ..NINETY_DAYS },
    },
    BuiltIn {
        id: "google",
        name: "Google Trust Services",
        directory_url: "https://dv.acme-v02.api.pki.goog/directory",
        limits: Limits::none,
        facts: Facts {
            names: Some(100),
            validation: ALL_THREE,
            wildcards: Offered::Yes,
            renewal_information: Offered::Yes,
            ..NINETY_DAYS
        },
    },
    BuiltIn {
        id: "sslcom",
        name: "SSL.com",
        directory_url: "https://acme.ssl.com/sslcom-dv-ecc",
        limits: Limits::none,
        facts: NINETY_DAYS,
    },
    BuiltIn {
        id: "sectigo",
        name: "Sectigo",
        directory_url: "https://acme.sectigo.com/v2/DV",
        limits: Limits::none,
        facts: BY_CONTRACT,
    },
    BuiltIn {
        id: "digicert",
        name: "DigiCert",
        directory_url: "https://acme.digicert.com/v2/acme/directory",
        limits: Limits::none,
        facts: BY_CONTRACT,
    },
    BuiltIn {
        id: "actalis",
        name: "Actalis",
        directory_url: "https://acme-api.actalis.com/acme/directory",
        limits: Limits::none,
        // By ACME it issues for single hosts and lists of them.
        facts: Facts { wildcards: Offered::No, ..NINETY_DAYS },
    },
];

impl Provider {
    /// Prepare to ask it; sends nothing.
    pub(crate) fn ca(&self, client: &AcmeClient) -> Result<Ca, AcmeError> {
        let requests = self.limits.rate(LimitKind::Requests);
        client.at(&self.directory_url, self.reach, self.root_pem.as_deref(), requests)
    }
}

/// List the built-in providers and those of the configuration.
pub(crate) fn configured(extra: &[ProviderConfig]) -> EngineResult<Vec<Provider>> {
    let built_in = BUILT_IN.iter().map(|built_in| Provider {
        id: built_in.id.into(),
        name: built_in.name.into(),
        directory_url: built_in.directory_url.into(),
        limits: (built_in.limits)(),
        origin: ProviderOrigin::BuiltIn,
        facts: built_in.facts,
        reach: Reach::PublicOnly,
        root_pem: None,
    });
    let mut providers: Vec<Provider> = built_in.collect();
    for ProviderConfig { id, name, directory_url, limits, allow_private } in extra {
        let refuse = |reason: &str| EngineError::Configuration(format!("provider {id:?}: {reason}"));
        check_id(id, &providers).map_err(|reason| refuse(&reason))?;
        check_url(directory_url).map_err(|reason| refuse(&reason))?;
        let limits = Limits::none().configured(limits.iter().map(|(name, rate)| (name.as_str(), rate.as_str())));
        let limits = limits.map_err(|error| refuse(&error.to_string()))?;
        providers.push(Provider {
            id: id.clone(),
            name: name.clone(),
            directory_url: directory_url.clone(),
            limits,
            origin: ProviderOrigin::Configuration,
            facts: Facts::default(),
            reach: reach(*allow_private),
            root_pem: None,
        });
    }
    Ok(providers)
}

/// Make a catalogue's entry of a provider that an administrator added, or tell why it is none.
pub(crate) fn added(provider: AddedProvider) -> Result<Provider, String> {
    check_url(&provider.directory_url)?;
    Ok(Provider {
        id: provider.id,
        name: provider.name,
        directory_url: provider.directory_url,
        limits: Limits::none(),
        origin: ProviderOrigin::Added,
        facts: Facts::default(),
        reach: reach(provider.allow_private),
        root_pem: provider.root_pem,
    })
}

/// Check a provider's short name, which names a file and stands in URLs.
pub(crate) fn check_id(id: &str, known: &[Provider]) -> Result<(), String> {
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Err("the id may have lower-case letters, digits and hyphens only".into());
    }
    match known.iter().any(|provider| provider.id == id) {
        true => Err("the id is taken".into()),
        false => Ok(()),
    }
}

fn check_url(directory_url: &str) -> Result<(), String> {
    match directory_url.starts_with("https://") {
        true => Ok(()),
        false => Err("the directory URL must begin with https://".into()),
    }
}

fn reach(allow_private: bool) -> Reach {
    if allow_private { Reach::Anywhere } else { Reach::PublicOnly }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, directory_url: &str) -> ProviderConfig {
        ProviderConfig {
            id: id.into(),
            name: "Ours".into(),
            directory_url: directory_url.into(),
            limits: Default::default(),
            allow_private: false,
        }
    }

    #[test]
    fn a_private_ca_stands_beside_the_built_in_ones() {
        let all = configured(&[entry("ours", "https://ca.internal.test/directory")]).unwrap();
        assert_eq!(all.len(), BUILT_IN.len() + 1);
        assert_eq!(all.last().unwrap().id, "ours");
    }

    #[test]
    fn a_provider_that_could_escape_its_file_or_https_is_refused_by_name() {
        for (id, url) in [
            ("../x", "https://ca.test/"),
            ("", "https://ca.test/"),
            ("a", "http://ca.test/"),
            ("a", "file:///etc/passwd"),
            ("letsencrypt", "https://ca.test/"),
        ] {
            let error = configured(&[entry(id, url)]).unwrap_err().to_string();
            assert!(error.contains(&format!("{id:?}")), "{error}");
        }
    }

    #[test]
    fn every_built_in_provider_has_a_name_of_its_own_and_an_https_directory() {
        let all = configured(&[]).unwrap();
        for (index, provider) in all.iter().enumerate() {
            check_id(&provider.id, &all[..index]).unwrap();
            check_url(&provider.directory_url).unwrap();
            assert!(!provider.facts.validation.is_empty(), "{}", provider.id);
        }
    }
}
