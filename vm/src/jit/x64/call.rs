//! Calling compiled code: its arguments, and what becomes of what it gives. The one file that runs machine code.

use super::emit::{Commit, Plan};
use super::layout::{Address, Argument, Constants, Layout};
use super::listing;
use super::memory::{CodePages, PAGE_BYTES};
use super::publish::{self, Published};
use super::tables::{self, DESCRIPTOR};
use crate::jit::Symbols;
use crate::kernel::accumulator::Content;
use crate::kernel::interpret::CHUNK;
use crate::kernel::interpret::frame::Frame;
use crate::kernel::interpret::logic::unpack;
use crate::kernel::interpret::native::{CodeLine, Native, NativeScratch, Wide, mask_address, value_address};
use crate::kernel::reference::Scalar;
use crate::kernel::tables::Entries;
use crate::kernel::{AccKind, Input, Kernel};
use crate::semantics::BinnedSum;
use crate::types::{Form, Lane};
use crate::vector::Values;

/// Rows of a turn.
const TURN: usize = 8;
/// 64-bit words of the bits of a tile.
const TILE_WORDS: usize = crate::kernel::interpret::TILE / 64;

/// The compiled stretches of a kernel.
#[derive(Debug)]
pub(super) struct Code {
    /// Before the pages, so that debuggers forget the code before its pages are freed.
    pub(super) published: Published,
    pub(super) pages: CodePages,
    pub(super) constants: Constants,
    pub(super) stretches: Vec<StretchCode>,
}

/// A stretch's code and what it works with.
#[derive(Debug)]
pub(super) struct StretchCode {
    /// The instructions that it does.
    pub(super) range: std::ops::Range<usize>,
    /// Where it begins, and how long it is.
    pub(super) start: usize,
    pub(super) length: usize,
    /// Where the code of each of its instructions begins, from the start; last, where that of the last one ends.
    pub(super) starts: Vec<usize>,
    pub(super) layout: Layout,
    pub(super) plan: Plan,
    pub(super) spilled: usize,
}

impl StretchCode {
    /// Where the code of an instruction begins.
    pub(super) fn address_of(&self, at: usize) -> usize {
        self.start + self.starts[at - self.range.start]
    }
}

impl Native for Code {
    fn listing(&self, kernel: &Kernel) -> Vec<CodeLine> {
        listing::listing(self, kernel)
    }

    fn bytes(&self) -> usize {
        let starts = self.stretches.iter().map(|stretch| size_of_val(stretch.starts.as_slice()));
        self.pages.bytes().len().next_multiple_of(PAGE_BYTES) + starts.sum::<usize>()
    }

    fn publish(&self, name: &str, symbols: &Symbols) {
        publish::publish(self, name, symbols);
    }

    fn prepare(&self, pool: &[Scalar], tables: &[Entries]) -> NativeScratch {
        let most = |count: fn(&StretchCode) -> usize| self.stretches.iter().map(count).max().unwrap_or(0);
        let addresses = most(|stretch| stretch.layout.addresses.len());
        NativeScratch {
            constants: self.constants.values(pool),
            arguments: vec![0; Argument::Count as usize + addresses],
            partials: vec![Wide::default(); most(|stretch| stretch.spilled + stretch.plan.initial().len())],
            // Eight rows of 64 bits for each column.
            tails: vec![Wide::default(); 2 * addresses],
            words: vec![0; TILE_WORDS * addresses],
            passed: vec![0; TILE_WORDS],
            tables: vec![Wide::default(); DESCRIPTOR * tables.len()],
            given_back: 0,
        }
    }

    fn run(&self, stretch: usize, frame: &mut Frame<'_>) -> bool {
        let mut native = std::mem::take(&mut frame.scratch.native);
        let stretch = &self.stretches[stretch];
        let done = Call { stretch, native: &mut native, frame }.run(&self.pages);
        if !done {
            native.given_back += 1;
        }
        frame.scratch.native = native;
        done
    }
}

