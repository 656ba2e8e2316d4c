//! The instructions of the machine that kernels are compiled to.
//!
//! One function an instruction, most of them from tables below; `tests` emits each of them with several registers,
//! decodes the bytes again and compares. dynasm 5.1 emits some AVX forms wrongly or not at all (the comparisons of
//! doubles, shuffles of dwords, shifts of qwords by a constant, loads that widen): those are encoded by [`super::vex`].

#![expect(clippy::useless_conversion, reason = "what dynasm! makes of a register's number")]

use dynasmrt::x64::X64Relocation;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, VecAssembler, dynasm};

use super::vex::{self, Vex};

/// A vector register of 32 bytes, by number from 0 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Y(pub(super) u8);

/// A general register, by its number in machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct R(pub(super) u8);

/// The arguments of the call, an array of words.
pub(super) const ARGUMENTS: R = R(7);
/// The row that the turn begins with.
pub(super) const ROW: R = R(1);
/// The row behind the last.
pub(super) const END: R = R(6);
/// Constants.
pub(super) const CONSTANTS: R = R(8);
/// Flags, counts, sums, and spilled values.
pub(super) const PARTIALS: R = R(2);
/// The row divided by 8: where a turn's bits are.
pub(super) const TURN: R = R(9);
/// Addresses of columns, for the next instruction.
pub(super) const ADDRESS: R = R(0);
/// The lanes of groups.
pub(super) const AREA: R = R(11);
/// Where the lanes of a row's group are in there, for the next instruction.
pub(super) const AREA_OFFSET: R = R(0);

/// A place in memory: a base, [`ROW`] times a scale, and an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mem {
    pub(super) base: R,
    /// A register and 1, 2, 4 or 8.
    pub(super) index: Option<(R, u8)>,
    pub(super) offset: i32,
}

impl Mem {
    /// `base + offset`.
    pub(super) fn at(base: R, offset: i32) -> Mem {
        Mem { base, index: None, offset }
    }

    /// `base + ROW * scale + offset`.
    pub(super) fn row(base: R, scale: u8, offset: i32) -> Mem {
        Mem { base, index: Some((ROW, scale)), offset }
    }

    /// So many bytes further.
    pub(super) fn plus(self, bytes: i32) -> Mem {
        Mem { offset: self.offset + bytes, ..self }
    }
}

/// What an instruction reads as its last operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Reg(Y),
    /// Not indexed.
    Mem(Mem),
}

impl From<Y> for Source {
    fn from(register: Y) -> Source {
        Source::Reg(register)
    }
}

/// Code that is being assembled.
pub(super) struct Assembler {
    ops: VecAssembler<X64Relocation>,
}

/// A place to jump to.
pub(super) type Label = DynamicLabel;

/// Instructions `d = a op b`, b a register or memory.
macro_rules! three {
    ($($name:ident)*) => {
        impl Assembler {
            $(pub(super) fn $name(&mut self, d: Y, a: Y, b: impl Into<Source>) {
                let (Y(d), Y(a)) = (d, a);
                match b.into() {
                    Source::Reg(Y(b)) => dynasm!(self.ops ; .arch x64 ; $name Ry(d), Ry(a), Ry(b)),
                    Source::Mem(Mem { base: R(b), offset, .. }) => {
                        dynasm!(self.ops ; .arch x64 ; $name Ry(d), Ry(a), [Rq(b) + offset])
                    }
                }
            })*
        }

        /// Each of them by name, for the test that decodes them.
        #[cfg(test)]
        pub(super) const THREE: &[(&str, fn(&mut Assembler, Y, Y, Source))] =
            &[$((stringify!($name), |asm, d, a, b| asm.$name(d, a, b))),*];
    };
}
three! {
    vpaddd vpsubd vpmulld vpaddq vpsubq vpmuldq vpmuludq
    vpand vpor vpxor vpandn
    vpcmpeqd vpcmpgtd vpcmpeqq vpcmpgtq vpminsd vpmaxsd vpminud
    vaddpd vsubpd vmulpd vdivpd
    vpunpckldq vpunpckhdq vpunpcklqdq vpunpckhqdq vpsllvd vpsllvq
}

