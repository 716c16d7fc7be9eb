//! The mail servers greet, present their default certificate, and take a reload.

use std::process::Command;

use anyhow::{Context, Result};
use rig::{Binaries, Dovecot, Exim, ImapSession, Openssl, Postfix};

/// The programs, or none with a printed reason where one is truly absent.
fn binaries() -> Result<Option<Binaries>> {
    let binaries = Binaries::from_env()?;
    let missing = [binaries.dovecot().err(), binaries.exim().err(), binaries.postfix().err()];
    match missing.into_iter().flatten().next() {
        Some(error) => {
            println!("skipped: {error}");
            Ok(None)
        }
        None => Ok(Some(binaries)),
    }
}

fn run(command: &[String]) -> Result<()> {
    let [program, arguments @ ..] = command else { anyhow::bail!("no command") };
    let output = Command::new(program).args(arguments).output().with_context(|| format!("cannot run {program}"))?;
    anyhow::ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn directory() -> Result<tempfile::TempDir> {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir()?;
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755))?;
    Ok(directory)
}

#[tokio::test]
async fn dovecot_keeps_a_session_over_a_reload_and_comes_back_after_a_stop() -> Result<()> {
    let Some(binaries) = binaries()? else { return Ok(()) };
    let directory = directory()?;
    let mut dovecot = Dovecot::start(&binaries, &directory.path().join("dovecot")).await?;
    let mut session = ImapSession::log_in(dovecot.imaps_address(), "mail.test", "alice").await?;
    run(&dovecot.test_command())?;
    run(&dovecot.reload_command())?;
    let shown = Openssl::starttls(dovecot.imap_address(), "imap").shown(Some("mail.test")).await?;
    assert_eq!(shown, Openssl::tls(dovecot.imaps_address()).shown(None).await?);
    session.noop().await?;
    dovecot.restart().await?;
    assert!(session.noop().await.is_err(), "the session is gone");
    Ok(())
}

#[tokio::test]
async fn postfix_makes_tables_and_reloads() -> Result<()> {
    let Some(binaries) = binaries()? else { return Ok(()) };
    let directory = directory()?;
    let postfix = Postfix::start(&binaries, &directory.path().join("postfix")).await?;
    run(&[postfix.postmap_command(), vec![format!("hash:{}", postfix.table().display())]].concat())?;
    run(&postfix.test_command())?;
    run(&postfix.reload_command())?;
    let shown = Openssl::starttls(postfix.smtp_address(), "smtp").shown(Some("mail.test")).await?;
    assert_eq!(shown, Openssl::tls(postfix.smtps_address()).shown(None).await?);
    Ok(())
}

#[tokio::test]
async fn exim_looks_where_it_is_told_and_leaves_nothing_behind() -> Result<()> {
    let Some(binaries) = binaries()? else { return Ok(()) };
    let directory = directory()?;
    let settings = "tls_certificate = NAMES_DIR/nothing.pem";
    let mut exim = Exim::start(&binaries, &directory.path().join("exim"), directory.path(), settings).await?;
    assert!(Openssl::tls(exim.smtps_address()).shown(Some("mail.test")).await.is_err());
    assert!(exim.log()?.is_empty(), "{}", exim.log()?);
    exim.stop().await?;
    assert_eq!(crate::processes_of(directory.path())?, Vec::<u32>::new());
    Ok(())
}
