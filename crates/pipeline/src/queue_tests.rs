#![allow(clippy::unwrap_used, clippy::type_complexity, clippy::ptr_arg)]

use super::*;
use crate::graph::GRAPH;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

type Log = Mutex<Vec<(usize, &'static str)>>;

fn fault_of(error: &String) -> Fault {
    Fault::ALL.into_iter().find(|fault| error.starts_with(fault.name())).unwrap()
}

/// Goes through with `fails`: the fault that the stage of an item meets at its first tries, so many times.
fn go(items: usize, width: usize, fails: &BTreeMap<(usize, &str), (Fault, u32)>) -> (Came<String>, Vec<(usize, &'static str)>, usize) {
    let (log, tries, most_open): (Log, Mutex<BTreeMap<(usize, &str), u32>>, AtomicUsize) = Default::default();
    let open: Mutex<BTreeMap<usize, usize>> = Mutex::default();
    let work = |item: usize, node: &Node, _: &Job| {
        let mut begun = open.lock().unwrap();
        *begun.entry(item).or_default() += 1;
        // What is lost is not open any more, whatever else of it could still be done.
        let is_open = |(item, done): &(&usize, &usize)| **done < GRAPH.len() && !fails.keys().any(|(lost, _)| lost == *item);
        most_open.fetch_max(begun.iter().filter(is_open).count(), Ordering::Relaxed);
        drop(begun);
        let mut tries = tries.lock().unwrap();
        let tried = tries.entry((item, node.name)).or_default();
        *tried += 1;
        match fails.get(&(item, node.name)) {
            Some((fault, times)) if *tried <= *times => Err(format!("{} at {item} {}", fault.name(), node.name)),
            _ => {
                log.lock().unwrap().push((item, node.name));
                Ok(true)
            }
        }
    };
    let retry = Retry { attempts: 3, pause: Duration::from_millis(1) };
    let flow =
        Flow { nodes: &GRAPH, work: &work, fault: &fault_of, tell: &|_, _, _, _| {}, retry, width: Width::fixed(width), load: &|| None };
    let came = run(items, &flow, &Job::quiet());
    (came, log.into_inner().unwrap(), most_open.into_inner())
}

#[test]
fn what_may_pass_is_tried_again_and_what_can_not_takes_only_its_item() {
    let check = |fault: Fault, times: u32, whole: usize, failed: &[(usize, u32)]| {
        let (came, done, _) = go(5, 2, &[((3, "text"), (fault, times))].into_iter().collect());
        assert_eq!(came.whole, whole, "{fault:?} {times}");
        let told: Vec<_> = came.failed.iter().map(|f| (f.item, f.attempts)).collect();
        assert_eq!(told, failed, "{fault:?} {times}");
        // The other leg goes on; what stands behind both does not.
        assert!(done.contains(&(3, "drift")));
        assert_eq!(done.contains(&(3, "measure")), failed.is_empty());
    };
    check(Fault::Passing, 2, 5, &[]);
    check(Fault::Passing, 3, 4, &[(3, 3)]);
    check(Fault::Media, 1, 4, &[(3, 1)]);
}

#[test]
fn what_would_meet_every_item_ends_the_run() {
    for fault in [Fault::Settings, Fault::Cap, Fault::Cancelled] {
        let (came, done, _) = go(1_000, 2, &[((3, "look"), (fault, 9))].into_iter().collect());
        assert!(came.ended.is_some_and(|e| e.contains(fault.name())) && came.failed.is_empty());
        assert!(done.len() < 200, "{}", done.len());
    }
}

#[test]
fn what_does_not_pass_ends_the_run() {
    let all: BTreeMap<_, _> = (0..1_000).map(|item| ((item, "listen"), (Fault::Passing, u32::MAX))).collect();
    let (came, ..) = go(1_000, 3, &all);
    assert!(came.ended.is_some() && came.whole == 0 && came.failed.len() < 10, "{}", came.failed.len());
}

#[test]
fn items_and_legs_run_side_by_side() {
    // Both legs of one item meet here; alone, neither would go on.
    let legs = Barrier::new(2);
    let work = |_: usize, node: &Node, _: &Job| {
        if ["listen", "look"].contains(&node.name) {
            legs.wait();
        }
        Ok::<bool, String>(true)
    };
    let flow = Flow {
        nodes: &GRAPH,
        work: &work,
        fault: &fault_of,
        tell: &|_, _, _, _| {},
        retry: Retry::default(),
        width: Width::fixed(2),
        load: &|| None,
    };
    let came = run(1, &flow, &Job::quiet());
    assert_eq!((came.whole, came.widest), (1, 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever fails: nothing is done twice, nothing before what it waits for, nothing is lost, and few items are begun at a time.
    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(
        items in 0usize..40,
        width in 1usize..6,
        picks in proptest::collection::vec((0usize..40, 0usize..GRAPH.len(), prop_oneof![Just(Fault::Media), Just(Fault::Passing)], 1u32..5), 0..7),
    ) {
        let fails: BTreeMap<_, _> = picks.iter().map(|(item, n, fault, times)| ((*item, GRAPH[*n].name), (*fault, *times))).collect();
        let (came, done, open) = go(items, width, &fails);
        prop_assert!(open <= 2 * width);
        let mut seen = done.clone();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), done.len());
        for (n, (item, name)) in done.iter().enumerate() {
            let node = GRAPH.iter().find(|node| node.name == *name).unwrap();
            for before in node.needs.iter().chain(node.after) {
                prop_assert!(done[..n].contains(&(*item, before)), "{} of {} before {}", name, item, before);
            }
        }
        let lost = |item: usize| GRAPH.iter().any(|node| fails.get(&(item, node.name)).is_some_and(|(fault, times)| *fault == Fault::Media || *times >= 3));
        for item in 0..items {
            let count = done.iter().filter(|(i, _)| *i == item).count();
            prop_assert_eq!(count == GRAPH.len(), !lost(item));
        }
        prop_assert_eq!(came.whole, (0..items).filter(|item| !lost(*item)).count());
    }
}
