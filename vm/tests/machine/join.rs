//! Joins of every kind.

use rowmill_vm::kernel::{Comparison, KernelBuilder};
use rowmill_vm::program::*;
use rowmill_vm::{DataType, Form, Lane, Span, Value};

use crate::assembler::*;

type Column = (DataType, Vec<Value>);

/// Joins on the first `keys` columns of both sides; each side's last column is its number. With a residual, only
/// pairs whose probe number is below the build number are partners.
struct Join<'a> {
    kind: JoinKind,
    probe: &'a [Column],
    build: &'a [Column],
    keys: usize,
    null_equal: bool,
    residual: bool,
}

impl Join<'_> {
    fn program(&self) -> Program {
        let mut a = Assembler::new();
        let hash = HashId(0);
        let types = |columns: &[Column]| columns.iter().map(|(data_type, _)| data_type.clone()).collect::<Vec<_>>();
        a.program.hashes.push(HashSpec {
            kind: self.kind,
            keys: types(&self.build[..self.keys]),
            null_equal: vec![self.null_equal; self.keys],
            band: None,
            columns: types(&self.build[self.keys..]),
            span: Span::new(3, 9),
        });
        a.op(Op::HashOpen { hash });
        let (space, registers) = a.scan(self.build);
        let (keys, columns) = (a.list(&registers[..self.keys]), a.list(&registers[self.keys..]));
        a.op(Op::HashInsert { hash, space, keys, columns });
        a.next();
        a.op(Op::HashSeal { hash });

        let (space, registers) = a.scan(self.probe);
        let pairs = a.selection(space);
        let keys = a.list(&registers[..self.keys]);
        let probe = a.op(Op::HashProbe { hash, space, pairs, keys });
        let number = registers[registers.len() - 1];
        let left = if self.residual { self.residual(&mut a, pairs, number) } else { pairs };
        let joined = a.selection(space);
        let mark = a.register(&DataType::Boolean, joined);
        a.op(Op::HashMatch { hash, pairs: left, joined, mark });
        let mut results = vec![a.gather(joined, number)];
        match self.kind {
            JoinKind::Inner | JoinKind::Left | JoinKind::Full | JoinKind::Single => {
                let to = a.register(&DataType::BigInt, joined);
                a.op(Op::HashColumn { hash, space: joined, column: Position(0), to });
                results.push(to);
            }
            JoinKind::Mark => results.push(mark),
            JoinKind::Semi | JoinKind::Anti | JoinKind::RightSemi | JoinKind::RightAnti => {}
        }
        if self.kind.gives_rest() {
            a.op(Op::HashNext { hash, pairs, body: Label(probe as u16 + 1) });
            a.next();
            let cursor = a.cursor();
            a.op(Op::HashRest { cursor, hash });
            let types = a.program.hashes[hash.index()].columns.clone();
            let (space, registers) = a.pipeline(cursor, &types);
            return a.finish(space, &registers);
        }
        let columns = a.list(&results);
        a.op(Op::ResultRow { space: joined, columns });
        a.op(Op::HashNext { hash, pairs, body: Label(probe as u16 + 1) });
        a.next();
        a.op(Op::Halt {});
        a.program
    }

    fn residual(&self, a: &mut Assembler, pairs: Space, number: Register) -> Space {
        let probe_number = a.gather(pairs, number);
        let build_number = a.register(&DataType::BigInt, pairs);
        a.op(Op::HashColumn { hash: HashId(0), space: pairs, column: Position(0), to: build_number });
        let mut kernel = KernelBuilder::new();
        let (left, right) = (kernel.input(Form::I64, true), kernel.input(Form::I64, true));
        let (left, right) = (kernel.load(left), kernel.load(right));
        let less = kernel.compare(Comparison::Less, Lane::I64, left, right);
        kernel.need(less);
        a.program.kernels.push(kernel.finish());
        let passed = a.selection(pairs);
        let (inputs, outputs) = (a.list(&[probe_number, build_number]), a.list(&[]));
        a.op(Op::Kernel { kernel: KernelId(0), space: pairs, passed, inputs, outputs });
        passed
    }
}

/// Joins on the first columns.
pub(crate) fn joined(kind: JoinKind, probe: &[Column], build: &[Column]) -> Program {
    Join { kind, probe, build, keys: 1, null_equal: false, residual: false }.program()
}

