//! From a stretch of a kernel's instructions to machine code: one walk, instruction by instruction.
//!
//! The code is a loop over the rows in a tile's scratch registers, eight rows a turn. What an instruction computes
//! stays in the machine's registers; only what is read outside of the stretch goes to scratch registers. Sums, counts
//! and flags are kept in registers over all turns, or beside spilled values in memory. A sum becomes part of an
//! accumulator when the whole stretch is done and no flag is up: until then nothing has happened that could not be done
//! again by the interpreter. So tests need not be exact: a flag says that an instruction may have trapped.

mod accumulate;
mod arithmetic;
mod double;
mod group;
mod logic;
mod lookup;
mod memory;

use std::ops::Range;

use super::assembler::{ADDRESS, ARGUMENTS, Assembler, CONSTANTS, END, Label, Mem, PARTIALS, R, ROW, Source, Y};
use super::facts::{Facts, Repr};
use super::layout::{Address, Argument, Constant, Constants, Layout};
use super::registers::{Entity, Eviction, Home, Part, Registers, Uses};
use crate::kernel::verified::SlotMap;
use crate::kernel::{Inst, M, Operand, OperandRef, Role, V};
use crate::types::Lane;
pub(super) use accumulate::{Commit, Plan};

/// Twice the row.
const ROW_TWICE: R = R(10);
/// Which rows of a turn are active, as bits: at its end, when nothing is read by [`ROW_TWICE`] any more.
const ACTIVE: R = R(10);

/// Bytes of machine code that most instructions do not exceed.
const INSTRUCTION_BYTES: usize = 64;

/// Ways in which an entity is held at the moment.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    narrow: Option<Part>,
    wide: Option<[Part; 2]>,
}

/// Something to be read from memory when it is needed.
#[derive(Clone, Copy, Debug)]
struct Load {
    address: usize,
    shape: Shape,
    half: usize,
}

/// How it lies there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    I8,
    I16,
    I32,
    /// Doubles too.
    I64,
    I128,
    F32,
    Bits,
    /// A mask in a scratch register.
    Bytes,
    /// A constant, by its number.
    Constant,
}

/// Emits one stretch.
pub(super) struct Emitter<'a> {
    asm: Assembler,
    facts: &'a Facts<'a>,
    slots: &'a SlotMap,
    range: Range<usize>,
    registers: Registers,
    held: Vec<Held>,
    loads: Vec<Load>,
    layout: Layout,
    constants: &'a mut Constants,
    plan: Plan,
    /// The partials that have a register for the whole stretch.
    pinned: Vec<Option<Y>>,
    /// Which of the masks of active rows is the newest.
    active: usize,
    /// Where a turn goes on of which no row is active any more.
    idle: Option<Label>,
    /// The rows that count of which the number is added up already in this turn.
    counts_done: Vec<bool>,
    /// Where each instruction's code begins.
    starts: Vec<usize>,
    /// Whether [`TURN`] and [`ROW_TWICE`] have been computed in this turn.
    has_turn: bool,
    has_row_twice: bool,
}

/// A stretch's code.
pub(super) struct Emitted {
    pub(super) bytes: Vec<u8>,
    pub(super) layout: Layout,
    pub(super) plan: Plan,
    /// Places for spilled parts before the partials.
    pub(super) spilled: usize,
    /// Where the code of each of its instructions begins; last, where that of the last one ends.
    pub(super) starts: Vec<usize>,
}

impl<'a> Emitter<'a> {
    /// Emits the instructions of `range`, all of which are supported. `pins` partials may have a register for the whole
    /// stretch; `None` if that leaves too few.
    pub(super) fn emit(
        facts: &'a Facts<'a>,
        slots: &'a SlotMap,
        range: Range<usize>,
        constants: &'a mut Constants,
        pins: usize,
    ) -> Option<Emitted> {
        let plan = Plan::new(facts, &range);
        let kernel = facts.kernel();
        let entities = kernel.values.len() + usize::from(kernel.masks) + plan.actives() + plan.counted().len();
        let mut emitter = Emitter {
            asm: Assembler::with_capacity(INSTRUCTION_BYTES * range.len()),
            facts,
            slots,
            registers: Registers::new(Uses::default()),
            held: vec![Held::default(); entities],
            loads: Vec::new(),
            layout: Layout::default(),
            constants,
            pinned: vec![None; plan.partials()],
            counts_done: vec![false; plan.counted().len()],
            plan,
            active: 0,
            idle: None,
            starts: Vec::with_capacity(range.len() + 2),
            has_turn: false,
            has_row_twice: false,
            range,
        };
        emitter.registers = Registers::new(emitter.uses());
        emitter.stretch(pins);
        if emitter.registers.is_exhausted() {
            return None;
        }
        let spilled = emitter.registers.spilled();
        let Emitter { asm, layout, plan, starts, .. } = emitter;
        Some(Emitted { bytes: asm.finish()?, layout, plan, spilled, starts })
    }

