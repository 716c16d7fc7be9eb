//! Where things are: the checkout, the build folders, the site that the server serves.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// Folders that the steps read and write, all absolute.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Cargo's folder for programs of this machine.
    pub(crate) host_target: PathBuf,
    /// Cargo's folder for the browser's program, and finished sites.
    pub(crate) front_target: PathBuf,
    /// What the server serves: `LEPTOS_SITE_ROOT`, or `target/site` as Leptos.toml says.
    pub(crate) site_root: PathBuf,
}

impl Places {
    /// Find them from the working folder and the environment.
    pub(crate) fn from_env() -> Result<Self> {
        // Not from CARGO_MANIFEST_DIR: several checkouts may share one build folder, and so this program.
        let here = env::current_dir().context("there is no working folder")?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("xtask/Cargo.toml").is_file())
            .with_context(|| format!("{} is not inside the checkout", here.display()))?;
        Ok(Self {
            host_target: from_variable(root, "CARGO_TARGET_DIR", "target"),
            front_target: from_variable(root, "AUTOSSL_FRONT_TARGET", "target/front"),
            site_root: from_variable(root, "LEPTOS_SITE_ROOT", "target/site"),
            root: root.to_owned(),
        })
    }
}

fn from_variable(root: &Path, variable: &str, otherwise: &str) -> PathBuf {
    root.join(env::var_os(variable).filter(|value| !value.is_empty()).unwrap_or_else(|| otherwise.into()))
}
