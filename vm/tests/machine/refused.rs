//! What the verifier refuses, and the listing of what it accepts.

use rowmill_vm::kernel::{Comparison, TableSlot, TableSource};
use rowmill_vm::program::*;
use rowmill_vm::{DataType, Lane, Span};

use crate::assembler::*;

/// A program that scans, filters and gives rows, spoilt by `spoil`.
#[track_caller]
fn refused(spoil: impl FnOnce(&mut Program), expected: &str) {
    let mut program = filtered();
    spoil(&mut program);
    let error = verify(program).map(|_| ()).expect_err("a refusal");
    assert_eq!(error.to_string(), format!("internal error: {expected}"));
}

fn remove(program: &mut Program, address: usize) {
    program.code.remove(address);
}

/// ```text
/// 0 Init  1 OpenRows  2 Rewind  3 Column  4 Kernel  5 Gather  6 ResultRow  7 Next  8 Halt
/// ```
pub(crate) fn filtered() -> Program {
    let mut a = Assembler::new();
    let (space, registers) = a.scan(&[ints(&[Some(1), Some(2)])]);
    let passed = a.filter(space, registers[0], Comparison::Greater, 1);
    let value = a.gather(passed, registers[0]);
    a.finish(passed, &[value])
}

#[test]
fn programs_that_are_not_sound() {
    refused(|p| p.code.clear(), "program refused at 0, end: there is no code");
    refused(|p| remove(p, 8), "program refused at 8, end: it does not end with Halt");
    refused(|p| remove(p, 3), "program refused at 3, Kernel: w0 is not made yet");
    refused(|p| remove(p, 5), "program refused at 5, ResultRow: r1 is not written yet");
    refused(|p| remove(p, 7), "program refused at 7, Halt: it stands inside a pipeline");
    refused(|p| remove(p, 1), "program refused at 1, Rewind: c0 is not open");
    refused(|p| p.spaces[1] = SpaceOrigin::Cursor, "program refused at 4, Kernel: w1 is not a selection of w0");
    refused(
        |p| p.spaces[0] = SpaceOrigin::Selection(Space(1)),
        "program refused at 0, Init: w0 comes before w1, whose rows it selects",
    );
    refused(|p| p.registers[1].space = Space(0), "program refused at 5, Gather: r1 is of w0, not of w1");
    refused(
        |p| p.registers[1].nullable = false,
        "program refused at 5, Gather: r1 may not be NULL, and what is written may",
    );
    refused(|p| p.registers[0].data_type = DataType::Varchar, "program refused at 0, Init: r0 holds VARCHAR as i64");
    refused(|p| p.rows[0].rows = 3, "program refused at 1, OpenRows: a column of d0 has not 3 rows");
    refused(
        |p| p.code[7] = Op::Next { cursor: Cursor(0), body: Label(4) },
        "program refused at 7, Next: it leads to 4, not to the pipeline's start",
    );
    refused(
        |p| p.code[2] = Op::Rewind { cursor: Cursor(0), end: Label(7) },
        "program refused at 7, Next: Rewind leads to 7, not behind the pipeline",
    );
    refused(
        |p| p.code[4] = Op::HashSeal { hash: HashId(0) },
        "program refused at 4, HashSeal: it stands inside a pipeline",
    );
    refused(
        |p| p.code[1] = Op::AggFinal { cursor: Cursor(0), agg: AggId(0) },
        "program refused at 1, AggFinal: g0 is not there",
    );
}