    fn stretch(&mut self, pins: usize) {
        for partial in self.plan.pins().take(pins) {
            self.pinned[partial] = Some(self.registers.pin());
        }
        let argument = |argument: Argument| Mem::at(ARGUMENTS, 8 * argument as i32);
        self.asm.load_address(ROW, argument(Argument::Row));
        self.asm.load_address(END, argument(Argument::End));
        self.asm.load_address(CONSTANTS, argument(Argument::Constants));
        self.asm.load_address(PARTIALS, argument(Argument::Partials));
        for (partial, pinned) in self.pinned.clone().into_iter().enumerate() {
            if let Some(register) = pinned {
                self.asm.vmovdqu_load(register, Mem::at(PARTIALS, 32 * partial as i32));
            }
        }
        self.begin_groups();
        let turn = self.asm.here();
        for at in self.range.clone() {
            self.starts.push(self.asm.position());
            self.registers.advance(at);
            self.instruction(at);
            self.registers.unlock();
            self.registers.release();
        }
        self.registers.advance(self.range.end);
        if self.active > 0 {
            self.store_active();
        }
        self.starts.push(self.asm.position());
        let next = self.asm.here();
        self.asm.add(ROW, 8);
        self.asm.compare(ROW, END);
        self.asm.jump_below(turn);
        for (partial, pinned) in self.pinned.clone().into_iter().enumerate() {
            if let Some(register) = pinned {
                self.asm.vmovdqu_store(Mem::at(PARTIALS, 32 * partial as i32), register);
            }
        }
        self.asm.vzeroupper();
        self.asm.ret();
        if let Some(idle) = self.idle.take() {
            self.asm.bind(idle);
            self.has_turn = false;
            self.idle_turn();
            self.asm.jump(next);
        }
    }

    /// Which entities are read, and where.
    fn uses(&self) -> Uses {
        let mut uses = Vec::with_capacity(4 * self.range.len());
        let mut active = 0;
        for at in self.range.clone() {
            let inst = &self.facts.kernel().code[at];
            if self.is_grouped(inst) {
                continue;
            }
            inst.operands(|role, operand| match (role, operand) {
                // An alias reads what it is an alias for.
                (Role::Def, OperandRef::V(register)) if self.facts.alias(register).is_none() => {}
                (_, OperandRef::V(register)) => uses.extend(self.entity_of(register.into()).map(|entity| (entity, at))),
                (_, OperandRef::Operand(operand)) => uses.extend(self.entity_of(operand).map(|entity| (entity, at))),
                // Tests ignore guards, but for those of divisions.
                (Role::Use, OperandRef::M(register)) if !inst.may_trap() || self.facts.hazards(inst).any() => {
                    uses.push((self.mask(register), at));
                }
                _ => {}
            });
            if matches!(inst, Inst::Group { .. }) || self.facts.hazards(inst).any() {
                uses.push((self.active_entity(active), at));
            }
            if let Inst::Need { .. } = inst {
                uses.push((self.active_entity(active), at));
                active += 1;
            }
            if let Some(counted) = self.plan.counted_at(at) {
                uses.extend([(self.counted_entity(counted), at), (self.active_entity(active), at)]);
            }
        }
        for (value, mask, at) in self.plan.groups().into_iter().flat_map(|groups| groups.uses()) {
            uses.extend(value.and_then(|operand| self.entity_of(operand)).map(|entity| (entity, at)));
            uses.extend(mask.map(|mask| (self.mask(mask), at)));
        }
        uses.push((self.active_entity(active), self.range.end));
        Uses::new(uses)
    }

    /// Whether an instruction updates accumulators of groups, which is done for several at once.
    fn is_grouped(&self, inst: &Inst) -> bool {
        let accumulates =
            matches!(inst, Inst::Count { .. } | Inst::Sum { .. } | Inst::AccMin { .. } | Inst::AccMax { .. });
        accumulates && self.plan.groups().is_some()
    }

    /// The entity that an operand is of, unless it is a constant.
    fn entity_of(&self, operand: Operand) -> Option<Entity> {
        match self.resolve(operand) {
            Operand::Reg(register) => Some(self.value(register)),
            Operand::Const(_) => None,
        }
    }

