//! Kernels that must not run, each with the reason for which it is refused.

use super::*;

fn no_inst(_: &mut Kernel) {}

/// A kernel that is well formed, to be spoilt.
fn sound() -> Kernel {
    let guard = M(0);
    let (a, b) = (Operand::Reg(V(0)), Operand::Const(Pool(0)));
    let code = vec![
        Inst::Load { form: Form::I32, dst: V(0), input: Input(0) },
        Inst::LoadValid { dst: M(0), input: Input(0) },
        Inst::AddChecked { lane: Lane::I32, dst: V(1), a, b, guard },
        Inst::Widen { from: Lane::I32, to: Lane::F64, dst: V(2), a },
        Inst::Need { mask: M(0) },
        Inst::Count { acc: Acc(0), mask: M(0) },
        Inst::Store { lane: Lane::I32, output: Output(0), a: Operand::Reg(V(1)) },
        Inst::StoreValid { output: Output(0), a: M(0) },
    ];
    Kernel {
        inputs: vec![InputSlot { form: Form::I32, nullable: true }, InputSlot { form: Form::Bits, nullable: false }],
        pool: vec![
            PoolEntry { lane: Lane::I32, source: PoolSource::Integer(3) },
            PoolEntry { lane: Lane::F64, source: PoolSource::Double(0.5) },
            PoolEntry { lane: Lane::I32, source: PoolSource::Parameter(0) },
            PoolEntry { lane: Lane::I32, source: PoolSource::Integer(-3) },
        ],
        tables: vec![
            TableSlot { lane: Lane::Mask, source: TableSource::Entries(0) },
            TableSlot { lane: Lane::I64, source: TableSource::Entries(1) },
            TableSlot { lane: Lane::I32, source: TableSource::Keys { hash: 0, part: 0 } },
            TableSlot { lane: Lane::F64, source: TableSource::Keys { hash: 0, part: 1 } },
        ],
        spans: vec![Span::NONE; code.len()],
        code,
        values: vec![Lane::I32, Lane::I32, Lane::F64, Lane::I64],
        masks: 2,
        outputs: vec![OutputSlot { lane: Lane::I32, nullable: true }],
        accumulators: vec![AccSlot { kind: AccKind::Count, lane: Lane::Mask }],
    }
}

/// Puts an instruction before the sound kernel's fifth.
fn with(inst: Inst) -> Kernel {
    let mut kernel = sound();
    kernel.code.insert(4, inst);
    kernel.spans.push(Span::NONE);
    kernel
}

fn replaced(index: usize, inst: Inst) -> Kernel {
    let mut kernel = sound();
    kernel.code[index] = inst;
    kernel
}

fn changed(change: impl Fn(&mut Kernel)) -> Kernel {
    let mut kernel = sound();
    change(&mut kernel);
    kernel
}

const V0: Operand = Operand::Reg(V(0));
const I32: Lane = Lane::I32;

