//! Finding the certificates with which a service's configuration test passes. Many are tried together, and halves of them where that
//! fails: one bad website among thousands costs some twenty tests.

use super::InstallFailure;
use super::driver::Installation;
use super::looked::broken_without;
use super::work::Work;

impl Installation<'_> {
    /// Put works in place and keep those with which the configuration test passes; tell whether anything stood otherwise until now.
    pub(super) async fn keep_tested<'w, 'i>(&mut self, mut works: Vec<&'w Work<'i>>) -> (Vec<&'w Work<'i>>, bool) {
        let touched = self.apply(&mut works);
        if works.is_empty() {
            return (works, touched);
        }
        let Err(reason) = self.installer.test().await else { return (works, touched) };
        self.change.restore();
        let service = self.installer.service().to_owned();
        if let Err(without) = self.installer.test().await {
            let detail = broken_without(&service, &without);
            self.fail_all(&works, &InstallFailure::new("service_config_broken", detail));
            return (Vec::new(), false);
        }
        let kept = self.bisect(works, reason).await;
        (kept, true)
    }

    /// Try a work without its companion together with those that passed; `None` where the test fails all the same.
    async fn without_companion<'w, 'i>(
        &mut self,
        kept: &[&'w Work<'i>],
        work: &'w Work<'i>,
        reason: &str,
    ) -> Option<Vec<&'w Work<'i>>> {
        let detail = format!("the configuration test of {} refused the companion: {reason}", self.installer.service());
        work.leave_alone(InstallFailure::new("service_config_refused", detail));
        let mut trial = [kept, [work].as_slice()].concat();
        self.apply(&mut trial);
        self.installer.test().await.ok().map(|()| trial)
    }

    async fn bisect<'w, 'i>(&mut self, works: Vec<&'w Work<'i>>, reason: String) -> Vec<&'w Work<'i>> {
        let mut kept: Vec<&Work<'_>> = Vec::new();
        let mut parts = vec![(works, reason)];
        while let Some((mut part, reason)) = parts.pop() {
            if let [work] = part.as_slice()
                && work.companion().is_some()
                && let Some(trial) = self.without_companion(&kept, work, &reason).await
            {
                kept = trial;
                continue;
            }
            if let [work] = part.as_slice() {
                let service = self.installer.service();
                let detail = format!("the configuration test of {service} refused it, nothing was changed: {reason}");
                self.fail(work, &InstallFailure::new("service_config_refused", detail));
                continue;
            }
            let second = part.split_off(part.len().div_ceil(2));
            for half in [part, second] {
                let mut trial = [kept.as_slice(), half.as_slice()].concat();
                self.apply(&mut trial);
                match self.installer.test().await {
                    Ok(()) => kept = trial,
                    Err(reason) => parts.push((half, reason)),
                }
            }
        }
        // The last trial may have been one that failed.
        self.apply(&mut kept);
        match self.installer.test().await {
            Ok(()) => kept,
            Err(reason) => {
                self.change.restore();
                self.fail_all(&kept, &InstallFailure::new("service_config_refused", reason));
                Vec::new()
            }
        }
    }
}
