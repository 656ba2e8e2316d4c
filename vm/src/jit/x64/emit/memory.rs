//! Columns and scratch registers: what comes in, and what goes out of a stretch.

use super::{ACTIVE, AT, Emitter, Held, Load, ROW_TWICE, Shape};
use crate::jit::x64::assembler::{ARGUMENTS, CONSTANTS, Mem, ROW, TURN, Y};
use crate::jit::x64::layout::{Address, Argument, Constant};
use crate::jit::x64::registers::{Entity, Home};
use crate::kernel::{Input, M, V};
use crate::types::{Form, Lane};

/// Each bit of a byte in a lane of its own.
const BIT_OF_LANE: [u64; 4] = [0x2_0000_0001, 0x8_0000_0004, 0x20_0000_0010, 0x80_0000_0040];

impl Emitter<'_> {
    /// A column is read when somebody needs it, and again if there was no register to keep it in.
    pub(super) fn load_values(&mut self, form: Form, dst: V, input: Input) {
        let shape = match form {
            Form::I8 => Shape::I8,
            Form::I16 => Shape::I16,
            Form::I32 => Shape::I32,
            Form::F32 => Shape::F32,
            _ => Shape::I64,
        };
        self.loaded(self.value(dst), Address::Column(form, input), shape);
    }

    pub(super) fn load_bits(&mut self, dst: M, address: Address) {
        self.loaded(self.mask(dst), address, Shape::Bits);
    }

    /// Notes where an entity is to be read.
    fn loaded(&mut self, entity: Entity, address: Address, shape: Shape) -> Held {
        let address = self.layout.argument(address);
        let mut part = |half| {
            self.loads.push(Load { address, shape, half });
            self.registers.part(entity, Home::Loaded(self.loads.len() - 1))
        };
        let held = match shape {
            Shape::I8 | Shape::I16 | Shape::I32 | Shape::Bits | Shape::Bytes | Shape::Constant => {
                Held { narrow: Some(part(0)), wide: None }
            }
            Shape::I64 | Shape::I128 | Shape::F32 => Held { narrow: None, wide: Some([part(0), part(1)]) },
        };
        self.held[entity.0 as usize] = held;
        held
    }

    /// What was written before the stretch is in a scratch register.
    pub(super) fn live_in(&mut self, entity: Entity) -> Held {
        let values = self.facts.kernel().values.len();
        let masks = usize::from(self.facts.kernel().masks);
        let index = entity.0 as usize;
        if index >= values + masks {
            // The first mask of active rows: later ones, and those of rows that are counted, are computed here.
            return self.loaded_at(entity, Argument::Active as usize, Shape::Bytes);
        }
        if index >= values {
            return self.loaded(entity, Address::Mask(self.slots.masks[index - values]), Shape::Bytes);
        }
        let (lane, slot) = (self.facts.kernel().values[index], self.slots.values[index]);
        let shape = match lane {
            Lane::I32 => Shape::I32,
            Lane::I64 | Lane::F64 | Lane::Mask => Shape::I64,
            Lane::I128 => Shape::I128,
        };
        self.loaded(entity, Address::Value(lane, slot), shape)
    }

    pub(super) fn loaded_at(&mut self, entity: Entity, address: usize, shape: Shape) -> Held {
        self.loads.push(Load { address, shape, half: 0 });
        let part = self.registers.part(entity, Home::Loaded(self.loads.len() - 1));
        let held = Held { narrow: Some(part), wide: None };
        self.held[entity.0 as usize] = held;
        held
    }

    /// Computes [`TURN`], unless this turn has it already.
    fn turn(&mut self) {
        if !std::mem::replace(&mut self.has_turn, true) {
            self.asm.mov(TURN, ROW);
            self.asm.shift_right(TURN, 3);
        }
    }

    /// Computes [`ROW_TWICE`], unless this turn has it already.
    fn row_twice(&mut self) {
        if !std::mem::replace(&mut self.has_row_twice, true) {
            self.asm.mov(ROW_TWICE, ROW);
            self.asm.add_register(ROW_TWICE, ROW);
        }
    }

    /// Brings an address into its register.
    pub(super) fn at(&mut self, argument: usize) {
        self.asm.load_address(AT, Mem::at(ARGUMENTS, 8 * argument as i32));
    }

    /// Reads something into a register.
    pub(super) fn load(&mut self, d: Y, load: Load) {
        if load.shape == Shape::Constant {
            return self.asm.vmovdqu_load(d, Mem::at(CONSTANTS, 32 * load.address as i32));
        }
        self.at(load.address);
        let half = load.half as i32;
        match load.shape {
            Shape::I8 => self.asm.vpmovsxbd(d, Mem::row(AT, 1, 0)),
            Shape::I16 => self.asm.vpmovsxwd(d, Mem::row(AT, 2, 0)),
            Shape::I32 => self.asm.vmovdqu_load(d, Mem::row(AT, 4, 0)),
            Shape::I64 => {
                let rows = Mem::row(AT, 8, 16 * half);
                self.asm.vmovdqu_load_half(d, rows);
                self.asm.vinserti128_load(d, d, rows.plus(32), 1);
            }
            Shape::I128 => {
                self.row_twice();
                let upper = self.temporary();
                let row = |row: i32| Mem { base: AT, index: Some((ROW_TWICE, 8)), offset: 16 * (row + 2 * half) };
                for (register, first) in [(d, 0), (upper, 4)] {
                    let second = self.temporary();
                    self.asm.vmovdqu_load_half(register, row(first));
                    self.asm.vmovdqu_load_half(second, row(first + 1));
                    self.asm.vpunpcklqdq(register, register, second);
                    self.registers.unlock_one(second);
                }
                self.asm.vinserti128(d, d, upper, 1);
                self.registers.unlock_one(upper);
            }
            Shape::F32 => {
                self.asm.vmovdqu_load(d, Mem::row(AT, 4, 0));
                // Rows 0, 1, 4, 5 to the lower half.
                self.asm.vpermq(d, d, ORDER);
                if half == 1 {
                    self.asm.vextracti128(d, d, 1);
                }
                self.asm.vcvtps2pd(d, d);
            }
            Shape::Bits => {
                let bit = self.constant(Constant::Literal(BIT_OF_LANE));
                self.turn();
                self.asm.vpbroadcastb(d, Mem { base: AT, index: Some((TURN, 1)), offset: 0 });
                self.asm.vpand(d, d, bit);
                self.asm.vpcmpeqd(d, d, bit);
            }
            Shape::Constant => {}
            Shape::Bytes => {
                let zero = self.literal(0);
                self.asm.vpmovzxbd(d, Mem::row(AT, 1, 0));
                self.asm.vpcmpgtd(d, d, zero);
            }
        }
    }

    /// Writes a value to its scratch register.
    pub(super) fn store_value(&mut self, register: V) {
        let lane = self.lane(register);
        let address = self.layout.argument(Address::Value(lane, self.slots.values[register.index()]));
        if lane == Lane::I32 {
            let source = self.narrow_source(register.into());
            let value = self.in_register(source);
            self.at(address);
            self.asm.vmovdqu_store(Mem::row(AT, 4, 0), value);
            return;
        }
        for half in 0..2 {
            let source = self.half_source(register.into(), half);
            let value = self.in_register(source);
            self.at(address);
            if lane == Lane::I128 {
                self.store_i128(value, half as i32);
            } else {
                let rows = Mem::row(AT, 8, 16 * half as i32);
                self.asm.vmovdqu_store_half(rows, value);
                self.asm.vextracti128_store(rows.plus(32), value, 1);
            }
            self.registers.unlock();
        }
    }

    fn store_i128(&mut self, value: Y, half: i32) {
        self.row_twice();
        let (sign, both) = (self.temporary(), self.temporary());
        self.asm.vpxor(sign, sign, sign);
        self.asm.vpcmpgtq(sign, sign, value);
        let row = |row: i32| Mem { base: AT, index: Some((ROW_TWICE, 8)), offset: 16 * (row + 2 * half) };
        // Of rows 0 and 4, then of 1 and 5.
        self.asm.vpunpcklqdq(both, value, sign);
        self.asm.vmovdqu_store_half(row(0), both);
        self.asm.vextracti128_store(row(4), both, 1);
        self.asm.vpunpckhqdq(both, value, sign);
        self.asm.vmovdqu_store_half(row(1), both);
        self.asm.vextracti128_store(row(5), both, 1);
    }

    /// Writes 32 bits a row.
    pub(super) fn store_dwords(&mut self, address: usize, values: Y) {
        self.at(address);
        self.asm.vmovdqu_store(Mem::row(AT, 4, 0), values);
    }

    /// Writes a mask to its scratch register, a byte a row.
    pub(super) fn store_mask(&mut self, register: M) {
        let mask = self.narrow(self.mask(register));
        let address = self.layout.argument(Address::Mask(self.slots.masks[register.index()]));
        self.store_bytes(mask, address);
    }

    /// Writes which rows pass, a bit each.
    pub(super) fn store_passed(&mut self, mask: Y) {
        self.turn();
        self.at(Argument::Passed as usize);
        self.asm.vmovmskps(ACTIVE, mask);
        self.asm.store_byte((AT, TURN), ACTIVE);
    }

    fn store_bytes(&mut self, mask: Y, address: usize) {
        let (low, high) = (self.temporary(), self.temporary());
        self.asm.vextracti128(high, mask, 1);
        self.asm.vpackssdw(low, mask, high);
        self.asm.vpacksswb(low, low, low);
        // -1 for true becomes 1.
        self.asm.vpabsb(low, low);
        self.at(address);
        self.asm.vmovq_store(Mem::row(AT, 1, 0), low);
    }
}

/// Of four qwords: 0, 2, 1, 3.
pub(super) const ORDER: i8 = 0b1101_1000u8 as i8;
