//! Random queries give the same rows with and without rules, threads and small batches.

use rowmill_tests::random::{Comparison, Configurations, Subqueries};

/// Queries on each of two threads.
const QUERIES: u64 = 1_500;

#[test]
fn rules_threads_and_batches_change_no_rows() {
    let counts = std::thread::scope(|scope| {
        let workers = [0, 1_000_000].map(|from| scope.spawn(move || run(from)));
        workers.map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    for (same, with_rows) in counts {
        assert!(same > QUERIES * 9 / 10 && with_rows > QUERIES / 3, "{same} compared, {with_rows} with rows");
    }
}

/// Runs queries from a seed on and counts those that gave a result, and those that gave rows.
fn run(from: u64) -> (u64, u64) {
    let mut configurations = Configurations::new();
    let (mut same, mut with_rows) = (0, 0);
    for seed in from..from + QUERIES {
        match configurations.compare(seed, Subqueries::Uncorrelated) {
            Comparison::Same(rows) => {
                same += 1;
                with_rows += u64::from(!rows.is_empty());
            }
            Comparison::Refused(_) => {}
            Comparison::Different(report) => panic!("{report}"),
        }
    }
    (same, with_rows)
}
