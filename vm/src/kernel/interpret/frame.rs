//! A tile's registers, and the loops over them.

use super::native::{Native, NativeScratch};
use super::{CHUNK, TILE, accumulate, convert, group, helpers, load, logic, lookup, store, values};
use crate::kernel::grouped::Grouped;
use crate::kernel::reference::Scalar;
use crate::kernel::tables::Entries;
use crate::kernel::verified::{Plan, Slots};
use crate::kernel::{Accumulator, Inst, M, Operand, V};
use crate::vector::{Values, Vector};

/// 64 rows.
pub(crate) type Chunk<T> = [T; CHUNK];
/// The values of one register for the rows of a tile.
pub(crate) type Tile<T> = Vec<Chunk<T>>;

/// A type that value registers hold: one for each lane.
pub(crate) trait LaneValue: Copy + Default {
    fn registers(scratch: &Scratch) -> &[Tile<Self>];
    fn registers_mut(scratch: &mut Scratch) -> &mut [Tile<Self>];
    fn constants(constants: &Constants) -> &[Chunk<Self>];
    /// The values of an output column, which is owned.
    fn output(values: &mut Values) -> Option<&mut Vec<Self>>;
}

macro_rules! lane_values {
    ($($lane:ident $field:ident $variant:ident),*) => {
        $(impl LaneValue for $lane {
            #[inline(always)]
            fn registers(scratch: &Scratch) -> &[Tile<$lane>] {
                &scratch.$field
            }

            #[inline(always)]
            fn registers_mut(scratch: &mut Scratch) -> &mut [Tile<$lane>] {
                &mut scratch.$field
            }

            #[inline(always)]
            fn constants(constants: &Constants) -> &[Chunk<$lane>] {
                &constants.$field
            }

            #[inline(always)]
            fn output(values: &mut Values) -> Option<&mut Vec<$lane>> {
                match values {
                    Values::$variant(values) => Some(values.make_owned()),
                    _ => None,
                }
            }
        })*

        /// Scratch registers and the state of the tile being worked on.
        #[derive(Clone, Debug)]
        pub(crate) struct Scratch {
            $($field: Vec<Tile<$lane>>,)*
            /// 1 for true, 0 for false.
            pub(crate) masks: Vec<Tile<u8>>,
            /// 1 for rows of the batch that no `need` has ended.
            pub(crate) active: Tile<u8>,
            /// How many that are.
            pub(crate) active_rows: usize,
            /// Rows in the registers: those of the tile, or fewer once rows that were ended were squeezed out.
            pub(crate) rows: usize,
            /// The first row of the tile in the batch, and how many it has there.
            pub(crate) base: usize,
            pub(crate) base_rows: usize,
            /// The tile's rows that are in the registers, if some were squeezed out.
            pub(super) selection: Vec<u16>,
            pub(crate) selected: bool,
            /// The registers' rows that are active, `active_rows` of them; good while `kept_is_known`. Eight longer than
            /// a tile, so that as many rows may be written behind the last.
            pub(super) kept: Vec<u16>,
            pub(crate) kept_is_known: bool,
            /// Not 0 once a guarded, active row was bad.
            pub(crate) bad: u8,
            /// The number of each row's group, in a kernel with groups; of rows that are not active the last one.
            pub(crate) groups: Tile<u32>,
            /// Values of a sum, 0 where they do not count.
            pub(super) summands: Tile<f64>,
            /// What compiled code works with.
            pub(crate) native: NativeScratch,
        }

        /// The pool, each constant repeated for a chunk.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Constants {
            $($field: Vec<Chunk<$lane>>,)*
        }

        impl Constants {
            pub(super) fn new(pool: &[Scalar]) -> Constants {
                let mut constants = Constants::default();
                for value in pool {
                    match value {
                        $(Scalar::$variant(value) => constants.$field.push([*value; CHUNK]),)*
                    }
                }
                constants
            }

            pub(super) fn bytes(&self) -> usize {
                0 $(+ size_of_val(self.$field.as_slice()))*
            }
        }
    };
}
lane_values!(i32 i32s I32, i64 i64s I64, f64 f64s F64, i128 i128s I128);