#[test]
fn operations_on_the_wrong_things_are_refused() {
    let (wide, guard) = (V(3), M(0));
    let three = Operand::Const(Pool(0));
    let cases = [
        (with(Inst::Load { form: Form::I32, dst: V(0), input: Input(0) }), "v0 is written twice"),
        (with(Inst::Not { dst: M(0), a: M(0) }), "m0 is written twice"),
        (with(Inst::Not { dst: M(1), a: M(1) }), "m1 is read before it is written"),
        (with(Inst::Neg { dst: V(2), a: Operand::Reg(V(3)) }), "v3 is read before it is written"),
        (
            with(Inst::Add { lane: Lane::I64, dst: wide, a: Operand::Reg(wide), b: Operand::Reg(wide) }),
            "v3 is read before it is written",
        ),
        (with(Inst::Neg { dst: V(9), a: V0 }), "v9 is not declared"),
        (with(Inst::True { dst: M(2) }), "m2 is not declared"),
        (with(Inst::Constant { lane: I32, dst: wide, value: Pool(4) }), "#4 is not declared"),
        (with(Inst::Load { form: Form::I64, dst: wide, input: Input(2) }), "c2 is not declared"),
        (with(Inst::Store { lane: I32, output: Output(1), a: V0 }), "o1 is not declared"),
        (with(Inst::Count { acc: Acc(1), mask: M(0) }), "a1 is not declared"),
        (with(Inst::Add { lane: I32, dst: wide, a: V0, b: three }), "v3 is of lane i64, not i32"),
        (with(Inst::Add { lane: Lane::I64, dst: wide, a: V0, b: three }), "v0 is of lane i32, not i64"),
        (with(Inst::Add { lane: Lane::Mask, dst: wide, a: V0, b: three }), "v3 is of lane i64, not mask"),
        (with(Inst::Div { dst: wide, a: V0, b: V0 }), "v3 is of lane i64, not f64"),
        (with(Inst::Eq { lane: I32, dst: M(1), a: V0, b: Operand::Const(Pool(1)) }), "#1 is of lane f64, not i32"),
        (
            with(Inst::AddChecked { lane: Lane::F64, dst: wide, a: V0, b: three, guard }),
            "lane f64 has no such operation",
        ),
        (
            with(Inst::AddChecked { lane: Lane::I64, dst: wide, a: V0, b: V0, guard: M(1) }),
            "m1 is read before it is written",
        ),
        (
            with(Inst::Range { lane: Lane::Mask, a: V(0), low: Pool(0), high: Pool(0), guard }),
            "lane mask has no such operation",
        ),
        (with(Inst::Range { lane: I32, a: V(0), low: Pool(0), high: Pool(3), guard }), "the range 3 to -3 is empty"),
        (with(Inst::Range { lane: I32, a: V(0), low: Pool(3), high: Pool(2), guard }), "#2 is not an integer constant"),
        (
            with(Inst::Widen { from: Lane::F64, to: Lane::I64, dst: wide, a: Operand::Const(Pool(1)) }),
            "there is no such conversion from f64 to i64",
        ),
        (
            with(Inst::Narrow { from: I32, to: Lane::I64, dst: wide, a: V0 }),
            "there is no such conversion from i32 to i64",
        ),
        (
            with(Inst::Narrow { from: Lane::F64, to: I32, dst: wide, a: V0 }),
            "there is no such conversion from f64 to i32",
        ),
        (
            with(Inst::ToInteger { to: Lane::F64, dst: wide, a: V0, guard }),
            "there is no such conversion from f64 to f64",
        ),
        (with(Inst::Call1 { helper: Helper::Pow, dst: wide, a: V0, guard }), "pow takes 2 arguments, not 1"),
        (with(Inst::Call1 { helper: Helper::Sqrt, dst: wide, a: V0, guard }), "v0 is of lane i32, not f64"),
        (with(Inst::Call2 { helper: Helper::DateTrunc, dst: wide, a: V0, b: V0, guard }), "v3 is of lane i64, not i32"),
    ];
    refuse(&cases);
}