/// One stretch on one tile.
struct Call<'a, 'f> {
    stretch: &'a StretchCode,
    native: &'a mut NativeScratch,
    frame: &'a mut Frame<'f>,
}

impl Call<'_, '_> {
    fn run(mut self, pages: &CodePages) -> bool {
        let rows = self.frame.scratch.rows;
        if !self.begin() {
            return false;
        }
        let whole = rows - rows % TURN;
        if whole > 0 {
            self.turns(pages, 0..whole);
        }
        if whole < rows {
            self.pad_tails(whole, rows);
            self.turns(pages, whole..whole + TURN);
        }
        self.commit(rows.next_multiple_of(TURN))
    }

    fn partial(&self, number: usize) -> [u64; 4] {
        self.native.partials[self.stretch.spilled + number].0
    }

    /// Sets partials and arguments. False if a sum cannot be added up like this.
    fn begin(&mut self) -> bool {
        let StretchCode { plan, spilled, .. } = self.stretch;
        if let (Some(_), Some(grouped)) = (plan.groups(), &mut self.frame.grouped) {
            grouped.begin_tile(self.frame.scratch.active_rows);
        }
        let partials = &mut self.native.partials[*spilled..];
        for (partial, initial) in partials.iter_mut().zip(plan.initial()) {
            partial.0 = *initial;
        }
        for update in plan.updates() {
            if let Commit::Binned { splitters, .. } = update.commit {
                let Some(values) =
                    self.frame.accumulators[update.acc.index()].double_sum().and_then(BinnedSum::plain_splitters)
                else {
                    return false;
                };
                for (number, value) in values.into_iter().enumerate() {
                    partials[splitters + number].0 = [value.to_bits(); 4];
                }
            }
        }
        self.native.arguments[Argument::Constants as usize] = self.native.constants.as_ptr() as u64;
        let partials = self.native.partials[self.stretch.spilled..].as_mut_ptr();
        self.native.arguments[Argument::Partials as usize] = partials as u64;
        self.native.arguments[Argument::Active as usize] = self.frame.scratch.active.as_mut_ptr() as u64;
        self.native.arguments[Argument::Passed as usize] = self.native.passed.as_mut_ptr() as u64;
        for (number, address) in self.stretch.layout.addresses.iter().enumerate() {
            let address = self.address(number, *address);
            self.native.arguments[Argument::Count as usize + number] = address;
        }
        true
    }

    fn address(&mut self, number: usize, address: Address) -> u64 {
        match address {
            Address::Column(form, input) => self.column(form, input).as_ptr() as u64,
            Address::Valid(input) => {
                let bits = self.frame.inputs[input.index()].validity.bits();
                self.words(number, |index| bits.map_or(u64::MAX, |bits| bits.word(index)))
            }
            Address::Bits(input) => {
                let bits = self.frame.inputs[input.index()].bits();
                self.words(number, |index| bits.word(index))
            }
            Address::Value(lane, slot) => match lane {
                Lane::I32 => value_address::<i32>(self.frame, slot),
                Lane::I64 => value_address::<i64>(self.frame, slot),
                Lane::F64 => value_address::<f64>(self.frame, slot),
                Lane::I128 | Lane::Mask => value_address::<i128>(self.frame, slot),
            },
            Address::Mask(slot) => mask_address(self.frame, slot),
            Address::Table(table) => {
                let descriptor = &mut self.native.tables[table.index() * DESCRIPTOR..][..DESCRIPTOR];
                tables::describe(descriptor, &self.frame.tables[table.index()]);
                descriptor.as_ptr() as u64
            }
            Address::Groups => self.frame.scratch.groups.as_mut_ptr() as u64,
            Address::Area => match &mut self.frame.grouped {
                Some(grouped) => grouped.lanes.as_mut_ptr() as u64,
                None => unreachable!("groups are those of the kernel's plan"),
            },
        }
    }

