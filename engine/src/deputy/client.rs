//! The server's end: asking the deputy.

use super::hands::Contents;
use super::protocol::{Answer, Certificate, CompanionPair, MOST_CERTIFICATES, Request, receive, send};
use crate::install::remove::Copies;
use crate::install::{InstallFailure, Item, Outcome, Pairs, Promise};
use crate::vault::companion_shelf;
use std::io;
use std::path::PathBuf;
use tokio::net::UnixStream;

/// Asks the deputy at a socket.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    socket: PathBuf,
}

impl Client {
    pub(crate) fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Tell why the deputy cannot be asked, if that is so.
    pub(crate) async fn is_there(&self) -> Result<(), String> {
        let connected = UnixStream::connect(&self.socket).await;
        connected.map(drop).map_err(|error| format!("the deputy at {} cannot be asked: {error}", self.socket.display()))
    }

    /// List what is dangerous in a service's configuration; that the deputy cannot be asked is told where something is installed.
    pub(crate) async fn warnings(&self, service: &str) -> Vec<String> {
        match self.ask(&Request::Warnings { service: service.to_owned() }).await {
            Ok(Answer::Warnings(warnings)) => warnings,
            _ => Vec::new(),
        }
    }

    /// Have certificates installed in a service; the outcomes stand in the items' order.
    pub(crate) async fn install(&self, service: &str, pairs: &dyn Pairs, items: &[Item]) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; items.len()];
        let mut certificates = Vec::with_capacity(items.len());
        for (item, outcome) in items.iter().zip(&mut outcomes) {
            match with_pair(item, pairs) {
                Ok(certificate) => certificates.push(certificate),
                Err(reason) => *outcome = Some(Outcome::Failed(InstallFailure::new("install_refused", reason))),
            }
        }
        let mut told = Vec::with_capacity(certificates.len());
        let mut certificates = certificates.into_iter();
        loop {
            let batch: Vec<Certificate> = certificates.by_ref().take(MOST_CERTIFICATES).collect();
            if batch.is_empty() {
                break;
            }
            told.extend(self.install_batch(service, batch).await);
        }
        let mut told = told.into_iter();
        let nonsense = || Outcome::Failed(self.nonsense());
        outcomes.into_iter().map(|outcome| outcome.or_else(|| told.next()).unwrap_or_else(nonsense)).collect()
    }

    /// Tell what a service's part of the TLS store holds.
    pub(crate) async fn contents(&self, service: &str) -> Result<Contents, InstallFailure> {
        match self.ask(&Request::Contents { service: service.to_owned() }).await? {
            Answer::Contents(contents) => Ok(contents),
            Answer::Refused(reason) => Err(InstallFailure::new("removal_refused", reason)),
            Answer::Warnings(_) | Answer::Outcomes(_) => Err(self.nonsense()),
        }
    }

    /// Have websites taken out of a service.
    pub(crate) async fn remove(
        &self,
        service: &str,
        websites: &[String],
        copies: Copies,
    ) -> Result<(), InstallFailure> {
        self.settle(&Request::Remove { service: service.to_owned(), websites: websites.to_vec(), copies }).await
    }

    /// Have visitors sent to HTTPS.
    pub(crate) async fn promise(&self, service: &str, promises: &[Promise]) -> Result<(), InstallFailure> {
        self.settle(&Request::Promise { service: service.to_owned(), promises: promises.to_vec() }).await
    }

    /// Have something done that is answered by whether it was.
    async fn settle(&self, request: &Request) -> Result<(), InstallFailure> {
        match self.ask(request).await? {
            Answer::Refused(reason) => Err(InstallFailure::new("removal_refused", reason)),
            Answer::Outcomes(told) => match told.into_iter().next().map(Outcome::from) {
                Some(Outcome::Failed(failure)) => Err(failure),
                Some(Outcome::Served(_) | Outcome::Unconcerned) => Ok(()),
                None => Err(self.nonsense()),
            },
            Answer::Warnings(_) | Answer::Contents(_) => Err(self.nonsense()),
        }
    }

    async fn install_batch(&self, service: &str, certificates: Vec<Certificate>) -> Vec<Outcome> {
        let count = certificates.len();
        let failure = match self.ask(&Request::Install { service: service.to_owned(), certificates }).await {
            Ok(Answer::Outcomes(told)) if told.len() == count => return told.into_iter().map(Outcome::from).collect(),
            Ok(Answer::Refused(reason)) => InstallFailure::new("install_refused", reason),
            Ok(Answer::Outcomes(_) | Answer::Warnings(_) | Answer::Contents(_)) => self.nonsense(),
            Err(failure) => failure,
        };
        vec![Outcome::Failed(failure); count]
    }

    /// A service may take minutes for thousands of websites, so there is no time-out: where the deputy ends, so does the connection.
    async fn ask(&self, request: &Request) -> Result<Answer, InstallFailure> {
        let down = |error: io::Error, effect: &str| {
            let detail = format!("the deputy at {} cannot be asked: {error}; {effect}", self.socket.display());
            InstallFailure::new("deputy_down", detail)
        };
        let mut stream = UnixStream::connect(&self.socket).await.map_err(|error| down(error, "nothing was changed"))?;
        send(&mut stream, request).await.map_err(|error| down(error, "nothing was changed"))?;
        receive(&mut stream).await.map_err(|error| down(error, "what it did is looked at when it is back"))
    }

    fn nonsense(&self) -> InstallFailure {
        let socket = self.socket.display();
        InstallFailure::new("deputy_down", format!("the deputy at {socket} answered something else than was asked"))
    }
}

fn with_pair(item: &Item, pairs: &dyn Pairs) -> Result<Certificate, String> {
    let (chain, key) = pairs.pair(&item.website, item.generation)?;
    let companion = item.companion.as_ref().map(|companion| {
        let (chain, key) = pairs.pair(&companion_shelf(&item.website), companion.generation)?;
        let (names, fingerprint, generation) =
            (companion.names.clone(), companion.fingerprint.clone(), companion.generation);
        Ok::<_, String>(CompanionPair { names, fingerprint, generation, chain, key })
    });
    Ok(Certificate {
        website: item.website.clone(),
        names: item.names.clone(),
        document_root: item.document_root.clone(),
        fingerprint: item.fingerprint.clone(),
        generation: item.generation,
        chain,
        key,
        companion: companion.transpose()?,
    })
}
