//! Doing the tasks of a run, so many at a time. Where names are checked by ourselves first, that happens on the way: users take turns,
//! name by name, and a website is ordered for as soon as its own names are done. So a user with thousands of names that nobody
//! answers for keeps no other waiting.

use super::check::check;
use super::eyes::Sight;
use super::finish::Pending;
use super::precheck::{Verdicts, own_fault};
use super::session::Session;
use super::settle::{Task, settle_skipped};
use super::site::Circumstances;
use crate::budget::{Buckets, Ledger};
use crate::dcv::Verdict;
use crate::error::EngineResult;
use crate::model::RunId;
use crate::plan::{Occasion, Settings, assemble};
use futures::stream::{BoxStream, FuturesUnordered};
use futures::{StreamExt, stream};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What is decided by once more when a website's names are checked.
pub(super) struct Rules<'a, B> {
    pub(super) settings: &'a Settings,
    pub(super) ledger: &'a Ledger<B>,
    pub(super) circumstances: Circumstances<'a>,
}

/// Do tasks in their order until all are done or somebody wants it to stop.
pub(super) async fn work_off<B: Buckets>(
    session: &Session<'_>,
    id: &RunId,
    tasks: Vec<Task>,
    rules: &Rules<'_, B>,
    stop: &CancellationToken,
) -> EngineResult<Vec<Pending>> {
    let at_once = session.inner.config.limits.orders_in_flight.max(1);
    let mut asked_to_stop = std::pin::pin!(asked_to_stop(session, id, stop));
    let mut stopping = false;
    let mut verdicts: BoxStream<'_, Verdict> = match &session.eyes {
        Some(eyes) => eyes.first().verdicts(in_turns(&tasks)).boxed(),
        None => stream::empty().boxed(),
    };
    let mut line = Line::new(tasks, session.eyes.is_some());
    let mut working = FuturesUnordered::new();
    let mut to_install = Vec::new();
    let mut own_fault_told = false;
    let mut checking = true;
    loop {
        while working.len() < at_once && !stopping {
            let Some((task, verdicts)) = line.next() else { break };
            working.push(do_task(session, id, task, verdicts, rules));
        }
        if working.is_empty() && (stopping || !checking && line.is_empty()) {
            return Ok(to_install);
        }
        tokio::select! {
            biased;
            () = &mut asked_to_stop, if !stopping => stopping = true,
            Some(pending) = working.next(), if !working.is_empty() => to_install.extend(pending?),
            verdict = verdicts.next(), if checking && !stopping => {
                let Some(verdict) = verdict else {
                    checking = false;
                    continue;
                };
                if let Some(finding) = own_fault(&verdict).filter(|_| !std::mem::replace(&mut own_fault_told, true)) {
                    let contents = format!("{} {}", finding.code.cause(), finding.evidence);
                    session.book.block().warn(0, finding.code.as_str(), contents);
                }
                line.checked(verdict);
            }
        }
    }
}

