//! What the two processes say to each other: one question and one answer a connection, as JSON behind its length in four bytes.

use super::hands::Contents;
use crate::install::remove::Copies;
use crate::install::{Beside, InstallFailure, Item, ItemCompanion, Outcome, Promise};
use crate::vault::companion_shelf;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// As many certificates as one question may have; more are asked for in several.
pub(super) const MOST_CERTIFICATES: usize = 2_000;
/// A certificate with its chain and key has some 8 kB; those with a hundred names and RSA keys twice as much.
const MOST_BYTES: u32 = 64 << 20;

/// A chain and a key, with their shelf and generation.
pub(super) type Shelved = ((String, u32), (String, String));

/// A question.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum Request {
    /// What is dangerous in a service's configuration?
    Warnings {
        /// Its name.
        service: String,
    },
    /// Install these in a service, prove each, and put back what is not proved.
    Install {
        /// Its name.
        service: String,
        /// What to install.
        certificates: Vec<Certificate>,
    },
    /// What does a service's part of the TLS store hold?
    Contents {
        /// Its name.
        service: String,
    },
    /// Take websites out of a service, and put everything back where it would not go on as before.
    Remove {
        /// Its name.
        service: String,
        /// Which ones.
        websites: Vec<String>,
        /// What becomes of their certificates in the service's part of the TLS store.
        copies: Copies,
    },
    /// Send visitors of these names to HTTPS, and of no others any more.
    Promise {
        /// The service's name.
        service: String,
        /// Which, and how.
        promises: Vec<Promise>,
    },
}

impl Request {
    /// The service that it is about.
    pub(super) fn service(&self) -> &str {
        match self {
            Self::Warnings { service }
            | Self::Install { service, .. }
            | Self::Contents { service }
            | Self::Remove { service, .. }
            | Self::Promise { service, .. } => service,
        }
    }
}

/// A certificate for a website, with its key.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Certificate {
    pub(super) website: String,
    pub(super) names: Vec<String>,
    pub(super) document_root: String,
    pub(super) fingerprint: String,
    pub(super) generation: u32,
    pub(super) chain: String,
    pub(super) key: String,
    /// What is to be presented beside it.
    pub(super) companion: Option<CompanionPair>,
}

/// The second certificate of a website, with an RSA key.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompanionPair {
    pub(super) names: Vec<String>,
    pub(super) fingerprint: String,
    pub(super) generation: u32,
    pub(super) chain: String,
    pub(super) key: String,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the certificate of {:?}", self.website)
    }
}

impl Certificate {
    /// The same for the driver, without the chain and the key.
    pub(super) fn item(&self) -> Item {
        Item {
            website: self.website.clone(),
            names: self.names.clone(),
            document_root: self.document_root.clone(),
            fingerprint: self.fingerprint.clone(),
            generation: self.generation,
            companion: self.companion.as_ref().map(|companion| ItemCompanion {
                names: companion.names.clone(),
                fingerprint: companion.fingerprint.clone(),
                generation: companion.generation,
            }),
        }
    }

    /// Take the pairs out, each with its shelf and generation.
    pub(super) fn into_pairs(self) -> impl Iterator<Item = Shelved> {
        let shelf = companion_shelf(&self.website);
        let companion = self.companion.map(|it| ((shelf, it.generation), (it.chain, it.key)));
        std::iter::once(((self.website, self.generation), (self.chain, self.key))).chain(companion)
    }
}

/// An answer.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum Answer {
    /// In sentences.
    Warnings(Vec<String>),
    /// What became of the certificates, in their order.
    Outcomes(Vec<Told>),
    /// What there is.
    Contents(Contents),
    /// Nothing was done, and why.
    Refused(String),
}

/// What became of a certificate.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum Told {
    Unconcerned,
    /// Without a companion, since none is to be there.
    Served,
    /// With its companion.
    ServedWithCompanion,
    /// Without its companion, and why.
    ServedAlone {
        code: String,
        detail: String,
    },
    Failed {
        code: String,
        detail: String,
    },
}

impl From<Outcome> for Told {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Unconcerned => Self::Unconcerned,
            Outcome::Served(Beside::Nothing) => Self::Served,
            Outcome::Served(Beside::Served) => Self::ServedWithCompanion,
            Outcome::Served(Beside::Failed(InstallFailure { code, detail })) => {
                Self::ServedAlone { code: code.into_owned(), detail }
            }
            Outcome::Failed(InstallFailure { code, detail }) => Self::Failed { code: code.into_owned(), detail },
        }
    }
}

impl From<Told> for Outcome {
    fn from(told: Told) -> Self {
        match told {
            Told::Unconcerned => Self::Unconcerned,
            Told::Served => Self::Served(Beside::Nothing),
            Told::ServedWithCompanion => Self::Served(Beside::Served),
            Told::ServedAlone { code, detail } => Self::Served(Beside::Failed(InstallFailure::new(code, detail))),
            Told::Failed { code, detail } => Self::Failed(InstallFailure::new(code, detail)),
        }
    }
}

/// Send a question or an answer.
pub(super) async fn send(stream: &mut (impl AsyncWrite + Unpin), message: &impl Serialize) -> io::Result<()> {
    let bytes = serde_json::to_vec(message)?;
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= MOST_BYTES);
    stream.write_u32(length.ok_or_else(|| too_long(bytes.len() as u64))?).await?;
    stream.write_all(&bytes).await?;
    stream.flush().await
}

/// Receive a question or an answer.
///
/// # Errors
/// Where the other end goes away, or says what is not in this file.
pub(super) async fn receive<T: DeserializeOwned>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<T> {
    let length = stream.read_u32().await?;
    if length > MOST_BYTES {
        return Err(too_long(length.into()));
    }
    let mut bytes = Vec::new();
    stream.take(length.into()).read_to_end(&mut bytes).await?;
    if bytes.len() < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_slice(&bytes)?)
}

fn too_long(length: u64) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a message of {length} bytes; at most {MOST_BYTES} are taken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs tell what a person decided from what failed by the code.
    #[test]
    fn what_became_of_a_certificate_is_told_as_it_is() {
        let failure = InstallFailure::new("own_host", "a host of the administrator's comes first");
        for outcome in [
            Outcome::Unconcerned,
            Outcome::Served(Beside::Nothing),
            Outcome::Served(Beside::Served),
            Outcome::Served(Beside::Failed(failure.clone())),
            Outcome::Failed(failure),
        ] {
            let bytes = serde_json::to_vec(&Told::from(outcome.clone())).unwrap();
            assert_eq!(Outcome::from(serde_json::from_slice::<Told>(&bytes).unwrap()), outcome);
        }
    }
}
