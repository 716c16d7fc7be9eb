//! Where everything is: the directory (RFC 8555, section 7.1.1), nonces (section 7.2), and the terms.

use http::{HeaderValue, Method, StatusCode, header::CACHE_CONTROL};
use serde_json::{Map, Value, json};

use crate::{
    authority::Authority,
    exchange::{Exchange, Reply},
    settings::{ExternalAccounts, PersistentRecords, RenewalInformation},
};

pub(super) fn directory(ca: &Authority) -> Reply {
    let settings = &ca.settings;
    let mut meta = Map::new();
    if let Some(terms) = &ca.state().terms {
        meta.insert("termsOfService".to_owned(), json!(terms));
    }
    if let Some(website) = &settings.website {
        meta.insert("website".to_owned(), json!(website));
    }
    if !settings.caa_identities.is_empty() {
        meta.insert("caaIdentities".to_owned(), json!(settings.caa_identities));
    }
    if settings.persistent_records == PersistentRecords::Accepted {
        meta.insert("issuerDomainNames".to_owned(), json!(settings.caa_identities));
        meta.insert("accountHashPrefix".to_owned(), json!(ca.account_hash_prefix()));
    }
    if settings.external_accounts == ExternalAccounts::Required {
        meta.insert("externalAccountRequired".to_owned(), json!(true));
    }
    if !settings.profiles_are_implied() {
        let profiles = settings.profiles.iter();
        let profiles: Map<String, Value> =
            profiles.map(|profile| (profile.name.clone(), json!(profile.description))).collect();
        meta.insert("profiles".to_owned(), json!(profiles));
    }
    let mut document = json!({
        "newNonce": ca.url("/acme/new-nonce"),
        "newAccount": ca.url("/acme/new-account"),
        "newOrder": ca.url("/acme/new-order"),
        "revokeCert": ca.url("/acme/revoke-cert"),
        "keyChange": ca.url("/acme/key-change"),
        "meta": meta,
    });
    if settings.renewal_information == RenewalInformation::Offered {
        document["renewalInfo"] = json!(ca.url("/acme/renewal-info"));
    }
    Reply::json(StatusCode::OK, &document)
}

/// The nonce itself is added to every answer.
pub(super) fn new_nonce(exchange: &Exchange) -> Reply {
    let head = exchange.method == Method::HEAD;
    let mut reply = Reply::empty(if head { StatusCode::OK } else { StatusCode::NO_CONTENT });
    reply.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

pub(super) fn terms() -> Reply {
    Reply::of(StatusCode::OK, "text/plain; charset=utf-8", "These certificates are for tests. Trust none of them.\n")
}
