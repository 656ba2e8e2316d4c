//! Builds kernels, for code generation: constants are pooled once, logic is folded, what was computed before is not
//! computed again, and what nobody reads is left out.

mod finish;
mod logic;
mod operations;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

pub use logic::Logic;

use super::{
    Acc, AccKind, AccSlot, Input, InputSlot, Inst, Kernel, M, Operand, Output, OutputSlot, Pool, PoolEntry, PoolSource,
    Table, TableSlot, TableSource, V,
};
use crate::error::Span;
use crate::types::{Form, Lane};

/// A kernel in the making.
///
/// Registers hold for every row what they were computed from; [`KernelBuilder::need`] only ends rows, so that
/// everything computed before it stays good behind it.
#[derive(Debug, Default)]
pub struct KernelBuilder {
    kernel: Kernel,
    span: Span,
    /// What was computed already: an instruction with its result register set to 0, and the register.
    known: HashMap<Inst, u16>,
    pool: HashMap<PoolKey, Pool>,
    tables: HashMap<TableSlot, Table>,
    /// The instruction that wrote each mask register, for folding.
    mask_origin: Vec<Inst>,
}

/// A pool entry with f64 by its bits: NaN and -0.0 are constants as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PoolKey {
    Integer(Lane, i128),
    Double(u64),
    Parameter(Lane, u16),
}

impl KernelBuilder {
    /// An empty kernel.
    pub fn new() -> KernelBuilder {
        KernelBuilder::default()
    }

    /// An empty kernel with the inputs, tables, outputs and accumulators of another one, and about as long.
    pub(in crate::kernel) fn with_slots_of(kernel: &Kernel) -> KernelBuilder {
        let slots = Kernel {
            inputs: kernel.inputs.clone(),
            tables: kernel.tables.clone(),
            outputs: kernel.outputs.clone(),
            accumulators: kernel.accumulators.clone(),
            ..Kernel::default()
        };
        let known = HashMap::with_capacity(kernel.code.len());
        KernelBuilder { kernel: slots, known, ..KernelBuilder::default() }
    }

    /// Sets the text that the following instructions come from. Gives the one before, to come back to.
    pub fn at(&mut self, span: Span) -> Span {
        std::mem::replace(&mut self.span, span)
    }

    /// Declares an input column. A nullable one has a validity, see [`KernelBuilder::load_valid`].
    pub fn input(&mut self, form: Form, nullable: bool) -> Input {
        self.kernel.inputs.push(InputSlot { form, nullable });
        Input(number(self.kernel.inputs.len() - 1))
    }

    /// The values of an input column, in its form's lane.
    pub fn load(&mut self, input: Input) -> Operand {
        let form = self.kernel.inputs[input.index()].form;
        self.value(form.lane().unwrap_or(Lane::Mask), Inst::Load { form, dst: V(0), input })
    }

    /// Which rows of an input column hold a value.
    pub fn load_valid(&mut self, input: Input) -> Logic {
        if self.kernel.inputs[input.index()].nullable {
            self.mask(Inst::LoadValid { dst: M(0), input })
        } else {
            Logic::True
        }
    }

    /// The values of a BOOLEAN input column; arbitrary where there is NULL.
    pub fn load_bits(&mut self, input: Input) -> Logic {
        self.mask(Inst::LoadBits { dst: M(0), input })
    }

    /// An integer constant of a lane, which it fits.
    pub fn integer(&mut self, lane: Lane, value: i128) -> Operand {
        self.constant(PoolKey::Integer(lane, value), PoolEntry { lane, source: PoolSource::Integer(value) })
    }

    /// An integer constant in a narrower lane, if `operand` is one and fits there.
    pub fn narrowed(&mut self, operand: Operand, lane: Lane) -> Option<Operand> {
        let entry = self.pool_entry(operand)?;
        let PoolSource::Integer(value) = entry.source else { return None };
        let fits = match lane {
            Lane::I32 => i32::try_from(value).is_ok(),
            Lane::I64 => i64::try_from(value).is_ok(),
            Lane::I128 | Lane::F64 | Lane::Mask => false,
        };
        (fits && lane < entry.lane).then(|| self.integer(lane, value))
    }

    /// An f64 constant.
    pub fn double(&mut self, value: f64) -> Operand {
        let entry = PoolEntry { lane: Lane::F64, source: PoolSource::Double(value) };
        self.constant(PoolKey::Double(value.to_bits()), entry)
    }

