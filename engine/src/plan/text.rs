//! The plan as people read it.

use super::output::{LeftOut, LeftOutReason, Plan, PlannedJob, SkipReason, Skipped};
use std::fmt::Write;

impl Plan {
    /// Write the plan for people: first what it comes to, then each website with its decision, names and moment.
    #[must_use]
    pub fn text(&self) -> String {
        let waiting = self.jobs.iter().filter(|job| job.wait.is_some()).count();
        let last = self.jobs.iter().filter_map(|job| job.wait.as_ref()).map(|wait| wait.until).max();
        let mut text = format!(
            "Plan of {} UTC with {}: {} to order now, {} later{}, {} to install again, {} websites left as they are.\n",
            self.at.short(),
            self.provider,
            self.jobs.len() - waiting,
            waiting,
            last.map_or(String::new(), |at| format!(" (the last at {})", at.short())),
            self.installs.len(),
            self.skipped.len(),
        );
        self.jobs.iter().for_each(|job| write_job(&mut text, job));
        for install in &self.installs {
            line(&mut text, &format!("\n{} ({}): install again", install.domain, install.user));
            line(&mut text, "  why:  no service was proved to present the certificate");
        }
        self.skipped.iter().for_each(|skipped| write_skipped(&mut text, skipped));
        text
    }
}

fn write_job(text: &mut String, job: &PlannedJob) {
    line(text, &format!("\n{} ({}): order, {}", job.domain, job.user, job.class.words()));
    line(text, &format!("  why:  {}", job.because.words()));
    let when = job.wait.as_ref().map_or("now".into(), |wait| {
        let subject = wait.limit.subject_in_words();
        format!("waits until {} because of {} ({subject})", wait.until.short(), wait.limit.kind.words())
    });
    line(text, &format!("  when: {when}"));
    if let Some(provider) = &job.provider {
        line(text, &format!("  from: {provider}, since CAA records forbid the provider above"));
    }
    line(text, &format!("  in:   {}", job.names.join(", ")));
    write_left_out(text, &job.left_out);
    if !job.lost.is_empty() {
        line(text, &format!("  note: reduced coverage: {} will not be secured any more", job.lost.join(", ")));
    }
}

fn write_skipped(text: &mut String, skipped: &Skipped) {
    line(text, &format!("\n{} ({}): nothing", skipped.domain, skipped.user));
    line(text, &format!("  why:  {}", skipped.because.words()));
    write_left_out(text, &skipped.left_out);
}

fn write_left_out(text: &mut String, left_out: &[LeftOut]) {
    for LeftOut { name, because } in left_out {
        line(text, &format!("  out:  {name}: {}", because.words()));
    }
}

/// Names come from users: whatever could forge a line or move the cursor is shown, not sent.
fn line(text: &mut String, content: &str) {
    let (lead, content) = content.strip_prefix('\n').map_or(("", content), |rest| ("\n", rest));
    let safe = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{lead}{}", content.chars().map(safe).collect::<String>());
}

impl SkipReason {
    /// Say why to people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::User(eligibility) => eligibility.words().into(),
            Self::Pending => "a job for it is under way".into(),
            Self::Rest(reason) => reason.words(),
            Self::Impeded(impediment) => impediment.words().into(),
            Self::BackingOff { until } => format!("its names failed and are tried again at {}", until.short()),
            Self::Deferred { until, names } => format!(
                "renewal deferred until {}, since these secured names fail: {}",
                until.short(),
                names.join(", ")
            ),
            Self::Unreadable(what) => format!("AutoSSL did not install the certificate and cannot read it: {what}"),
            Self::OverLimit => "as many names are secured as the provider allows in a certificate".into(),
            Self::ReaddLater { until } => format!("names that pass again are added at {}", until.short()),
        }
    }
}

impl LeftOutReason {
    /// Say why to people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Ineligible(verdict) => verdict.words(),
            Self::Failing(code) => format!("fails validation ({code})"),
            Self::BackingOff(until) => format!("failed, tried again at {}", until.short()),
            Self::OverLimit => "the provider allows no more names in a certificate".into(),
        }
    }
}

#[cfg(test)]
mod tests;