impl Scratch {
    /// Registers for tiles of `rows` rows, a multiple of a chunk's.
    pub(super) fn new(slots: &Slots, rows: usize) -> Scratch {
        fn registers<T: Copy + Default>(count: usize, rows: usize) -> Vec<Tile<T>> {
            (0..count).map(|_| vec![[T::default(); CHUNK]; rows / CHUNK]).collect()
        }
        Scratch {
            i32s: registers(slots.values[0], rows),
            i64s: registers(slots.values[1], rows),
            f64s: registers(slots.values[2], rows),
            i128s: registers(slots.values[3], rows),
            masks: registers(slots.masks, rows),
            active: vec![[0; CHUNK]; rows / CHUNK],
            active_rows: 0,
            rows: 0,
            base: 0,
            base_rows: 0,
            selection: Vec::with_capacity(rows),
            selected: false,
            kept: vec![0; rows + 8],
            kept_is_known: false,
            bad: 0,
            groups: vec![[0; CHUNK]; rows / CHUNK],
            summands: vec![[0.0; CHUNK]; rows / CHUNK],
            native: NativeScratch::default(),
        }
    }

    /// Makes the registers those of another plan of the same kernel; what they have is of no use then.
    pub(super) fn set_slots(&mut self, slots: &Slots) {
        fn fit<T: Copy + Default>(registers: &mut Vec<Tile<T>>, count: usize, chunks: usize) {
            registers.resize_with(count, || vec![[T::default(); CHUNK]; chunks]);
        }
        let chunks = self.active.len();
        fit(&mut self.i32s, slots.values[0], chunks);
        fit(&mut self.i64s, slots.values[1], chunks);
        fit(&mut self.f64s, slots.values[2], chunks);
        fit(&mut self.i128s, slots.values[3], chunks);
        fit(&mut self.masks, slots.masks, chunks);
    }

    pub(super) fn bytes(&self) -> usize {
        let rows = self.active.len() * CHUNK;
        rows * (4 * self.i32s.len() + 8 * self.i64s.len() + 8 * self.f64s.len() + 16 * self.i128s.len())
            + rows * (self.masks.len() + 17)
            + self.native.bytes()
    }

    /// Chunks that hold rows.
    #[inline(always)]
    pub(super) fn chunks(&self) -> usize {
        self.rows.div_ceil(CHUNK)
    }

    /// Makes the first `rows` rows of the registers the active ones.
    #[inline(always)]
    pub(super) fn activate(&mut self, rows: usize) {
        self.rows = rows;
        self.active_rows = rows;
        self.kept_is_known = false;
        let active = self.active.as_flattened_mut();
        let end = rows.next_multiple_of(CHUNK);
        active[..rows].fill(1);
        active[rows..end].fill(0);
    }
}

/// What a kernel works on while it runs over a batch.
pub(crate) struct Frame<'a> {
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) constants: &'a Constants,
    pub(crate) tables: &'a [Entries],
    pub(crate) accumulators: &'a mut [Accumulator],
    /// Those of a kernel with groups, in place of the others.
    pub(crate) grouped: Option<&'a mut Grouped>,
    pub(crate) inputs: &'a [&'a Vector],
    pub(super) outputs: &'a mut [Vector],
    pub(super) passed: Option<&'a mut Vec<u32>>,
}

/// An operand's chunks: a register's, or one constant chunk for all.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, T> {
    chunks: &'a [Chunk<T>],
    mask: usize,
}

impl<'a, T> Source<'a, T> {
    #[inline(always)]
    pub(super) fn chunk(self, index: usize) -> &'a Chunk<T> {
        &self.chunks[index & self.mask]
    }
}

/// The values of an operand.
#[inline(always)]
pub(super) fn source<'a, T: LaneValue>(
    scratch: &'a Scratch,
    constants: &'a Constants,
    operand: Operand,
) -> Source<'a, T> {
    match operand {
        Operand::Reg(slot) => Source { chunks: &T::registers(scratch)[slot.index()], mask: usize::MAX },
        Operand::Const(entry) => {
            Source { chunks: std::slice::from_ref(&T::constants(constants)[entry.index()]), mask: 0 }
        }
    }
}

