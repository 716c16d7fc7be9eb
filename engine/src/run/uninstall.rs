//! Taking AutoSSL's files out of all services, for when AutoSSL itself goes. Services go on with what was there before it; the
//! certificates and keys stay on disk for whoever reads them.

use crate::Engine;
use crate::deputy::Contents;
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::install::remove::Copies;
use crate::install::{Installer, Pace};
use crate::inventory::checked_name;
use crate::model::{RemovalPlan, ServiceRemoval, ServiceRemoved};
use std::collections::BTreeSet;

impl Engine {
    /// Tell what goes and what stays where websites are removed.
    ///
    /// # Errors
    /// Where there is no such website.
    pub async fn plan_removal(&self, websites: &[String]) -> EngineResult<RemovalPlan> {
        let inner = &self.inner;
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        for website in websites {
            let website = checked_name(website)?;
            inner.store.owner_of(&website).await?;
            wanted.insert(website);
        }
        let mut services = Vec::new();
        for installer in &inner.installers {
            services.extend(of_service(inner, installer.as_ref(), |site| wanted.contains(site)).await);
        }
        let shelves = wanted.iter().map(|website| inner.vault.shelf(website)).filter(|shelf| shelf.exists());
        let when = match inner.config.schedule.grace {
            Some(grace) => {
                format!("All of this goes with the first run for all users {} hours after the removal.", grace / 3_600)
            }
            None => "All of this stays where it is: no time of grace is configured.".to_owned(),
        };
        Ok(RemovalPlan {
            services,
            keys: shelves.map(|shelf| shelf.display().to_string()).collect(),
            remarks: vec![
                when,
                "Until then the certificates are presented as before; nothing is renewed.".to_owned(),
                "Nothing is revoked: `autossl cert revoke DOMAIN` does that, as long as the files are there."
                    .to_owned(),
            ],
        })
    }

    /// Tell what goes and what stays where AutoSSL is taken out of all services.
    pub async fn plan_uninstall(&self) -> RemovalPlan {
        let inner = &self.inner;
        let mut services = Vec::new();
        for installer in &inner.installers {
            services.extend(of_service(inner, installer.as_ref(), |_| true).await);
        }
        let store = inner.config.services.store.display();
        let data = inner.config.data_dir.display();
        RemovalPlan {
            services,
            keys: Vec::new(),
            remarks: vec![
                "Each service goes on with what its own configuration says without these files.".to_owned(),
                "A service whose configuration test fails without them, or that does not go on, keeps them.".to_owned(),
                format!("Certificates and keys stay in {store} and {data}, with the certificate for names that nobody has."),
                "The lines that you put into services' configurations stay: take them out before you remove these directories.".to_owned(),
                "Nothing is revoked. A server that is started again brings everything back.".to_owned(),
            ],
        }
    }

    /// Take AutoSSL's files out of all services: for each a configuration test, one reload, and a proof that it goes on. `None` where
    /// another process works on runs: nothing is done then.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn uninstall(&self) -> EngineResult<Option<Vec<ServiceRemoved>>> {
        let mut done = Vec::new();
        let work = async {
            for installer in &self.inner.installers {
                done.push(self.take_out(installer.as_ref()).await?);
            }
            Ok(())
        };
        let is_ours = self.lead(work).await?;
        Ok(is_ours.then_some(done))
    }

    async fn take_out(&self, installer: &dyn Installer) -> EngineResult<ServiceRemoved> {
        let inner = &self.inner;
        let service = installer.service().to_owned();
        let websites = match inner.hands.contents(installer).await {
            Ok(contents) => contents.websites,
            Err(failure) => return Ok(ServiceRemoved { service, failure: Some(failure) }),
        };
        let pace = Pace::new(inner.store.as_ref(), inner.clock.as_ref());
        let failure =
            inner.hands.remove(installer, &websites, Copies::Leave, pace).await.err().map(|failure| failure.detail);
        if failure.is_none() {
            inner.store.forget_service(&service).await?;
        }
        Ok(ServiceRemoved { service, failure })
    }
}

/// Tell what goes from a service; `None` where it has nothing of these websites.
async fn of_service(
    inner: &Inner,
    installer: &dyn Installer,
    is_meant: impl Fn(&str) -> bool,
) -> Option<ServiceRemoval> {
    let Contents { websites, names } = inner.hands.contents(installer).await.ok()?;
    let names = names.into_iter().filter(|(_, website)| is_meant(website));
    let websites = websites.into_iter().filter(|website| is_meant(website));
    let files = websites.flat_map(|website| installer.files_of(&website)).filter(|file| file.exists());
    let removal = ServiceRemoval {
        service: installer.service().to_owned(),
        names: names.map(|(name, _)| name).collect(),
        files: files.map(|file| file.display().to_string()).collect(),
    };
    (!removal.names.is_empty() || !removal.files.is_empty()).then_some(removal)
}
