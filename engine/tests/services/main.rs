//! Certificates in real services: Apache, nginx, HAProxy, a Web Disk, Dovecot, Exim and Postfix, with `openssl s_client` as the second witness.
#![cfg(feature = "host")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expects")]

mod apache;
mod attacks;
mod caught_up;
mod challenges;
mod companions;
mod crowd;
mod deputy;
mod disks;
mod doctor;
mod drift;
mod fallback;
mod front;
mod haproxy;
mod hook;
mod https;
mod nginx;
mod protocols;
mod refused;
mod removal;
mod sessions;
mod web_disk;
mod world;
