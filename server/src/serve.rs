//! `autossl serve`: interface, challenge port and worker, started together and stopped in order.
//!
//! The order of a stop: no new connection; streams end; the worker finishes or parks what it has in hand, for which
//! certificate authorities may still need the challenge port; then that closes too.

use crate::config::Config;
use crate::state::AppState;
use crate::{listener, router};
use engine::{Engine, EngineError, EngineResult};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

/// A server that holds its ports and has not begun to answer.
pub(crate) struct Server {
    engine: Engine,
    config: Config,
    interface: TcpListener,
    challenges: TcpListener,
    /// Where the interface is.
    pub(crate) interface_at: SocketAddr,
    /// Where challenges are answered.
    pub(crate) challenges_at: SocketAddr,
}

/// Why the server could not be started or did not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ServeError {
    /// A port is taken or not allowed.
    #[error("cannot listen on {address} ({setting})")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The setting that names it.
        setting: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A part of the server panicked.
    #[error("a part of the server ended unexpectedly")]
    Task(#[from] JoinError),
}

impl Server {
    /// Take the ports.
    ///
    /// # Errors
    /// Where a port is taken or not allowed.
    pub(crate) fn bind(config: Config, engine: Engine) -> Result<Self, ServeError> {
        let wanted = config.server.listen;
        let refused = |source| ServeError::Listen { address: wanted, setting: "server.listen", source };
        let interface = listener::bind(wanted).map_err(refused)?;
        let interface_at = interface.local_addr().map_err(refused)?;
        let (challenges, challenges_at) = bind_challenges(&config)?;
        Ok(Self { engine, config, interface, challenges, interface_at, challenges_at })
    }

    /// Answer and work until `stop`, then end in order.
    ///
    /// # Errors
    /// Where the worker gives up; everything else is stopped first.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<(), ServeError> {
        if !self.engine.has_administrator().await? {
            tracing::warn!("nobody may sign in yet: autossl admin create NAME --role admin");
        }
        let state = AppState::new(self.engine.clone(), &self.config, stop.clone());
        let challenges_stop = CancellationToken::new();
        let challenges = router::challenges(self.engine.clone());
        let challenges = tokio::spawn(listener::serve(self.challenges, challenges, challenges_stop.clone()));
        let interface = tokio::spawn(listener::serve(self.interface, router::interface(state), stop.clone()));
        tracing::info!("challenges on http://{}", self.challenges_at);
        tracing::info!("listening on http://{}", self.interface_at);

        let (engine, token) = (self.engine, stop.clone());
        let worked = tokio::spawn(async move { engine.work(token).await }).await;
        if !stop.is_cancelled() {
            tracing::error!("the worker ended although nobody asked for a stop");
            stop.cancel();
        }
        interface.await?;
        challenges_stop.cancel();
        challenges.await?;
        tracing::info!("stopped");
        Ok(worked??)
    }
}

/// Answer challenges beside a command that does a run itself.
pub(crate) struct ChallengePort {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl ChallengePort {
    /// Take the challenge port and answer until [`ChallengePort::close`]; `None` where somebody answers there already.
    ///
    /// A server that is started meanwhile can share the port.
    ///
    /// # Errors
    /// Where the port is not allowed.
    pub(crate) fn open(config: &Config, engine: Engine) -> Result<Option<Self>, ServeError> {
        match listener::bind(config.acme.http_listen()) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Ok(None),
            // It was only to see that nobody else has it; any other error comes again below.
            probe => drop(probe),
        }
        let (listener, _) = bind_challenges(config)?;
        let stop = CancellationToken::new();
        let task = tokio::spawn(listener::serve(listener, router::challenges(engine), stop.clone()));
        Ok(Some(Self { stop, task }))
    }

    /// Let answers end and give the port back.
    ///
    /// # Errors
    /// Where answering panicked.
    pub(crate) async fn close(self) -> Result<(), ServeError> {
        self.stop.cancel();
        Ok(self.task.await?)
    }
}

/// Load the configuration's engine: the database is opened and migrated, directories are made.
///
/// # Errors
/// As for [`Engine::open`].
pub(crate) async fn open_engine(config: &Config) -> EngineResult<Engine> {
    Engine::open(config.engine()).await
}

/// Several processes of one installation may answer: tokens are in the database, so each of them knows all.
fn bind_challenges(config: &Config) -> Result<(TcpListener, SocketAddr), ServeError> {
    let address = config.acme.http_listen();
    let refused = |source| ServeError::Listen { address, setting: "acme.http_address, acme.http_port", source };
    let listener = listener::bind_shared(address).map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}
