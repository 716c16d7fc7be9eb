//! The providers that orders go to: the first, and those that take over, in their order. Pure; the store keeps what comes of it.

/// Which way a provider moves in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// One place nearer to the first.
    Earlier,
    /// One place further away.
    Later,
}

/// Put a provider first: one of the list moves there, any other takes the place of the first.
pub(crate) fn selected(order: &[String], id: &str) -> Vec<String> {
    let is_listed = order.iter().any(|other| other == id);
    let rest = if is_listed { order } else { order.get(1..).unwrap_or_default() };
    std::iter::once(id.to_owned()).chain(without(rest, id)).collect()
}

/// Put these after the first, in the place of all that follow it now.
pub(crate) fn with_fallbacks(order: &[String], fallbacks: &[String]) -> Vec<String> {
    let Some(first) = order.first() else { return Vec::new() };
    let mut new = vec![first.clone()];
    for id in fallbacks {
        if !new.contains(id) {
            new.push(id.clone());
        }
    }
    new
}

/// Put one more at the end, if it is not in the list.
pub(crate) fn with(order: &[String], id: &str) -> Vec<String> {
    let fallbacks: Vec<String> = order.iter().skip(1).cloned().chain([id.to_owned()]).collect();
    with_fallbacks(order, &fallbacks)
}

/// Take one out; what follows moves up.
pub(crate) fn without(order: &[String], id: &str) -> Vec<String> {
    order.iter().filter(|other| *other != id).cloned().collect()
}

/// Let one change places with its neighbour; at the end of the list nothing changes.
pub(crate) fn shifted(order: &[String], id: &str, shift: Shift) -> Vec<String> {
    let mut new = order.to_vec();
    let Some(place) = new.iter().position(|other| other == id) else { return new };
    let other = match shift {
        Shift::Earlier => place.checked_sub(1),
        Shift::Later => Some(place + 1).filter(|other| *other < new.len()),
    };
    if let Some(other) = other {
        new.swap(place, other);
    }
    new
}

/// Tell why these cannot be the fallbacks of the list; `None` where they can.
pub(crate) fn objection(order: &[String], fallbacks: &[String]) -> Option<(String, &'static str)> {
    let repeated = |(index, id): (usize, &String)| fallbacks[..index].contains(id).then(|| id.clone());
    if let Some(first) = order.first().filter(|first| fallbacks.contains(first)) {
        return Some((first.clone(), "orders go to it first: it cannot be its own fallback"));
    }
    let repeated = fallbacks.iter().enumerate().find_map(repeated)?;
    Some((repeated, "it is named twice"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn list(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    #[test]
    fn a_selected_provider_comes_first_and_a_new_one_replaces_the_first() {
        assert_eq!(selected(&list(""), "a"), list("a"));
        assert_eq!(selected(&list("abc"), "a"), list("abc"));
        assert_eq!(selected(&list("abc"), "c"), list("cab"), "a fallback moves to the front");
        assert_eq!(selected(&list("abc"), "x"), list("xbc"), "another one takes the first one's place");
    }

    #[test]
    fn fallbacks_follow_the_first_and_need_one() {
        assert_eq!(with_fallbacks(&list("ab"), &list("dc")), list("adc"));
        assert_eq!(with_fallbacks(&list("ab"), &[]), list("a"));
        assert_eq!(with_fallbacks(&list(""), &list("b")), list(""));
        assert_eq!((with(&list("ab"), "c"), with(&list("ab"), "b")), (list("abc"), list("ab")));
        assert_eq!(objection(&list("ab"), &list("bc")), None);
        assert_eq!(objection(&list("ab"), &list("ca")).unwrap().0, "a");
        assert_eq!(objection(&list("ab"), &list("cdc")).unwrap().0, "c");
    }

    #[test]
    fn one_that_leaves_makes_room_and_neighbours_change_places() {
        assert_eq!(without(&list("abc"), "a"), list("bc"));
        assert_eq!(shifted(&list("abc"), "c", Shift::Earlier), list("acb"));
        assert_eq!(shifted(&list("abc"), "a", Shift::Later), list("bac"));
        assert_eq!(shifted(&list("abc"), "c", Shift::Later), list("abc"));
        assert_eq!(shifted(&list("abc"), "a", Shift::Earlier), list("abc"));
    }

    proptest! {
        #[test]
        fn no_provider_is_ever_in_the_list_twice(deeds in proptest::collection::vec((0_u8..6, "[a-e]", "[a-e]{0,4}"), 0..40)) {
            let mut order = Vec::new();
            for (deed, id, others) in deeds {
                order = match deed {
                    0 => selected(&order, &id),
                    1 => with_fallbacks(&order, &list(&others)),
                    2 => with(&order, &id),
                    3 => without(&order, &id),
                    4 => shifted(&order, &id, Shift::Earlier),
                    _ => shifted(&order, &id, Shift::Later),
                };
                prop_assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), order.len());
                prop_assert!(deed != 0 || order[0] == id);
            }
        }
    }
}
