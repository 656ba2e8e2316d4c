//! Every script in `tests/golden`, in every configuration.

use std::path::Path;

#[test]
fn scripts_print_what_they_expect() {
    // Scripts name shipped files relative to the repository.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder of the repository");
    std::env::set_current_dir(root).expect("the repository is there");
    let mut paths: Vec<_> = std::fs::read_dir(root.join("tests/golden"))
        .expect("the folder of scripts is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "there are scripts");
    let failures: Vec<String> = paths.iter().filter_map(|path| rowmill_tests::golden::check(path).err()).collect();
    assert!(failures.is_empty(), "{} of {} scripts differ\n{}", failures.len(), paths.len(), failures.join("\n\n"));
}
