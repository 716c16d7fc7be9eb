//! Build steps that cargo alone cannot do: the front end, its watch loop, and the rules between crates.
//!
//! `cargo xtask front [--debug] [--budget]`, `cargo xtask watch [-- ARGS]`, `cargo xtask layering`.

mod bindgen;
mod fingerprint;
mod front;
mod layering;
mod places;
mod precompress;
mod site;
mod snip;
mod split;
mod stylesheet;
mod watch;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{front::Build, places::Places};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let places = Places::from_env()?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["front"] => front::build(&places, Build::Release).map(drop),
        ["front", "--budget"] => front::build(&places, Build::Release)?.within_budget(),
        ["front", "--debug"] => front::build(&places, Build::Debug).map(drop),
        ["watch"] => watch::run(&places, &["demo"]),
        ["watch", "--", rest @ ..] => watch::run(&places, rest),
        ["layering"] => layering::check(&places.root),
        _ => bail!("usage: cargo xtask front [--debug | --budget] | watch [-- ARGS] | layering"),
    }
}
