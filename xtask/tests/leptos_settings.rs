//! Leptos.toml, which the server reads, and Cargo.toml, which cargo-leptos reads, must say the same.

use std::{error::Error, fs, path::Path};

use toml::{Table, Value};

fn settings(file: &str) -> Result<Table, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let document: Table = fs::read_to_string(&path)?.parse()?;
    let first = document["workspace"]["metadata"]["leptos"].get(0).and_then(Value::as_table);
    Ok(first.ok_or_else(|| format!("{file} has no [[workspace.metadata.leptos]]"))?.clone())
}

#[test]
fn leptos_toml_repeats_what_cargo_toml_says() -> Result<(), Box<dyn Error>> {
    let (server, tool) = (settings("Leptos.toml")?, settings("Cargo.toml")?);
    for (key, value) in &server {
        assert_eq!(tool.get(key), Some(value), "{key}");
    }
    for key in ["output-name", "site-root", "site-pkg-dir", "hash-files"] {
        assert!(server.contains_key(key), "Leptos.toml lacks {key}");
    }
    Ok(())
}
