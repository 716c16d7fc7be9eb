//! Persistent validation records (dns-persist-01, draft-ietf-acme-dns-persist): a TXT record that names the certificate authority
//! and the account, and validates a domain for as long as it stands. Looking is here and thin; reading is in `persist/record.rs`,
//! judging in `persist/judge.rs`, both pure.

mod account;
mod judge;
mod record;

pub use account::PersistAccount;
pub(in crate::dcv) use judge::Standing;
use judge::judge;
pub(crate) use record::{Record, zone_file_line};

use super::dns::{Data, Kind, Resolver, Trouble};
use super::name::Form;
use super::{Code, Finding};
use crate::model::Timestamp;
use std::collections::BTreeSet;

/// The label in front of the domain (section 3 of the draft).
pub(crate) const LABEL: &str = "_validation-persist";

/// What a persistent validation record must say for a certificate authority and an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersistTerms {
    /// The names by which records call the authority.
    pub issuers: Vec<String>,
    /// The account.
    pub account: PersistAccount,
    /// The moment at which records are judged.
    pub at: Timestamp,
    /// Names, perhaps with `*.` in front, whose record is counted on, so that it is worth a word when it is missing.
    pub counted_on: BTreeSet<String>,
}

/// Look at the record of a domain (without `*.`), and judge it.
pub(in crate::dcv) async fn look(resolver: &Resolver, domain: &str, form: Form, terms: &PersistTerms) -> Standing {
    match values(resolver, domain).await {
        Ok(values) => judge(domain, form, &values, terms),
        Err(Trouble::Resolver(reason)) => Standing::Wrong(Finding::new(Code::ResolverUnavailable, reason)),
        Err(trouble) => {
            Standing::Wrong(Finding::new(Code::PersistLookupFailed, format!("{LABEL}.{domain}: {trouble}")))
        }
    }
}

/// List the values of the record, at the end of its CNAME records; what is no text says nothing.
async fn values(resolver: &Resolver, domain: &str) -> Result<Vec<String>, Trouble> {
    let answer = resolver.ask(&format!("{LABEL}.{domain}"), Kind::Txt).await?;
    Ok(answer.of(Kind::Txt).filter_map(Data::text).collect())
}
