use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Int64Array, ListArray, NullArray, RecordBatch,
    StringArray, StringViewArray, StructArray,
};
use arrow::datatypes::{DataType as ArrowType, Field, Int8Type, Int32Type};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions, StreamWriter};

use crate::sources::Files;
use crate::sources::testing::{TempFolder, scan};

/// A column of words, each batch with its own dictionary.
fn own_words(rows: Range<i64>) -> DictionaryArray<Int8Type> {
    rows.map(|i| (i % 2 == 1).then_some(["one", "a word that is not short"][i as usize % 4 / 2])).collect()
}

/// The same, but a dictionary that gets longer with each batch.
fn growing_words(rows: Range<i64>) -> DictionaryArray<Int8Type> {
    let values = ["one", "a word that is not short"].map(str::to_owned).into_iter();
    let values: StringArray = values.chain((0..rows.end).map(|i| format!("unused {i}"))).map(Some).collect();
    DictionaryArray::new(rows.map(|i| (i % 2 == 1).then_some((i % 4 / 2) as i8)).collect(), Arc::new(values))
}

/// The same, but one dictionary for all.
fn common_words(rows: Range<i64>) -> DictionaryArray<Int8Type> {
    let words = growing_words(rows);
    DictionaryArray::new(words.keys().clone(), words.values().slice(0, 2))
}

/// Three batches of ten, none and five rows.
fn batches(words: fn(Range<i64>) -> DictionaryArray<Int8Type>) -> Vec<RecordBatch> {
    let batch = |rows: Range<i64>| {
        let odd = |i: i64| (i % 2 == 1).then_some(i);
        let lists = rows.clone().map(|i| odd(i).map(|i| vec![Some(i as i32), None]));
        let decimals: Decimal128Array = rows.clone().map(|i| odd(i).map(i128::from)).collect();
        let count = rows.clone().count();
        let inner = Arc::new(Int64Array::from_iter_values(rows.clone())) as ArrayRef;
        let field = Arc::new(Field::new("x", ArrowType::Int64, true));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("i", Arc::new(Int64Array::from_iter_values(rows.clone()))),
            ("words", Arc::new(words(rows.clone()))),
            ("nothing", Arc::new(NullArray::new(count))),
            ("d", Arc::new(decimals.with_precision_and_scale(30, 2).unwrap())),
            ("s", Arc::new(StringArray::from_iter(rows.clone().map(|i| odd(i).map(|i| format!("string number {i}")))))),
            (
                "v",
                Arc::new(StringViewArray::from_iter(rows.clone().map(|i| odd(i).map(|i| "long ".repeat(i as usize))))),
            ),
            ("b", Arc::new(BooleanArray::from_iter(rows.clone().map(|i| Some(i % 3 == 0))))),
            ("l", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
            ("st", Arc::new(StructArray::from(vec![(field, inner)]))),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
    };
    vec![batch(0..10), batch(10..10), batch(10..15)]
}

fn file_bytes(compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut bytes = Vec::new();
    let batches = batches(common_words);
    let mut writer = FileWriter::try_new_with_options(&mut bytes, &batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

pub(in crate::sources) fn stream_bytes(handling: DictionaryHandling) -> Vec<u8> {
    let options = IpcWriteOptions::default().with_dictionary_handling(handling);
    let mut bytes = Vec::new();
    let batches = batches(if handling == DictionaryHandling::Delta { growing_words } else { own_words });
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, &batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

#[test]
fn files_and_streams_give_their_columns_in_the_order_asked_for() {
    let folder = TempFolder::new();
    let paths = [
        folder.write("plain.arrow", file_bytes(None)),
        folder.write("lz4.feather", file_bytes(Some(CompressionType::LZ4_FRAME))),
        folder.write("zstd.ipc", file_bytes(Some(CompressionType::ZSTD))),
        folder.write("replaced.arrows", stream_bytes(DictionaryHandling::Resend)),
        folder.write("delta.arrows", stream_bytes(DictionaryHandling::Delta)),
    ];
    for path in paths {
        let table = Files::default().open(&path).unwrap();
        let types: Vec<String> =
            table.columns().iter().map(|c| format!("{} {} {:?}", c.name, c.data_type, c.form)).collect();
        assert_eq!(
            types.join(", "),
            "i BIGINT I64, words VARCHAR Text, nothing NULL Bits, d DECIMAL(30,2) I128, s VARCHAR Text, \
             v VARCHAR Text, b BOOLEAN Bits, l INTEGER[] List, st STRUCT(x BIGINT) Struct"
        );
        assert_eq!(table.row_count(), Some(15));
        for rows_max in [1, 4, 2048] {
            let shown = scan(&*table, &[8, 7, 6, 4, 3, 2, 1, 0, 0], rows_max);
            let lines: Vec<&str> = shown.lines().collect();
            assert_eq!(lines.len(), 15, "{path}: {shown}");
            assert_eq!(lines[0], "{'x': 0}|NULL|true|NULL|NULL|NULL|NULL|0|0|", "{path}");
            assert_eq!(
                lines[11], "{'x': 11}|[11, NULL]|false|string number 11|0.11|NULL|a word that is not short|11|11|",
                "{path}"
            );
            assert_eq!(scan(&*table, &[5], rows_max).lines().nth(3), Some("long long long |"));
            assert_eq!(scan(&*table, &[], rows_max).len(), 15);
        }
    }
}

#[test]
fn files_that_are_none_say_why() {
    let folder = TempFolder::new();
    let open = |name: &str, bytes: &[u8]| {
        let error = Files::default().open(&folder.write(name, bytes)).unwrap_err();
        error.to_string().replace(folder.path(), "")
    };
    assert_eq!(open("a.arrow", b""), "data error: file '/a.arrow' is empty");
    assert_eq!(open("a.arrow", b"abc"), "data error: file '/a.arrow' is damaged: it is too short");
    assert_eq!(
        open("a.feather", b"FEA1............"),
        "unsupported error: file '/a.feather' is of Feather's version 1 \
         (hint: write it again as version 2, which is Arrow's IPC format)"
    );
    let whole = file_bytes(None);
    assert_eq!(
        open("a.arrow", &whole[..whole.len() - 1]),
        "data error: file '/a.arrow' is damaged: it does not end as an Arrow file does (hint: it may be truncated)"
    );
    let stream = stream_bytes(DictionaryHandling::Resend);
    assert_eq!(
        open("a.arrows", &stream[..stream.len() - 20]),
        "data error: file '/a.arrows' is damaged: a message reaches beyond its end (hint: it may be truncated)"
    );
}
