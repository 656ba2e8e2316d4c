//! The TPC-H tables, generated in process at any scale: as CSV files and as Parquet files.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use tpchgen::csv::{CustomerCsv, LineItemCsv, NationCsv, OrderCsv, PartCsv, PartSuppCsv, RegionCsv, SupplierCsv};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

/// The names of the eight tables.
pub const TABLES: [&str; 8] = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"];

/// Rows of a Parquet file's row group: several in each larger table even at small scale.
const ROW_GROUP_ROWS: usize = 20_000;

/// A folder with all tables at `scale_factor` as `<name>.csv` and `<name>.parquet`, made when first asked for and kept
/// beside the build.
pub fn folder(scale_factor: f64) -> PathBuf {
    // Tests of one binary make the tables once.
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = target_folder().join(format!("tpch-{scale_factor}"));
    if folder.join("complete").exists() {
        return folder;
    }
    // Two test binaries may both come here first: each makes its own, and the rename of one wins.
    let making = target_folder().join(format!("tpch-{scale_factor}-{}", std::process::id()));
    fs::create_dir_all(&making).expect("the build folder can be written");
    write(&making, scale_factor).expect("the tables can be written");
    fs::write(making.join("complete"), "").expect("the folder can be written");
    if fs::rename(&making, &folder).is_err() {
        fs::remove_dir_all(&making).ok();
    }
    folder
}

fn target_folder() -> PathBuf {
    let exe = std::env::current_exe().expect("a test knows its own file");
    exe.ancestors().find(|path| path.ends_with("debug") || path.ends_with("release")).unwrap_or(Path::new(".")).into()
}

/// A column of values on the way to an Arrow array.
enum Column {
    I64(Vec<i64>),
    I32(Vec<i32>),
    Date(Vec<i32>),
    Decimal(Vec<i128>),
    Text(Vec<String>),
}

impl Column {
    fn finish(self) -> ArrayRef {
        match self {
            Column::I64(values) => Arc::new(Int64Array::from(values)),
            Column::I32(values) => Arc::new(Int32Array::from(values)),
            Column::Date(values) => Arc::new(Date32Array::from(values)),
            Column::Decimal(values) => Arc::new(
                Decimal128Array::from(values).with_precision_and_scale(15, 2).expect("TPC-H decimals have 15 digits"),
            ),
            Column::Text(values) => Arc::new(StringArray::from(values)),
        }
    }
}

/// Writes one table as CSV and as Parquet. Each column is a name (that of the generator's field), a kind and how to
/// get its value.
macro_rules! table {
    ($folder:expr, $name:literal, $scale:expr, $generator:ident, $csv:ident, $row:ident,
     $($column:ident: $kind:ident = $value:expr),* $(,)?) => {{
        let mut csv = BufWriter::new(File::create($folder.join(concat!($name, ".csv")))?);
        writeln!(csv, "{}", $csv::header())?;
        $(let mut $column = Vec::new();)*
        for $row in $generator::new($scale, 1, 1).iter() {
            $($column.push($value);)*
            writeln!(csv, "{}", $csv::new($row))?;
        }
        csv.flush()?;
        let columns = vec![$((stringify!($column), Column::$kind($column).finish(), false)),*];
        write_parquet(&$folder.join(concat!($name, ".parquet")), RecordBatch::try_from_iter_with_nullable(columns)?)?;
    }};
}

