//! What the verifier refuses, and the listing of what it accepts.

use rowmill_vm::DataType;
use rowmill_vm::kernel::Comparison;
use rowmill_vm::program::*;

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
fn filtered() -> Program {
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
    let (hash, space, passed) = (HashId(0), Space(0), Space(1));
    refused(
        |p| p.code[4] = Op::HashFilter { hash, space, passed, key: Register(0), part: Position(0) },
        "program refused at 4, HashFilter: h0 is not there",
    );
    refused(
        |p| p.code[1] = Op::AggFinal { cursor: Cursor(0), agg: AggId(0) },
        "program refused at 1, AggFinal: g0 is not there",
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
