//! The one connection that writes, and commits that several calls share.
//!
//! Putting a commit on disk costs more than a small call's statements. So a call that is done leaves its changes uncommitted, stands in
//! line again behind the calls that wait for the connection, and then commits for all that were done meanwhile. It returns only when
//! they are on disk. Each call but the first of such a group is a savepoint, so that one that fails takes nothing of the others with it.

use sqlx::{Executor, SqliteConnection};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long a call waits for the calls of this process that are before it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The connection that writes. Cloning is cheap; all clones are the same connection.
#[derive(Clone, Debug)]
pub(super) struct Writer(Arc<Mutex<Line>>);

/// Calls stand in line for it: whoever has the guard is at the head.
#[derive(Debug)]
struct Line {
    connection: SqliteConnection,
    /// The calls that are done and not committed, while there are any.
    group: Option<Arc<Group>>,
}

/// Calls that share one commit: how it went, once it is over.
#[derive(Debug, Default)]
struct Group(OnceLock<Result<(), String>>);

/// A call that writes: nothing that was read in it can change before [`Call::commit`]. Dropping it takes its changes back.
pub(super) struct Call {
    writer: Writer,
    /// `None` once the call is over.
    line: Option<OwnedMutexGuard<Line>>,
    place: Place,
}

/// Where in a group a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It began the transaction.
    First,
    /// It is a savepoint in the transaction of others.
    Later,
}

/// The connection without any transaction, for a call that makes its own.
pub(super) struct Alone(OwnedMutexGuard<Line>);

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(Arc::new(Mutex::new(Line { connection, group: None })))
    }

    /// Begin a call: the file's write lock is held from here on.
    pub(super) async fn begin(&self) -> Result<Call, sqlx::Error> {
        let line = self.line().await?;
        let place = if line.group.is_some() { Place::Later } else { Place::First };
        let mut call = Call { writer: self.clone(), line: Some(line), place };
        let statement = match place {
            Place::First => "BEGIN IMMEDIATE",
            Place::Later => "SAVEPOINT call",
        };
        call.execute(statement).await?;
        Ok(call)
    }

    /// Take the connection when everything that was done on it is committed.
    pub(super) async fn alone(&self) -> Result<Alone, sqlx::Error> {
        let mut line = self.line().await?;
        line.commit().await;
        Ok(Alone(line))
    }

    async fn line(&self) -> Result<OwnedMutexGuard<Line>, sqlx::Error> {
        let line = Arc::clone(&self.0).lock_owned();
        tokio::time::timeout(PATIENCE, line).await.map_err(|_| sqlx::Error::PoolTimedOut)
    }
}

impl Line {
    /// Commit what is done. A group whose commit fails is told so.
    async fn commit(&mut self) {
        let Some(group) = self.group.take() else { return };
        let committed = self.connection.execute("COMMIT").await;
        if committed.is_err() {
            let _ = self.connection.execute("ROLLBACK").await;
        }
        let _ = group.0.set(committed.map(drop).map_err(|error| error.to_string()));
    }

    /// Take back what a call did that was not completed.
    async fn take_back(&mut self, place: Place) {
        match place {
            // Nothing to take back where the transaction could not be begun, or is over because the disk is full.
            Place::First => drop(self.connection.execute("ROLLBACK").await),
            Place::Later => {
                if let Err(error) = self.connection.execute("ROLLBACK TO call; RELEASE call").await {
                    let _ = self.connection.execute("ROLLBACK").await;
                    if let Some(group) = self.group.take() {
                        let _ = group.0.set(Err(error.to_string()));
                    }
                }
            }
        }
    }
}

impl Call {
    /// Commit what the call did, together with what others did meanwhile; when this returns it is on disk.
    ///
    /// # Errors
    /// Where nothing of it was committed.
    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        let Some(mut line) = self.line.take() else { return Ok(()) };
        let (writer, place) = (self.writer.clone(), self.place);
        // A task of its own, so that a caller that goes away leaves nothing half done.
        let committed = tokio::spawn(async move {
            if place == Place::Later
                && let Err(error) = line.connection.execute("RELEASE call").await
            {
                line.take_back(place).await;
                return Err(error);
            }
            let group = Arc::clone(line.group.get_or_insert_default());
            drop(line);
            // First come, first served: who waits for the connection now is done when it is this call's turn again.
            let mut line = Arc::clone(&writer.0).lock_owned().await;
            if group.0.get().is_none() {
                line.commit().await;
            }
            match group.0.get() {
                Some(Ok(())) => Ok(()),
                Some(Err(reason)) => Err(sqlx::Error::Protocol(reason.clone())),
                None => Err(sqlx::Error::WorkerCrashed),
            }
        });
        committed.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let (Some(mut line), place) = (self.line.take(), self.place) else { return };
        // Without a runtime the process is ending, and the database takes it back.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { line.take_back(place).await });
        }
    }
}

impl Deref for Call {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        #[expect(clippy::expect_used, reason = "only commit and drop take the line, and both end the call")]
        let line = self.line.as_ref().expect("a call that is not over is at the head of the line");
        &line.connection
    }
}

impl DerefMut for Call {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        #[expect(clippy::expect_used, reason = "only commit and drop take the line, and both end the call")]
        let line = self.line.as_mut().expect("a call that is not over is at the head of the line");
        &mut line.connection
    }
}

impl Deref for Alone {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.0.connection
    }
}

impl DerefMut for Alone {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.0.connection
    }
}