    /// The bytes of a column's values for the rows of the tile.
    fn column(&self, form: Form, input: Input) -> &[u8] {
        let (base, rows) = (self.frame.scratch.base, self.frame.scratch.base_rows);
        let rows = base..base + rows;
        match (form, &self.frame.inputs[input.index()].values) {
            (Form::I8, Values::I8(values)) => bytemuck::cast_slice(&values[rows]),
            (Form::I16, Values::I16(values)) => bytemuck::cast_slice(&values[rows]),
            (Form::I32, Values::I32(values)) => bytemuck::cast_slice(&values[rows]),
            (Form::I64, Values::I64(values)) => bytemuck::cast_slice(&values[rows]),
            (Form::F32, Values::F32(values)) => bytemuck::cast_slice(&values[rows]),
            (Form::F64, Values::F64(values)) => bytemuck::cast_slice(&values[rows]),
            (form, values) => {
                unreachable!("a column of form {form:?} is not {:?}: checked for the batch", values.form())
            }
        }
    }

    /// Gathers the bits of the tile, and gives their address.
    fn words(&mut self, number: usize, word: impl Fn(usize) -> u64) -> u64 {
        let first = self.frame.scratch.base / 64;
        let words = &mut self.native.words[number * TILE_WORDS..][..TILE_WORDS];
        for (index, target) in words.iter_mut().enumerate().take(self.frame.scratch.base_rows.div_ceil(64)) {
            *target = word(first + index);
        }
        words.as_ptr() as u64
    }

    /// Lets columns be read from copies of their last rows, which are followed by more.
    fn pad_tails(&mut self, first: usize, rows: usize) {
        for (number, address) in self.stretch.layout.addresses.iter().enumerate() {
            let Address::Column(form, input) = *address else { continue };
            let bytes = self.column(form, input);
            let width = bytes.len() / rows;
            let mut padded = [0u8; 8 * TURN];
            let tail = &bytes[first * width..];
            padded[..tail.len()].copy_from_slice(tail);
            let place = &mut self.native.tails[2 * number..][..2];
            for (wide, bytes) in place.iter_mut().zip(padded.chunks(32)) {
                for (word, bytes) in wide.0.iter_mut().zip(bytes.chunks(8)) {
                    *word = u64::from_le_bytes(bytes.try_into().expect("8 bytes"));
                }
            }
            // The code adds the row to it.
            let start = (place.as_ptr() as u64).wrapping_sub((first * width) as u64);
            self.native.arguments[Argument::Count as usize + number] = start;
        }
    }

    /// Runs the code for rows, a multiple of eight.
    fn turns(&mut self, pages: &CodePages, rows: std::ops::Range<usize>) {
        let scratch = &*self.frame.scratch;
        let tile = scratch.active.as_flattened().len();
        assert!(
            rows.start.is_multiple_of(TURN) && rows.len().is_multiple_of(TURN) && rows.end <= tile,
            "the turns are within the tile"
        );
        self.native.arguments[Argument::Row as usize] = rows.start as u64;
        self.native.arguments[Argument::End as usize] = rows.end as u64;
        let start = pages.bytes()[self.stretch.start..].as_ptr();
        // SAFETY: `start` is where a function of this signature begins: the emitter made it, and the pages are sealed.
        let function: extern "sysv64" fn(*const u64) = unsafe { std::mem::transmute(start) };
        // It reads columns from the first turn's rows to the last's, which the columns have (`Call::column` slices them,
        // and a turn that is not full reads copies), and reads and writes scratch registers, partials and constants,
        // whose addresses were taken for this call and whose lengths are those of the kernel's plan. Entries of tables
        // are read where their numbers are below how many there are, as descriptors say that were made for this call. It updates lanes of
        // groups, of which there are one more than the domain has, by numbers that are at most the domain.
        function(self.native.arguments.as_ptr());
    }

