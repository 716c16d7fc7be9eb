//! The engine's front door: one call for each thing that the interface and the command line can ask for.

mod certificates;
mod diagnosis;
mod dns;
mod dns_zone;
mod fallback;
mod https;
mod inventory;
mod options;
mod own_provider;
mod panel;
mod persist;
mod plan;
mod provider;
mod run;
mod signin;
mod websites;

pub use certificates::RevocationRequest;
pub use dns::DnsPatience;
pub use dns_zone::{DnsAuthor, DnsProof};
pub use persist::{PersistScope, PersistWish};
pub use provider::{ProviderTest, TermsAnswer};

use crate::acme::AcmeClient;
use crate::clock::{Clock, SystemClock};
use crate::config::EngineConfig;
use crate::dcv::LocalDcv;
use crate::deputy::{Client, Hands};
use crate::dns01::LiveZones;
use crate::error::{EngineError, EngineResult};
use crate::install::Installer;
use crate::inventory::{Source, configured_source};
use crate::model::{Overview, RunSummary};
use crate::plan::eligibility::{Exclusions, Pattern};
use crate::provider::Provider;
use crate::run::leader::Sighting;
use crate::store::{self, Store};
use crate::vault::Vault;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// A certificate that ends within this many seconds is shown as expiring.
const EXPIRING_SECONDS: i64 = 14 * 86_400;

/// The engine. Cloning is cheap; all clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: EngineConfig,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<dyn Store>,
    /// What tells users and websites.
    pub(crate) source: Box<dyn Source>,
    pub(crate) vault: Vault,
    pub(crate) acme: AcmeClient,
    pub(crate) installers: Vec<Box<dyn Installer>>,
    /// Whose hands change services.
    pub(crate) hands: Hands,
    /// The providers that come with AutoSSL and those of the configuration.
    pub(crate) catalogue: Vec<Provider>,
    /// Names that are left out on the whole server.
    pub(crate) exclusions: Exclusions,
    /// Checks names before anything is ordered; `None` leaves that to the certificate authority.
    pub(crate) dcv: Option<LocalDcv>,
    /// The DNS zones that we have access to.
    pub(crate) dns: LiveZones,
    /// The lease of whoever works on runs, as this process saw it last.
    pub(crate) sighting: Sighting,
    /// Wakes the worker when a run is asked for in this process.
    pub(crate) wake: Notify,
    /// The run that changed last, for whoever watches.
    pub(crate) progress: watch::Sender<Option<RunSummary>>,
}

impl Engine {
    /// Open the engine on the machine's clock: create directories, open and migrate the database.
    ///
    /// Nothing is sent anywhere; call [`Engine::work`] to begin with runs.
    ///
    /// # Errors
    /// Where a directory cannot be made, the database cannot be opened, or the configuration contradicts itself.
    pub async fn open(config: EngineConfig) -> EngineResult<Self> {
        Self::open_at(config, Arc::new(SystemClock)).await
    }

    /// Open the engine on a clock of the caller's.
    ///
    /// # Errors
    /// As for [`Engine::open`].
    pub async fn open_at(config: EngineConfig, clock: Arc<dyn Clock>) -> EngineResult<Self> {
        create_private_dir(&config.data_dir)?;
        create_private_dir(&config.logs_dir)?;
        let store = store::open(&config.database_url).await?;
        let vault = Vault::open(&config.data_dir)?;
        let catalogue = crate::provider::configured(&config.providers)?;
        let acme = AcmeClient::new(&config.acme)?;
        let exclusions = config.exclude.iter().map(|pattern| Pattern::parse(pattern)).collect::<Result<Vec<_>, _>>();
        let exclusions = Exclusions(exclusions.map_err(|error| EngineError::Configuration(error.to_string()))?);
        let dcv = config.precheck.as_ref().map(crate::run::checker);
        let dns = LiveZones::open(&config.dns, vault.seal.clone()).map_err(EngineError::Configuration)?;
        let installers = crate::install::installers(&config);
        let deputy = config.services.deputy.as_ref().map(|deputy| Client::new(deputy.socket.clone()));
        let hands = deputy.map_or(Hands::Own, Hands::Deputy);
        let source = configured_source(&config.inventory);
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                clock,
                store,
                source,
                vault,
                acme,
                installers,
                hands,
                catalogue,
                exclusions,
                dcv,
                dns,
                sighting: Sighting::default(),
                wake: Notify::new(),
                progress: watch::Sender::new(None),
            }),
        })
    }

    /// Sum up the whole server.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn overview(&self) -> EngineResult<Overview> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let (users, websites, expiring) = inner.store.totals(now, now.plus(EXPIRING_SECONDS)).await?;
        let coverage = inner.store.coverage(now).await?;
        Ok(Overview {
            users,
            websites,
            expiring,
            coverage,
            problems: inner.store.problems(now).await?,
            runs: inner.store.runs(1, 14).await?.rows,
            provider: self.current_provider().await?,
        })
    }

    /// Fetch the answer to an HTTP-01 challenge (RFC 8555, section 8.3); `None` where the token is not ours.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn key_authorization(&self, token: &str) -> EngineResult<Option<String>> {
        Ok(self.inner.store.key_authorization(token).await?)
    }
}

fn create_private_dir(path: &Path) -> EngineResult<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|source| EngineError::File {
        action: "cannot create directory",
        path: path.to_owned(),
        source,
    })
}
