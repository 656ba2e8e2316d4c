//! Runs sqllogictest files: `slt BINARY sqlite|rs|pg PATH…`, and prints how their records ended.

use std::path::Path;
use std::process::ExitCode;

use rowmill_tests::slt::{Counts, Engine, Flavour, files, run_file};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [binary, flavour, roots @ ..] = arguments.as_slice() else {
        eprintln!("usage: slt BINARY sqlite|rs|pg PATH…");
        return ExitCode::from(2);
    };
    let flavour = match flavour.as_str() {
        "sqlite" => Flavour::Sqlite,
        "rs" => Flavour::Rows,
        "pg" => Flavour::Postgres,
        other => {
            eprintln!("no flavour {other}: sqlite, rs or pg");
            return ExitCode::from(2);
        }
    };
    let mut engine = Engine::new(binary);
    let mut all = Counts::default();
    for path in roots.iter().flat_map(|root| files(Path::new(root))) {
        let mut failures = Vec::new();
        let counts = run_file(&mut engine, &path, flavour, &mut failures);
        for failure in failures.iter().take(10) {
            println!("{} {}: {} => {}", failure.ending, path.display(), failure.sql.replace('\n', " "), failure.why);
        }
        all.add(&counts);
    }
    println!(
        "pass {}, wrong {}, error {}, crash {}, after {}, files skipped {}",
        all.pass, all.wrong, all.error, all.crash, all.after, all.skipped
    );
    if all.wrong + all.crash == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