    /// A parameter of the statement, by number from 0, in a lane its type has or widens to.
    pub fn parameter(&mut self, lane: Lane, number: u16) -> Operand {
        let entry = PoolEntry { lane, source: PoolSource::Parameter(number) };
        self.constant(PoolKey::Parameter(lane, number), entry)
    }

    /// The constant or parameter of a pool's entry.
    pub(in crate::kernel) fn pooled(&mut self, entry: PoolEntry) -> Operand {
        Operand::Const(self.pooled_entry(entry))
    }

    /// The same as an entry of the pool.
    pub(in crate::kernel) fn pooled_entry(&mut self, entry: PoolEntry) -> Pool {
        let key = match entry.source {
            PoolSource::Integer(value) => PoolKey::Integer(entry.lane, value),
            PoolSource::Double(value) => PoolKey::Double(value.to_bits()),
            PoolSource::Parameter(number) => PoolKey::Parameter(entry.lane, number),
        };
        self.pool_number_of(key, entry)
    }

    /// A register that has an entry of the pool, which is of the lane.
    pub(in crate::kernel) fn constant_register(&mut self, lane: Lane, value: Pool) -> V {
        match self.value(lane, Inst::Constant { lane, dst: V(0), value }) {
            Operand::Reg(register) => register,
            Operand::Const(_) => unreachable!("instructions write registers"),
        }
    }

    /// Adds `value` where `mask` to an accumulator that is there already and is of this lane from now on.
    pub(in crate::kernel) fn sum_into(&mut self, lane: Lane, acc: Acc, value: Operand, mask: M) {
        self.kernel.accumulators[acc.index()].lane = lane;
        self.emit(Inst::Sum { lane, acc, a: value, mask });
    }

    /// A lookup table of the statement, by number from 0, whose entries are of a lane.
    pub fn table(&mut self, lane: Lane, number: u16) -> Table {
        self.table_slot(TableSlot { lane, source: TableSource::Entries(number) })
    }

    /// The keys that a column, by number from 0, of a hash table's key has; numbers of a lane are looked for among them.
    pub fn keys(&mut self, lane: Lane, hash: u16, part: u16) -> Table {
        self.table_slot(TableSlot { lane, source: TableSource::Keys { hash, part } })
    }

    fn table_slot(&mut self, slot: TableSlot) -> Table {
        let tables = &mut self.kernel.tables;
        *self.tables.entry(slot).or_insert_with(|| {
            tables.push(slot);
            Table(number(tables.len() - 1))
        })
    }

    /// Ends the rows where `logic` is false.
    pub fn need(&mut self, logic: Logic) {
        if logic != Logic::True {
            let mask = self.register(logic);
            self.emit(Inst::Need { mask });
        }
    }

    /// Writes a new output column; where it is nullable, `validity` says which rows hold a value.
    pub fn store(&mut self, lane: Lane, value: Operand, validity: Logic, nullable: bool) -> Output {
        let output = self.output(lane, nullable);
        self.emit(Inst::Store { lane, output, a: value });
        self.store_validity(output, validity, nullable);
        output
    }

    /// Writes a new BOOLEAN output column.
    pub fn store_bits(&mut self, value: Logic, validity: Logic, nullable: bool) -> Output {
        let output = self.output(Lane::Mask, nullable);
        let a = self.register(value);
        self.emit(Inst::StoreBits { output, a });
        self.store_validity(output, validity, nullable);
        output
    }

    /// Groups the rows that have passed so far by keys of lane i32: each with the smallest and the largest value that it
    /// has, and where it has one and no NULL. Accumulators from here on are those of each group; no `need` may follow.
    pub fn group(&mut self, keys: &[(Operand, (i32, i32), Logic)]) {
        let mut number = self.integer(Lane::I32, 0);
        for &(a, (low, high), valid) in keys {
            let bound = |builder: &mut KernelBuilder, bound: i32| {
                let entry = PoolEntry { lane: Lane::I32, source: PoolSource::Integer(bound.into()) };
                builder.pool_number_of(PoolKey::Integer(Lane::I32, bound.into()), entry)
            };
            let (low, high) = (bound(self, low), bound(self, high));
            let valid = self.register(valid);
            number = self.value(Lane::I32, Inst::Digit { lane: Lane::I32, dst: V(0), number, a, low, high, valid });
        }
        if let Operand::Reg(a) = number {
            self.emit(Inst::Group { a });
        }
    }