/// Instructions of registers alone, as they stand in assembly.
macro_rules! plain {
    ($($name:ident ($($operand:ident: $type:ident),* $(; $immediate:ident)?) $asm:tt $text:literal;)*) => {
        impl Assembler {
            $(pub(super) fn $name(&mut self, $($operand: $type,)* $($immediate: i8)?) {
                $(let $type($operand) = $operand;)*
                plain!(@emit self $asm);
            })*
        }

        /// Each of them with how its text looks, for the test that decodes them: registers are 1, 9, 14, 11.
        #[cfg(test)]
        pub(super) const PLAIN: &[(&str, fn(&mut Assembler))] = &[$(($text, |asm| {
            #[allow(unused_mut, unused_variables, reason = "not all have four registers")]
            let mut numbers = [1u8, 9, 14, 11].into_iter();
            asm.$name($({ let $operand = $type(numbers.next().unwrap()); $operand },)* $({ let $immediate = 3; $immediate })?)
        })),*];
    };
    (@emit $self:ident { $($asm:tt)* }) => { dynasm!($self.ops ; .arch x64 ; $($asm)*) };
}
plain! {
    vmovdqa(d: Y, a: Y) { vmovdqa Ry(d), Ry(a) } "vmovdqa ymm1,ymm9";
    vpblendvb(d: Y, a: Y, b: Y, mask: Y) { vpblendvb Ry(d), Ry(a), Ry(b), Ry(mask) } "vpblendvb ymm1,ymm9,ymm14,ymm11";
    vpermq(d: Y, a: Y; order) { vpermq Ry(d), Ry(a), order } "vpermq ymm1,ymm9,3";
    vextracti128(d: Y, a: Y; half) { vextracti128 Rx(d), Ry(a), half } "vextracti128 xmm1,ymm9,3";
    vinserti128(d: Y, a: Y, b: Y; half) { vinserti128 Ry(d), Ry(a), Rx(b), half } "vinserti128 ymm1,ymm9,xmm14,3";
    vcvtdq2pd(d: Y, a: Y) { vcvtdq2pd Ry(d), Rx(a) } "vcvtdq2pd ymm1,xmm9";
    vcvtps2pd(d: Y, a: Y) { vcvtps2pd Ry(d), Rx(a) } "vcvtps2pd ymm1,xmm9";
    vcvtpd2ps(d: Y, a: Y) { vcvtpd2ps Rx(d), Ry(a) } "vcvtpd2ps xmm1,ymm9";
    vcvtpd2dq(d: Y, a: Y) { vcvtpd2dq Rx(d), Ry(a) } "vcvtpd2dq xmm1,ymm9";
    vcvttpd2dq(d: Y, a: Y) { vcvttpd2dq Rx(d), Ry(a) } "vcvttpd2dq xmm1,ymm9";
    vpabsb(d: Y, a: Y) { vpabsb Rx(d), Rx(a) } "vpabsb xmm1,xmm9";
    vpackssdw(d: Y, a: Y, b: Y) { vpackssdw Rx(d), Rx(a), Rx(b) } "vpackssdw xmm1,xmm9,xmm14";
    vpacksswb(d: Y, a: Y, b: Y) { vpacksswb Rx(d), Rx(a), Rx(b) } "vpacksswb xmm1,xmm9,xmm14";
    vpsrad(d: Y, a: Y; bits) { vpsrad Ry(d), Ry(a), bits } "vpsrad ymm1,ymm9,3";
    vpsrld(d: Y, a: Y; bits) { vpsrld Ry(d), Ry(a), bits } "vpsrld ymm1,ymm9,3";
    vpsllq(d: Y, a: Y; bits) { vpsllq Ry(d), Ry(a), bits } "vpsllq ymm1,ymm9,3";
    vptest(a: Y, b: Y) { vptest Ry(a), Ry(b) } "vptest ymm1,ymm9";
    vzeroupper() { vzeroupper } "vzeroupper";
    ret() { ret } "ret";
    mov(d: R, a: R) { mov Rq(d), Rq(a) } "mov rcx,r9";
    shift_right(d: R; bits) { shr Rq(d), bits } "shr rcx,3";
    add(d: R; number) { add Rq(d), BYTE number } "add rcx,3";
    add_register(d: R, a: R) { add Rq(d), Rq(a) } "add rcx,r9";
    compare(a: R, b: R) { cmp Rq(a), Rq(b) } "cmp rcx,r9";
}

