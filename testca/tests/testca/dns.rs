//! A DNS server over UDP that knows what a test tells it, and answers NXDOMAIN to all else.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use tokio::{net::UdpSocket, task::JoinHandle};

/// The type of a record, and its data as on the wire.
type Records = Arc<Mutex<HashMap<String, Vec<(u16, Vec<u8>)>>>>;

pub(crate) struct Dns {
    address: SocketAddr,
    records: Records,
    server: JoinHandle<()>,
}

impl Dns {
    pub(crate) async fn start() -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = socket.local_addr()?;
        let records = Records::default();
        let server = tokio::spawn(serve(socket, records.clone()));
        Ok(Self { address, records, server })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Let a name lead to this machine.
    pub(crate) fn add_loopback(&self, name: &str) {
        self.add(name, 1, vec![127, 0, 0, 1]);
    }

    pub(crate) fn add_text(&self, name: &str, text: &str) {
        let mut data = vec![u8::try_from(text.len()).unwrap_or(u8::MAX)];
        data.extend_from_slice(text.as_bytes());
        self.add(name, 16, data);
    }

    pub(crate) fn add_alias(&self, name: &str, target: &str) {
        self.add(name, 5, wire(target));
    }

    pub(crate) fn add_caa(&self, name: &str, tag: &str, value: &str) {
        let mut data = vec![0, u8::try_from(tag.len()).unwrap_or(u8::MAX)];
        data.extend_from_slice(tag.as_bytes());
        data.extend_from_slice(value.as_bytes());
        self.add(name, 257, data);
    }

    fn add(&self, name: &str, kind: u16, data: Vec<u8>) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.entry(name.to_owned()).or_default().push((kind, data));
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn wire(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap_or_default());
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

async fn serve(socket: UdpSocket, records: Records) {
    let mut buffer = [0; 1024];
    while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
        let answer = answer(&buffer[..length], &records);
        let _ = socket.send_to(&answer, client).await;
    }
}

/// The question is trusted to be well formed: it is our own.
fn answer(question: &[u8], records: &Records) -> Vec<u8> {
    let mut at = 12;
    let mut labels = Vec::new();
    while question[at] != 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..end]).into_owned());
        at = end;
    }
    let kind = u16::from_be_bytes([question[at + 1], question[at + 2]]);
    let records = records.lock().unwrap_or_else(PoisonError::into_inner);
    let known = records.get(&labels.join("."));
    let found: Vec<&(u16, Vec<u8>)> =
        known.into_iter().flatten().filter(|record| record.0 == kind || record.0 == 5).collect();
    let code = if known.is_some() { 0 } else { 3 };
    let mut message = question[..2].to_vec();
    message.extend_from_slice(&[0x81, 0x80 | code, 0, 1, 0, u8::try_from(found.len()).unwrap_or_default(), 0, 0, 0, 0]);
    message.extend_from_slice(&question[12..at + 5]);
    for (kind, data) in found {
        message.extend_from_slice(&[0xc0, 12]);
        message.extend_from_slice(&kind.to_be_bytes());
        message.extend_from_slice(&[0, 1, 0, 0, 0, 60]);
        message.extend_from_slice(&u16::try_from(data.len()).unwrap_or_default().to_be_bytes());
        message.extend_from_slice(data);
    }
    message
}