/// Runs `$body` for each chunk of a register that is written, `$out`, with the frame and the chunk's number. The
/// register is moved out meanwhile: no instruction reads the slot that it writes. A macro and no function of a
/// closure: only what is inlined is compiled for the machine's features, and big closures are not.
macro_rules! write_chunks {
    ($frame:ident, $registers:expr, $dst:expr, |$index:ident, $out:ident| $body:expr) => {{
        let mut tile = std::mem::take(&mut $registers[$dst.index()]);
        let chunks = $frame.scratch.chunks();
        for ($index, $out) in tile[..chunks].iter_mut().enumerate() {
            $body
        }
        $registers[$dst.index()] = tile;
    }};
}
pub(super) use write_chunks;

impl Frame<'_> {
    /// Chunk `index` of an operand's values.
    #[inline(always)]
    pub(super) fn chunk<T: LaneValue>(&self, operand: Operand, index: usize) -> &Chunk<T> {
        source::<T>(self.scratch, self.constants, operand).chunk(index)
    }

    /// `dst` = `function(a)`.
    #[inline(always)]
    pub(super) fn map<A: LaneValue, R: LaneValue>(&mut self, dst: V, a: Operand, function: impl Fn(A) -> R) {
        write_chunks!(self, R::registers_mut(self.scratch), dst, |index, out| {
            map_chunk(out, self.chunk(a, index), &function);
        });
    }

    /// `dst` = `function(a, b)`.
    #[inline(always)]
    pub(super) fn map2<A: LaneValue, R: LaneValue>(
        &mut self,
        dst: V,
        a: Operand,
        b: Operand,
        function: impl Fn(A, A) -> R,
    ) {
        write_chunks!(self, R::registers_mut(self.scratch), dst, |index, out| {
            map2_chunk(out, self.chunk(a, index), self.chunk(b, index), &function);
        });
    }

    /// `dst` = `function(a)`; where that is bad, guarded and active, the tile has trapped.
    #[inline(always)]
    pub(super) fn checked<A: LaneValue, R: LaneValue>(
        &mut self,
        dst: V,
        a: Operand,
        guard: M,
        function: impl Fn(A) -> (R, bool),
    ) {
        self.checked2::<A, A, R>(dst, a, a, guard, |a, _| function(a));
    }

    /// As [`Frame::checked`], with two operands.
    #[inline(always)]
    pub(super) fn checked2<A: LaneValue, B: LaneValue, R: LaneValue>(
        &mut self,
        dst: V,
        a: Operand,
        b: Operand,
        guard: M,
        function: impl Fn(A, B) -> (R, bool),
    ) {
        let mut any = 0;
        write_chunks!(self, R::registers_mut(self.scratch), dst, |index, out| {
            let mut bad = [0u8; CHUNK];
            checked_chunk(out, &mut bad, self.chunk(a, index), self.chunk(b, index), &function);
            any |= guarded(&bad, &self.scratch.masks[guard.index()][index], &self.scratch.active[index]);
        });
        self.scratch.bad |= any;
    }
}

// The loops themselves. Arguments of functions are known not to overlap, and the loops vectorise without a check.

#[inline(always)]
fn map_chunk<A: Copy, R>(out: &mut Chunk<R>, a: &Chunk<A>, function: &impl Fn(A) -> R) {
    for row in 0..CHUNK {
        out[row] = function(a[row]);
    }
}

/// `out` = `function(a, b)`, row by row.
#[inline(always)]
pub(super) fn map2_chunk<A: Copy, B: Copy, R>(
    out: &mut Chunk<R>,
    a: &Chunk<A>,
    b: &Chunk<B>,
    function: &impl Fn(A, B) -> R,
) {
    for row in 0..CHUNK {
        out[row] = function(a[row], b[row]);
    }
}

#[inline(always)]
fn checked_chunk<A: Copy, B: Copy, R>(
    out: &mut Chunk<R>,
    bad: &mut Chunk<u8>,
    a: &Chunk<A>,
    b: &Chunk<B>,
    function: &impl Fn(A, B) -> (R, bool),
) {
    for row in 0..CHUNK {
        let (value, is_bad) = function(a[row], b[row]);
        out[row] = value;
        bad[row] = u8::from(is_bad);
    }
}

