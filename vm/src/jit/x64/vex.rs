//! Instructions with a VEX prefix, encoded by hand: Intel's manual, volume 2, 2.3.

use super::assembler::{Mem, R, Y};

/// An instruction by its opcode.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vex {
    /// The implied leading bytes: 1 for 0F, 2 for 0F 38, 3 for 0F 3A.
    map: u8,
    /// The implied prefix: 0 none, 1 for 66, 2 for F3, 3 for F2.
    prefix: u8,
    opcode: u8,
    /// 1 for 32 bytes, 0 for 16.
    long: u8,
    /// 1 for lanes of 64 bits, where the opcode does not say.
    wide: u8,
    shape: Shape,
}

/// Where an instruction has its registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// d in `reg`, a in `vvvv`, the last operand in `rm`.
    Three,
    /// d in `reg`, the last operand in `rm`.
    Two,
    /// d in `vvvv`, a in `rm`, `reg` part of the opcode.
    Shift(u8),
}

const fn vex(map: u8, prefix: u8, opcode: u8, long: u8, shape: Shape) -> Vex {
    Vex { map, prefix, opcode, long, wide: 0, shape }
}

pub(super) const VCMPPD: Vex = vex(1, 1, 0xc2, 1, Shape::Three);
pub(super) const VSHUFPS: Vex = vex(1, 0, 0xc6, 1, Shape::Three);
pub(super) const VPSRLQ: Vex = vex(1, 1, 0x73, 1, Shape::Shift(2));
pub(super) const VPERM2I128: Vex = vex(3, 1, 0x46, 1, Shape::Three);
pub(super) const VPADDQ: Vex = vex(1, 1, 0xd4, 1, Shape::Three);
pub(super) const VMOVDQU_LOAD: Vex = vex(1, 2, 0x6f, 1, Shape::Two);
pub(super) const VMOVDQU_STORE: Vex = vex(1, 2, 0x7f, 1, Shape::Two);
pub(super) const VMOVDQU_LOAD_HALF: Vex = vex(1, 2, 0x6f, 0, Shape::Two);
pub(super) const VMOVDQU_STORE_HALF: Vex = vex(1, 2, 0x7f, 0, Shape::Two);
pub(super) const VEXTRACTI128: Vex = vex(3, 1, 0x39, 1, Shape::Two);
pub(super) const VINSERTI128: Vex = vex(3, 1, 0x38, 1, Shape::Three);
pub(super) const VMOVQ_STORE: Vex = vex(1, 1, 0xd6, 0, Shape::Two);
pub(super) const VPSRLQ_COUNT: Vex = vex(1, 1, 0xd3, 1, Shape::Three);
/// Memory is indexed by a vector register, and `vvvv` says which lanes are wanted.
pub(super) const VPGATHERDD: Vex = vex(2, 1, 0x90, 1, Shape::Three);
pub(super) const VPGATHERQQ: Vex = Vex { wide: 1, ..vex(2, 1, 0x91, 1, Shape::Three) };
pub(super) const VPMOVSXBD: Vex = vex(2, 1, 0x21, 1, Shape::Two);
pub(super) const VPMOVSXWD: Vex = vex(2, 1, 0x23, 1, Shape::Two);
pub(super) const VPMOVZXBD: Vex = vex(2, 1, 0x31, 1, Shape::Two);
/// To a general register.
pub(super) const VMOVMSKPS: Vex = vex(1, 0, 0x50, 1, Shape::Two);
pub(super) const VPBROADCASTB: Vex = vex(2, 1, 0x78, 1, Shape::Two);

/// The operands of an instruction: two registers, and a third or memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operands {
    d: Y,
    a: Y,
    last: Last,
}

#[derive(Clone, Copy, Debug)]
enum Last {
    Register(Y),
    Memory(Mem),
}

impl Operands {
    pub(super) fn registers(d: Y, a: Y, b: Y) -> Operands {
        Operands { d, a, last: Last::Register(b) }
    }

    pub(super) fn memory(d: Y, a: Y, m: Mem) -> Operands {
        Operands { d, a, last: Last::Memory(m) }
    }
}

/// The bytes of one instruction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes {
    bytes: [u8; 16],
    length: usize,
}

impl Bytes {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }
}

impl Vex {
    pub(super) fn encode(self, Operands { d: Y(d), a: Y(a), last }: Operands, immediate: Option<u8>) -> Bytes {
        let (reg, vvvv) = match self.shape {
            Shape::Three => (d, a),
            Shape::Two => (d, 0),
            Shape::Shift(extension) => (extension, d),
        };
        let (index, base) = match last {
            Last::Register(Y(b)) => (0, b),
            Last::Memory(Mem { base: R(base), index, .. }) => (index.map_or(0, |(R(index), _)| index), base),
        };
        let mut bytes = Bytes { bytes: [0; 16], length: 0 };
        bytes.push(0xc4);
        // R, X and B are the inverted fourth bits of reg, index and base.
        bytes.push((reg >> 3 ^ 1) << 7 | (index >> 3 ^ 1) << 6 | (base >> 3 ^ 1) << 5 | self.map);
        bytes.push(self.wide << 7 | (vvvv ^ 15) << 3 | self.long << 2 | self.prefix);
        bytes.push(self.opcode);
        match last {
            Last::Register(_) => bytes.push(0xc0 | (reg & 7) << 3 | base & 7),
            Last::Memory(m) => {
                // Always with an offset of 32 bits: one form for all bases.
                let scale = m.index.map(|(_, scale)| scale.trailing_zeros() as u8);
                match scale {
                    Some(scale) => {
                        bytes.push(0x84 | (reg & 7) << 3);
                        bytes.push(scale << 6 | (index & 7) << 3 | base & 7);
                    }
                    None if base & 7 == 4 => {
                        bytes.push(0x84 | (reg & 7) << 3);
                        bytes.push(0x24);
                    }
                    None => bytes.push(0x80 | (reg & 7) << 3 | base & 7),
                }
                m.offset.to_le_bytes().into_iter().for_each(|byte| bytes.push(byte));
            }
        }
        if let Some(immediate) = immediate {
            bytes.push(immediate);
        }
        bytes
    }
}
