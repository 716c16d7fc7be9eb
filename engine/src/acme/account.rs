//! An account at a provider: opening it, ordering with it, finding its orders again.

use super::http::{self, AcmeHttp};
use super::jws::{Signatory, SigningKey};
use super::order::AcmeOrder;
use super::renewal::{self, RenewalAnswer};
use super::{AcmeError, Ca, Directory, past_refused_nonces};
use crate::analyze::address_of;
use ::http::Response;
use bytes::Bytes;
use instant_acme::{Account, Identifier, NewOrder};
use rustls_pki_types::PrivatePkcs8KeyDer;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// More pages of an order list than that are not worth the requests.
const ORDER_LIST_PAGES: u32 = 200;
/// The profile with which providers that have it give certificates for addresses, and with no other.
const ADDRESS_PROFILE: &str = "shortlived";

/// An account at a provider. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct AcmeAccount {
    account: Account,
    http: AcmeHttp,
    key: Arc<SigningKey>,
    directory: Arc<Directory>,
    profile: Option<Arc<str>>,
    order_timeout: Duration,
}

impl AcmeAccount {
    /// Take up the account of this URL.
    pub(super) async fn open(
        ca: &Ca,
        key_pkcs8: &[u8],
        directory: Directory,
        url: String,
        profile: Option<&str>,
    ) -> Result<Self, AcmeError> {
        let http = ca.http.clone();
        let account = past_refused_nonces!(async {
            let key = PrivatePkcs8KeyDer::from(key_pkcs8.to_vec());
            let builder = Account::builder_with_http(Box::new(http.clone()));
            builder.from_parts(url.clone(), key, ca.directory_url.clone()).await
        })?;
        let key = Arc::new(SigningKey::from_pkcs8(key_pkcs8)?);
        let offered = directory.about.profiles.iter().map(|profile| &profile.name);
        let profile =
            offered.into_iter().find(|name| Some(name.as_str()) == profile).map(|name| Arc::from(name.as_str()));
        Ok(Self { account, http, key, directory: Arc::new(directory), profile, order_timeout: ca.order_timeout })
    }

    /// The account's URL, which is its identity at the provider.
    pub(crate) fn url(&self) -> &str {
        self.account.id()
    }

    /// The profile with which a certificate for these names is ordered; `None` where the provider chooses.
    ///
    /// It is the one that was chosen, but for addresses where the directory offers the profile that they need.
    pub(crate) fn profile_for(&self, names: &[String]) -> Option<&str> {
        let are_addresses = names.iter().any(|name| address_of(name).is_some());
        let is_offered = |name: &str| self.directory.about.profiles.iter().any(|profile| profile.name == name);
        match are_addresses && is_offered(ADDRESS_PROFILE) {
            true => Some(ADDRESS_PROFILE),
            false => self.profile.as_deref(),
        }
    }

    /// Tell which profile these names need although another is chosen.
    pub(crate) fn needed_profile(&self, names: &[String]) -> Option<&str> {
        self.profile_for(names).filter(|needed| Some(*needed) != self.profile.as_deref())
    }

    /// Order a certificate for these names (RFC 8555, section 7.4), in place of the one that `replaces` identifies (RFC 9773,
    /// section 5). Where the provider does not accept that one, the order is made without it.
    pub(crate) async fn new_order(&self, names: &[String], replaces: Option<&str>) -> Result<AcmeOrder, AcmeError> {
        let identifier = |name: &String| match address_of(name) {
            // RFC 8738.
            Some(address) => Identifier::Ip(address),
            None => Identifier::Dns(name.clone()),
        };
        let identifiers: Vec<_> = names.iter().map(identifier).collect();
        let profile = self.profile_for(names);
        let replaces = replaces.filter(|_| self.directory.renewal_info.is_some()).and_then(renewal::identifier);
        http::listening(async {
            let new_order = || {
                let order = NewOrder::new(&identifiers);
                match profile {
                    Some(profile) => order.profile(profile),
                    None => order,
                }
            };
            let first = match replaces {
                Some(replaced) => {
                    match past_refused_nonces!(self.account.new_order(&new_order().replaces(replaced.clone()))) {
                        Err(error) if renewal::is_about_replaces(&error) => None,
                        // The order is made, and its answer lacks something, as `replaces` at providers that do not repeat it.
                        Err(error @ AcmeError::Protocol(_)) => match http::last_location() {
                            Some(url) => Some(past_refused_nonces!(self.account.order(url.clone()))?),
                            None => return Err(error),
                        },
                        other => Some(other?),
                    }
                }
                None => None,
            };
            let order = match first {
                Some(order) => order,
                None => past_refused_nonces!(self.account.new_order(&new_order()))?,
            };
            self.http.check_url(order.url())?;
            Ok(AcmeOrder::new(order, self.order_timeout))
        })
        .await
    }

    /// Ask when a certificate should be renewed; `None` where the provider does not tell.
    ///
    /// `identifier` is as in RFC 9773, section 4.1.
    pub(crate) async fn renewal_info(&self, identifier: &str) -> Result<Option<RenewalAnswer>, AcmeError> {
        let Some(url) = &self.directory.renewal_info else { return Ok(None) };
        http::listening(renewal::fetch(&self.http, url, identifier)).await.map(Some)
    }

    /// Take up an order whose URL is known.
    pub(crate) async fn order(&self, url: &str) -> Result<AcmeOrder, AcmeError> {
        http::listening(async {
            let order = past_refused_nonces!(self.account.order(url.to_owned()))?;
            Ok(AcmeOrder::new(order, self.order_timeout))
        })
        .await
    }

    /// List the account's orders by URL (RFC 8555, section 7.1.2.1); empty where the provider keeps no list.
    pub(crate) async fn order_urls(&self) -> Result<Vec<String>, AcmeError> {
        #[derive(Deserialize)]
        struct AccountWire {
            orders: Option<String>,
        }
        #[derive(Deserialize)]
        struct OrdersWire {
            #[serde(default)]
            orders: Vec<String>,
        }
        let protocol = |error: serde_json::Error| AcmeError::Protocol(format!("order list: {error}"));
        http::listening(async {
            let response = self.post_as_get(self.url()).await?;
            let account: AccountWire = serde_json::from_slice(response.body()).map_err(protocol)?;
            let mut next = account.orders;
            let mut urls = Vec::new();
            for _ in 0..ORDER_LIST_PAGES {
                let Some(url) = next else { break };
                let response = self.post_as_get(&url).await?;
                next = http::last_next_link();
                let page: OrdersWire = serde_json::from_slice(response.body()).map_err(protocol)?;
                urls.extend(page.orders);
            }
            Ok(urls)
        })
        .await
    }

    /// Fetch a certificate with another chain (section 7.4.2).
    pub(crate) async fn chain(&self, url: &str) -> Result<String, AcmeError> {
        let response = http::listening(self.post_as_get(url)).await?;
        String::from_utf8(response.body().to_vec()).map_err(|error| AcmeError::Protocol(format!("{url}: {error}")))
    }

    /// What the provider's directory says.
    pub(super) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The thumbprint of the account's key (RFC 7638), in base64url.
    pub(super) fn thumbprint(&self) -> String {
        self.key.thumbprint()
    }

    /// Fetch a resource of the account (RFC 8555, section 6.3).
    pub(super) async fn post_as_get(&self, url: &str) -> Result<Response<Bytes>, AcmeError> {
        self.key.post(&self.http, &self.directory, Signatory::Account(self.url()), url, None).await
    }
}