    /// A new accumulator that counts the rows where `mask`.
    pub fn count(&mut self, mask: Logic) -> Acc {
        let mask = self.register(mask);
        let acc = self.accumulator(AccKind::Count, Lane::Mask);
        self.emit(Inst::Count { acc, mask });
        acc
    }

    /// A new accumulator that adds `value` where `mask`.
    pub fn sum(&mut self, lane: Lane, value: Operand, mask: Logic) -> Acc {
        let mask = self.register(mask);
        let kind = if lane == Lane::F64 { AccKind::SumDouble } else { AccKind::SumInteger };
        let acc = self.accumulator(kind, lane);
        self.emit(Inst::Sum { lane, acc, a: value, mask });
        acc
    }

    /// A new accumulator that keeps the smallest `value` where `mask`.
    pub fn acc_min(&mut self, lane: Lane, value: Operand, mask: Logic) -> Acc {
        let mask = self.register(mask);
        let acc = self.accumulator(AccKind::Min, lane);
        self.emit(Inst::AccMin { lane, acc, a: value, mask });
        acc
    }

    /// A new accumulator that keeps the largest `value` where `mask`.
    pub fn acc_max(&mut self, lane: Lane, value: Operand, mask: Logic) -> Acc {
        let mask = self.register(mask);
        let acc = self.accumulator(AccKind::Max, lane);
        self.emit(Inst::AccMax { lane, acc, a: value, mask });
        acc
    }

    /// The kernel, without instructions whose results are not used.
    pub fn finish(self) -> Kernel {
        finish::finish(self.kernel)
    }

    /// The kernel as it stands, with what nobody reads.
    #[cfg(test)]
    pub(crate) fn kernel_so_far(&self) -> Kernel {
        self.kernel.clone()
    }

    fn output(&mut self, lane: Lane, nullable: bool) -> Output {
        self.kernel.outputs.push(OutputSlot { lane, nullable });
        Output(number(self.kernel.outputs.len() - 1))
    }

    fn store_validity(&mut self, output: Output, validity: Logic, nullable: bool) {
        if nullable {
            let a = self.register(validity);
            self.emit(Inst::StoreValid { output, a });
        }
    }

    fn accumulator(&mut self, kind: AccKind, lane: Lane) -> Acc {
        self.kernel.accumulators.push(AccSlot { kind, lane });
        Acc(number(self.kernel.accumulators.len() - 1))
    }

    fn constant(&mut self, key: PoolKey, entry: PoolEntry) -> Operand {
        Operand::Const(self.pool_number_of(key, entry))
    }

    fn pool_number_of(&mut self, key: PoolKey, entry: PoolEntry) -> Pool {
        let kernel = &mut self.kernel;
        *self.pool.entry(key).or_insert_with(|| {
            kernel.pool.push(entry);
            Pool(number(kernel.pool.len() - 1))
        })
    }

    /// The pool entry behind an operand that is a constant.
    fn pool_entry(&self, operand: Operand) -> Option<PoolEntry> {
        match operand {
            Operand::Const(entry) => Some(self.kernel.pool[entry.index()]),
            Operand::Reg(_) => None,
        }
    }

    /// The register that `inst` (its result register is 0) computes: a new one, or that of the same instruction.
    pub(in crate::kernel) fn value(&mut self, lane: Lane, inst: Inst) -> Operand {
        let register = number(self.kernel.values.len());
        match self.known.entry(inst) {
            Entry::Occupied(known) => return Operand::Reg(V(*known.get())),
            Entry::Vacant(place) => _ = place.insert(register),
        }
        self.kernel.values.push(lane);
        self.emit(finish::with_result(inst, register));
        Operand::Reg(V(register))
    }

    /// As [`KernelBuilder::value`], for masks.
    pub(in crate::kernel) fn mask(&mut self, inst: Inst) -> Logic {
        let register = self.kernel.masks;
        match self.known.entry(inst) {
            Entry::Occupied(known) => return Logic::Mask(M(*known.get())),
            Entry::Vacant(place) => _ = place.insert(register),
        }
        self.kernel.masks = self.kernel.masks.saturating_add(1);
        self.mask_origin.push(inst);
        self.emit(finish::with_result(inst, register));
        Logic::Mask(M(register))
    }

    pub(in crate::kernel) fn emit(&mut self, inst: Inst) {
        self.kernel.code.push(inst);
        self.kernel.spans.push(self.span);
    }
}

/// An index as a number of a register or slot. One that does not fit stays at the end of the range: such a kernel
/// is beyond the verifier's limits anyway.
fn number(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
