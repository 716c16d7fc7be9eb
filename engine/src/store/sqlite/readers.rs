//! The connections that read. A call takes one and gives it back; unlike a pool for connections to a server, none is asked whether it
//! still lives.

use sqlx::{Executor, SqliteConnection};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a call waits for a connection.
const PATIENCE: Duration = Duration::from_secs(60);

/// The connections that read. Cloning is cheap; all clones are the same connections.
#[derive(Clone, Debug)]
pub(super) struct Readers {
    free: Arc<Mutex<Vec<SqliteConnection>>>,
    permits: Arc<Semaphore>,
}

/// A connection that reads, until it is dropped.
pub(super) struct Reader {
    home: Readers,
    /// `None` while it is dropped.
    connection: Option<SqliteConnection>,
    permit: Option<OwnedSemaphorePermit>,
    view: View,
}

/// What statements see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    /// Each the newest state.
    Newest,
    /// All the same state.
    Same,
}

impl Readers {
    pub(super) fn new(connections: Vec<SqliteConnection>) -> Self {
        let permits = Arc::new(Semaphore::new(connections.len()));
        Self { free: Arc::new(Mutex::new(connections)), permits }
    }

    /// Take a connection for one statement.
    pub(super) async fn look(&self) -> Result<Reader, sqlx::Error> {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let connection = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = connection.ok_or(sqlx::Error::PoolClosed)?;
        Ok(Reader { home: self.clone(), connection: Some(connection), permit: Some(permit), view: View::Newest })
    }

    /// Take a connection for several statements that see the same state.
    pub(super) async fn begin(&self) -> Result<Reader, sqlx::Error> {
        let mut reader = self.look().await?;
        reader.view = View::Same;
        reader.execute("BEGIN").await?;
        Ok(reader)
    }

    fn give_back(&self, connection: SqliteConnection) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let (Some(mut connection), permit, home) = (self.connection.take(), self.permit.take(), self.home.clone())
        else {
            return;
        };
        match (self.view, Handle::try_current()) {
            (View::Newest, _) => home.give_back(connection),
            (View::Same, Ok(runtime)) => drop(runtime.spawn(async move {
                let _ = connection.execute("ROLLBACK").await;
                home.give_back(connection);
                drop(permit);
            })),
            // The process is ending.
            (View::Same, Err(_)) => drop(permit),
        }
    }
}

impl Deref for Reader {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        #[expect(clippy::expect_used, reason = "only drop takes the connection")]
        self.connection.as_ref().expect("a reader that is not dropped has a connection")
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        #[expect(clippy::expect_used, reason = "only drop takes the connection")]
        self.connection.as_mut().expect("a reader that is not dropped has a connection")
    }
}
