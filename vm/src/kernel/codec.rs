//! Kernels as bytes.

use super::{AccKind, AccSlot, InputSlot, Kernel, OutputSlot, PoolEntry, PoolSource, TableSlot};
use crate::codec::{ByteSink, ByteSource, Coded, coded_enum, coded_struct};
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
