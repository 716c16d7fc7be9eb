//! `autossl serve`: interface (in the clear and over TLS), challenge port and worker, started together and stopped in order.
//!
//! The order of a stop: no new connection; streams end; the worker finishes or parks what it has in hand, for which
//! certificate authorities may still need the challenge port; then that closes too.

use crate::config::Config;
use crate::state::AppState;
use crate::tls::Security;
use crate::{listener, router};
use engine::panel::Panel;
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
    secure: Option<Secure>,
    challenges: TcpListener,
    /// Where the interface is.
    pub(crate) interface_at: SocketAddr,
    /// Where challenges are answered.
    pub(crate) challenges_at: SocketAddr,
}

/// The interface over TLS.
struct Secure {
    listener: TcpListener,
    at: SocketAddr,
    panel: Panel,
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
    /// There is no port to lead to.
    #[error("server.redirect_to_tls is set, and server.tls_listen is not")]
    NowhereToRedirect,
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
        if config.server.redirect_to_tls && config.server.tls_listen.is_none() {
            return Err(ServeError::NowhereToRedirect);
        }
        let (interface, interface_at) = bind(config.server.listen, "server.listen")?;
        let secure = match config.server.tls_listen.zip(engine.panel()?) {
            Some((wanted, panel)) => {
                let (listener, at) = bind(wanted, "server.tls_listen")?;
                Some(Secure { listener, at, panel })
            }
            None => None,
        };
        let (challenges, challenges_at) = bind_challenges(&config)?;
        Ok(Self { engine, config, interface, secure, challenges, interface_at, challenges_at })
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
        let challenges = listener::serve(self.challenges, challenges, Security::Plain, challenges_stop.clone());
        let challenges = tokio::spawn(challenges);
        tracing::info!("challenges on http://{}", self.challenges_at);
        let redirect_to = self.secure.as_ref().map(|secure| secure.at).filter(|_| self.config.server.redirect_to_tls);
        let secure = self.secure.map(|secure| {
            secure.announce();
            let router = router::interface(state.clone());
            tokio::spawn(listener::serve(secure.listener, router, Security::Tls(secure.panel), stop.clone()))
        });
        let router = match redirect_to {
            Some(tls) => router::to_tls(state, tls.port()),
            None => router::interface(state),
        };
        let interface = tokio::spawn(listener::serve(self.interface, router, Security::Plain, stop.clone()));
        tracing::info!("listening on http://{}", self.interface_at);

        let (engine, token) = (self.engine, stop.clone());
        let worked = tokio::spawn(async move { engine.work(token).await }).await;
        if !stop.is_cancelled() {
            tracing::error!("the worker ended although nobody asked for a stop");
            stop.cancel();
        }
        interface.await?;
        if let Some(secure) = secure {
            secure.await?;
        }
        challenges_stop.cancel();
        challenges.await?;
        tracing::info!("stopped");
        Ok(worked??)
    }
}

impl Secure {
    /// Log where it is, and by what a person can tell it while it has no real certificate.
    fn announce(&self) {
        if let Some(fingerprint) = self.panel.self_signed_fingerprint() {
            let names = self.panel.names().join(", ");
            tracing::warn!(
                "no certificate for {names} yet: the interface has a self-signed one with SHA-256 {fingerprint}"
            );
        }
        tracing::info!("listening on https://{}", self.at);
    }
}

/// Answer challenges beside a command that does a run itself.
pub(crate) struct ChallengePort {
    /// Where challenges are answered.
    pub(crate) at: SocketAddr,
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
        let (listener, at) = bind_challenges(config)?;
        let stop = CancellationToken::new();
        let serving = listener::serve(listener, router::challenges(engine), Security::Plain, stop.clone());
        let task = tokio::spawn(serving);
        Ok(Some(Self { at, stop, task }))
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

fn bind(address: SocketAddr, setting: &'static str) -> Result<(TcpListener, SocketAddr), ServeError> {
    let refused = |source| ServeError::Listen { address, setting, source };
    let listener = listener::bind(address).map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}

/// Several processes of one installation may answer: tokens are in the database, so each of them knows all.
fn bind_challenges(config: &Config) -> Result<(TcpListener, SocketAddr), ServeError> {
    let address = config.acme.http_listen();
    let refused = |source| ServeError::Listen { address, setting: "acme.http_address, acme.http_port", source };
    let listener = listener::bind_shared(address).map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}
