//! Nonces: each is good for one request (RFC 8555, section 6.5).

use std::collections::{HashSet, VecDeque};

use crate::jws::encode;

/// So many are remembered; a client that keeps one for longer gets `badNonce`, as with a real CA.
const REMEMBERED: usize = 100_000;

#[derive(Default)]
pub(crate) struct Nonces {
    unused: HashSet<String>,
    oldest_first: VecDeque<String>,
}

impl Nonces {
    pub(crate) fn issue(&mut self) -> Result<String, aws_lc_rs::error::Unspecified> {
        let nonce = random_token(16)?;
        self.unused.insert(nonce.clone());
        self.oldest_first.push_back(nonce.clone());
        if self.oldest_first.len() > REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.unused.remove(&oldest);
        }
        Ok(nonce)
    }

    /// Use a nonce up. False if it was never issued, or used before.
    pub(crate) fn redeem(&mut self, nonce: &str) -> bool {
        self.unused.remove(nonce)
    }
}

/// Random bytes as base64url.
pub(crate) fn random_token(bytes: usize) -> Result<String, aws_lc_rs::error::Unspecified> {
    let mut buffer = vec![0; bytes];
    aws_lc_rs::rand::fill(&mut buffer)?;
    Ok(encode(buffer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_once() {
        let mut nonces = Nonces::default();
        let nonce = nonces.issue().unwrap();
        assert!(nonces.redeem(&nonce));
        assert!(!nonces.redeem(&nonce));
        assert!(!nonces.redeem("made up"));
    }
}
