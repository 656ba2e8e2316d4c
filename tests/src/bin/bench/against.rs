//! One setting against another: the same queries by turns.

use std::time::{Duration, Instant};

use rowmill::{Connection, Result, params};

use crate::Setting;

/// Prints for each query the median of its runs as settings are, that with another setting, the first through the second, and
/// the same of the fastest runs. Both take turns, so that what else the machine does meets both.
pub(crate) fn compare(
    connection: &Connection,
    queries: &[(String, String)],
    runs: usize,
    other: &Setting,
) -> Result<()> {
    let shown = connection.settings().into_iter().find(|setting| setting.name.eq_ignore_ascii_case(&other.name));
    // A name that is none fails when it is set.
    let usual = Setting { name: other.name.clone(), value: shown.map_or_else(String::new, |shown| shown.value) };
    let (mut ratios, mut worst) = ([0.0; 2], (0.0, ""));
    let label = |setting: &Setting| format!("{}, ms", setting.value);
    println!("{:<12} {:>14} {:>14} {:>8} {:>8}", "query", label(&usual), label(other), "ratio", "of least");
    for (name, sql) in queries {
        let mut times = [Vec::with_capacity(runs), Vec::with_capacity(runs)];
        // Once more at the beginning, which does not count.
        for run in 0..=runs {
            // Which comes first alternates too.
            for turn in 0..2 {
                let which = (run + turn) % 2;
                [&usual, other][which].set(connection)?;
                let time = once(connection, sql)?;
                if run > 0 {
                    times[which].push(time);
                }
            }
        }
        usual.set(connection)?;
        let [(least_one, one), (least_two, two)] = times.map(least_and_median);
        let (ratio, of_least) = (one / two, least_one / least_two);
        println!("{name:<12} {one:>14.4} {two:>14.4} {ratio:>8.3} {of_least:>8.3}");
        ratios = [ratios[0] + ratio.ln(), ratios[1] + of_least.ln()];
        worst = if ratio > worst.0 { (ratio, name) } else { worst };
    }
    let [mean, of_least] = ratios.map(|sum| (sum / queries.len() as f64).exp());
    println!("geometric mean {mean:.3}, of least {of_least:.3}; the most is {} with {:.3}", worst.1, worst.0);
    Ok(())
}

/// The time of a run that is prepared anew, without preparing.
fn once(connection: &Connection, sql: &str) -> Result<Duration> {
    let statement = connection.prepare(sql)?;
    let started = Instant::now();
    let mut rows = statement.query(params![])?;
    while rows.next_batch()?.is_some() {}
    Ok(started.elapsed())
}

/// Of the fastest run and of the one in the middle, in milliseconds.
fn least_and_median(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    (milliseconds(times[0]), milliseconds(times[times.len() / 2]))
}
