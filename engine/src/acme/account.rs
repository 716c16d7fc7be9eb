//! An account at a provider: opening it, ordering with it, finding its orders again.

use super::http::{self, AcmeHttp};
use super::jws::Signer;
use super::order::AcmeOrder;
use super::renewal::{self, RenewalAnswer};
use super::{AcmeError, past_refused_nonces};
use instant_acme::{Account, Identifier, Key, NewOrder};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// More pages of an order list than that are not worth the requests.
const ORDER_LIST_PAGES: u32 = 200;

/// An account at a provider. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct AcmeAccount {
    account: Account,
    http: AcmeHttp,
    signer: Arc<Signer>,
    renewal_info_url: Option<Arc<str>>,
    caa_identities: Arc<[String]>,
    order_timeout: Duration,
}

/// Register the key, or find the account that it has.
pub(super) async fn open(
    http: AcmeHttp,
    directory_url: &str,
    key_pkcs8: &[u8],
    contact: Option<&str>,
    order_timeout: Duration,
) -> Result<AcmeAccount, AcmeError> {
    http::listening(async {
        let directory = super::directory::fetch(&http, directory_url).await?;
        let account = past_refused_nonces!(async {
            let der = PrivatePkcs8KeyDer::from(key_pkcs8.to_vec());
            let key = Key::from_pkcs8_der(der.clone_key())?;
            let builder = Account::builder_with_http(Box::new(http.clone()));
            builder.create_from_key((key, PrivateKeyDer::Pkcs8(der)), directory_url.to_owned()).await
        })?
        .0;
        if let Some(address) = contact {
            let contact = format!("mailto:{address}");
            past_refused_nonces!(account.update_contacts(&[contact.as_str()]))?;
        }
        let signer = Arc::new(Signer::new(key_pkcs8, account.id(), &directory.new_nonce)?);
        let renewal_info_url = directory.renewal_info.map(Arc::from);
        let caa_identities = directory.caa_identities.into();
        Ok(AcmeAccount { account, http, signer, renewal_info_url, caa_identities, order_timeout })
    })
    .await
}

impl AcmeAccount {
    /// The account's URL, which is its identity at the provider.
    pub(crate) fn url(&self) -> &str {
        self.account.id()
    }

    /// The names by which CAA records call the provider (RFC 8659); none where it does not look at them.
    pub(crate) fn caa_identities(&self) -> &[String] {
        &self.caa_identities
    }

    /// Order a certificate for these names (RFC 8555, section 7.4), in place of the one that `replaces` identifies (RFC 9773,
    /// section 5). Where the provider does not accept that one, the order is made without it.
    pub(crate) async fn new_order(&self, names: &[String], replaces: Option<&str>) -> Result<AcmeOrder, AcmeError> {
        let identifiers: Vec<_> = names.iter().cloned().map(Identifier::Dns).collect();
        let replaces = replaces.filter(|_| self.renewal_info_url.is_some()).and_then(renewal::identifier);
        http::listening(async {
            let plain = NewOrder::new(&identifiers);
            let first = match replaces {
                Some(replaced) => {
                    let order = NewOrder::new(&identifiers).replaces(replaced);
                    match past_refused_nonces!(self.account.new_order(&order)) {
                        Err(error) if renewal::is_about_replaces(&error) => None,
                        other => Some(other?),
                    }
                }
                None => None,
            };
            let order = match first {
                Some(order) => order,
                None => past_refused_nonces!(self.account.new_order(&plain))?,
            };
            Ok(AcmeOrder::new(order, self.order_timeout))
        })
        .await
    }

    /// Ask when a certificate should be renewed; `None` where the provider does not tell.
    ///
    /// `identifier` is as in RFC 9773, section 4.1.
    pub(crate) async fn renewal_info(&self, identifier: &str) -> Result<Option<RenewalAnswer>, AcmeError> {
        let Some(url) = &self.renewal_info_url else { return Ok(None) };
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
            let response = self.signer.post_as_get(&self.http, self.url()).await?;
            let account: AccountWire = serde_json::from_slice(response.body()).map_err(protocol)?;
            let mut next = account.orders;
            let mut urls = Vec::new();
            for _ in 0..ORDER_LIST_PAGES {
                let Some(url) = next else { break };
                let response = self.signer.post_as_get(&self.http, &url).await?;
                next = http::last_next_link();
                let page: OrdersWire = serde_json::from_slice(response.body()).map_err(protocol)?;
                urls.extend(page.orders);
            }
            Ok(urls)
        })
        .await
    }
}
