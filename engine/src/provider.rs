//! The catalogue of certificate authorities, and the account at each.

use crate::acme::AcmeAccount;
use crate::budget::Limits;
use crate::config::ProviderConfig;
use crate::engine::Inner;
use crate::error::{EngineError, EngineResult};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;

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
}

/// Id, name, directory, limits.
type BuiltIn = (&'static str, &'static str, &'static str, fn() -> Limits);

const BUILT_IN: [BuiltIn; 2] = [
    ("letsencrypt", "Let's Encrypt", "https://acme-v02.api.letsencrypt.org/directory", Limits::lets_encrypt),
    (
        "letsencrypt-staging",
        "Let's Encrypt (staging)",
        "https://acme-staging-v02.api.letsencrypt.org/directory",
        Limits::lets_encrypt_staging,
    ),
];

/// List the built-in providers and the administrator's.
pub(crate) fn catalogue(extra: &[ProviderConfig]) -> EngineResult<Vec<Provider>> {
    let built_in = BUILT_IN.iter().map(|(id, name, directory_url, limits)| Provider {
        id: (*id).into(),
        name: (*name).into(),
        directory_url: (*directory_url).into(),
        limits: limits(),
    });
    let mut providers: Vec<Provider> = built_in.collect();
    for ProviderConfig { id, name, directory_url, limits } in extra {
        let refuse = |reason: &str| Err(EngineError::Configuration(format!("provider {id:?}: {reason}")));
        // The id names a file and stands in URLs.
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return refuse("the id may have lower-case letters, digits and hyphens only");
        }
        if providers.iter().any(|provider| provider.id == *id) {
            return refuse("the id is taken");
        }
        if !directory_url.starts_with("https://") {
            return refuse("the directory URL must begin with https://");
        }
        let limits = Limits::default().configured(limits.iter().map(|(name, rate)| (name.as_str(), rate.as_str())));
        let limits = limits.map_err(|error| EngineError::Configuration(format!("provider {id:?}: {error}")))?;
        let (id, name, directory_url) = (id.clone(), name.clone(), directory_url.clone());
        providers.push(Provider { id, name, directory_url, limits });
    }
    Ok(providers)
}

/// Open the account at a provider, registering it where needed, and remember its URL or why that failed.
///
/// The key is on disk before anything is sent.
pub(crate) async fn open_account(inner: &Inner, provider: &Provider) -> EngineResult<AcmeAccount> {
    let key_pem = inner.vault.account_key(&provider.id)?;
    let key = PrivatePkcs8KeyDer::from_pem_slice(key_pem.as_bytes())
        .map_err(|error| EngineError::Configuration(format!("account key of {}: {error}", provider.id)))?;
    match inner.acme.open_account(&provider.directory_url, key.secret_pkcs8_der()).await {
        Ok(account) => {
            inner.store.set_account_url(&provider.id, Some(account.url())).await?;
            inner.store.set_provider_error(&provider.id, None).await?;
            Ok(account)
        }
        Err(error) => {
            inner.store.set_provider_error(&provider.id, Some(&error.to_string())).await?;
            Err(error.into())
        }
    }
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
        }
    }

    #[test]
    fn a_private_ca_stands_beside_the_built_in_ones() {
        let all = catalogue(&[entry("ours", "https://ca.internal.test/directory")]).unwrap();
        assert_eq!(all.last().unwrap().id, "ours");
    }

    #[test]
    fn a_provider_that_could_escape_its_file_or_https_is_refused_by_name() {
        for (id, url) in [
            ("../x", "https://ca.test/"),
            ("", "https://ca.test/"),
            ("a", "http://ca.test/"),
            ("letsencrypt", "https://ca.test/"),
        ] {
            let error = catalogue(&[entry(id, url)]).unwrap_err().to_string();
            assert!(error.contains(&format!("{id:?}")), "{error}");
        }
    }
}
