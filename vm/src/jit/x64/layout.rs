//! What compiled code reads and writes besides registers: its arguments, addresses and constants.

use crate::kernel::interpret::native::Wide;
use crate::kernel::reference::Scalar;
use crate::kernel::{Input, M, Pool, Table, V};
use crate::types::{Form, Lane};

/// The words of a call's arguments; addresses follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// The row to begin with.
    Row,
    /// The row to end before.
    End,
    Constants,
    Partials,
    /// Of the mask of active rows.
    Active,
    /// Of room for the mask of those that are still active in the end.
    Passed,
    /// How many there are: the first address.
    Count,
}

/// Something whose address is an argument. Rows of the tile count from 0 there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// The values of a column.
    Column(Form, Input),
    /// The validity of a column, as words.
    Valid(Input),
    /// The values of a BOOLEAN column, as words.
    Bits(Input),
    /// A scratch register.
    Value(Lane, V),
    /// A mask's scratch register.
    Mask(M),
    /// The descriptor of a table.
    Table(Table),
    /// The numbers of rows' groups.
    Groups,
    /// The lanes of all groups.
    Area,
}

/// The addresses of a stretch.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pub(super) addresses: Vec<Address>,
}

impl Layout {
    /// The number of an address among the arguments.
    pub(super) fn argument(&mut self, address: Address) -> usize {
        let known = self.addresses.iter().position(|known| *known == address);
        let number = known.unwrap_or_else(|| {
            self.addresses.push(address);
            self.addresses.len() - 1
        });
        Argument::Count as usize + number
    }
}

/// A constant, repeated over a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Constant {
    /// An integer of the pool in 32 bits.
    Narrow(Pool),
    /// In 64 bits.
    Wide(Pool),
    /// An f64 of the pool.
    Double(Pool),
    /// What the code itself needs.
    Literal([u64; 4]),
}

/// The constants of a kernel, shared by its stretches.
#[derive(Clone, Debug, Default)]
pub(super) struct Constants(Vec<Constant>);

impl Constants {
    /// The number of a constant.
    pub(super) fn number(&mut self, constant: Constant) -> usize {
        self.0.iter().position(|known| *known == constant).unwrap_or_else(|| {
            self.0.push(constant);
            self.0.len() - 1
        })
    }

    /// The constants with the values of a state's pool.
    pub(super) fn values(&self, pool: &[Scalar]) -> Vec<Wide> {
        let value = |entry: &Pool| pool[entry.index()];
        let wide = |constant: &Constant| match constant {
            Constant::Narrow(entry) => {
                let bits = value(entry).to_i128() as u32;
                [u64::from(bits) << 32 | u64::from(bits); 4]
            }
            Constant::Wide(entry) => [value(entry).to_i128() as u64; 4],
            Constant::Double(entry) => match value(entry) {
                Scalar::F64(value) => [value.to_bits(); 4],
                integer => [integer.to_i128() as u64; 4],
            },
            Constant::Literal(words) => *words,
        };
        self.0.iter().map(|constant| Wide(wide(constant))).collect()
    }
}

/// 32 bits, twice.
pub(super) fn twice(bits: u32) -> u64 {
    u64::from(bits) << 32 | u64::from(bits)
}
