//! Changes sent to a zone's primary server (RFC 2136), signed with a key that both know (RFC 8945). Always over TCP: a
//! batch may be large, and nobody can answer in the server's place by chance.

mod message;
mod signature;

use super::authority;
use super::publisher::{PublishError, Publisher, TxtValue};
use super::secret::TsigKey;
use crate::clock::{Clock, SystemClock};
use async_trait::async_trait;
use aws_lc_rs::rand;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};

/// Values in one change; some 40 KiB, below the 64 of a message.
const MOST_VALUES: usize = 250;

/// What is done with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
}

/// A DNS server that takes changes.
#[derive(Clone, Debug)]
pub struct Rfc2136 {
    /// Its address or name, and the port.
    pub server: String,
    /// What changes are signed with; none for servers that go by address.
    pub key: Option<TsigKey>,
    /// How long others may remember a value, in seconds.
    pub ttl: u32,
    /// The time for one change.
    pub timeout: Duration,
}

#[async_trait]
impl Publisher for Rfc2136 {
    async fn publish(&self, zone: &str, values: &[TxtValue]) -> Result<(), PublishError> {
        self.change(zone, Change::Add, values).await
    }

    async fn remove(&self, zone: &str, values: &[TxtValue]) -> Result<(), PublishError> {
        self.change(zone, Change::Remove, values).await
    }

    async fn list(&self, zone: &str, name: &str) -> Result<Option<Vec<String>>, PublishError> {
        let unreachable =
            |reason: String| PublishError::Unreachable { server: self.server(), zone: zone.into(), reason };
        let mut addresses = lookup_host(&self.server).await.map_err(|error| unreachable(error.to_string()))?;
        let address = addresses.next().ok_or_else(|| unreachable("its name has no address".into()))?;
        authority::values(address, name, self.timeout).await.map(Some).map_err(unreachable)
    }
}

impl Rfc2136 {
    async fn change(&self, zone: &str, change: Change, values: &[TxtValue]) -> Result<(), PublishError> {
        for part in values.chunks(MOST_VALUES) {
            let changed = tokio::time::timeout(self.timeout, self.exchange(zone, change, part)).await;
            changed.unwrap_or_else(|_| {
                let seconds = self.timeout.as_secs();
                Err(PublishError::Timeout { server: self.server(), zone: zone.into(), seconds })
            })?;
        }
        Ok(())
    }

    async fn exchange(&self, zone: &str, change: Change, values: &[TxtValue]) -> Result<(), PublishError> {
        let refused = |reason: String| PublishError::Refused { server: self.server(), zone: zone.into(), reason };
        let untrusted = |reason: &str| {
            let reason = reason.to_owned();
            PublishError::Untrusted { server: self.server(), zone: zone.into(), reason }
        };
        let mut id = [0; 2];
        rand::fill(&mut id).map_err(|_| refused("the system gives no random numbers".into()))?;
        let id = u16::from_be_bytes(id);
        let message = message::update(id, zone, change, self.ttl, values).map_err(refused)?;
        // The server compares with its own clock, whatever the engine's is.
        let now = u64::try_from(SystemClock.now().0).unwrap_or(0);
        let signed = self.key.as_ref().map(|key| signature::sign(key, message.clone(), now)).transpose();
        let signed = signed.map_err(refused)?;
        let bytes = self.send(signed.as_ref().map_or(&message, |signed| &signed.bytes)).await.map_err(|error| {
            let reason = error.to_string();
            PublishError::Unreachable { server: self.server(), zone: zone.into(), reason }
        })?;
        let reply = message::read(&bytes).filter(|reply| reply.id == id);
        let reply = reply.ok_or_else(|| untrusted("it is not an answer to the change"))?;
        if let (Some(key), Some(signed)) = (&self.key, &signed) {
            match &reply.signature {
                // A server that does not know the key cannot sign (RFC 8945, section 5.2).
                Some(signature) if matches!(signature.error, 16 | 17) => {}
                Some(signature) if signature::is_genuine(key, signed, &bytes, signature) => {}
                Some(_) => return Err(untrusted("its signature is wrong")),
                None if reply.rcode == 0 => return Err(untrusted("it is not signed")),
                None => {}
            }
        }
        signature::refusal(&reply, self.key.as_ref(), now).map_or(Ok(()), |reason| Err(refused(reason)))
    }

    async fn send(&self, message: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.server).await?;
        let length = u16::try_from(message.len()).map_err(io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes(), message].concat()).await?;
        let mut answer = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    }

    fn server(&self) -> String {
        format!("DNS server {}", self.server)
    }
}
