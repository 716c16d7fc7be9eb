//! AutoSSL's own server, as a service: it looks at its view at each handshake, so nothing is to be done but to prove it.

use super::Installer;
use super::probe::{Door, Protocol};
use crate::analyze::is_covered;
use crate::config::PanelConfig;
use crate::tls_store::Place;
use async_trait::async_trait;
use std::time::Duration;
use tokio::net::TcpStream;

const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// Installs into AutoSSL's own server, in this process or another one.
pub(super) struct Panel {
    config: PanelConfig,
    place: Place,
}

impl Panel {
    pub(super) fn new(config: PanelConfig, place: Place) -> Self {
        Self { config, place }
    }
}

#[async_trait]
impl Installer for Panel {
    fn service(&self) -> &str {
        "panel"
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn concerned(&self, names: &[String]) -> Vec<String> {
        let is_own = |name: &&String| self.config.names.iter().any(|own| is_covered(own, std::slice::from_ref(*name)));
        names.iter().filter(is_own).cloned().collect()
    }

    fn takes_companions(&self) -> bool {
        true
    }

    async fn is_down(&self) -> Option<String> {
        let address = self.config.probe?;
        let connected = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(address)).await;
        let error = match connected {
            Ok(Ok(_)) => return None,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        Some(format!("the interface over TLS does not answer at {address}: {error}"))
    }

    async fn activate(&self, _changed: &[&str]) -> Result<(), String> {
        Ok(())
    }

    fn doors(&self) -> Vec<Door> {
        self.config.probe.iter().map(|address| Door { protocol: Protocol::Tls, address: *address }).collect()
    }
}
