//! How long kernels take to be compiled, by what EXPLAIN ANALYZE says of them.

use rowmill::{Connection, Result, params};

/// A kernel of a query: its instructions, and in microseconds what compiling it took in each run.
struct Kernel {
    instructions: usize,
    times_us: Vec<f64>,
}

/// Prints for each query its kernels that are compiled, their instructions and what they take to be compiled: medians of
/// `runs`, in microseconds.
pub(crate) fn times(connection: &Connection, queries: &[(String, String)], runs: usize) -> Result<()> {
    connection.execute("SET jit = 'on'", params![])?;
    connection.execute("SET code_cache_size = 0", params![])?;
    println!(
        "{:<12} {:>8} {:>8} {:>10} {:>12} {:>12}",
        "query", "kernels", "insns", "all us", "longest us", "ns an insn"
    );
    let (mut all, mut most) = (Vec::new(), 0.0f64);
    for (name, sql) in queries {
        let medians = of_query(connection, sql, runs)?;
        let sum: f64 = medians.iter().map(|(_, time)| time).sum();
        let longest = medians.iter().map(|(_, time)| *time).fold(0.0, f64::max);
        let instructions: usize = medians.iter().map(|(instructions, _)| instructions).sum();
        let each = 1e3 * sum / instructions.max(1) as f64;
        println!("{name:<12} {:>8} {instructions:>8} {sum:>10.1} {longest:>12.1} {each:>12.0}", medians.len());
        most = most.max(sum);
        all.extend(medians);
    }
    let sum: f64 = all.iter().map(|(_, time)| time).sum();
    println!(
        "{} kernels, {:.1} us each; all of a query {most:.1} us at most",
        all.len(),
        sum / all.len().max(1) as f64
    );
    Ok(())
}

/// The instructions of each kernel that is compiled, and the median of its times.
fn of_query(connection: &Connection, sql: &str, runs: usize) -> Result<Vec<(usize, f64)>> {
    let mut kernels: Vec<Kernel> = Vec::new();
    for run in 0..runs {
        let mut found = 0;
        let mut rows = connection.query(&format!("EXPLAIN ANALYZE {sql}"), params![])?;
        while let Some(row) = rows.next()? {
            let comment: String = row.get("comment")?;
            let Some((instructions, time_us)) = compiled(&comment) else { continue };
            if run == 0 {
                kernels.push(Kernel { instructions, times_us: Vec::with_capacity(runs) });
            }
            if let Some(kernel) = kernels.get_mut(found) {
                kernel.times_us.push(time_us);
            }
            found += 1;
        }
    }
    let median = |Kernel { instructions, mut times_us }: Kernel| {
        times_us.sort_by(f64::total_cmp);
        (instructions, times_us[times_us.len() / 2])
    };
    Ok(kernels.into_iter().map(median).collect())
}

/// Of the line that introduces a kernel, `… 9 insns, …, compiled in 12.3 us`: 9 and 12.3.
fn compiled(comment: &str) -> Option<(usize, f64)> {
    let (before, after) = comment.strip_prefix("kernel ")?.split_once(" insns")?;
    let time = after.split_once("compiled in ")?.1.strip_suffix(" us")?;
    Some((before.rsplit(' ').next()?.parse().ok()?, time.parse().ok()?))
}