#[test]
fn kernels_drop_rows_by_keys_that_are_there() {
    let drop_by = |p: &mut Program, part: u16| {
        let source = TableSource::Keys { hash: 0, part };
        p.kernels[0].tables.push(TableSlot { lane: Lane::I64, source });
    };
    let table = |p: &mut Program, kind: JoinKind, null_equal: bool, key: DataType| {
        let (keys, null_equal) = (vec![key], vec![null_equal]);
        p.hashes.push(HashSpec { kind, keys, null_equal, band: None, columns: Vec::new(), span: Span::NONE });
        let hash = HashId(0);
        p.code.splice(1..1, [Op::HashOpen { hash }, Op::HashSeal { hash }]);
        shift_labels(p, 2);
    };
    let with_table = |kind: JoinKind, null_equal: bool, key: DataType, part: u16| {
        move |p: &mut Program| {
            table(p, kind, null_equal, key);
            drop_by(p, part);
        }
    };
    let key = DataType::BigInt;
    verify({
        let mut p = filtered();
        with_table(JoinKind::Inner, false, key.clone(), 0)(&mut p);
        p
    })
    .expect("accepted");
    refused(|p| drop_by(p, 0), "program refused at 4, Kernel: h0 is not there");
    refused(
        |p| {
            table(p, JoinKind::Inner, false, DataType::BigInt);
            p.code.remove(2);
            shift_labels(p, u16::MAX);
            drop_by(p, 0);
        },
        "program refused at 5, Kernel: h0 is Open, not Ended",
    );
    refused(with_table(JoinKind::Inner, false, key.clone(), 1), "program refused at 6, Kernel: h0 has no key 1");
    refused(
        with_table(JoinKind::Inner, true, key.clone(), 0),
        "program refused at 6, Kernel: key 0 of h0 may equal NULL",
    );
    refused(
        with_table(JoinKind::Inner, false, DataType::Double, 0),
        "program refused at 6, Kernel: key 0 of h0 is no integer",
    );
    refused(
        with_table(JoinKind::Left, false, key, 0),
        "program refused at 6, Kernel: h0 is that of a join that gives rows without a partner",
    );
}

#[test]
fn sinks_go_through_their_states_in_order() {
    let spec = || SorterSpec { columns: vec![DataType::BigInt], keys: Vec::new(), limit: None };
    let sorter = SorterId(0);
    refused(
        |p| {
            p.sorters.push(spec());
            p.code[6] = Op::SortInsert { sorter, space: Space(1), columns: List(3) };
        },
        "program refused at 6, SortInsert: s0 is Closed, not Open",
    );
    refused(
        |p| {
            p.sorters.push(spec());
            p.code[1] = Op::SortFinal { sorter, cursor: Cursor(0) };
        },
        "program refused at 1, SortFinal: s0 is Closed, not Open",
    );
}

#[test]
fn the_rows_of_a_queue_are_read_in_its_loop() {
    let queue = QueueId(0);
    let with_queue = |p: &mut Program, op: Op| {
        p.queues.push(QueueSpec { columns: vec![DataType::BigInt], nullable: vec![true], repeats: Repeats::Kept });
        p.code.splice(1..1, [Op::QueueOpen { queue }, op]);
    };
    let turn = Op::QueueTurn { queue, step: Label(4), end: Label(5) };
    refused(
        |p| with_queue(p, Op::OpenWaiting { cursor: Cursor(0), queue }),
        "program refused at 2, OpenWaiting: q0 gives no rows here",
    );
    refused(
        |p| with_queue(p, Op::OpenQueue { cursor: Cursor(0), queue }),
        "program refused at 2, OpenQueue: q0 has no turn here",
    );
    refused(
        |p| {
            with_queue(p, turn);
            p.code[3] = Op::OpenQueue { cursor: Cursor(0), queue };
        },
        "program refused at 3, OpenQueue: q0 has no turn here",
    );
    refused(
        |p| {
            with_queue(p, turn);
            p.code[3] = Op::QueueStep { queue, end: Label(5) };
        },
        "program refused at 3, QueueStep: the turn goes on at 4",
    );
}

