//! What the demo says when it is ready: to people, and to tests in a file.

use super::sample::Sample;
use super::stage::Stage;
use crate::serve::Server;
use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// All that is worth saying.
pub(super) struct Guide<'a> {
    pub(super) server: &'a Server,
    pub(super) stage: &'a Stage,
    pub(super) config_file: &'a Path,
    pub(super) user: &'a str,
    pub(super) password: &'a str,
}

impl Guide<'_> {
    /// Tell people where to go and what to try.
    pub(super) fn print(&self, sample: &Sample) {
        let (user, password, https) = (self.user, self.password, self.stage.apache.https_port());
        let config = self.config_file.display();
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("autossl"));
        let program = program.display();
        println!(
            "
AutoSSL runs at   {url}
  user            {user}
  password        {password}

To try: sign in, press \"Run AutoSSL for All Users\", and watch. {count} websites are hosted here. The names
shop.bob.test, blog.carol.test, old.dave.test and beta.erin.test cannot be secured; the log says why.

The certificate that Apache shows for a website:
  openssl s_client -connect 127.0.0.1:{https} -servername alice.test </dev/null 2>/dev/null | \\
    openssl x509 -noout -subject -issuer -dates -ext subjectAltName

The same from the command line, beside the running server:
  {program} check --user alice --wait --config {config}
  {program} user list --config {config}

Ctrl-C ends everything.
",
            url = self.url(),
            count = sample.websites().count(),
        );
    }

    /// Write the same for tests, all at once.
    pub(super) fn write(&self, file: &Path) -> Result<()> {
        let apache = &self.stage.apache;
        let ready = json!({
            "url": self.url(),
            "user": self.user,
            "password": self.password,
            "http_port": apache.http_port(),
            "https_port": apache.https_port(),
            "config": self.config_file,
            "issuer_root": self.stage.issuer_root,
        });
        let partial = file.with_extension("partial");
        fs::write(&partial, ready.to_string()).with_context(|| format!("cannot write {}", partial.display()))?;
        fs::rename(&partial, file).with_context(|| format!("cannot write {}", file.display()))
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.interface_at)
    }
}
