//! Names that cannot be validated: named with their reason, left out, and nothing else suffers.

use crate::world::{Plan, World};
use engine::model::{CheckResult, DomainState, LogType, RunScope, RunState};
use rig::{ChallengeAnswer, Website};

const DAY: i64 = 86_400;

/// Fifty users; the aliases of four are broken, each in its own way.
async fn fifty() -> World {
    let mut plan = Plan::new();
    let mut addressed = Vec::new();
    for number in 0..50 {
        let (name, domain) = (format!("user{number:02}"), format!("site{number:02}.test"));
        let (www, alias) = (format!("www.{domain}"), format!("old.{domain}"));
        let answer = match number {
            11 => ChallengeAnswer::NotFound,
            12 => ChallengeAnswer::Redirect("http://127.0.0.1:1/".into()),
            13 => ChallengeAnswer::Page,
            _ => ChallengeAnswer::Proxied,
        };
        let site = Website::new(&domain).alias(&www).alias_answering(&alias, answer);
        if !(10..=13).contains(&number) {
            plan = plan.user(&name, &[&domain, &www], site);
        } else {
            plan = plan.user(&name, &[&domain, &www, &alias], site);
        }
        addressed.extend([domain, www]);
        // Number 10's alias has no address at all.
        if (11..=13).contains(&number) {
            addressed.push(alias);
        }
    }
    plan.start(&addressed.iter().map(String::as_str).collect::<Vec<_>>()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_websites_with_four_broken_aliases_are_secured_but_for_the_broken_names() {
    let world = fifty().await;

    let run = world.run(RunScope::AllUsers).await;

    let log = world.log(&run).await;
    assert_eq!(run.state, RunState::Incomplete, "{log:#?}");
    assert_eq!((run.counts.issued, run.counts.served), (50, 50));
    assert_eq!((run.counts.failed, run.counts.names_failed), (0, 4));
    for number in 0..50 {
        for name in [format!("site{number:02}.test"), format!("www.site{number:02}.test")] {
            assert_eq!(world.https_status(&name).await.unwrap(), 200, "{name}");
        }
    }
    let expected =
        [("10", "dcv_connection"), ("11", "dcv_unauthorized"), ("12", "dcv_connection"), ("13", "dcv_unauthorized")];
    for (number, code) in expected {
        let name = format!("old.site{number}.test");
        let lines: Vec<_> = log.iter().filter(|line| line.domain.as_deref() == Some(&*name)).collect();
        assert!(lines.len() == 1 && lines[0].kind == LogType::Error, "{name}: {lines:?}");
        assert_eq!(lines[0].code.as_deref(), Some(code), "{}", lines[0].contents);
        assert!(lines[0].contents.contains(&name), "{}", lines[0].contents);
        let user = world.engine.user(&format!("user{number}")).await.unwrap();
        assert_eq!(user.row.result, Some(CheckResult::Incomplete));
        let row = user.websites[0].domains.iter().find(|row| row.name == name).unwrap();
        assert_eq!(row.state, DomainState::Unsecured);
        assert_eq!(row.problem.as_ref().unwrap().code, code);
    }
    let errors = log.iter().filter(|line| line.kind == LogType::Error).count();
    assert_eq!(errors, 4, "only the broken names are errors");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_website_of_which_no_name_passes_is_told_so_and_comes_back_by_itself() {
    let plan = Plan::new().user("alice", &["alice.test"], Website::new("alice.test"));
    let world = plan.start(&[]).await;

    let run = world.run(RunScope::AllUsers).await;
    assert_eq!((run.state, run.counts.failed), (RunState::Failed, 1));
    let log = world.log(&run).await;
    assert!(log.iter().any(|line| line.code.as_deref() == Some("total_dcv_failure")), "{log:#?}");
    assert_eq!(world.engine.user("alice").await.unwrap().row.result, Some(CheckResult::Failed));

    world.dns.add_a("alice.test", std::net::Ipv4Addr::LOCALHOST).await.unwrap();
    let again = world.run(RunScope::AllUsers).await;
    assert_eq!((again.state, again.counts.served), (RunState::Succeeded, 1));
    let user = world.engine.user("alice").await.unwrap();
    assert_eq!((user.row.result, &user.websites[0].domains[0].problem), (Some(CheckResult::Secured), &None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_is_deferred_rather_than_made_without_a_secured_name() {
    let site = Website::new("alice.test").alias("www.alice.test");
    let plan = Plan::new().user("alice", &["alice.test", "www.alice.test"], site);
    let world = plan.pebble(|pebble| pebble.authz_reuse(0)).start(&["alice.test", "www.alice.test"]).await;
    world.run(RunScope::AllUsers).await;
    let first = world.served("www.alice.test").await;
    world.dns.clear("www.alice.test").await.unwrap();

    // Pebble reuses an authorization now and then even when told not to; what must hold, holds either way.
    world.clock.advance(61 * DAY);
    let run = world.run(RunScope::AllUsers).await;
    let log = world.log(&run).await;
    if run.counts.issued == 0 {
        assert!(log.iter().any(|line| line.code.as_deref() == Some("renewal_deferred")), "{log:#?}");
        assert_eq!(world.served("www.alice.test").await, first);
    }
    assert_eq!(world.https_status("www.alice.test").await.unwrap(), 200);

    world.clock.advance(27 * DAY);
    let run = world.run(RunScope::AllUsers).await;
    assert_eq!(run.counts.served, 1, "shortly before its end the certificate is renewed without the name");
    assert_eq!(world.https_status("alice.test").await.unwrap(), 200);
}
