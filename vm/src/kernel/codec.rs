//! Kernels as bytes.

use std::hash::{BuildHasher, Hash, Hasher};

use super::abstract_state::{Bounds, Range, Truth};
use super::{
    AccKind, AccSlot, InputSlot, Kernel, OutputSlot, PoolEntry, PoolSource, TableSlot, TableSource, VerifiedKernel,
};
use crate::codec::{ByteSink, ByteSource, Coded, Sink, coded_enum, coded_struct};
use crate::error::Result;

coded_struct! {
    InputSlot { form, nullable }
    OutputSlot { lane, nullable }
    AccSlot { kind, lane }
    PoolEntry { lane, source }
    TableSlot { lane, source }
    Kernel { inputs, pool, tables, code, spans, values, masks, outputs, accumulators }
}

coded_enum! {
    AccKind { Count, SumInteger, SumDouble, Min, Max }
    PoolSource { Integer(value), Double(value), Parameter(number) }
    TableSource { Entries(number), Keys { hash, part } }
}

impl Kernel {
    /// The kernel as bytes, which [`Kernel::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut sink = ByteSink::new();
        self.write(&mut sink);
        sink.finish()
    }

    /// The kernel that bytes stand for. Any bytes may be handed in; what comes out is not verified yet.
    pub fn from_bytes(bytes: &[u8]) -> Result<Kernel> {
        let mut source = ByteSource::new(bytes)?;
        let kernel = Kernel::read(&mut source)?;
        source.finish()?;
        Ok(kernel)
    }
}

impl VerifiedKernel {
    /// Bytes that two kernels share only if what an engine makes of one serves the other: the kernel and the proof of what its
    /// inputs hold, but not the places in the text that its instructions came from.
    pub(crate) fn identity(&self) -> Vec<u8> {
        let Kernel { inputs, pool, tables, code, spans: _, values, masks, outputs, accumulators } = self.kernel();
        let mut sink = ByteSink::bare();
        inputs.write(&mut sink);
        pool.write(&mut sink);
        tables.write(&mut sink);
        code.write(&mut sink);
        values.write(&mut sink);
        masks.write(&mut sink);
        outputs.write(&mut sink);
        accumulators.write(&mut sink);
        for bounds in self.proof() {
            write_bounds(*bounds, &mut sink);
        }
        sink.finish()
    }

    /// A number that kernels of the same [`VerifiedKernel::identity`] share and few others do, and that costs much less: its
    /// sizes, columns and constants.
    pub(crate) fn fingerprint(&self, hashes: &impl BuildHasher) -> u64 {
        let Kernel { inputs, pool, tables, code, spans: _, values, masks, outputs, accumulators } = self.kernel();
        let mut hasher = hashes.build_hasher();
        (inputs, tables, outputs.len(), accumulators.len()).hash(&mut hasher);
        (code.len(), values.len(), masks, pool.len()).hash(&mut hasher);
        for entry in pool {
            match entry.source {
                PoolSource::Integer(value) => hasher.write_i128(value),
                PoolSource::Double(value) => hasher.write_u64(value.to_bits()),
                PoolSource::Parameter(number) => hasher.write_u16(number),
            }
        }
        hasher.finish()
    }
}

/// What is proved of an input. Nothing reads it back: proof is never taken from bytes.
fn write_bounds(bounds: Option<Bounds>, sink: &mut dyn Sink) {
    sink.begin_list(usize::from(bounds.is_some()));
    let Some(Bounds { range, valid }) = bounds else { return };
    match valid {
        Truth::Unknown => sink.name("unknown", 0),
        Truth::Always => sink.name("always", 1),
        Truth::Never => sink.name("never", 2),
    }
    match range {
        Range::Integer(interval) => {
            sink.name("integer", 0);
            sink.integer(interval.low);
            sink.integer(interval.high);
        }
        Range::Double(range) => {
            sink.name("double", 1);
            sink.double(range.low);
            sink.double(range.high);
            range.nan.write(sink);
        }
    }
}
