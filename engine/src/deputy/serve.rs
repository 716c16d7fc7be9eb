//! The deputy's end: listening, checking, installing.

use super::check::{check, check_names};
use super::hands::Contents;
use super::pace::Times;
use super::protocol::{Answer, Certificate, Request, Told, receive, send};
use crate::clock::{Clock, SystemClock};
use crate::config::{DeputyConfig, EngineConfig};
use crate::install::remove::{self, Copies};
use crate::install::{self, Installer, Item, Outcome, Pace, Pairs, driver};
use crate::tls_store::number_of;
use std::collections::HashMap;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Who can change services without being asked.
const ROOT: u32 = 0;
/// How long a question may take to arrive.
const QUESTION_WITHIN: Duration = Duration::from_secs(30);
/// Connections at the same time; the server has one.
const MOST_CONNECTIONS: usize = 8;
/// Where no connection can be taken, e.g. since there are no more file descriptors.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// The deputy, listening.
pub struct Deputy {
    listener: UnixListener,
    answerer: Arc<Answerer>,
}

struct Answerer {
    config: DeputyConfig,
    /// The number of the user that is listened to.
    user: u32,
    installers: Vec<Box<dyn Installer>>,
    times: Times,
    clock: SystemClock,
    /// Services are changed one after the other.
    turn: Mutex<()>,
}

/// Why there is no deputy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeputyError {
    /// The configuration has no section for it.
    #[error("services.deputy is not in the configuration")]
    NotConfigured,
    /// There is no such user.
    #[error("services.deputy.user: there is no user {0:?}")]
    UnknownUser(String),
    /// Somebody listens at the socket already.
    #[error("another deputy listens at {0}")]
    Runs(PathBuf),
    /// What is at the socket's path is something else.
    #[error("{0} is there and is no socket; it is left alone")]
    NoSocket(PathBuf),
    /// The socket cannot be made.
    #[error("cannot listen at {path}")]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A service's part of the TLS store cannot be made.
    #[error("the TLS store of {service} cannot be made")]
    Store {
        /// The service.
        service: String,
        /// Why.
        source: io::Error,
    },
}

impl Deputy {
    /// Make the services' parts of the TLS store, and listen. Only the user of the configuration can connect.
    ///
    /// # Errors
    /// Where the configuration has no section for it, another deputy listens, or the socket or the store cannot be made.
    pub fn listen(config: &EngineConfig) -> Result<Self, DeputyError> {
        let deputy = config.services.deputy.clone().ok_or(DeputyError::NotConfigured)?;
        let user = user_number(&deputy.user).ok_or_else(|| DeputyError::UnknownUser(deputy.user.clone()))?;
        let installers = install::installers(config);
        for installer in &installers {
            let failed = |source| DeputyError::Store { service: installer.service().to_owned(), source };
            installer.place().open().map(drop).map_err(failed)?;
        }
        let listener = listen(&deputy.socket, user)?;
        let (times, clock, turn) = (Times::default(), SystemClock, Mutex::default());
        Ok(Self { listener, answerer: Arc::new(Answerer { config: deputy, user, installers, times, clock, turn }) })
    }