#[test]
fn tables_are_of_their_lanes() {
    let (a, m1) = (V0, M(1));
    let double = Operand::Const(Pool(1));
    verify(with(Inst::TestBit { dst: m1, table: Table(0), a })).expect("a table of truth values");
    verify(with(Inst::MightContain { lane: I32, dst: m1, table: Table(2), a })).expect("keys");
    verify(with(Inst::Lut { lane: Lane::I64, dst: V(3), table: Table(1), a })).expect("a table of numbers");
    let cases = [
        (with(Inst::TestBit { dst: m1, table: Table(4), a }), "t4 is not declared"),
        (with(Inst::TestBit { dst: m1, table: Table(2), a }), "t2 holds keys, not entries"),
        (with(Inst::Lut { lane: I32, dst: V(1), table: Table(2), a }), "t2 holds keys, not entries"),
        (with(Inst::MightContain { lane: I32, dst: m1, table: Table(0), a }), "t0 holds entries, not keys"),
        (with(Inst::MightContain { lane: I32, dst: m1, table: Table(9), a }), "t9 is not declared"),
        (with(Inst::MightContain { lane: Lane::I64, dst: m1, table: Table(2), a }), "t2 is of lane i32, not i64"),
        (with(Inst::MightContain { lane: Lane::F64, dst: m1, table: Table(3), a: double }), "keys are not of lane f64"),
        (with(Inst::MightContain { lane: I32, dst: m1, table: Table(2), a: double }), "#1 is of lane f64, not i32"),
        (with(Inst::MightContain { lane: I32, dst: M(2), table: Table(2), a }), "m2 is not declared"),
        (with(Inst::TestBit { dst: m1, table: Table(1), a }), "t1 is of lane i64, not mask"),
        (with(Inst::TestBit { dst: m1, table: Table(0), a: double }), "#1 is of lane f64, not i32"),
        (with(Inst::TestBit { dst: m1, table: Table(0), a: Operand::Reg(V(3)) }), "v3 is read before it is written"),
        (with(Inst::Lut { lane: I32, dst: V(3), table: Table(1), a }), "t1 is of lane i64, not i32"),
        (with(Inst::Lut { lane: Lane::I64, dst: V(3), table: Table(1), a: double }), "#1 is of lane f64, not i32"),
        (with(Inst::Lut { lane: Lane::Mask, dst: V(3), table: Table(0), a }), "v3 is of lane i64, not mask"),
        (changed(|kernel| kernel.tables = vec![kernel.tables[0]; 4097]), "4097 tables, at most 4096 are allowed"),
    ];
    refuse(&cases);
}

#[test]
fn divisors_must_be_positive_constants() {
    let divide = |b| {
        let mut kernel = with(Inst::DivRound { lane: I32, dst: V(3), a: V0, b: Pool(b) });
        kernel.values[3] = I32;
        kernel
    };
    verify(divide(0)).expect("3 is a positive constant");
    refuse(&[(divide(3), "the divisor -3 is not positive"), (divide(2), "#2 is not an integer constant")]);
    refuse(&[(divide(1), "#1 is of lane f64, not i32")]);
}

#[test]
fn slots_are_used_as_declared() {
    let mask = M(0);
    let cases = [
        (replaced(0, Inst::Load { form: Form::I8, dst: V(0), input: Input(0) }), "c0 has form i32, not i8"),
        (
            replaced(0, Inst::Load { form: Form::Bits, dst: V(0), input: Input(1) }),
            "form bits is not loaded into a value register",
        ),
        (
            replaced(0, Inst::Load { form: Form::Text, dst: V(0), input: Input(1) }),
            "form text is not loaded into a value register",
        ),
        (with(Inst::LoadBits { dst: M(1), input: Input(0) }), "c0 has form i32, not bits"),
        (with(Inst::LoadValid { dst: M(1), input: Input(1) }), "c1 has no validity"),
        (with(Inst::StoreBits { output: Output(0), a: mask }), "o0 is of lane i32, not mask"),
        (with(Inst::Store { lane: I32, output: Output(0), a: V0 }), "need after an output was written"),
        (with(Inst::StoreValid { output: Output(0), a: mask }), "need after an output was written"),
        (replaced(4, Inst::Store { lane: I32, output: Output(0), a: V0 }), "o0 is written twice"),
        (replaced(4, Inst::StoreValid { output: Output(0), a: mask }), "the validity of o0 is written twice"),
        (changed(|kernel| kernel.outputs[0].nullable = false), "o0 has no validity"),
        (changed(|kernel| kernel.code[6] = kernel.code[7]), "the validity of o0 is written twice"),
        (changed(|kernel| kernel.code[6] = Inst::True { dst: M(1) }), "o0 is never written"),
        (changed(|kernel| kernel.code[7] = Inst::True { dst: M(1) }), "the validity of o0 is never written"),
        (with(Inst::Count { acc: Acc(0), mask }), "a0 is updated twice"),
        (changed(|kernel| kernel.code[5] = Inst::True { dst: M(1) }), "a0 is never updated"),
        (replaced(5, Inst::Sum { lane: I32, acc: Acc(0), a: V0, mask }), "a0 keeps Count of lane mask"),
        (changed(|kernel| kernel.accumulators[0].lane = I32), "accumulator a0 cannot keep lane i32"),
        (changed(|kernel| kernel.accumulators[0].kind = AccKind::SumDouble), "accumulator a0 cannot keep lane mask"),
    ];
    refuse(&cases);
}

