//! The plan as the interface shows it: the websites with something to say.

use super::RestReason;
use super::output::{LeftOut, Plan, PlannedJob, SkipReason, Skipped};
use crate::model::{NameLeftOut, PlanRow, PlanSheet, Planned};

/// Rows that one page shows.
const MOST: usize = 500;

impl Plan {
    /// Choose what to show.
    #[must_use]
    pub fn sheet(&self) -> PlanSheet {
        let is_well = |skipped: &&Skipped| matches!(skipped.because, SkipReason::Rest(RestReason::Secured { .. }));
        let left_alone = self.skipped.iter().filter(is_well).count();
        let jobs = self.jobs.iter().map(of_job);
        let installs = self.installs.iter().map(|install| PlanRow {
            why: "no service was proved to present its certificate".into(),
            ..row(&install.domain, &install.user, Planned::Install)
        });
        let skipped = self.skipped.iter().filter(|skipped| !is_well(skipped)).map(of_skipped);
        let rows: Vec<PlanRow> = jobs.chain(installs).chain(skipped).take(MOST).collect();
        let waits = self.jobs.iter().filter(|job| job.wait.is_some()).count();
        let all = self.jobs.len() + self.installs.len() + self.skipped.len() - left_alone;
        PlanSheet {
            at: self.at,
            provider: self.provider.clone(),
            orders: count(self.jobs.len() - waits),
            waits: count(waits),
            installs: count(self.installs.len()),
            left_alone: count(left_alone),
            more: count(all - rows.len()),
            rows,
        }
    }
}

fn of_job(job: &PlannedJob) -> PlanRow {
    let wait = job.wait.as_ref().map(|wait| {
        let (limit, subject) = (wait.limit.kind.words(), wait.limit.subject_in_words());
        (wait.until, format!("{limit} ({subject})"))
    });
    let from = job.provider.as_ref().map_or(String::new(), |name| format!("; from {name}, as CAA records demand"));
    PlanRow {
        why: format!("{}: {}{from}", job.class.words(), job.because.words()),
        wait,
        names: job.names.clone(),
        left_out: left_out(&job.left_out),
        ..row(&job.domain, &job.user, if job.wait.is_some() { Planned::Wait } else { Planned::Order })
    }
}

fn of_skipped(skipped: &Skipped) -> PlanRow {
    PlanRow {
        why: skipped.because.words(),
        left_out: left_out(&skipped.left_out),
        ..row(&skipped.domain, &skipped.user, Planned::Nothing)
    }
}

fn row(website: &str, user: &str, what: Planned) -> PlanRow {
    let (website, user) = (website.to_owned(), user.to_owned());
    PlanRow { website, user, what, why: String::new(), wait: None, names: Vec::new(), left_out: Vec::new() }
}

fn left_out(names: &[LeftOut]) -> Vec<NameLeftOut> {
    names.iter().map(|left| NameLeftOut { name: left.name.clone(), why: left.because.words() }).collect()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
