//! The token that a check fetches: made here, answered by whatever answers the CA's questions.

use async_trait::async_trait;
use aws_lc_rs::rand;

/// Where challenge tokens are put so that the web server answers them at `/.well-known/acme-challenge/<token>`.
#[async_trait]
pub trait TokenBoard: Send + Sync {
    /// Let `token` be answered with `answer` from now on.
    async fn publish(&self, token: &str, answer: &str) -> Result<(), BoardError>;

    /// Stop answering. It is not called when a check is dropped halfway: sweep old tokens.
    async fn withdraw(&self, token: &str) -> Result<(), BoardError>;
}

/// Why a token could not be published or withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BoardError(pub String);

/// A random token and its answer, of the CA's own form (RFC 8555, section 8.3), so that no filter treats it otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) token: String,
    pub(crate) answer: String,
}

impl Token {
    /// Make a token and publish it.
    pub(crate) async fn publish(board: &dyn TokenBoard) -> Result<Self, BoardError> {
        let token = random()?;
        let answer = format!("{token}.{}", random()?);
        board.publish(&token, &answer).await?;
        Ok(Self { token, answer })
    }

    /// Name the path at which it is fetched.
    pub(crate) fn path(&self) -> String {
        format!("/.well-known/acme-challenge/{}", self.token)
    }
}

/// Make 43 characters, as many as 32 bytes have in base64url.
fn random() -> Result<String, BoardError> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = [0; 43];
    rand::fill(&mut bytes).map_err(|_| BoardError("the system gives no random numbers".into()))?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect())
}