/// Instructions that dynasm has not, or wrongly, by the shape of their operands: d is the register that comes first in
/// assembly, r a general one, m is memory, i a byte of the instruction itself.
macro_rules! encoded {
    ($($name:ident $shape:ident $vex:ident $($scale:literal)? => $text:literal;)*) => {
        impl Assembler {
            $(encoded!(@method $name $shape $vex $($scale)?);)*
        }

        /// Each of them with how its text looks: registers are 1, 9, 14, memory r10 + rcx * 4 + 123h, the byte is 3.
        #[cfg(test)]
        pub(super) const ENCODED: &[(&str, fn(&mut Assembler))] =
            &[$(($text, |asm| encoded!(@example asm $name $shape $($scale)?))),*];
    };
    (@method $name:ident d_a_b_i $vex:ident) => {
        pub(super) fn $name(&mut self, d: Y, a: Y, b: Y, byte: u8) {
            self.encode(vex::$vex, vex::Operands::registers(d, a, b), Some(byte));
        }
    };
    (@method $name:ident d_a_i $vex:ident) => {
        pub(super) fn $name(&mut self, d: Y, a: Y, byte: u8) {
            self.encode(vex::$vex, vex::Operands::registers(d, Y(0), a), Some(byte));
        }
    };
    (@method $name:ident r_a $vex:ident) => {
        pub(super) fn $name(&mut self, R(d): R, a: Y) {
            self.encode(vex::$vex, vex::Operands::registers(Y(d), Y(0), a), None);
        }
    };
    (@method $name:ident d_m $vex:ident) => {
        pub(super) fn $name(&mut self, d: Y, m: Mem) {
            self.encode(vex::$vex, vex::Operands::memory(d, Y(0), m), None);
        }
    };
    (@method $name:ident m_d $vex:ident) => {
        pub(super) fn $name(&mut self, m: Mem, d: Y) {
            self.encode(vex::$vex, vex::Operands::memory(d, Y(0), m), None);
        }
    };
    (@method $name:ident m_d_i $vex:ident) => {
        pub(super) fn $name(&mut self, m: Mem, d: Y, byte: u8) {
            self.encode(vex::$vex, vex::Operands::memory(d, Y(0), m), Some(byte));
        }
    };
    (@method $name:ident d_a_m_i $vex:ident) => {
        pub(super) fn $name(&mut self, d: Y, a: Y, m: Mem, byte: u8) {
            self.encode(vex::$vex, vex::Operands::memory(d, a, m), Some(byte));
        }
    };
    (@method $name:ident d_a_m $vex:ident) => {
        pub(super) fn $name(&mut self, d: Y, a: Y, m: Mem) {
            self.encode(vex::$vex, vex::Operands::memory(d, a, m), None);
        }
    };
    (@method $name:ident gather $vex:ident $scale:literal) => {
        pub(super) fn $name(&mut self, d: Y, (base, Y(index)): (R, Y), wanted: Y) {
            let m = Mem { base, index: Some((R(index), $scale)), offset: 0 };
            self.encode(vex::$vex, vex::Operands::memory(d, wanted, m), None);
        }
    };
    (@example $asm:ident $name:ident gather $scale:literal) => { $asm.$name(Y(1), (R(10), Y(14)), Y(9)) };
    (@example $asm:ident $name:ident d_a_m) => { $asm.$name(Y(1), Y(9), EXAMPLE) };
    (@example $asm:ident $name:ident d_a_b_i) => { $asm.$name(Y(1), Y(9), Y(14), 3) };
    (@example $asm:ident $name:ident d_a_i) => { $asm.$name(Y(1), Y(9), 3) };
    (@example $asm:ident $name:ident r_a) => { $asm.$name(R(10), Y(9)) };
    (@example $asm:ident $name:ident d_m) => { $asm.$name(Y(1), EXAMPLE) };
    (@example $asm:ident $name:ident m_d) => { $asm.$name(EXAMPLE, Y(1)) };
    (@example $asm:ident $name:ident m_d_i) => { $asm.$name(EXAMPLE, Y(1), 3) };
    (@example $asm:ident $name:ident d_a_m_i) => { $asm.$name(Y(1), Y(9), EXAMPLE, 3) };
}
encoded! {
    vcmppd d_a_b_i VCMPPD => "vcmpunordpd ymm1,ymm9,ymm14";
    vshufps d_a_b_i VSHUFPS => "vshufps ymm1,ymm9,ymm14,3";
    vperm2i128 d_a_b_i VPERM2I128 => "vperm2i128 ymm1,ymm9,ymm14,3";
    vmovmskps r_a VMOVMSKPS => "vmovmskps r10d,ymm9";
    vpaddq_indexed d_a_m VPADDQ => "vpaddq ymm1,ymm9,[r10+rcx*4+123h]";
    vpsrlq_by d_a_i VPSRLQ => "vpsrlq ymm1,ymm9,3";
    vpsrlq_count d_a_m VPSRLQ_COUNT => "vpsrlq ymm1,ymm9,[r10+rcx*4+123h]";
    vpgatherdd gather VPGATHERDD 4 => "vpgatherdd ymm1,[r10+ymm14*4],ymm9";
    vpgatherqq gather VPGATHERQQ 8 => "vpgatherqq ymm1,[r10+ymm14*8],ymm9";
    vmovdqu_load d_m VMOVDQU_LOAD => "vmovdqu ymm1,[r10+rcx*4+123h]";
    vmovdqu_store m_d VMOVDQU_STORE => "vmovdqu [r10+rcx*4+123h],ymm1";
    vmovdqu_load_half d_m VMOVDQU_LOAD_HALF => "vmovdqu xmm1,[r10+rcx*4+123h]";
    vmovdqu_store_half m_d VMOVDQU_STORE_HALF => "vmovdqu [r10+rcx*4+123h],xmm1";
    vextracti128_store m_d_i VEXTRACTI128 => "vextracti128 [r10+rcx*4+123h],ymm1,3";
    vinserti128_load d_a_m_i VINSERTI128 => "vinserti128 ymm1,ymm9,[r10+rcx*4+123h],3";
    vmovq_store m_d VMOVQ_STORE => "vmovq [r10+rcx*4+123h],xmm1";
    vpmovsxbd d_m VPMOVSXBD => "vpmovsxbd ymm1,[r10+rcx*4+123h]";
    vpmovsxwd d_m VPMOVSXWD => "vpmovsxwd ymm1,[r10+rcx*4+123h]";
    vpmovzxbd d_m VPMOVZXBD => "vpmovzxbd ymm1,[r10+rcx*4+123h]";
    vpbroadcastb d_m VPBROADCASTB => "vpbroadcastb ymm1,[r10+rcx*4+123h]";
}