fn write_parquet(path: &Path, batch: RecordBatch) -> Result<(), Box<dyn std::error::Error>> {
    let properties = parquet::file::properties::WriterProperties::builder()
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

fn write(folder: &Path, scale: f64) -> Result<(), Box<dyn std::error::Error>> {
    write_small(folder, scale)?;
    table!(folder, "partsupp", scale, PartSuppGenerator, PartSuppCsv, row,
        ps_partkey: I64 = row.ps_partkey, ps_suppkey: I64 = row.ps_suppkey, ps_availqty: I32 = row.ps_availqty,
        ps_supplycost: Decimal = row.ps_supplycost.0.into(), ps_comment: Text = row.ps_comment.to_string());
    table!(folder, "orders", scale, OrderGenerator, OrderCsv, row,
        o_orderkey: I64 = row.o_orderkey, o_custkey: I64 = row.o_custkey,
        o_orderstatus: Text = row.o_orderstatus.to_string(), o_totalprice: Decimal = row.o_totalprice.0.into(),
        o_orderdate: Date = row.o_orderdate.to_unix_epoch(), o_orderpriority: Text = row.o_orderpriority.to_string(),
        o_clerk: Text = row.o_clerk.to_string(), o_shippriority: I32 = row.o_shippriority,
        o_comment: Text = row.o_comment.to_string());
    table!(folder, "lineitem", scale, LineItemGenerator, LineItemCsv, row,
        l_orderkey: I64 = row.l_orderkey, l_partkey: I64 = row.l_partkey, l_suppkey: I64 = row.l_suppkey,
        l_linenumber: I32 = row.l_linenumber, l_quantity: Decimal = i128::from(row.l_quantity) * 100,
        l_extendedprice: Decimal = row.l_extendedprice.0.into(), l_discount: Decimal = row.l_discount.0.into(),
        l_tax: Decimal = row.l_tax.0.into(), l_returnflag: Text = row.l_returnflag.to_string(),
        l_linestatus: Text = row.l_linestatus.to_string(), l_shipdate: Date = row.l_shipdate.to_unix_epoch(),
        l_commitdate: Date = row.l_commitdate.to_unix_epoch(), l_receiptdate: Date = row.l_receiptdate.to_unix_epoch(),
        l_shipinstruct: Text = row.l_shipinstruct.to_string(), l_shipmode: Text = row.l_shipmode.to_string(),
        l_comment: Text = row.l_comment.to_string());
    Ok(())
}

fn write_small(folder: &Path, scale: f64) -> Result<(), Box<dyn std::error::Error>> {
    table!(folder, "region", scale, RegionGenerator, RegionCsv, row,
        r_regionkey: I64 = row.r_regionkey, r_name: Text = row.r_name.to_string(),
        r_comment: Text = row.r_comment.to_string());
    table!(folder, "nation", scale, NationGenerator, NationCsv, row,
        n_nationkey: I64 = row.n_nationkey, n_name: Text = row.n_name.to_string(), n_regionkey: I64 = row.n_regionkey,
        n_comment: Text = row.n_comment.to_string());
    table!(folder, "supplier", scale, SupplierGenerator, SupplierCsv, row,
        s_suppkey: I64 = row.s_suppkey, s_name: Text = row.s_name.to_string(),
        s_address: Text = row.s_address.to_string(), s_nationkey: I64 = row.s_nationkey,
        s_phone: Text = row.s_phone.to_string(), s_acctbal: Decimal = row.s_acctbal.0.into(),
        s_comment: Text = row.s_comment.to_string());
    table!(folder, "customer", scale, CustomerGenerator, CustomerCsv, row,
        c_custkey: I64 = row.c_custkey, c_name: Text = row.c_name.to_string(),
        c_address: Text = row.c_address.to_string(), c_nationkey: I64 = row.c_nationkey,
        c_phone: Text = row.c_phone.to_string(), c_acctbal: Decimal = row.c_acctbal.0.into(),
        c_mktsegment: Text = row.c_mktsegment.to_string(), c_comment: Text = row.c_comment.to_string());
    table!(folder, "part", scale, PartGenerator, PartCsv, row,
        p_partkey: I64 = row.p_partkey, p_name: Text = row.p_name.to_string(), p_mfgr: Text = row.p_mfgr.to_string(),
        p_brand: Text = row.p_brand.to_string(), p_type: Text = row.p_type.to_string(), p_size: I32 = row.p_size,
        p_container: Text = row.p_container.to_string(), p_retailprice: Decimal = row.p_retailprice.0.into(),
        p_comment: Text = row.p_comment.to_string());
    Ok(())
}