    /// What an operand is within this stretch: a constant, or a register that is no other name for another.
    fn resolve(&self, operand: Operand) -> Operand {
        let mut operand = operand;
        while let Operand::Reg(register) = operand
            && let Some(original) = self.facts.alias(register)
            && self.plan.defines(register)
        {
            operand = original;
        }
        operand
    }

    fn value(&self, register: V) -> Entity {
        Entity(register.0.into())
    }

    fn mask(&self, register: M) -> Entity {
        Entity(self.facts.kernel().values.len() as u32 + u32::from(register.0))
    }

    fn active_entity(&self, number: usize) -> Entity {
        Entity(self.facts.kernel().values.len() as u32 + u32::from(self.facts.kernel().masks) + number as u32)
    }

    fn counted_entity(&self, number: usize) -> Entity {
        self.active_entity(self.plan.actives() + number)
    }

    fn is_mask(&self, entity: Entity) -> bool {
        entity.0 as usize >= self.facts.kernel().values.len()
    }

    // Registers.

    fn evict(&mut self, eviction: Eviction) {
        if let Eviction::Spill(register, place) = eviction {
            self.asm.vmovdqu_store(spill_place(place), register);
        }
    }

    /// A register for the time of the operation.
    fn temporary(&mut self) -> Y {
        let (register, eviction) = self.registers.temporary();
        self.evict(eviction);
        register
    }

    /// The register that a part is in, or is brought to.
    fn get(&mut self, part: Part) -> Y {
        if let Some(register) = self.registers.lock(part) {
            return register;
        }
        let home = self.registers.home(part);
        let (register, eviction) = self.registers.assign(part);
        self.evict(eviction);
        match home {
            Home::Spilled(place) => self.asm.vmovdqu_load(register, spill_place(place)),
            Home::Loaded(load) => self.load(register, self.loads[load]),
            Home::None => unreachable!("a part is written before it is read"),
        }
        register
    }

    /// A register to write a part of an entity to.
    fn define(&mut self, part: Part) -> Y {
        let (register, eviction) = self.registers.assign(part);
        self.evict(eviction);
        register
    }

    fn define_narrow(&mut self, entity: Entity) -> Y {
        let part = self.registers.part(entity, Home::None);
        self.held[entity.0 as usize].narrow = Some(part);
        self.define(part)
    }

    fn define_half(&mut self, entity: Entity, half: usize) -> Y {
        let parts = match self.held[entity.0 as usize].wide {
            Some(parts) => parts,
            None => [self.registers.part(entity, Home::None), self.registers.part(entity, Home::None)],
        };
        self.held[entity.0 as usize].wide = Some(parts);
        self.define(parts[half])
    }

    /// Eight lanes of 32 bits.
    fn narrow(&mut self, entity: Entity) -> Y {
        let held = self.held_or_live(entity);
        if let Some(part) = held.narrow {
            return self.get(part);
        }
        let [a, b] = held.wide.map(|parts| parts.map(|part| self.get(part))).expect("an entity is held somehow");
        let d = self.define_narrow(entity);
        // Of each qword the low dword.
        self.asm.vshufps(d, a, b, 0x88);
        self.registers.unlock_one(a);
        self.registers.unlock_one(b);
        d
    }

    /// A half of eight lanes of 64 bits.
    fn half(&mut self, entity: Entity, half: usize) -> Y {
        let held = self.held_or_live(entity);
        if let Some(parts) = held.wide {
            return self.get(parts[half]);
        }
        let narrow = self.narrow(entity);
        let upper = if self.is_mask(entity) {
            narrow
        } else {
            let sign = self.temporary();
            self.asm.vpsrad(sign, narrow, 31);
            sign
        };
        let halves = [self.define_half(entity, 0), self.define_half(entity, 1)];
        self.asm.vpunpckldq(halves[0], narrow, upper);
        self.asm.vpunpckhdq(halves[1], narrow, upper);
        for register in [narrow, upper, halves[1 - half]] {
            self.registers.unlock_one(register);
        }
        halves[half]
    }

    /// How an entity is held; one that the stretch does not write is in its scratch register.
    fn held_or_live(&mut self, entity: Entity) -> Held {
        let held = self.held[entity.0 as usize];
        if held.narrow.is_some() || held.wide.is_some() {
            return held;
        }
        self.live_in(entity)
    }

    /// A constant's place in the pool.
    fn constant(&mut self, constant: Constant) -> Source {
        Source::Mem(Mem::at(CONSTANTS, 32 * self.constants.number(constant) as i32))
    }

    /// 64 bits, repeated.
    fn literal(&mut self, bits: u64) -> Source {
        self.constant(Constant::Literal([bits; 4]))
    }

