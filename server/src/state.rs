//! What every request handler may reach.

use crate::config::{Config, PublicUrl, machine_name};
use crate::site::Site;
use engine::Engine;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What every request handler may reach. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct AppState {
    /// The engine.
    pub(crate) engine: Engine,
    /// The browser's files.
    pub(crate) site: Arc<Site>,
    /// The URL that people type, where it was configured.
    pub(crate) public_url: Option<Arc<PublicUrl>>,
    /// This machine's name, for people.
    pub(crate) host: Arc<str>,
    /// Ends streams when the server stops.
    pub(crate) stop: CancellationToken,
}

impl AppState {
    /// Collect what handlers need; `stop` ends their streams.
    pub(crate) fn new(engine: Engine, config: &Config, stop: CancellationToken) -> Self {
        let public_url = config.server.public_url.clone().map(Arc::new);
        let host = match &public_url {
            Some(url) => url.host().into(),
            None => machine_name().into(),
        };
        Self { engine, site: Arc::new(Site::find(config.server.site_root.as_deref())), public_url, host, stop }
    }

    /// Tell whether browsers reach the server over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.is_https())
    }
}