    /// Makes what was added up a part of the accumulators, unless a flag is up. `rows` were added, with padding.
    fn commit(&mut self, rows: usize) -> bool {
        let plan = &self.stretch.plan;
        if plan.flag().is_some_and(|flag| self.partial(flag) != [0; 4]) {
            return false;
        }
        let fits = plan.updates().iter().all(|update| match update.commit {
            // A number that does not fit moves the splitter out of its binade.
            Commit::Binned { moved, .. } => self.partial(moved).into_iter().all(|bits| bits >> 52 == 0),
            _ => true,
        });
        if !fits {
            return false;
        }
        for update in plan.updates() {
            let counted = count(self.partial(plan.counted()[update.counted].partial));
            let kind = self.frame.accumulators[update.acc.index()].slot().kind;
            if let Commit::Extremum { partial, narrow } = update.commit {
                let kept = extremum(self.partial(partial), narrow, kind);
                self.frame.accumulators[update.acc.index()].keep(kept, counted);
                continue;
            }
            let sums = match update.commit {
                Commit::Sum { partial, .. } => (self.partial(partial), [0; 4]),
                Commit::SumInHalves { low, high } => (self.partial(low), self.partial(high)),
                _ => ([0; 4], [0; 4]),
            };
            let binned = match update.commit {
                Commit::Binned { sums, .. } => [0, 1, 2].map(|number| self.partial(sums + number)),
                _ => [[0; 4]; 3],
            };
            match (self.frame.accumulators[update.acc.index()].content_mut(counted), update.commit) {
                (Content::Integer(total), Commit::Sum { narrow, .. }) => total.add(lanes(sums.0, narrow).sum()),
                (Content::Integer(total), Commit::SumInHalves { .. }) => {
                    let unsigned = |lanes: [u64; 4]| lanes.into_iter().map(i128::from).sum::<i128>();
                    // Each summand had 2^63 added.
                    total.add(unsigned(sums.0) + (unsigned(sums.1) << 32) - (i128::from(counted) << 63));
                }
                (Content::Double(total), Commit::Binned { .. }) => total.add_split(binned, rows as u64),
                _ => {}
            }
        }
        if let (Some(_), Some(grouped)) = (plan.groups(), &mut self.frame.grouped) {
            let groups = self.frame.scratch.groups.as_flattened_mut();
            // The interpreter goes on in chunks.
            groups[rows..rows.next_multiple_of(CHUNK)].fill(grouped.plan.domain as u32);
            grouped.note(&groups[..rows]);
        }
        if let Some(partial) = plan.active_count() {
            self.frame.scratch.active_rows = count(self.partial(partial)) as usize;
            self.frame.scratch.kept_is_known = false;
            // Behind the last turn nothing was active, and nothing was written.
            let words = self.native.passed.iter().zip((0..rows).step_by(CHUNK));
            for ((word, first), active) in words.zip(&mut self.frame.scratch.active) {
                unpack(if rows - first < CHUNK { word & ((1 << (rows - first)) - 1) } else { *word }, active);
            }
        }
        true
    }
}

/// What eight lanes of 32 bits add up to.
fn count(lanes: [u64; 4]) -> u64 {
    lanes.into_iter().map(|lanes| (lanes & 0xffff_ffff) + (lanes >> 32)).sum()
}

/// Lanes of 32 or 64 bits as numbers.
fn lanes(words: [u64; 4], narrow: bool) -> impl Iterator<Item = i128> {
    let split = move |word: u64| match narrow {
        true => [i128::from(word as i32), i128::from((word >> 32) as i32)],
        false => [i128::from(word as i64), 0],
    };
    words.into_iter().flat_map(move |word| split(word).into_iter().take(if narrow { 2 } else { 1 }))
}

fn extremum(words: [u64; 4], narrow: bool, kind: AccKind) -> i128 {
    let lanes = lanes(words, narrow);
    let best = if kind == AccKind::Min { lanes.min() } else { lanes.max() };
    best.expect("there are lanes")
}