    /// An operand as lanes of 32 bits.
    fn narrow_source(&mut self, operand: Operand) -> Source {
        match self.resolve(operand) {
            Operand::Const(entry) => self.constant(Constant::Narrow(entry)),
            Operand::Reg(register) => Source::Reg(self.narrow(self.value(register))),
        }
    }

    /// Half an operand as lanes of 64 bits.
    fn half_source(&mut self, operand: Operand, half: usize) -> Source {
        match self.resolve(operand) {
            Operand::Const(entry) if self.facts.repr(operand) == Some(Repr::Double) => {
                self.constant(Constant::Double(entry))
            }
            Operand::Const(entry) => self.constant(Constant::Wide(entry)),
            Operand::Reg(register) => Source::Reg(self.half(self.value(register), half)),
        }
    }

    /// The same in a register.
    fn in_register(&mut self, source: Source) -> Y {
        match source {
            Source::Reg(register) => register,
            memory @ Source::Mem(_) => {
                let register = self.temporary();
                self.asm.load(register, memory);
                register
            }
        }
    }

    fn instruction(&mut self, at: usize) {
        let inst = self.facts.kernel().code[at];
        let written = Written::of(&inst);
        let (store_value, store_mask) = self.to_be_stored(written);
        let read = |entity: Entity| self.registers.is_read_from(entity, at + 1);
        let is_read = written.value.is_some_and(|register| read(self.value(register)))
            || written.mask.is_some_and(|register| read(self.mask(register)));
        let writes = written.value.is_some() || written.mask.is_some();
        if writes && !is_read && !store_value && !store_mask && !self.facts.is_checked(&inst) {
            return;
        }
        match inst {
            Inst::Load { form, dst, input } => self.load_values(form, dst, input),
            Inst::LoadValid { dst, input } => self.load_bits(dst, Address::Valid(input)),
            Inst::LoadBits { dst, input } => self.load_bits(dst, Address::Bits(input)),
            Inst::True { dst } => self.fill(dst, u64::MAX),
            Inst::False { dst } => self.fill(dst, 0),
            Inst::Need { mask } => {
                self.need(mask);
                if self.is_worth_leaving_out(at) {
                    self.leave_out_idle_turns();
                }
            }
            Inst::Lut { lane, dst, table, a } => self.look_up(lane, dst, table, a),
            Inst::TestBit { dst, table, a } => self.test_bit(dst, table, a),
            Inst::MightContain { lane, dst, table, a } => self.might_contain(lane, dst, table, a),
            Inst::Digit { dst, number, a, low, high, valid, .. } => self.digit(dst, (number, a), (low, high), valid),
            Inst::Group { a } => {
                self.group(a);
                self.update_groups(at);
            }
            _ if self.is_grouped(&inst) => self.update_groups(at),
            Inst::Count { .. } | Inst::Sum { .. } | Inst::AccMin { .. } | Inst::AccMax { .. } => self.accumulate(at),
            Inst::And { .. }
            | Inst::Or { .. }
            | Inst::AndNot { .. }
            | Inst::OrNot { .. }
            | Inst::Xor { .. }
            | Inst::Not { .. } => self.combine(&inst),
            Inst::Eq { .. }
            | Inst::Ne { .. }
            | Inst::Lt { .. }
            | Inst::Le { .. }
            | Inst::Gt { .. }
            | Inst::Ge { .. } => {
                self.compare(&inst);
            }
            _ => self.arithmetic(&inst),
        }
        self.registers.unlock();
        if let (Some(register), true) = (written.value, store_value) {
            self.store_value(register);
        }
        if let (Some(register), true) = (written.mask, store_mask) {
            self.store_mask(register);
        }
    }

    /// Whether what an instruction writes is read outside of the stretch.
    fn to_be_stored(&self, written: Written) -> (bool, bool) {
        let end = self.range.end;
        let value = written.value.is_some_and(|register| self.facts.is_value_read_from(register, end));
        let mask = written.mask.is_some_and(|register| self.facts.is_mask_read_from(register, end));
        (value, mask)
    }

    fn lane(&self, register: V) -> Lane {
        self.facts.kernel().values[register.index()]
    }
}

/// What an instruction writes.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    value: Option<V>,
    mask: Option<M>,
}

impl Written {
    fn of(inst: &Inst) -> Written {
        let mut written = Written::default();
        inst.operands(|role, operand| match (role, operand) {
            (Role::Def, OperandRef::V(register)) => written.value = Some(register),
            (Role::Def, OperandRef::M(register)) => written.mask = Some(register),
            _ => {}
        });
        written
    }
}

fn spill_place(place: usize) -> Mem {
    Mem::at(PARTIALS, -32 * (place as i32 + 1))
}

/// The register that an address is in for the next instruction.
const AT: R = ADDRESS;
