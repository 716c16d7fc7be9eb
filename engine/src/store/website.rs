//! Websites as a run works on them, and the certificates that they have.

use super::{
    CertificateId, CertificateRecord, CompanionRecord, ConfiguredCertificate, ForeignCertificate, JobId, JobState,
    Step, StoreResult,
};
use crate::model::{CheckResult, KeyType, RunCounts, RunId, RunScope, Timestamp};
use async_trait::async_trait;

/// A website's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebsiteId(pub i64);

/// A website's place in the order of [`WebsiteStore::websites_after`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebsitePlace {
    /// Its user.
    pub user: String,
    /// Its row.
    pub id: WebsiteId,
}

/// A website as a run works on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Website {
    /// Its row.
    pub id: WebsiteId,
    /// The user's name.
    pub user: String,
    /// The primary name.
    pub domain: String,
    /// The names that are not excluded, the primary one first, then in the file's order.
    pub names: Vec<String>,
    /// Those of them with a problem.
    pub troubles: Vec<NameTrouble>,
    /// The directory that the web server serves.
    pub document_root: String,
    /// The certificate that the web server's own configuration names for it, as of the last sync of the inventory.
    pub configured_certificate: Option<ConfiguredCertificate>,
    /// Which keys its user's certificates get; `None` where the server's choice counts.
    pub key_type: Option<KeyType>,
    /// The newest certificate that was issued for it, if any.
    pub certificate: Option<CertificateRecord>,
    /// What is presented beside it to clients that want an RSA key.
    pub companion: CompanionRecord,
    /// The certificate of others that it has instead, if any.
    pub foreign: Option<ForeignCertificate>,
    /// When orders were made for it only to add names that pass again, the latest first; older ones than a week may be missing.
    pub readded: Vec<Timestamp>,
    /// The last run that dealt with it.
    pub last_run: Option<RunId>,
    /// Its job that is not over, if there is one; that for the companion is beside.
    pub job: Option<OpenJob>,
}

/// As much of a website's open job as a decision needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenJob {
    /// Its row.
    pub id: JobId,
    /// Where it stands.
    pub state: JobState,
    /// Somebody keeps it from going on.
    pub held: bool,
    /// Until when it waits, and the code of the reason.
    pub wait: Option<(Timestamp, String)>,
}

/// A name that could not be secured the last time.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct NameTrouble {
    /// The name.
    pub name: String,
    /// The stable code of the cause.
    pub code: String,
    /// How often in a row the certificate authority could not validate it.
    pub failures: u32,
    /// Since when it fails.
    pub since: Option<Timestamp>,
    /// Before then it is not ordered by itself again.
    pub retry_at: Option<Timestamp>,
}

impl NameTrouble {
    /// Tell whether the name itself failed: it did not where a certificate of others does not secure it and is left alone.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        !self.code.starts_with("foreign_")
    }
}

/// A name that could not be secured, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameProblem {
    /// The name.
    pub name: String,
    /// A stable code for the cause.
    pub code: String,
    /// What was seen.
    pub detail: String,
    /// Before when it is not ordered again by itself, where the certificate authority could not validate it; such problems are counted.
    pub retry_at: Option<Timestamp>,
}

/// How one website ended in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebsiteOutcome {
    /// How it ended.
    pub result: CheckResult,
    /// The names that could not be secured; problems of the website's other names are cleared.
    pub problems: Vec<NameProblem>,
    /// Names that were not tried; their last problem stands.
    pub standing: Vec<String>,
    /// What to add to the run's counts.
    pub counts: RunCounts,
    /// When it ended.
    pub at: Timestamp,
}

/// How the installation of a website's certificate ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// The website.
    pub website: WebsiteId,
    /// How it ended in the run.
    pub outcome: WebsiteOutcome,
    /// The certificate, where every service that it is for has it, with the moment when handshakes showed it; none where no service
    /// presents its names.
    pub installed: Option<(CertificateId, Option<Timestamp>)>,
    /// The last step of its job, with what there is to say about it.
    pub job: Option<(JobId, Step, String)>,
}

/// Websites as a run works on them, and the certificates that they have.
#[async_trait]
pub trait WebsiteStore: Send + Sync {
    /// List a user's websites, by row; a user that does not exist has none.
    async fn websites_of(&self, user: &str) -> StoreResult<Vec<Website>>;

    /// List websites of users for whom AutoSSL is on, by user and row: the first `limit` after the place `after`.
    async fn websites_after(
        &self,
        scope: &RunScope,
        after: Option<&WebsitePlace>,
        limit: u32,
    ) -> StoreResult<Vec<Website>>;

    /// Fetch one website; `NotFound` (kind `website`) where there is none.
    async fn website(&self, id: WebsiteId) -> StoreResult<Website>;

    /// Count the users of a scope for whom AutoSSL is on, and their websites with a name that is not excluded; for the queue, the
    /// websites whose jobs are open.
    async fn count_eligible(&self, scope: &RunScope) -> StoreResult<(u32, u32)>;

    /// Record how a website ended in a run and add to the run's counts, in one transaction.
    ///
    /// Sets `last_run`, the names' problems, and the user's last check: its time, and the worst result among the user's websites in
    /// this run (`failed` before `incomplete` before `secured`). A second call for the same website and run adds nothing to the counts.
    async fn finish_website(&self, run: &RunId, id: WebsiteId, outcome: &WebsiteOutcome) -> StoreResult<()> {
        self.finish_websites(run, &[(id, outcome.clone())]).await
    }

    /// As [`WebsiteStore::finish_website`], for many in one transaction.
    async fn finish_websites(&self, run: &RunId, outcomes: &[(WebsiteId, WebsiteOutcome)]) -> StoreResult<()>;

    /// Record in one transaction how installations ended: the certificates' standing, the last steps of their jobs, and the websites'
    /// outcomes as [`WebsiteStore::finish_websites`] does. What the machine refuses for one of the jobs changes nothing at all; of a
    /// website that was removed meanwhile only the certificate's standing is recorded.
    async fn conclude(&self, run: &RunId, conclusions: &[Conclusion]) -> StoreResult<()>;
}
