//! Programs that travel: bytes with all that is needed to run a query elsewhere, over tables of the same columns.
//!
//! ```text
//! "rowmill" version:u16 length:u32 checksum:u64 | contract, program
//! ```
//!
//! The numbers are little-endian; length and checksum (XXH64) are those of what stands behind them. The checksum finds
//! accidents, not malice: whoever loads a program verifies it as if it came from a stranger.

use twox_hash::XxHash64;

use super::codec::{Host, WrittenProgram};
use super::{Program, VerifiedProgram, verify};
use crate::codec::{ByteSink, ByteSource, Coded, coded_struct, malformed};
use crate::error::{Error, Result};
use crate::types::DataType;

/// What a saved query needs of where it runs, and what it gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// The query it was made of.
    pub text: String,
    /// The tables that it reads.
    pub tables: Vec<TableContract>,
    /// The names of its parameters, if they have names; their types are the program's.
    pub parameters: Vec<String>,
    /// The columns of its result.
    pub columns: Vec<ColumnContract>,
}

/// A table that a saved query reads.
#[derive(Clone, Debug, PartialEq)]
pub struct TableContract {
    /// Its name.
    pub name: String,
    /// The columns that are read; there may be others.
    pub columns: Vec<ColumnContract>,
}

/// A column of a saved query's table or result.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnContract {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Whether there may be NULLs.
    pub nullable: bool,
}

coded_struct! {
    Contract { text, tables, parameters, columns }
    TableContract { name, columns }
    ColumnContract { name, data_type, nullable }
}

/// A saved query as it was read: not verified yet.
#[derive(Debug)]
pub struct SavedProgram {
    contract: Contract,
    program: WrittenProgram,
}

/// Bytes of length and checksum.
const FRAME_BYTES: usize = 4 + 8;

impl SavedProgram {
    /// A program and its contract as bytes. Fails beyond 4 GB.
    pub fn to_bytes(contract: &Contract, program: &Program) -> Result<Vec<u8>> {
        let mut sink = ByteSink::bare();
        contract.write(&mut sink);
        program.written().write(&mut sink);
        let body = sink.finish();
        if u32::try_from(body.len()).is_err() {
            return Err(Error::limit("a saved program has 4 GB at most"));
        }
        let mut bytes = ByteSink::new().finish();
        bytes.extend_from_slice(&[0; FRAME_BYTES]);
        bytes.extend_from_slice(&body);
        SavedProgram::seal(&mut bytes);
        Ok(bytes)
    }

    /// Writes length and checksum of what stands behind them into bytes, if these are long enough: for who has changed them.
    pub fn seal(bytes: &mut [u8]) {
        let head = ByteSink::new().finish().len();
        let Some((frame, body)) = bytes.split_at_mut_checked(head + FRAME_BYTES) else { return };
        let (length, checksum) = frame[head..].split_at_mut(4);
        length.copy_from_slice(&(body.len() as u32).to_le_bytes());
        checksum.copy_from_slice(&XxHash64::oneshot(0, body).to_le_bytes());
    }

    /// Reads what [`SavedProgram::to_bytes`] has written. Any bytes may be handed in.
    pub fn from_bytes(bytes: &[u8]) -> Result<SavedProgram> {
        let body = unframed(ByteSource::behind_version(bytes)?)?;
        let mut source = ByteSource::bare(body);
        let contract = Contract::read(&mut source)?;
        let program = WrittenProgram::read(&mut source)?;
        source.finish()?;
        Ok(SavedProgram { contract, program })
    }

    /// What it needs and gives.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The types of its parameters.
    pub fn parameter_types(&self) -> &[DataType] {
        self.program.parameters()
    }

    /// Puts what the host has behind the names in the program, and verifies it.
    pub fn verify(self, host: &dyn Host) -> Result<VerifiedProgram> {
        verify(self.program.resolve(host)?)
    }
}

/// What is in the frame, if it is whole.
fn unframed(framed: &[u8]) -> Result<&[u8]> {
    let (frame, body) = framed.split_at_checked(FRAME_BYTES).ok_or_else(|| malformed("it ends too early"))?;
    let (length, checksum) = frame.split_at(4);
    let length = length.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte));
    let checksum = checksum.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
    match body.len() {
        found if found < length => {
            Err(malformed(format_args!("it ends too early: {found} of {length} bytes are there")))
        }
        found if found > length => Err(malformed("there is more behind its end")),
        _ if XxHash64::oneshot(0, body) != checksum => {
            Err(malformed("its checksum is another: it was changed since it was saved"))
        }
        _ => Ok(body),
    }
}
