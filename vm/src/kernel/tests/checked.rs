//! The reference evaluator beside the abstract state: what a register has in an active row is what was known of it.

use super::*;
use crate::kernel::abstract_state::{Bounds, DoubleRange, Facts, Interval, Range, State, Truth};

/// Rows of a batch that are looked at: enough, and the time of it is that of the other runs.
const ROWS_MAX: usize = 70;

/// Runs rows one by one, and holds every register that is written or refined against the state, with what forms say
/// and with the true bounds of the columns.
pub(super) fn stays_in_state(kernel: &Kernel, parameters: &[Value], inputs: &[&Vector], rows: usize) {
    let pool = pool_values(kernel, parameters).expect("the test's parameters fit");
    let tables = tables_of(kernel);
    let true_bounds: Vec<Option<Bounds>> = inputs.iter().map(|vector| bounds_of(vector)).collect();
    for bounds in [&[][..], &true_bounds] {
        let states = states(kernel, bounds);
        let facts = bounds.is_empty().then(|| Facts::of(kernel, &[]));
        let mut accumulators: Vec<Accumulator> =
            kernel.accumulators.iter().map(|slot| Accumulator::new(*slot)).collect();
        let mut state = Row::new(kernel, &pool, &tables);
        for row in 0..rows.min(ROWS_MAX) {
            let observed = state.run_observed(inputs, row, &mut accumulators, |index, row| {
                holds(&states[index], &kernel.code[index], row);
                if let Some(facts) = &facts {
                    facts_hold(facts, kernel, &kernel.code[index], row);
                }
            });
            // A trap ends the batch.
            if observed.is_err() {
                break;
            }
        }
    }
}

fn states<'a>(kernel: &'a Kernel, bounds: &'a [Option<Bounds>]) -> Vec<State<'a>> {
    let mut state = State::new(kernel, bounds);
    let after = |index| {
        state.step(index);
        state.clone()
    };
    (0..kernel.code.len()).map(after).collect()
}

/// What an instruction has written, and behind those that tell of older registers all of them.
fn holds(state: &State<'_>, inst: &Inst, row: &Row<'_>) {
    assert!(!state.has_ended(), "a row is active behind {}", instruction_text(inst));
    if let Inst::Need { .. } | Inst::Range { .. } = inst {
        let values = (0..row.values().len() as u16).map(V);
        values.for_each(|register| value_holds(state.range(register.into()), row.operand(register.into()), inst));
        let masks = (0..state.kernel().masks).map(M);
        masks.for_each(|register| assert!(state.truth(register).allows(row.mask(register)), "{register}"));
    }
    inst.operands(|role, operand| match (role, operand) {
        (Role::Def, OperandRef::V(register)) => {
            value_holds(state.range(register.into()), row.operand(register.into()), inst);
        }
        (Role::Def, OperandRef::M(register)) => {
            assert!(state.truth(register).allows(row.mask(register)), "{}", instruction_text(inst));
        }
        _ => {}
    });
}

fn facts_hold(facts: &Facts, kernel: &Kernel, inst: &Inst, row: &Row<'_>) {
    inst.operands(|_, operand| match operand {
        OperandRef::V(V(register)) | OperandRef::Operand(Operand::Reg(V(register))) => {
            let operand = Operand::Reg(V(register));
            if let Some(interval) = facts.interval(kernel, operand) {
                value_holds(Range::Integer(interval), row.operand(operand), inst);
            }
        }
        OperandRef::M(register) => assert!(facts.truth(register).allows(row.mask(register))),
        _ => {}
    });
}

fn value_holds(range: Range, value: Scalar, inst: &Inst) {
    let holds = match (range, value) {
        (Range::Double(range), Scalar::F64(value)) => range.contains(value),
        (Range::Integer(interval), Scalar::I32(_) | Scalar::I64(_) | Scalar::I128(_)) => {
            interval.contains(value.to_i128())
        }
        // Registers that are not written yet are zeros of any kind.
        _ => value.to_i128() == 0,
    };
    assert!(holds, "{value:?} is not in {range} at {}", instruction_text(inst));
}

/// Where the valid values of a column are, and whether all are valid.
pub(super) fn bounds_of(vector: &Vector) -> Option<Bounds> {
    let rows = 0..vector.len();
    let valid: Vec<usize> = rows.filter(|row| vector.validity.is_valid(*row)).collect();
    let truth = match valid.len() {
        0 => Truth::Never,
        count if count == vector.len() => Truth::Always,
        _ => Truth::Unknown,
    };
    let integers = |value: &dyn Fn(usize) -> i128| {
        let values = valid.iter().map(|row| Interval::exactly(value(*row)));
        values.reduce(Interval::union).map(Range::Integer)
    };
    let doubles = |value: &dyn Fn(usize) -> f64| {
        let values = valid.iter().map(|row| DoubleRange::exactly(value(*row)));
        values.reduce(DoubleRange::union).map(Range::Double)
    };
    let range = match &vector.values {
        Values::I8(values) => integers(&|row| values[row].into()),
        Values::I16(values) => integers(&|row| values[row].into()),
        Values::I32(values) => integers(&|row| values[row].into()),
        Values::I64(values) => integers(&|row| values[row].into()),
        Values::I128(values) => integers(&|row| values[row]),
        Values::F32(values) => doubles(&|row| values[row].into()),
        Values::F64(values) => doubles(&|row| values[row]),
        Values::Bits(_) | Values::Text(_) | Values::List(_) | Values::Struct(_) => None,
    };
    Some(Bounds { range: range?, valid: truth })
}
