//! Nothing that goes wrong looks like an empty server.

use crate::server::{Server, config, script};
use anyhow::Result;
use engine::inventory::apache::{DiscoveryConfig, DiscoveryError, discover};
use std::fs;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_broken_configuration_is_an_error_with_apache_s_own_words() -> Result<()> {
    let server = Server::new()?;
    server.write("conf/bad.conf", "<VirtualHost *:@HTTP>\nServerName a.test\nNoSuchDirective on\n</VirtualHost>\n")?;
    server.configure(
        "<VirtualHost *:@HTTP>\nServerName ok.test\nDocumentRoot /nowhere\n</VirtualHost>\nInclude conf/*.conf\n",
    )?;
    let error = server.discover().await.unwrap_err();
    assert!(matches!(error, DiscoveryError::Failed { .. }), "{error:?}");
    let text = error.to_string();
    let place = format!("Syntax error on line 3 of {}", server.path("conf/bad.conf").display());
    assert!(text.contains(&place) && text.contains("Invalid command 'NoSuchDirective'"), "{text}");
    assert!(text.contains("ended with exit status: 1") && !text.contains("Warning"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_configuration_without_virtual_hosts_is_an_error() -> Result<()> {
    let server = Server::new()?;
    server.configure("")?;
    let error = server.discover().await.unwrap_err();
    assert!(matches!(error, DiscoveryError::NoVirtualHost { .. }), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_missing_mod_info_is_an_error_that_names_it() -> Result<()> {
    let server = Server::new()?;
    server.configure("<VirtualHost *:@HTTP>\nServerName a.test\n</VirtualHost>\n")?;
    let config = DiscoveryConfig { info_module: Some("/nowhere/mod_info.so".into()), ..server.config() };
    let error = discover(&config).await.unwrap_err();
    assert!(error.to_string().ends_with("mod_info.so is neither loaded nor at /nowhere/mod_info.so"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_missing_or_strange_command_is_an_error() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let error = discover(&config(&["/nowhere/apache2"])).await.unwrap_err();
    assert!(matches!(error, DiscoveryError::Start { .. }), "{error:?}");
    let error = discover(&config(&[])).await.unwrap_err();
    assert!(matches!(error, DiscoveryError::NoCommand), "{error:?}");
    for text in ["exit 0", "echo hello", "echo VirtualHost configuration:"] {
        let error = discover(&config(&[&script(directory.path(), text)?])).await.unwrap_err();
        assert!(matches!(error, DiscoveryError::Unreadable { .. }), "{text}: {error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_hanging_command_is_killed_with_all_that_it_started() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let pids = directory.path().join("pids");
    let text = format!("sleep 1000 & echo $! $$ > {}; wait", pids.display());
    let config = DiscoveryConfig { time_limit: 1, ..config(&[&script(directory.path(), &text)?]) };
    let started = Instant::now();
    let error = discover(&config).await.unwrap_err();
    assert!(error.to_string().ends_with("did not end within 1 s and was killed"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let deadline = Instant::now() + Duration::from_secs(10);
    for pid in fs::read_to_string(pids)?.split_whitespace() {
        while is_running(pid) {
            assert!(Instant::now() < deadline, "process {pid} is still there");
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_command_that_says_too_much_is_killed() -> Result<()> {
    let directory = tempfile::tempdir()?;
    for text in ["exec yes", "exec yes >&2"] {
        let config = DiscoveryConfig { output_limit: 1, ..config(&[&script(directory.path(), text)?]) };
        let error = discover(&config).await.unwrap_err();
        assert!(matches!(error, DiscoveryError::TooMuchOutput { .. }), "{text}: {error:?}");
    }
    Ok(())
}

/// A killed process may wait as a zombie for whoever reaps orphans.
fn is_running(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with(['Z', 'X']))
}
