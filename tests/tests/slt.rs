//! Our own sqllogictest files, and those in the folder that `ROWMILL_SLT` names (SQLite's flavour), if it is set.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rowmill_tests::slt::{Counts, Engine, Flavour, files, run_file};

/// The shell's binary, built by the same cargo, in the same folder and profile as this test: an older one may lie there.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let exe = std::env::current_exe().expect("a test knows its own file");
        let folder = exe.parent().and_then(Path::parent).expect("tests are in deps, beside the binaries");
        let target = folder.parent().expect("profiles have folders of their own");
        let mut build = Command::new(env!("CARGO"));
        // The whole workspace, so that dependencies have the features they were built with.
        build.args(["build", "--quiet", "--workspace", "--bin", "rowmill", "--target-dir"]).arg(target);
        // Without the compiler of kernels if this test is without.
        if !cfg!(feature = "jit") {
            build.arg("--no-default-features");
        }
        if folder.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo runs").success(), "the shell builds");
        folder.join("rowmill")
    })
}

fn run(root: &Path, flavour: Flavour) -> (Counts, Vec<String>) {
    let mut engine = Engine::new(binary());
    let mut all = Counts::default();
    let mut messages = Vec::new();
    for path in files(root) {
        let mut failures = Vec::new();
        all.add(&run_file(&mut engine, &path, flavour, &mut failures));
        messages.extend(failures.iter().map(|f| format!("{}: {} {} => {}", path.display(), f.ending, f.sql, f.why)));
    }
    (all, messages)
}

#[test]
fn own_files_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("slt");
    let (counts, messages) = run(&root, Flavour::Sqlite);
    assert!(counts.pass > 0, "there are records");
    assert_eq!(counts, Counts { pass: counts.pass, ..Counts::default() }, "{}", messages.join("\n"));
}

#[test]
fn named_folder_has_nothing_wrong() {
    let Some(root) = std::env::var_os("ROWMILL_SLT") else {
        return;
    };
    let (counts, messages) = run(Path::new(&root), Flavour::Sqlite);
    let bad: Vec<&String> = messages.iter().filter(|message| !message.contains(": error ")).take(20).collect();
    assert_eq!((counts.wrong, counts.crash), (0, 0), "{bad:?}");
}
