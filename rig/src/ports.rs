//! Free loopback ports. A port found here can be taken by somebody else before the service binds it: starters then
//! try again.

use std::{
    collections::HashSet,
    net::{Ipv4Addr, TcpListener, UdpSocket},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};

/// How often a service is started on new ports when somebody else was quicker.
pub(crate) const ATTEMPTS: usize = 5;

/// Ports handed out by this process: tests run side by side, and the kernel may offer the same one twice.
static HANDED_OUT: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// Return a loopback port that is free for TCP and for UDP.
pub(crate) fn free() -> Result<u16> {
    for _ in 0..100 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot bind a loopback port")?;
        let port = listener.local_addr().context("cannot read a bound port")?.port();
        if UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok() && first_time(port) {
            return Ok(port);
        }
    }
    bail!("no free loopback port was found")
}

fn first_time(port: u16) -> bool {
    let mut ports = HANDED_OUT.lock().unwrap_or_else(PoisonError::into_inner);
    ports.get_or_insert_default().insert(port)
}
