//! What the administrator puts into Apache's configuration: the way of challenges, TLS, and the files that AutoSSL writes.
//!
//! Apache asks a virtual host's own directives before the server's almost everywhere, so each line here has its reason:
//!
//! - `mapping=encoded` lets the way be taken before a host's `ProxyPass`, `Redirect` and `Alias` are looked at (2.4.47 and later).
//! - What is proxied has no file, so `<Directory>` and `.htaccess` do not count. `<Location>` does: the server's come first and lose. `<If>`
//!   comes after all of them, and so takes back passwords and denials; `RewriteEngine Off` there ends the host's rewrites, too.
//!
//! What wins nevertheless, in a virtual host: a `Redirect` in `<Location>`, and what a later `<If>` forbids.

use std::net::SocketAddr;
use std::path::Path;

const TEXT: &str = include_str!("../../../../packaging/apache-autossl.conf");
/// Where the text has the directory and the challenge port, for the defaults of both.
const DIRECTORY: &str = "/etc/apache2/autossl";
const CHALLENGES: &str = "127.0.0.1:8402";

/// Write the lines for a server whose files are in `vhost_dir` and whose challenge port is `challenges`.
pub(crate) fn text(vhost_dir: &Path, challenges: SocketAddr) -> String {
    TEXT.replace(CHALLENGES, &challenges.to_string()).replace(DIRECTORY, &vhost_dir.display().to_string())
}
