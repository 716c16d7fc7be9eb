//! nginx, HAProxy and the Web Disk start, serve what they are told, and take what is new.

use std::process::Command;

use anyhow::{Context, Result};
use rig::{Apache, Binaries, Haproxy, Nginx, Openssl, WEB_DISK_USER, http_get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

use crate::acme::Challenges;

#[tokio::test]
async fn nginx_passes_challenges_on_and_takes_a_new_host_with_a_reload() -> Result<()> {
    let Some(binaries) = fronts()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let challenges = Challenges::start().await?;
    let mut nginx = Nginx::builder(directory.path()).challenge_backend(challenges.address()).start(&binaries).await?;
    challenges.publish("token", "key authorization");
    let answer = http_get(nginx.http_address(), "a.test", "/.well-known/acme-challenge/token").await?;
    assert_eq!(answer.text(), "key authorization");

    let before = Openssl::tls(nginx.https_address()).fingerprint("a.test").await?;
    let certificate = make_certificate(directory.path(), "a.test")?;
    let host = format!(
        "server {{ listen {} ssl; server_name a.test; ssl_certificate {certificate}; ssl_certificate_key {certificate}; }}\n",
        nginx.https_address(),
    );
    std::fs::write(nginx.conf_dir().join("a.conf"), host)?;
    run(&nginx.test_command())?;
    run(&nginx.reload_command())?;
    crate::wait_until("the new certificate is served", async || {
        Openssl::tls(nginx.https_address()).fingerprint("a.test").await.is_ok_and(|now| now != before)
    })
    .await?;
    assert_eq!(Openssl::tls(nginx.https_address()).fingerprint("b.test").await?, before);
    nginx.restart().await?;
    assert!(nginx.is_alive());
    Ok(())
}

#[tokio::test]
async fn haproxy_passes_challenges_on_and_takes_a_certificate_while_it_runs() -> Result<()> {
    let Some(binaries) = fronts()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let challenges = Challenges::start().await?;
    let mut haproxy = Haproxy::start(directory.path(), challenges.address(), &binaries).await?;
    challenges.publish("token", "key authorization");
    let answer = http_get(haproxy.http_address(), "a.test", "/.well-known/acme-challenge/token").await?;
    assert_eq!(answer.text(), "key authorization");

    let before = Openssl::tls(haproxy.https_address()).fingerprint("a.test").await?;
    let file = make_certificate(&haproxy.certificates(), "a.test")?;
    let pem = std::fs::read_to_string(&file)?;
    let list = haproxy.crt_list().display().to_string();
    for command in [
        format!("new ssl cert {file}"),
        format!("set ssl cert {file} <<\n{pem}"),
        format!("commit ssl cert {file}"),
        format!("add ssl crt-list {list} <<\n{file} a.test\n"),
    ] {
        ask(&haproxy, &command).await?;
    }
    let after = Openssl::tls(haproxy.https_address()).fingerprint("a.test").await?;
    assert_ne!(after, before);
    std::fs::write(haproxy.crt_list(), format!("{file} a.test\n"))?;
    run(&haproxy.test_command())?;
    let pid = haproxy.pid();
    haproxy.restart().await?;
    assert_ne!(haproxy.pid(), pid);
    assert_eq!(Openssl::tls(haproxy.https_address()).fingerprint("a.test").await?, after);
    Ok(())
}

#[tokio::test]
async fn a_web_disk_takes_files_of_its_user_and_of_nobody_else() -> Result<()> {
    let Some(binaries) = fronts()? else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let disk = Apache::builder(directory.path().join("disk")).web_disk().start(&binaries).await?;
    let put = |password: &str| {
        let user = base64(&format!("{WEB_DISK_USER}:{password}"));
        format!(
            "PUT /note.txt HTTP/1.1\r\nHost: webdisk.a.test\r\nAuthorization: Basic {user}\r\nContent-Length: 5\r\n\
             Connection: close\r\n\r\nhello"
        )
    };
    let send = async |request: String| {
        Openssl::tls(disk.https_address()).exchange("webdisk.a.test", "http/1.1", &request).await
    };
    assert!(send(put("wrong")).await?.contains("HTTP/1.1 401 "));
    let answer = send(put(WEB_DISK_USER)).await?;
    assert!(answer.contains("HTTP/1.1 201 "), "{answer}");
    assert_eq!(std::fs::read_to_string(disk.document_root("default.invalid").join("note.txt"))?, "hello");
    Ok(())
}

/// The programs, or none with a printed reason where one is truly absent.
fn fronts() -> Result<Option<Binaries>> {
    let Some(binaries) = crate::binaries()? else { return Ok(None) };
    let missing = [binaries.nginx().err(), binaries.haproxy().err()];
    match missing.into_iter().flatten().next() {
        Some(error) => {
            println!("skipped: {error}");
            Ok(None)
        }
        None => Ok(Some(binaries)),
    }
}

/// Write a self-signed certificate with its key and return the file.
fn make_certificate(directory: &std::path::Path, name: &str) -> Result<String> {
    let file = directory.join(format!("{name}.pem")).display().to_string();
    let subject = format!("/CN={name}");
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let output = Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-days", "30", "-subj", &subject, "-keyout", &file])
        .args(curve)
        .output()?;
    let mut pem = std::fs::read(&file).context("openssl made no key")?;
    pem.extend(output.stdout);
    std::fs::write(&file, pem)?;
    Ok(file)
}

async fn ask(haproxy: &Haproxy, command: &str) -> Result<String> {
    let mut stream = UnixStream::connect(haproxy.socket()).await?;
    stream.write_all(format!("{command}\n").as_bytes()).await?;
    let mut said = String::new();
    stream.read_to_string(&mut said).await?;
    Ok(said)
}

fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let parts = text.as_bytes().chunks(3).map(|part| {
        let number = (0..3).fold(0, |number, index| number << 8 | u32::from(*part.get(index).unwrap_or(&0)));
        let digits = (0..4).map(|place| char::from(ALPHABET[(number >> (18 - 6 * place) & 63) as usize]));
        digits.take(part.len() + 1).chain(std::iter::repeat_n('=', 3 - part.len())).collect::<String>()
    });
    parts.collect()
}

fn run(command: &[String]) -> Result<()> {
    let [program, arguments @ ..] = command else { anyhow::bail!("no command") };
    let output = Command::new(program).args(arguments).output()?;
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