/// Whether a bad row is guarded and active.
#[inline(always)]
pub(super) fn guarded(bad: &Chunk<u8>, guard: &Chunk<u8>, active: &Chunk<u8>) -> u8 {
    let mut any = 0;
    for row in 0..CHUNK {
        any |= bad[row] & guard[row] & active[row];
    }
    any
}

/// Whether the tile goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Continue,
    /// No row is active any more.
    Ended,
}

/// Runs all tiles of a batch of `rows` rows: how many rows passed, or the first row of a tile that trapped.
#[inline(always)]
pub(super) fn run_tiles(
    frame: &mut Frame<'_>,
    plan: &Plan,
    native: Option<&dyn Native>,
    rows: usize,
) -> Result<usize, usize> {
    let tile_rows = (frame.scratch.active.len() * CHUNK).min(TILE);
    let mut passed = 0;
    let mut base = 0;
    while base < rows {
        let scratch = &mut *frame.scratch;
        scratch.base = base;
        scratch.base_rows = tile_rows.min(rows - base);
        scratch.selected = false;
        scratch.bad = 0;
        scratch.activate(scratch.base_rows);
        let (mut at, mut needs, mut stretch) = (0, 0, 0);
        while let Some(inst) = plan.code.get(at) {
            if let Some(native) = native
                && let Some(found) = plan.stretches.get(stretch)
                && found.start == at
            {
                stretch += 1;
                // Compiled code reads columns in order: once rows were squeezed out, few are left for the interpreter.
                if !frame.scratch.selected && native.run(stretch - 1, frame) {
                    at = found.end;
                    needs += found.needs;
                    if frame.scratch.active_rows == 0 {
                        break;
                    }
                    logic::squeeze_behind(frame.scratch, plan.behind[stretch - 1].as_ref());
                    continue;
                }
            }
            at += 1;
            if let Inst::Need { mask } = *inst {
                needs += 1;
                if logic::need(frame, mask, plan.live.get(needs - 1)) == Flow::Ended {
                    break;
                }
            } else {
                execute(frame, inst);
            }
        }
        if frame.scratch.bad != 0 {
            return Err(base);
        }
        store::pass(frame);
        passed += frame.scratch.active_rows;
        base += tile_rows;
    }
    Ok(passed)
}

/// Runs one instruction on the tile.
#[inline(always)]
fn execute(frame: &mut Frame<'_>, inst: &Inst) {
    match *inst {
        Inst::Load { form, dst, input } => load::values(frame, form, dst, input),
        Inst::LoadValid { dst, input } => load::validity(frame, dst, input),
        Inst::LoadBits { dst, input } => load::bits(frame, dst, input),
        Inst::Constant { lane, dst, value } => values::constant(frame, lane, dst, value),
        Inst::True { dst } => logic::fill(frame, dst, 1),
        Inst::False { dst } => logic::fill(frame, dst, 0),
        Inst::Add { lane, dst, a, b } => values::add(frame, lane, dst, a, b),
        Inst::Sub { lane, dst, a, b } => values::sub(frame, lane, dst, a, b),
        Inst::Mul { lane, dst, a, b } => values::mul(frame, lane, dst, a, b),
        Inst::Min { lane, dst, a, b } => values::min(frame, lane, dst, a, b),
        Inst::Max { lane, dst, a, b } => values::max(frame, lane, dst, a, b),
        Inst::Div { dst, a, b } => frame.map2(dst, a, b, |a: f64, b: f64| a / b),
        Inst::Rem { dst, a, b } => frame.map2(dst, a, b, |a: f64, b: f64| a % b),
        Inst::Neg { dst, a } => frame.map(dst, a, |a: f64| -a),
        Inst::Abs { dst, a } => frame.map(dst, a, f64::abs),
        Inst::RoundF32 { dst, a } => frame.map(dst, a, crate::semantics::float::round_f32),
        Inst::AddChecked { lane, dst, a, b, guard } => values::add_checked(frame, lane, dst, (a, b), guard),
        Inst::SubChecked { lane, dst, a, b, guard } => values::sub_checked(frame, lane, dst, (a, b), guard),
        Inst::MulChecked { lane, dst, a, b, guard } => values::mul_checked(frame, lane, dst, (a, b), guard),
        Inst::DivChecked { lane, dst, a, b, guard } => values::div_checked(frame, lane, dst, (a, b), guard),
        Inst::RemChecked { lane, dst, a, b, guard } => values::rem_checked(frame, lane, dst, (a, b), guard),
        Inst::DivRound { lane, dst, a, b } => values::div_round(frame, lane, dst, a, b),
        Inst::Range { lane, a, low, high, guard } => values::range(frame, lane, a, (low, high), guard),
        Inst::Widen { from, to, dst, a } | Inst::Narrow { from, to, dst, a } => {
            convert::between(frame, from, to, dst, a);
        }
        Inst::ToInteger { to, dst, a, guard } => convert::to_integer(frame, to, dst, a, guard),
        Inst::Select { lane, dst, mask, a, b } => values::select(frame, lane, dst, mask, (a, b)),
        Inst::Lut { lane, dst, table, a } => lookup::values(frame, lane, dst, table, a),
        Inst::Call1 { helper, dst, a, guard } => helpers::call1(frame, helper, dst, a, guard),
        Inst::Call2 { helper, dst, a, b, guard } => helpers::call2(frame, helper, dst, (a, b), guard),
        _ => execute_logic(frame, inst),
    }
}