#[test]
fn declarations_are_checked() {
    let source = |lane, source| changed(move |kernel| kernel.pool[0] = PoolEntry { lane, source });
    let cases = [
        (source(I32, PoolSource::Integer(1 << 31)), "pool entry #0 does not fit lane i32"),
        (source(Lane::I64, PoolSource::Integer(1 << 63)), "pool entry #0 does not fit lane i64"),
        (source(I32, PoolSource::Double(1.0)), "pool entry #0 does not fit lane i32"),
        (source(Lane::F64, PoolSource::Integer(1)), "pool entry #0 does not fit lane f64"),
        (source(Lane::Mask, PoolSource::Parameter(0)), "pool entry #0 has lane mask"),
        (changed(|kernel| kernel.values[3] = Lane::Mask), "v3 is a value register of lane mask"),
        (changed(|kernel| kernel.spans.truncate(3)), "3 spans for 8 instructions"),
        (changed(|kernel| kernel.masks = u16::MAX), "65535 mask registers, at most 4096 are allowed"),
        (changed(|kernel| kernel.values = vec![I32; 5000]), "5000 value registers, at most 4096 are allowed"),
        (changed(|kernel| kernel.pool = vec![kernel.pool[0]; 4097]), "4097 pool entries, at most 4096 are allowed"),
        (changed(|kernel| kernel.outputs = vec![kernel.outputs[0]; 4097]), "4097 outputs, at most 4096 are allowed"),
        (changed(|kernel| kernel.code = vec![kernel.code[4]; 4097]), "4097 instructions, at most 4096 are allowed"),
    ];
    refuse(&cases);
}

fn refuse(cases: &[(Kernel, &str)]) {
    verify(changed(no_inst)).expect("the kernel that is spoilt is well formed");
    for (kernel, reason) in cases {
        match verify(kernel.clone()) {
            Ok(_) => panic!("accepted, instead of: {reason}\n{}", text(kernel)),
            Err(rejection) => assert_eq!(rejection.reason, *reason, "{rejection}"),
        }
    }
}

/// At the limit it is accepted.
#[test]
fn as_many_instructions_as_allowed() {
    let code = vec![Inst::Need { mask: M(0) }; limits::INSTRUCTIONS_MAX - 1];
    let mut kernel = Kernel { masks: 1, ..Kernel::default() };
    kernel.code.push(Inst::True { dst: M(0) });
    kernel.code.extend(code);
    kernel.spans = vec![Span::NONE; kernel.code.len()];
    check(&kernel, &[], &[], 3);
}

#[test]
fn a_rejection_and_the_log_say_where_and_in_which_state() {
    let kernel = with(Inst::Not { dst: M(1), a: M(1) });
    let mut log = Vec::new();
    let rejection = verify_with_log(kernel, &mut log).expect_err("m1 is not written");
    assert_eq!(
        rejection.to_string(),
        "4: not       m1, m1: m1 is read before it is written [v0:i32 v1:i32 v2:f64 -2147483648.0 to 2147483647.0 m0 needs=0]"
    );
    assert_eq!(log.len(), 4);
    assert_eq!(log[1], "   1  ldvalid   m0, c0                     ; m0");
    assert_eq!(log[2], "   2  add?.i32  v1, v0, #0, m0             ; v1:i32 (may fail)");
    log.clear();
    verify_with_log(sound(), &mut log).expect("it is well formed");
    assert_eq!(log[4], "   4  need      m0                         ; m0 true");
    assert_eq!(log[7], "   7  stvalid   o0, m0                     ; ");
}
