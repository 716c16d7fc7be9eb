//! Who comes first, and that nobody waits for others.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Job {
    user: String,
    class: PriorityClass,
    health: Health,
    number: usize,
}

const CLASSES: [PriorityClass; 4] =
    [PriorityClass::Expired, PriorityClass::Expiring, PriorityClass::New, PriorityClass::Renewal];

fn jobs(user: &str, class: PriorityClass, health: Health, count: usize) -> Vec<Job> {
    (0..count).map(|number| Job { user: user.into(), class, health, number }).collect()
}

fn sorted(jobs: Vec<Job>) -> Vec<Job> {
    sort(jobs, |job| Rank { user: &job.user, class: job.class, health: job.health })
}

fn users(jobs: &[Job]) -> Vec<&str> {
    jobs.iter().map(|job| job.user.as_str()).collect()
}

#[test]
fn expired_comes_before_expiring_before_new_before_renewal() {
    let mut given: Vec<Job> =
        CLASSES.iter().rev().flat_map(|class| jobs(&format!("{class:?}"), *class, Health::Sound, 1)).collect();
    given.rotate_left(1);
    assert_eq!(users(&sorted(given)), ["Expired", "Expiring", "New", "Renewal"]);
}

#[test]
fn within_a_class_users_take_turns() {
    let mut given = jobs("alice", PriorityClass::New, Health::Sound, 3);
    given.extend(jobs("bob", PriorityClass::New, Health::Sound, 2));
    assert_eq!(users(&sorted(given)), ["bob", "alice", "bob", "alice", "alice"]);
}

#[test]
fn a_user_with_thousands_of_jobs_delays_those_with_a_few_by_nothing() {
    let mut given = jobs("large", PriorityClass::New, Health::Sound, 5_000);
    (0..100).for_each(|number| given.extend(jobs(&format!("user{number}"), PriorityClass::New, Health::Sound, 1)));
    assert_eq!(sorted(given).iter().position(|job| job.user == "large"), Some(100));
}

#[test]
fn five_thousand_broken_aliases_of_one_user_delay_nobody() {
    let mut given = jobs("broken", PriorityClass::Expired, Health::Failing, 5_000);
    given.extend(jobs("alice", PriorityClass::Renewal, Health::Sound, 2));
    assert_eq!(users(&sorted(given)[..3]), ["alice", "alice", "broken"]);
}

#[test]
fn five_thousand_expired_certificates_of_one_user_delay_a_new_one_by_one_turn() {
    let mut given = jobs("large", PriorityClass::Expired, Health::Sound, 5_000);
    given.extend(jobs("alice", PriorityClass::New, Health::Sound, 1));
    assert_eq!(sorted(given).iter().position(|job| job.user == "alice"), Some(TURN));
}

fn any_jobs() -> impl Strategy<Value = Vec<Job>> {
    let one = (0_usize..6, 0_usize..4, any::<bool>());
    proptest::collection::vec(one, 0..80).prop_map(|all| {
        let job = |(number, (user, class, failing)): (usize, (usize, usize, bool))| Job {
            user: format!("user{user}"),
            class: CLASSES[class],
            health: if failing { Health::Failing } else { Health::Sound },
            number,
        };
        all.into_iter().enumerate().map(job).collect()
    })
}

proptest! {
    #[test]
    fn no_job_gets_lost(given in any_jobs()) {
        let mut result = sorted(given.clone());
        result.sort_by_key(|job| job.number);
        prop_assert_eq!(result, given);
    }

    #[test]
    fn failing_jobs_come_last_and_a_users_own_jobs_keep_their_order(given in any_jobs()) {
        let result = sorted(given);
        prop_assert!(result.is_sorted_by_key(|job| job.health));
        for user in 0..6 {
            let name = format!("user{user}");
            let own: Vec<_> = result.iter().filter(|job| job.user == name).collect();
            prop_assert!(own.is_sorted_by_key(|job| (job.health, job.class, job.number)));
        }
    }

    // The bound: however many jobs another user has, each sound job of a healthy user moves back by at most one turn for each turn
    // that the healthy user has begun.
    #[test]
    fn a_healthy_users_places_do_not_depend_on_how_many_jobs_another_user_has(
        given in any_jobs(), many in 0_usize..3_000, class in 0_usize..4, failing: bool,
    ) {
        let place = |all: &[Job], number: usize| all.iter().position(|job| job.number == number && job.user != "other").unwrap();
        let alone = sorted(given.clone());
        let health = if failing { Health::Failing } else { Health::Sound };
        let mut together = given.clone();
        together.extend(jobs("other", CLASSES[class], health, many));
        let together = sorted(together);
        for job in given.iter().filter(|job| job.health == Health::Sound) {
            let turns_begun = given.iter().filter(|other| other.user == job.user).count() / TURN + 1;
            let bound = if failing { 0 } else { turns_begun * TURN };
            prop_assert!(place(&together, job.number) - place(&alone, job.number) <= bound);
        }
    }
}
