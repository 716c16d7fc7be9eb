//! The program: its options, its files, its management port.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

struct Program {
    child: Child,
    directory_url: String,
    management: String,
}

impl Program {
    fn start(directory: &std::path::Path, arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_testca"))
            .args(["--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--directory"])
            .arg(directory)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        let mut program = Self { child, directory_url: String::new(), management: String::new() };
        for line in output.lines().take(4) {
            let line = line?;
            if let Some(url) = line.strip_prefix("directory: ") {
                program.directory_url = url.to_owned();
            }
            if let Some(url) = line.strip_prefix("management: ") {
                program.management = url.to_owned();
            }
        }
        Ok(program)
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Result<(u16, Value)> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let request = Request::builder().method(method).uri(format!("{}{path}", self.management));
        let answer = client.request(request.body(Full::new(Bytes::from(body.to_string())))?).await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_program_serves_and_is_managed() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let arguments = ["--limits", "letsencrypt", "--eab", "kid-1:c2VjcmV0", "--virtual-time", "--processing", "5"];
    let program = Program::start(directory.path(), &arguments)?;
    assert!(program.directory_url.ends_with("/directory"));
    let root = std::fs::read_to_string(directory.path().join("testca-tls-root.pem"))?;
    assert!(root.starts_with("-----BEGIN CERTIFICATE-----"));

    let before = program.ask("GET", "/journal", json!(null)).await?.1;
    let (status, after) = program.ask("POST", "/advance", json!({"seconds": 3600})).await?;
    assert_eq!(status, 200);
    let time = |document: &Value| {
        Ok::<_, anyhow::Error>(document["now"].as_str().context("no time")?.parse::<jiff::Timestamp>()?)
    };
    assert_eq!(time(&after)?.duration_since(time(&before)?).as_hours(), 1);

    let fault = json!({"endpoint": "newOrder", "fault": "page", "status": 503, "times": 0, "probability": 0.5});
    assert_eq!(program.ask("POST", "/fault", fault).await?.1, json!({"waiting": 1}));
    let misplaced = json!({"endpoint": "directory", "fault": "wrong-key"});
    assert_eq!(program.ask("POST", "/fault", misplaced).await?.0, 400);
    assert_eq!(program.ask("POST", "/heal", json!({})).await?.1, json!({"waiting": 0}));
    assert_eq!(program.ask("POST", "/renew-now", json!({})).await?.1, json!({"certificates": 0}));
    assert_eq!(program.ask("GET", "/nothing", json!({})).await?.0, 404);
    Ok(())
}

#[test]
fn a_wrong_option_is_refused_with_a_reason() -> Result<()> {
    let output = Command::new(env!("CARGO_BIN_EXE_testca")).args(["--eab", "nothing"]).output()?;
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing is not KID:KEY"));
    Ok(())
}
