//! A provider's directory object (RFC 8555, section 7.1.1).

use super::http::AcmeHttp;
use super::{AcmeError, persist};
use crate::model::{DirectoryAbout, Profile};
use http::Request;
use instant_acme::BodyWrapper;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a directory says.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    /// Where nonces come from.
    pub(crate) new_nonce: String,
    /// Where accounts are registered.
    pub(crate) new_account: String,
    /// Where accounts change their key, if they can.
    pub(crate) key_change: Option<String>,
    /// Where it tells when to renew (RFC 9773, section 3), if it does.
    pub(crate) renewal_info: Option<String>,
    /// What it says about itself.
    pub(crate) about: DirectoryAbout,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    new_nonce: String,
    new_account: String,
    key_change: Option<String>,
    renewal_info: Option<String>,
    #[serde(default)]
    meta: WireMeta,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMeta {
    terms_of_service: Option<String>,
    website: Option<String>,
    #[serde(default)]
    caa_identities: Vec<String>,
    #[serde(default)]
    external_account_required: bool,
    #[serde(default)]
    profiles: BTreeMap<String, String>,
    #[serde(default)]
    issuer_domain_names: Vec<String>,
    account_hash_prefix: Option<String>,
}

/// Read the directory.
pub(super) async fn fetch(http: &AcmeHttp, url: &str) -> Result<Directory, AcmeError> {
    let request = Request::get(url).body(BodyWrapper::default());
    let response = http.send(request.map_err(|error| AcmeError::Protocol(error.to_string()))?).await?;
    let wire: Wire = serde_json::from_slice(response.body())
        .map_err(|error| AcmeError::Protocol(format!("{url} is not an ACME directory: {error}")))?;
    // They are shown as links.
    let link = |url: Option<String>| url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    let profiles = wire.meta.profiles.into_iter().map(|(name, description)| Profile { name, description });
    let about = DirectoryAbout {
        terms_of_service: link(wire.meta.terms_of_service),
        website: link(wire.meta.website),
        caa_identities: wire.meta.caa_identities,
        external_account_required: wire.meta.external_account_required,
        profiles: profiles.collect(),
        renewal_information: wire.renewal_info.is_some(),
        // A list that is not as it has to be counts as none (draft-ietf-acme-dns-persist, section 3.2).
        issuer_domain_names: persist::issuers(wire.meta.issuer_domain_names).unwrap_or_default(),
        account_hash_prefix: wire.meta.account_hash_prefix,
    };
    let Wire { new_nonce, new_account, key_change, renewal_info, .. } = wire;
    Ok(Directory { new_nonce, new_account, key_change, renewal_info, about })
}
