//! Rowmill in a program of your own: a file, a question, and answers as Rust values.
//! `cargo run --example embed -- FILE` counts the rows of a CSV, Parquet or Arrow file as well.

use rowmill::{Connection, Result, params};

fn main() -> Result<()> {
    let connection = Connection::open_in_memory()?;
    connection.set_threads(2)?;
    connection.execute("CREATE TABLE trips (city VARCHAR, day DATE, km DECIMAL(6,1))", ())?;
    let insert = connection.prepare("INSERT INTO trips VALUES ($city, CAST($day AS DATE), $km)")?;
    for (city, day, km) in [("Oslo", "2024-05-01", 12.5), ("Rome", "2024-05-01", 3.0), ("Oslo", "2024-05-02", 1.5)] {
        insert.execute(params! { "city" => city, "day" => day, "km" => km })?;
    }

    let sql = "SELECT city, count(*), sum(km) FROM trips WHERE km > $km GROUP BY city ORDER BY city";
    for row in connection.query_as::<(String, i64, f64)>(sql, params! { "km" => 2 })? {
        let (city, trips, km) = row?;
        println!("{city}: {trips} trips, {km} km");
    }

    // A file stands in FROM by its name.
    if let Some(path) = std::env::args().nth(1) {
        let rows: i64 = connection.query_one(&format!("SELECT count(*) FROM '{path}'"), ())?;
        println!("{path} has {rows} rows");
    }
    Ok(())
}