/// Memory for the test that decodes.
#[cfg(test)]
const EXAMPLE: Mem = Mem { base: R(10), index: Some((ROW, 4)), offset: 0x123 };

impl Assembler {
    /// Nothing yet; `bytes` are likely to be enough.
    pub(super) fn with_capacity(bytes: usize) -> Assembler {
        Assembler { ops: VecAssembler::new_with_capacity(0, bytes, 0, 0, 8, 0, 8) }
    }

    fn encode(&mut self, instruction: Vex, operands: vex::Operands, byte: Option<u8>) {
        self.ops.extend(instruction.encode(operands, byte).as_slice().iter());
    }

    /// Bytes so far.
    pub(super) fn position(&self) -> usize {
        self.ops.offset().0
    }

    pub(super) fn load_address(&mut self, d: R, m: Mem) {
        let (R(d), R(base), offset) = (d, m.base, m.offset);
        dynasm!(self.ops ; .arch x64 ; mov Rq(d), [Rq(base) + offset]);
    }

    /// 32 bits, the upper half becomes 0.
    pub(super) fn load_dword(&mut self, d: R, m: Mem) {
        let (R(d), R(base), offset) = (d, m.base, m.offset);
        dynasm!(self.ops ; .arch x64 ; mov Rd(d), [Rq(base) + offset]);
    }

    /// Writes the lowest byte of `a` to memory at `base + index`.
    pub(super) fn store_byte(&mut self, (R(base), R(index)): (R, R), R(a): R) {
        dynasm!(self.ops ; .arch x64 ; mov [Rq(base) + Rq(index)], Rb(a));
    }

    /// Compares 32 bits in memory with a number.
    pub(super) fn compare_dword(&mut self, m: Mem, number: i32) {
        let (R(base), offset) = (m.base, m.offset);
        dynasm!(self.ops ; .arch x64 ; cmp DWORD [Rq(base) + offset], number);
    }

    /// A label, to be bound to a place later.
    pub(super) fn label(&mut self) -> Label {
        self.ops.new_dynamic_label()
    }

    /// Binds a label to this place.
    pub(super) fn bind(&mut self, label: Label) {
        dynasm!(self.ops ; .arch x64 ; =>label);
    }

    /// A label here.
    pub(super) fn here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    /// Jumps.
    pub(super) fn jump(&mut self, label: Label) {
        dynasm!(self.ops ; .arch x64 ; jmp =>label);
    }

    /// Jumps if the last test found no bit.
    pub(super) fn jump_if_zero(&mut self, label: Label) {
        dynasm!(self.ops ; .arch x64 ; jz =>label);
    }

    /// Jumps if the number compared was below, unsigned.
    pub(super) fn jump_below(&mut self, label: Label) {
        dynasm!(self.ops ; .arch x64 ; jb =>label);
    }

    /// `d` or memory: a copy into a register.
    pub(super) fn load(&mut self, d: Y, source: Source) {
        match source {
            Source::Reg(a) if a == d => {}
            Source::Reg(a) => self.vmovdqa(d, a),
            Source::Mem(m) => self.vmovdqu_load(d, m),
        }
    }

    /// The code, its jumps resolved.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        self.ops.finalize().ok()
    }
}
