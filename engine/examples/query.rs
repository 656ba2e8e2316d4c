//! Runs one statement and prints its rows: `cargo run --example query -- "SELECT count(*) FROM 'trips.csv'"`.

use rowmill::{Connection, Result, render_error};

fn main() {
    let sql = std::env::args().nth(1).unwrap_or_else(|| "SELECT 'hello' AS greeting, 6 * 7 AS answer".to_owned());
    if let Err(error) = run(&sql) {
        eprintln!("{}", render_error(&sql, &error));
        std::process::exit(1);
    }
}

fn run(sql: &str) -> Result<()> {
    let connection = Connection::open_in_memory()?;
    let mut rows = connection.query(sql, ())?;
    let names: Vec<&str> = rows.columns().iter().map(|column| column.name.as_str()).collect();
    println!("{}", names.join("\t"));
    while let Some(batch) = rows.next_batch()? {
        for row in 0..batch.rows() {
            let mut line = String::new();
            for column in 0..batch.columns().len() {
                if column > 0 {
                    line.push('\t');
                }
                batch.write_text(row, column, &mut line);
            }
            println!("{line}");
        }
    }
    Ok(())
}
