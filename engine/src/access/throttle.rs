//! How long to wait after vain tries to sign in.

use crate::model::Timestamp;
use crate::store::LoginFailures;
use std::net::IpAddr;

/// Vain tries under one name before there is a wait.
pub(super) const FREE_BY_NAME: u32 = 5;

/// Vain tries from one address before there is a wait; people share addresses.
pub(super) const FREE_BY_PEER: u32 = 4 * FREE_BY_NAME;

/// The wait in seconds, from the first vain try after the free ones on; the last one repeats.
const WAITS: [i64; 9] = [5, 10, 20, 40, 80, 160, 320, 640, 900];

/// Tell how many seconds are left to wait, if any.
pub(super) fn wait(failures: LoginFailures, free: u32, now: Timestamp) -> Option<u32> {
    let excess = failures.count.checked_sub(free)?;
    let step = usize::try_from(excess).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    let left = WAITS[step] - now.since(failures.last_at);
    u32::try_from(left.min(WAITS[step])).ok().filter(|left| *left > 0)
}

/// Name the key under which a name's vain tries are counted.
pub(super) fn name_key(name: &str) -> String {
    format!("name:{name}")
}

/// Name the key under which an address's vain tries are counted. An IPv6 network of 64 bits counts as one address: whoever has
/// one address of it has all.
pub(super) fn peer_key(peer: &str) -> String {
    match peer.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("peer:{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(address) => format!("peer:{address}"),
        Err(_) => "peer:unknown".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FREE_BY_NAME, peer_key, wait};
    use crate::model::Timestamp;
    use crate::store::LoginFailures;

    #[test]
    fn the_wait_doubles_from_five_seconds_to_a_quarter_of_an_hour() {
        let last_at = Timestamp(1_000);
        let first = |count| wait(LoginFailures { count, last_at }, FREE_BY_NAME, last_at);
        assert_eq!(
            [0, 4, 5, 6, 7, 12, 13, u32::MAX].map(first),
            [None, None, Some(5), Some(10), Some(20), Some(640), Some(900), Some(900)]
        );
    }

    #[test]
    fn the_wait_is_over_when_its_seconds_have_passed_and_never_longer_after_a_step_back_in_time() {
        let failures = LoginFailures { count: 5, last_at: Timestamp(1_000) };
        let at = |now| wait(failures, FREE_BY_NAME, Timestamp(now));
        assert_eq!([1_004, 1_005, 2_000, 10].map(at), [Some(1), None, None, Some(5)]);
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        assert_eq!(peer_key("2001:db8:1:2::5"), "peer:2001:db8:1:2::/64");
        assert_eq!(peer_key("2001:db8:1:2:ffff::1"), peer_key("2001:db8:1:2::5"));
        assert_eq!(peer_key("::ffff:192.0.2.1"), "peer:192.0.2.1");
        assert_eq!(peer_key("somewhere"), "peer:unknown");
    }
}