/// Keys 1 2 2 NULL 3 2 on the probe side, numbered 0 … 5; 2 2 4 NULL 3 on the build side, numbered 0 … 4.
fn check_kind(kind: JoinKind, null_equal: bool, residual: bool, expected: &str) {
    let keys = |values: &[Option<i64>]| [ints(values), ints(&(0..values.len() as i64).map(Some).collect::<Vec<_>>())];
    let probe = keys(&[Some(1), Some(2), Some(2), None, Some(3), Some(2)]);
    let build = keys(&[Some(2), Some(2), Some(4), None, Some(3)]);
    let one = Join { kind, probe: &probe, build: &build, keys: 1, null_equal, residual };
    check(one.program(), expected);
    // The same with two keys, of which the second is a text that depends on the first.
    let with_text = |side: &[Column; 2]| {
        let text = |value: &Value| match value {
            Value::Integer(2) => t("a text that is longer than twelve bytes"),
            Value::Integer(value) => t(&value.to_string()),
            _ => NULL,
        };
        let text = (DataType::Varchar, side[0].1.iter().map(text).collect::<Vec<_>>());
        [side[0].clone(), text, side[1].clone()]
    };
    let (probe, build) = (with_text(&probe), with_text(&build));
    check(Join { kind, probe: &probe, build: &build, keys: 2, null_equal, residual }.program(), expected);
}

#[test]
fn integer_keys_in_any_order_and_range() {
    // Far apart as they are, they are looked up in an array, by rank, and in a hash table.
    for distance in [1, 100, 1000] {
        let numbered = |keys: &[i64]| {
            let numbers: Vec<_> = (0..keys.len() as i64).map(Some).collect();
            [ints(&keys.iter().copied().map(Some).collect::<Vec<_>>()), ints(&numbers)]
        };
        let falling: Vec<i64> = (0..300).rev().map(|key| key * distance).collect();
        let twice: Vec<i64> = falling.iter().chain(&falling[..2]).copied().collect();
        let probe = numbered(&[7 * distance, 299 * distance, -5, 0, 300 * distance]);
        for (build, expected) in [(falling, "0|292\n1|0\n3|299"), (twice, "0|292\n1|0\n1|300\n3|299")] {
            let build = numbered(&build);
            let kind = JoinKind::Inner;
            let join = Join { kind, probe: &probe, build: &build, keys: 1, null_equal: false, residual: false };
            check(join.program(), expected);
        }
    }
}

#[test]
fn inner() {
    check_kind(JoinKind::Inner, false, false, "1|0\n1|1\n2|0\n2|1\n4|4\n5|0\n5|1");
    check_kind(JoinKind::Inner, true, false, "1|0\n1|1\n2|0\n2|1\n3|3\n4|4\n5|0\n5|1");
    check_kind(JoinKind::Inner, true, true, "");
}

#[test]
fn left() {
    check_kind(JoinKind::Left, false, false, "0|~\n1|0\n1|1\n2|0\n2|1\n3|~\n4|4\n5|0\n5|1");
    check_kind(JoinKind::Left, true, false, "0|~\n1|0\n1|1\n2|0\n2|1\n3|3\n4|4\n5|0\n5|1");
    check_kind(JoinKind::Left, false, true, "0|~\n1|~\n2|~\n3|~\n4|~\n5|~");
}

#[test]
fn semi_and_anti() {
    check_kind(JoinKind::Semi, false, false, "1\n2\n4\n5");
    check_kind(JoinKind::Anti, false, false, "0\n3");
    check_kind(JoinKind::Anti, true, false, "0");
    check_kind(JoinKind::Anti, false, true, "0\n1\n2\n3\n4\n5");
}

#[test]
fn right_semi_and_right_anti() {
    check_kind(JoinKind::RightSemi, false, false, "0\n1\n4");
    check_kind(JoinKind::RightSemi, true, false, "0\n1\n3\n4");
    check_kind(JoinKind::RightSemi, false, true, "");
    check_kind(JoinKind::RightAnti, false, false, "2\n3");
    check_kind(JoinKind::RightAnti, true, false, "2");
    check_kind(JoinKind::RightAnti, false, true, "0\n1\n2\n4\n3");
}

#[test]
fn mark_has_three_values() {
    check_kind(JoinKind::Mark, false, false, "0|~\n1|true\n2|true\n3|~\n4|true\n5|true");
    let number = ints(&[Some(0), Some(1), Some(2)]);
    let probe = [ints(&[Some(1), None, Some(2)]), number];
    let mark = |build: &[Option<i64>], expected: &str| {
        let build = [ints(build), ints(build)];
        let join =
            Join { kind: JoinKind::Mark, probe: &probe, build: &build, keys: 1, null_equal: false, residual: false };
        check(join.program(), expected);
    };
    mark(&[], "0|false\n1|false\n2|false");
    mark(&[Some(1), Some(7)], "0|true\n1|~\n2|false");
    mark(&[Some(1), None], "0|true\n1|~\n2|~");
}

