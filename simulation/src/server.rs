//! A server's configuration as every measurement here begins with it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use engine::config::{
    AcmeConfig, CertificatesPer, DnsConfig, EngineConfig, InventoryConfig, LimitsConfig, ProviderConfig,
    ScheduleConfig, ServicesConfig,
};
use testca::TestCa;

/// Keep everything below `directory` and order from `ca`, which is called `ca`: no services, no limits, no check of names, and
/// nothing that happens by itself.
///
/// # Errors
/// Where the authority's root cannot be written.
pub(crate) fn config(directory: &Path, ca: &TestCa) -> Result<EngineConfig> {
    let root: PathBuf = directory.join("root.pem");
    std::fs::write(&root, ca.tls_root_pem()).with_context(|| format!("cannot write {}", root.display()))?;
    Ok(EngineConfig {
        dns: DnsConfig::default(),
        inventory: InventoryConfig::Database,
        certificates_per: CertificatesPer::Website,
        database_url: format!("sqlite://{}/autossl.db", directory.display()),
        data_dir: directory.join("data"),
        logs_dir: directory.join("logs"),
        acme: AcmeConfig { trusted_roots: vec![root], ..AcmeConfig::default() },
        providers: vec![ProviderConfig {
            id: "ca".into(),
            name: "Test CA".into(),
            directory_url: ca.directory_url(),
            limits: Default::default(),
            allow_private: true,
        }],
        apache: None,
        services: ServicesConfig::default(),
        limits: LimitsConfig::default(),
        schedule: ScheduleConfig::default(),
        exclude: Vec::new(),
        precheck: None,
    })
}

/// Describe users of one website with one name each, as a file to import: `site0.test`, `site1.test` and so on.
pub(crate) fn websites(count: u32) -> String {
    (0..count)
        .map(|number| {
            format!(
                "[[user]]\nname = 'u{number}'\n[[user.website]]\ndomain = 'site{number}.test'\ndocument_root = '/srv'\n"
            )
        })
        .collect()
}
