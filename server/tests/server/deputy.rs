//! Two processes: `autossl deputy` as root, and everything else as an ordinary user who may not change services.

use crate::support::{Installation, eventually, program};
use rig::{Apache, Binaries, Openssl, Website};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use testca::{TestCa, Validation};

/// Nobody, and another one.
const SERVER: u32 = 65_534;
const STRANGER: u32 = 65_533;

struct World {
    installation: Installation,
    apache: Apache,
    ca: TestCa,
}

/// A deputy, killed when dropped.
struct Deputy(Child);

impl Drop for Deputy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl World {
    /// `None` where the tests do not run as root, who alone can start processes of others.
    async fn start() -> Option<Self> {
        if fs::metadata("/proc/self").unwrap().uid() != 0 {
            eprintln!("skipped: two users are needed, and only root can be both");
            return None;
        }
        let ca = TestCa::builder().validation(Validation::Always).start().unwrap();
        let installation = Installation::new();
        let open = |path: PathBuf| fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        open(installation.path(""));
        let binaries = Binaries::from_env().unwrap();
        let apache = Apache::builder(installation.path("apache")).websites([Website::new("a.test")]);
        let apache = apache.start(&binaries).await.unwrap();
        open(installation.path("apache"));
        fs::copy(program(), installation.path("autossl")).unwrap();
        for directory in ["data", "logs"] {
            fs::create_dir(installation.path(directory)).unwrap();
            chown(installation.path(directory), Some(SERVER), Some(SERVER)).unwrap();
        }
        let world = Self { installation, apache, ca };
        world.configure(SERVER);
        let users = format!(
            "[[user]]\nname = 'alice'\n[[user.website]]\ndomain = 'a.test'\ndocument_root = '{}'\n",
            world.apache.document_root("a.test").display()
        );
        let users = world.installation.write("users.toml", users);
        world.succeed(&["user", "import", users.to_str().unwrap()]);
        world.succeed(&["provider", "select", "ca", "--agree-tos"]);
        Some(world)
    }

    /// Let the deputy listen to this user.
    fn configure(&self, user: u32) {
        let (apache, ca) = (&self.apache, &self.ca);
        let root = self.installation.write("root.pem", ca.tls_root_pem());
        self.installation.configure(&format!(
            "[[providers]]\nid = 'ca'\nname = 'Test CA'\ndirectory_url = '{}'\nallow_private = true\n\
             [services]\nstore = 'tls'\n\
             [services.deputy]\nsocket = 'run/deputy.sock'\nuser = '{user}'\ngroup = '{user}'\ndocument_roots = ['apache']\n\
             [services.apache]\nvhost_dir = {:?}\nlisten = '{}'\ntest = {:?}\nreload = {:?}\npid_file = {:?}\nprobe = '{}'\n\
             pause_per_website_ms = 0\ncommand = {:?}\n",
            ca.directory_url(),
            apache.vhost_dir(),
            apache.https_address(),
            apache.test_command(),
            apache.graceful_command(),
            apache.pid_file(),
            apache.https_address(),
            apache.read_command(),
        ));
        let acme =
            format!("http_port = 0\ntrusted_roots = ['{}']\nprecheck = false\nallow_private = true", root.display());
        let text = fs::read_to_string(self.installation.config_file()).unwrap().replace("http_port = 0", &acme);
        fs::write(self.installation.config_file(), text).unwrap();
    }

    /// A command of the user as whom the server runs.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.installation.path("autossl"));
        command.args(arguments).arg("--config").arg(self.installation.config_file());
        command.env_clear().current_dir("/").stdin(Stdio::null()).uid(SERVER).gid(SERVER);
        command
    }

    fn succeed(&self, arguments: &[&str]) {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Run AutoSSL for all users; tell whether all went well, and what it said.
    fn check(&self) -> (bool, String) {
        let output = self.command(&["check", "--all", "--wait"]).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    async fn deputy(&self) -> Deputy {
        let child = self.installation.command(&["deputy"]).stderr(Stdio::null()).spawn().unwrap();
        let socket = self.installation.path("run/deputy.sock");
        eventually("the deputy listens", async || socket.exists().then_some(())).await;
        Deputy(child)
    }

    async fn is_served(&self) -> bool {
        let root = self.installation.write("issuer.pem", self.ca.issuer_root_pem());
        Openssl::tls(self.apache.https_address()).verified("a.test", &root).await.is_ok()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_user_secures_websites_through_the_deputy_and_never_without_it() {
    let Some(world) = World::start().await else { return };
    let (well, said) = world.check();
    assert!(!well && said.contains("deputy at "), "{said}");
    assert!(!world.is_served().await);

    let deputy = world.deputy().await;
    let (well, said) = world.check();
    assert!(well, "{said}");
    assert!(world.is_served().await);
    let pem = world.installation.path("tls/apache/names/a.test/combined.pem");
    let metadata = fs::metadata(pem).unwrap();
    assert_eq!((metadata.uid(), metadata.mode() & 0o777), (0, 0o600), "what services read belongs to root");
    let key = world.installation.path("data/certificates/a.test/current/key.pem");
    assert_eq!(fs::metadata(key).unwrap().uid(), SERVER);
    drop(deputy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_sent_away_even_where_the_socket_is_open() {
    let Some(world) = World::start().await else { return };
    world.configure(STRANGER);
    let _deputy = world.deputy().await;
    let (well, said) = world.check();
    assert!(!well && said.contains("Permission denied"), "{said}");
    let socket = world.installation.path("run/deputy.sock");
    fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
    let (well, said) = world.check();
    assert!(!well && said.contains("deputy at "), "{said}");
    assert!(!world.is_served().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deputy_believes_no_configuration_that_others_can_change() {
    let Some(world) = World::start().await else { return };
    let file = world.installation.config_file();
    let refused = || world.installation.run(&["deputy"]);
    chown(&file, Some(SERVER), None).unwrap();
    let said = refused();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stderr.contains("belongs to another user or can be written by others"), "{said:?}");
    chown(&file, Some(0), None).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o664)).unwrap();
    assert_eq!(refused().code, Some(1));
}