/// Decide once more with what was found about the names, then get the certificate.
async fn do_task<B: Buckets>(
    session: &Session<'_>,
    id: &RunId,
    Task { site, planned }: Task,
    verdicts: Verdicts,
    rules: &Rules<'_, B>,
) -> EngineResult<Option<Pending>> {
    let (Some(first), Some(eyes)) = (&planned, &session.eyes) else {
        return check(session, id, Task { site, planned }, &verdicts, Sight::default()).await;
    };
    let Rules { settings, ledger, circumstances } = rules;
    if first.occasion == Occasion::Companion {
        let mut verdicts = verdicts;
        let sight = eyes.reconsider(&first.names, &mut verdicts).await?;
        eyes.of(&sight).record(verdicts.values()).await?;
        return check(session, id, Task { site, planned }, &verdicts, sight).await;
    }
    let (mut settings, mut verdicts) = (Cow::Borrowed(*settings), verdicts);
    let sight = eyes.reconsider(&first.names, &mut verdicts).await?;
    let prechecker = eyes.of(&sight);
    prechecker.record(verdicts.values()).await?;
    let plan = loop {
        // A wildcard that fails stands for nothing: the names that were reduced to it are checked themselves.
        let failing = verdicts.values().filter(|verdict| !verdict.passed()).filter_map(|it| it.name.strip_prefix("*."));
        for zone in failing.map(str::to_owned).collect::<Vec<_>>() {
            settings.to_mut().zones.exclude(&zone);
        }
        let plan = assemble([&site.input(*circumstances, &verdicts)], &settings, *ledger, circumstances.now);
        let planned = plan.jobs.iter().flat_map(|job| &job.names);
        let unknown: Vec<String> = planned.filter(|name| !verdicts.contains_key(*name)).cloned().collect();
        if unknown.is_empty() {
            break plan;
        }
        verdicts.extend(prechecker.check(unknown.iter()).await?);
    };
    if let Some(job) = plan.jobs.into_iter().next() {
        return check(session, id, Task { site, planned: Some(job) }, &verdicts, sight).await;
    }
    for skipped in plan.skipped {
        settle_skipped(session, id, &site, skipped, &verdicts, plan.at).await?;
    }
    Ok(None)
}

/// The tasks in their order, of which some wait for their names to be checked.
struct Line {
    ready: BTreeMap<usize, (Task, Verdicts)>,
    /// With the number of names that are not checked yet.
    unchecked: HashMap<usize, (Task, Verdicts, usize)>,
    by_name: HashMap<String, usize>,
}

impl Line {
    fn new(tasks: Vec<Task>, with_check: bool) -> Self {
        let mut line = Self { ready: BTreeMap::new(), unchecked: HashMap::new(), by_name: HashMap::new() };
        for (place, task) in tasks.into_iter().enumerate() {
            let names = task.planned.as_ref().filter(|_| with_check).map_or(&[][..], |job| &job.names);
            line.by_name.extend(names.iter().map(|name| (name.clone(), place)));
            let left = names.len();
            if left == 0 {
                line.ready.insert(place, (task, Verdicts::new()));
            } else {
                line.unchecked.insert(place, (task, Verdicts::new(), left));
            }
        }
        line
    }

    fn next(&mut self) -> Option<(Task, Verdicts)> {
        self.ready.pop_first().map(|(_, next)| next)
    }

    fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.unchecked.is_empty()
    }

    /// Take what was found about a name; with its website's last one the website is ready.
    fn checked(&mut self, verdict: Verdict) {
        let Some(place) = self.by_name.remove(&verdict.name) else { return };
        let Some((_, verdicts, left)) = self.unchecked.get_mut(&place) else { return };
        verdicts.insert(verdict.name.clone(), verdict);
        *left -= 1;
        if *left == 0
            && let Some((task, verdicts, _)) = self.unchecked.remove(&place)
        {
            self.ready.insert(place, (task, verdicts));
        }
    }
}

/// List the names to check: each user's first, then each user's second, and so on.
fn in_turns(tasks: &[Task]) -> Vec<String> {
    let mut of_user: HashMap<&str, usize> = HashMap::new();
    let mut users: Vec<VecDeque<&String>> = Vec::new();
    for job in tasks.iter().filter_map(|task| task.planned.as_ref()) {
        let user = *of_user.entry(&job.user).or_insert(users.len());
        if user == users.len() {
            users.push(VecDeque::new());
        }
        users[user].extend(&job.names);
    }
    let mut names = Vec::new();
    while !users.is_empty() {
        names.extend(users.iter_mut().filter_map(VecDeque::pop_front).cloned());
        users.retain(|left| !left.is_empty());
    }
    names
}

/// Wait until the server stops or the administrator asks this run to.
async fn asked_to_stop(session: &Session<'_>, id: &RunId, stop: &CancellationToken) {
    const LOOK_AGAIN: Duration = Duration::from_millis(500);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_AGAIN) => {
                if session.inner.store.stop_requested(id).await.unwrap_or(false) {
                    return;
                }
            }
        }
    }
}