#[test]
fn a_queue_is_sealed_before_its_rows_are_taken_one_by_one() {
    let queue = QueueId(0);
    let with_queue = |p: &mut Program, ops: &[Op]| {
        p.queues.push(QueueSpec { columns: vec![DataType::BigInt], nullable: vec![true], repeats: Repeats::Kept });
        p.code.splice(1..1, [Op::QueueOpen { queue }].into_iter().chain(ops.iter().copied()));
    };
    let (seal, row) = (Op::QueueSeal { queue }, Op::QueueRow { queue, end: Label(5) });
    let back = |turn| Op::QueueLoop { queue, turn: Label(turn) };
    verify({
        let mut p = filtered();
        with_queue(&mut p, &[seal, row, back(3)]);
        shift_labels(&mut p, 4);
        p
    })
    .expect("accepted");
    refused(|p| with_queue(p, &[row]), "program refused at 2, QueueRow: q0 is Open, not Ended");
    refused(|p| with_queue(p, &[seal, seal]), "program refused at 3, QueueSeal: q0 is Ended, not Open");
    refused(|p| with_queue(p, &[seal, row, row]), "program refused at 4, QueueRow: q0 is in its own loop");
    refused(
        |p| with_queue(p, &[seal, row, back(2)]),
        "program refused at 4, QueueLoop: it leads to 2, not to the turn",
    );
    refused(
        |p| with_queue(p, &[seal, Op::QueueRow { queue, end: Label(6) }, back(3)]),
        "program refused at 4, QueueLoop: the turn leads to 6, not behind the loop",
    );
    refused(
        |p| {
            with_queue(p, &[seal, row]);
            shift_labels(p, 3);
        },
        "program refused at 12, end: a turn has no QueueLoop",
    );
}

/// Moves where the labels of a program lead that got so many instructions behind its first.
fn shift_labels(p: &mut Program, by: u16) {
    for op in &mut p.code {
        match op {
            Op::Rewind { end: label, .. } | Op::Next { body: label, .. } => label.0 = label.0.wrapping_add(by),
            _ => {}
        }
    }
}

#[test]
fn ranges_are_of_one_integer_and_have_an_end() {
    let with_band = |kind: JoinKind, keys: Vec<DataType>, (low, high): (BandEnd, BandEnd)| {
        move |p: &mut Program| {
            let null_equal = vec![false; keys.len()];
            let band = Some(Band { low, high });
            p.hashes.push(HashSpec {
                kind,
                keys: keys.clone(),
                null_equal,
                band,
                columns: Vec::new(),
                span: Span::NONE,
            });
        }
    };
    let (open, end) = (BandEnd::Open, BandEnd::Inclusive);
    let expected = "program refused at 0, Init: a hash table has no band by its keys";
    refused(with_band(JoinKind::Inner, vec![DataType::BigInt], (open, open)), expected);
    refused(with_band(JoinKind::Inner, vec![DataType::Varchar], (end, open)), expected);
    refused(with_band(JoinKind::Inner, vec![DataType::BigInt, DataType::BigInt], (end, end)), expected);
    refused(with_band(JoinKind::Mark, vec![DataType::BigInt], (open, end)), expected);
}

#[test]
fn a_listing() {
    let verified = verify(filtered()).expect("accepted");
    let (rows, _) = listing(&verified);
    let line = |row: &ListingRow| {
        let ListingRow { addr, opcode, p1, p2, p3, p4, p5, comment } = row;
        format!("{addr} {opcode:<13} {p1} {p2} {p3} {p4:<20} {p5} {comment}").trim_end().to_owned()
    };
    let expected = "\
0 Init          1 0 0                      0 start at 1
1 OpenRows      0 0 0 2 rows of 1 columns  0 cursor c0
2 Rewind        0 8 0                      0 workers start; goto 8 if empty
3   Column      0 0 0 r0                   0 w0 = batch of c0
4   Kernel      0 0 1 k0(r0) -> ()         2 w1 = rows of w0 that pass
5   Gather      1 0 1                      0 r1 = r0 for w1
6   ResultRow   1 3 0 r1                   0 give w1
7 Next          0 3 0                      0 next batch, loop to 3
8 Halt          0 0 0                      0 done";
    assert_eq!(rows.iter().map(line).collect::<Vec<_>>().join("\n"), expected);
}