#[test]
fn residual_conditions_decide_over_all_rounds() {
    // Number 1 has pairs with 0, 2 and 4; only those above it count.
    let probe = [ints(&[Some(2), Some(2), Some(2)]), ints(&[Some(1), Some(9), Some(3)])];
    let build = [ints(&[Some(2), Some(2), Some(2)]), ints(&[Some(0), Some(2), Some(4)])];
    let check_residual = |kind, expected: &str| {
        check(
            Join { kind, probe: &probe, build: &build, keys: 1, null_equal: false, residual: true }.program(),
            expected,
        )
    };
    check_residual(JoinKind::Inner, "1|2\n1|4\n3|4");
    check_residual(JoinKind::Left, "1|2\n1|4\n9|~\n3|4");
    check_residual(JoinKind::Semi, "1\n3");
    check_residual(JoinKind::Anti, "9");
    check_residual(JoinKind::Mark, "1|true\n9|false\n3|true");
}

#[test]
fn without_keys_every_row_is_a_partner() {
    let probe = [ints(&[Some(1), Some(2), Some(3)])];
    let build = [ints(&[Some(10), Some(20)])];
    let cross = |kind, residual| Join { kind, probe: &probe, build: &build, keys: 0, null_equal: false, residual };
    check(cross(JoinKind::Inner, false).program(), "1|10\n1|20\n2|10\n2|20\n3|10\n3|20");
    check(cross(JoinKind::Semi, false).program(), "1\n2\n3");
    check(cross(JoinKind::Anti, true).program(), "");
    let empty = [ints(&[])];
    let join = Join { kind: JoinKind::Left, probe: &probe, build: &empty, keys: 0, null_equal: false, residual: false };
    check(join.program(), "1|~\n2|~\n3|~");
}

#[test]
fn single_fails_on_a_second_partner() {
    let probe = [ints(&[Some(1), Some(5)]), ints(&[Some(0), Some(1)])];
    let join = |build: &[Column]| {
        Join { kind: JoinKind::Single, probe: &probe, build, keys: 1, null_equal: false, residual: false }.program()
    };
    check(join(&[ints(&[Some(5), Some(6), Some(6)]), ints(&[Some(50), Some(60), Some(61)])]), "0|~\n1|50");
    let verified = verify(join(&[ints(&[Some(5), Some(5)]), ints(&[Some(50), Some(51)])])).expect("accepted");
    for batch_rows in [1, 2048] {
        let lines = run(&verified, batch_rows, u64::MAX / 2).expect("a machine");
        assert!(lines.last().is_some_and(|line| line.contains("more than one row returned")), "{lines:?}");
    }
}

#[test]
fn doubles_match_by_value() {
    let column = |values: &[f64]| (DataType::Double, values.iter().map(|v| Value::Double(*v)).collect::<Vec<_>>());
    let probe = [column(&[0.0, f64::NAN, 1.0]), ints(&[Some(0), Some(1), Some(2)])];
    let build = [column(&[-0.0, -f64::NAN, 2.0]), ints(&[Some(10), Some(11), Some(12)])];
    let join =
        Join { kind: JoinKind::Inner, probe: &probe, build: &build, keys: 1, null_equal: false, residual: false };
    check(join.program(), "0|10\n1|11");
}

#[test]
fn many_rows() {
    let (probe_rows, build_rows) = (3000i64, 5000i64);
    let side = |rows: i64, modulus: i64| {
        [
            ints(&(0..rows).map(|row| Some(row * 31 % modulus)).collect::<Vec<_>>()),
            ints(&(0..rows).map(Some).collect::<Vec<_>>()),
        ]
    };
    let (probe, build) = (side(probe_rows, 997), side(build_rows, 1009));
    let join =
        Join { kind: JoinKind::Inner, probe: &probe, build: &build, keys: 1, null_equal: false, residual: false };
    let verified = verify(join.program()).expect("accepted");
    let mut expected = Vec::new();
    for p in 0..probe_rows {
        for b in (0..build_rows).filter(|b| p * 31 % 997 == b * 31 % 1009) {
            expected.push(format!("{p}|{b}"));
        }
    }
    assert_eq!(run(&verified, 2048, u64::MAX / 2).expect("a machine"), expected);
    assert_eq!(run(&verified, 64, u64::MAX / 2).expect("a machine"), expected);
}
