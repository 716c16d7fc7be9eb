//! A directory with a configuration and a front build, and commands that work on it.

use super::RunningServer;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Good enough for every administrator in these tests.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// One installation; removed when dropped.
pub(crate) struct Installation {
    directory: TempDir,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Installation {
    /// Make one without administrators or users.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let this = Self { directory };
        this.configure("");
        this
    }

    /// Make one with the administrator `admin`.
    pub(crate) fn with_administrator() -> Self {
        let this = Self::new();
        this.succeed_with_input(&["admin", "create", "admin", "--role", "admin", "--password-stdin"], PASSWORD);
        this
    }

    /// Write the configuration: free ports, own directories, and `more`.
    pub(crate) fn configure(&self, more: &str) {
        let text = format!(
            "[paths]\ndata = 'data'\nlogs = 'logs'\n[acme]\nhttp_port = 0\n[schedule]\nnightly = 'off'\nafter_changes = false\n[server]\nlisten = '127.0.0.1:0'\nsite_root = 'site'\n{more}"
        );
        fs::write(self.config_file(), text).expect("the configuration can be written");
        fs::create_dir_all(self.path("site/pkg")).expect("the site's directory can be made");
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.path("autossl.toml")
    }

    /// Write a file below the installation.
    pub(crate) fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::write(&path, content).expect("the file can be written");
        path
    }

    /// Start `autossl serve` and wait until it listens.
    pub(crate) fn serve(&self) -> RunningServer {
        RunningServer::start(self.command(&["serve"]))
    }

    /// Run a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).stdin(Stdio::null()).output().expect("the program can be started"))
    }

    /// Run a command that must succeed, and return what it printed.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?} failed: {said:?}");
        said.stdout
    }

    /// Run a command with something on its standard input; it must succeed.
    pub(crate) fn succeed_with_input(&self, arguments: &[&str], input: &str) {
        let mut command = self.command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        stdin.write_all(input.as_bytes()).expect("the program reads its input");
        drop(stdin);
        let said = said(child.wait_with_output().expect("the program ends"));
        assert_eq!(said.code, Some(0), "{arguments:?} failed: {said:?}");
    }

    /// Describe a command of the binary in this installation, with an environment that holds nothing else.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.env_clear().env("USER", "tester").current_dir(self.directory.path());
        command.args(arguments).arg("--config").arg(self.config_file());
        command
    }
}

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_autossl"))
}

fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
    Said { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
