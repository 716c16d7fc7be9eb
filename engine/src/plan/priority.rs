//! Which job comes first.
//!
//! Names in back-off are not here: they are left out before (see [`crate::queue::backoff`]). The rest is sorted by
//!
//! 1. health: jobs that failed last time come after all others, of whatever class;
//! 2. turns: each user's first [`TURN`] jobs come before anybody's next [`TURN`];
//! 3. class: expired > expiring > new > renewal;
//! 4. round robin: each user's first job of the class, then each user's second, and so on;
//! 5. in a round, users with fewer jobs come first, so that one with thousands comes after those whom it could delay;
//! 6. the order in which the users and their jobs were given.
//!
//! So a user with 5,000 broken aliases delays nobody: they fail once, and then come last. And a user with 5,000 sound jobs delays
//! anybody else's first [`TURN`] jobs by [`TURN`] at most.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How many jobs of a user come before the next users' turns, whatever their class.
pub const TURN: usize = 50;

/// Why a certificate is wanted, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriorityClass {
    /// Clients refuse what is there: it is expired or defective in another way.
    Expired,
    /// What is there ends within a sixth of its lifetime, 7 days at most.
    Expiring,
    /// Names are not secured yet.
    New,
    /// What is there is sound, and due.
    Renewal,
}

impl PriorityClass {
    /// Name the class as people read it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Expired => "expired or defective",
            Self::Expiring => "expiring soon",
            Self::New => "new",
            Self::Renewal => "renewal",
        }
    }
}

/// How the last try for the same names ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Well, or there was none.
    #[default]
    Sound,
    /// It failed.
    Failing,
}

/// What a job is ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rank<'a> {
    /// Whose it is.
    pub user: &'a str,
    /// Why it is wanted.
    pub class: PriorityClass,
    /// How it went before.
    pub health: Health,
}

/// Sort jobs; `rank` tells what a job is ranked by. Takes n·log n time.
#[must_use]
pub fn sort<J>(jobs: Vec<J>, rank: impl Fn(&J) -> Rank<'_>) -> Vec<J> {
    let keys = keys(&jobs, rank);
    let mut keyed: Vec<(Key, J)> = keys.into_iter().zip(jobs).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, job)| job).collect()
}

/// Health, turn, class, round, user, and then the order given, since sorting is stable.
type Key = (Health, usize, PriorityClass, usize, usize);

fn keys<J>(jobs: &[J], rank: impl Fn(&J) -> Rank<'_>) -> Vec<Key> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut counts: Vec<usize> = Vec::new();
    let mut ranked: Vec<(Rank<'_>, usize)> = jobs
        .iter()
        .map(|job| {
            let rank = rank(job);
            let number = *numbers.entry(rank.user).or_insert(counts.len());
            counts.resize(numbers.len(), 0);
            counts[number] += 1;
            (rank, number)
        })
        .collect();
    let mut by_count: Vec<usize> = (0..counts.len()).collect();
    by_count.sort_by_key(|number| counts[*number]);
    let mut places = vec![0; counts.len()];
    by_count.into_iter().enumerate().for_each(|(place, number)| places[number] = place);
    ranked.iter_mut().for_each(|(_, number)| *number = places[*number]);
    // A user's turns are taken in the order of health and class.
    let mut by_user: Vec<usize> = (0..ranked.len()).collect();
    by_user.sort_by_key(|index| (ranked[*index].1, ranked[*index].0.health, ranked[*index].0.class));
    let mut keys: Vec<Key> = ranked.iter().map(|(rank, user)| (rank.health, 0, rank.class, 0, *user)).collect();
    let (mut place, mut round) = (0, 0);
    for (position, index) in by_user.iter().enumerate() {
        let (rank, user) = ranked[*index];
        let before = position.checked_sub(1).map(|previous| ranked[by_user[previous]]);
        let same_health = before.is_some_and(|(other, whose)| whose == user && other.health == rank.health);
        place = if same_health { place + 1 } else { 0 };
        let same_class = same_health && before.is_some_and(|(other, _)| other.class == rank.class);
        round = if same_class && place % TURN != 0 { round + 1 } else { 0 };
        keys[*index].1 = place / TURN;
        keys[*index].3 = round;
    }
    keys
}

#[cfg(test)]
mod tests;