/// Runs an instruction on masks, outputs or accumulators.
#[inline(always)]
fn execute_logic(frame: &mut Frame<'_>, inst: &Inst) {
    match *inst {
        Inst::Eq { lane, dst, a, b } => logic::eq(frame, lane, dst, a, b),
        Inst::Ne { lane, dst, a, b } => logic::ne(frame, lane, dst, a, b),
        Inst::Lt { lane, dst, a, b } => logic::lt(frame, lane, dst, a, b),
        Inst::Le { lane, dst, a, b } => logic::le(frame, lane, dst, a, b),
        Inst::Gt { lane, dst, a, b } => logic::lt(frame, lane, dst, b, a),
        Inst::Ge { lane, dst, a, b } => logic::le(frame, lane, dst, b, a),
        Inst::And { dst, a, b } => logic::combine(frame, dst, a, b, |a, b| a & b),
        Inst::Or { dst, a, b } => logic::combine(frame, dst, a, b, |a, b| a | b),
        Inst::AndNot { dst, a, b } => logic::combine(frame, dst, a, b, |a, b| a & (b ^ 1)),
        Inst::OrNot { dst, a, b } => logic::combine(frame, dst, a, b, |a, b| a | (b ^ 1)),
        Inst::Xor { dst, a, b } => logic::combine(frame, dst, a, b, |a, b| a ^ b),
        Inst::Not { dst, a } => logic::combine(frame, dst, a, a, |a, _| a ^ 1),
        Inst::TestBit { dst, table, a } => lookup::bits(frame, dst, table, a),
        Inst::MightContain { lane, dst, table, a } => lookup::might_contain(frame, lane, dst, table, a),
        Inst::Store { lane, output, a } => store::values(frame, lane, output, a),
        Inst::StoreValid { output, a } => store::validity(frame, output, a),
        Inst::StoreBits { output, a } => store::bits(frame, output, a),
        Inst::Digit { dst, number, a, low, high, valid, .. } => {
            group::digit(frame, dst, (number, a), (low, high), valid);
        }
        Inst::Group { a } => group::group(frame, a),
        Inst::Count { .. } | Inst::Sum { .. } | Inst::AccMin { .. } | Inst::AccMax { .. }
            if frame.grouped.is_some() =>
        {
            group::accumulate(frame, inst);
        }
        Inst::Count { acc, mask } => accumulate::count(frame, acc, mask),
        Inst::Sum { lane, acc, a, mask } => accumulate::sum(frame, lane, acc, a, mask),
        Inst::AccMin { lane, acc, a, mask } => accumulate::min(frame, lane, acc, a, mask),
        Inst::AccMax { lane, acc, a, mask } => accumulate::max(frame, lane, acc, a, mask),
        _ => {}
    }
}
