//! A server that runs with the same configuration does not notice.

use crate::server::{Server, lines, script};
use anyhow::Result;
use engine::inventory::apache::{DiscoveryConfig, discover};
use std::fs;

#[tokio::test]
async fn the_running_server_is_not_disturbed() -> Result<()> {
    let server = Server::new()?;
    server.configure("<VirtualHost 127.0.0.1:@HTTP>\nServerName a.test\n</VirtualHost>\n")?;
    let running = server.start()?;
    let mut stream = running.connect()?;
    running.get(&mut stream)?;
    let before = (fs::read(server.path("run/pid"))?, server.log()?, files(&server)?);

    let discovered = server.discover().await?;
    assert_eq!(lines(&server, &discovered), ["a.test main"]);
    server.configure("<VirtualHost")?;
    assert!(server.discover().await.is_err());

    assert_eq!((fs::read(server.path("run/pid"))?, server.log()?, files(&server)?), before);
    running.get(&mut stream)?;
    Ok(())
}

#[tokio::test]
async fn a_configuration_that_changes_between_the_two_answers_is_read_again() -> Result<()> {
    let server = Server::new()?;
    server.configure("<VirtualHost 127.0.0.1:@HTTP>\nServerName a.test\n</VirtualHost>\n")?;
    let (file, flag) = (server.path("httpd.conf"), server.path("flag"));
    let change =
        format!("if [ ! -e {0} ]; then touch {0}; sed -i '1i # moved' {1}; fi", flag.display(), file.display());
    let text = format!("apache2 -f {} \"$@\" || exit\n{change}", file.display());
    let command = vec![script(&server.path("main"), &text)?];
    let discovered = discover(&DiscoveryConfig { command, ..server.config() }).await?;
    assert!(flag.exists());
    assert_eq!((lines(&server, &discovered), discovered.skipped.len()), (vec!["a.test main".to_owned()], 0));
    Ok(())
}

fn files(server: &Server) -> Result<Vec<std::ffi::OsString>> {
    let entries = ["", "run"].map(|directory| fs::read_dir(server.path(directory)));
    let mut names = Vec::new();
    for entries in entries {
        for entry in entries? {
            names.push(entry?.file_name());
        }
    }
    names.sort();
    Ok(names)
}