    /// Answer until `stop`; what was begun is finished.
    pub async fn serve(self, stop: CancellationToken) {
        let (connections, room) = (TaskTracker::new(), Arc::new(Semaphore::new(MOST_CONNECTIONS)));
        let accept = || async { (Arc::clone(&room).acquire_owned().await, self.listener.accept().await) };
        while let Some((permit, accepted)) = stop.run_until_cancelled(accept()).await {
            match accepted {
                Ok((stream, _)) => {
                    let answerer = Arc::clone(&self.answerer);
                    connections.spawn(async move {
                        answerer.connection(stream).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection to the deputy failed");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
        connections.close();
        connections.wait().await;
        let _ = std::fs::remove_file(&self.answerer.config.socket);
    }
}

impl Answerer {
    async fn connection(&self, mut stream: UnixStream) {
        let user = match stream.peer_cred() {
            Ok(peer) => peer.uid(),
            Err(error) => return tracing::warn!(%error, "it cannot be told who asks the deputy"),
        };
        if user != self.user && user != ROOT {
            return tracing::warn!(user, "somebody else than the server asked the deputy and was sent away");
        }
        let answer = match tokio::time::timeout(QUESTION_WITHIN, receive(&mut stream)).await {
            Ok(Ok(request)) => self.answer(request).await,
            // Somebody looked whether the deputy is there.
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => return,
            Ok(Err(error)) => Answer::Refused(format!("the deputy does not understand the question: {error}")),
            Err(_) => Answer::Refused("the question did not arrive in time".to_owned()),
        };
        if let Answer::Refused(reason) = &answer {
            tracing::warn!(%reason, "the deputy refused a question");
        }
        if let Err(error) = send(&mut stream, &answer).await {
            tracing::warn!(%error, "the deputy's answer was not taken");
        }
    }

    async fn answer(&self, request: Request) -> Answer {
        let service = request.service();
        let Some(installer) = self.installers.iter().find(|installer| installer.service() == service) else {
            return Answer::Refused(format!("service {service:?} is not in the deputy's configuration"));
        };
        let installer = installer.as_ref();
        let answer = match request {
            Request::Warnings { .. } => Ok(Answer::Warnings(installer.warnings().await)),
            Request::Contents { .. } => Contents::read(installer).map(Answer::Contents),
            Request::Install { certificates, .. } => match check(&certificates, &self.config.document_roots) {
                Ok(()) => Ok(Answer::Outcomes(self.install(installer, certificates).await)),
                Err(reason) => Err(reason),
            },
            Request::Remove { websites, copies, .. } => match check_names(&websites) {
                Ok(()) => Ok(Answer::Outcomes(vec![self.remove(installer, &websites, copies).await])),
                Err(reason) => Err(reason),
            },
            Request::Promise { promises, .. } => match check_names(promises.iter().map(|promise| &promise.name)) {
                Ok(()) => {
                    let kept = installer.promise(&promises).map_err(|error| error.to_string());
                    kept.map(|()| Answer::Outcomes(vec![Told::Unconcerned]))
                }
                Err(reason) => Err(reason),
            },
        };
        answer.unwrap_or_else(Answer::Refused)
    }

    async fn remove(&self, installer: &dyn Installer, websites: &[String], copies: Copies) -> Told {
        let _turn = self.turn.lock().await;
        let pace = Pace::new(&self.times, &self.clock);
        let removed = remove::remove(installer, websites, copies, pace).await;
        removed.map_or_else(Outcome::Failed, |()| Outcome::Unconcerned).into()
    }

    async fn install(&self, installer: &dyn Installer, certificates: Vec<Certificate>) -> Vec<Told> {
        let _turn = self.turn.lock().await;
        let items: Vec<Item> = certificates.iter().map(Certificate::item).collect();
        let pairs = Sent(certificates.into_iter().flat_map(Certificate::into_pairs).collect());
        let pace = Pace::new(&self.times, &self.clock);
        let outcomes = driver::install(installer, &pairs, &items, pace, self.clock.now()).await;
        outcomes.into_iter().map(Told::from).collect()
    }
}

/// The pairs that came with a question.
struct Sent(HashMap<(String, u32), (String, String)>);

impl Pairs for Sent {
    fn pair(&self, shelf: &str, generation: u32) -> Result<(String, String), String> {
        let pair = self.0.get(&(shelf.to_owned(), generation)).cloned();
        pair.ok_or_else(|| format!("generation {generation} of {shelf} was not sent"))
    }
}

fn user_number(user: &str) -> Option<u32> {
    user.parse().ok().or_else(|| number_of(&std::fs::read_to_string("/etc/passwd").ok()?, user))
}

fn listen(path: &Path, user: u32) -> Result<UnixListener, DeputyError> {
    let failed = |source| DeputyError::Socket { path: path.to_owned(), source };
    make_way(path)?;
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    let closed = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
    closed.and_then(|()| std::os::unix::fs::chown(path, Some(user), None)).map_err(failed)?;
    Ok(listener)
}

/// Remove the socket of a deputy that was killed.
fn make_way(path: &Path) -> Result<(), DeputyError> {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(DeputyError::NoSocket(path.to_owned()));
    }
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(DeputyError::Runs(path.to_owned()));
    }
    std::fs::remove_file(path).map_err(|source| DeputyError::Socket { path: path.to_owned(), source })
}
