//! Which vector register holds what, while one stretch is emitted.
//!
//! The code is a straight line within a loop over the rows, and every value is written once. So it suffices to walk
//! forward: what a new value needs is taken from the value whose next reader is farthest away (Belady 1966), which is
//! written to memory only if it cannot be read again from a column.

use super::assembler::Y;

/// Registers of the machine.
const COUNT: usize = 16;

/// Something that a register can hold: half of a value, or all of a narrow one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part(u32);

/// The value or mask that a part belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entity(pub(super) u32);

/// Where a part can be read when it is in no register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// Nowhere: to be written before its register is taken.
    None,
    /// In a place of the area for spilled parts.
    Spilled(usize),
    /// In a column or a scratch register, by number in the emitter's list of loads.
    Loaded(usize),
}

#[derive(Clone, Copy, Debug)]
struct State {
    entity: Entity,
    register: Option<Y>,
    home: Home,
}

/// What must be emitted to get a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Eviction {
    /// Nothing.
    None,
    /// The register's part goes to a place of the area for spilled parts.
    Spill(Y, usize),
}

/// Where entities are read.
#[derive(Debug, Default)]
pub(super) struct Uses(Vec<(Entity, usize)>);

impl Uses {
    /// Of entities and the positions at which they are read, in any order.
    pub(super) fn new(mut uses: Vec<(Entity, usize)>) -> Uses {
        uses.sort_unstable();
        Uses(uses)
    }

    /// The first position from `from` on at which an entity is read.
    fn next(&self, entity: Entity, from: usize) -> Option<usize> {
        let place = self.0.partition_point(|read| *read < (entity, from));
        self.0.get(place).filter(|(read, _)| *read == entity).map(|(_, at)| *at)
    }
}

/// The state of all registers.
#[derive(Debug)]
pub(super) struct Registers {
    parts: Vec<State>,
    owners: [Owner; COUNT],
    uses: Uses,
    position: usize,
    spilled: usize,
    exhausted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Free,
    /// Of a part that may be moved out.
    Part(Part),
    /// Of a part that the current operation works with.
    Locked(Part),
    /// Of the current operation itself.
    Temporary,
    /// For the whole stretch.
    Pinned,
}

impl Registers {
    /// All free.
    pub(super) fn new(uses: Uses) -> Registers {
        Registers { parts: Vec::new(), owners: [Owner::Free; COUNT], uses, position: 0, spilled: 0, exhausted: false }
    }

    /// Takes a register for the whole stretch, the highest one that is free.
    pub(super) fn pin(&mut self) -> Y {
        let free = self.owners.iter().rposition(|owner| *owner == Owner::Free).expect("few registers are pinned");
        self.owners[free] = Owner::Pinned;
        Y(free as u8)
    }

    /// Goes on to an instruction.
    pub(super) fn advance(&mut self, position: usize) {
        self.position = position;
    }

    /// Whether an entity is read at or behind a position.
    pub(super) fn is_read_from(&self, entity: Entity, position: usize) -> bool {
        self.uses.next(entity, position).is_some()
    }

    /// Places that spilled parts take.
    pub(super) fn spilled(&self) -> usize {
        self.spilled
    }

    /// Whether an operation has needed more registers than there are: its code is wrong.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// A new part of an entity that is in no register yet.
    pub(super) fn part(&mut self, entity: Entity, home: Home) -> Part {
        self.parts.push(State { entity, register: None, home });
        Part(self.parts.len() as u32 - 1)
    }

    /// The register of a part, which keeps it until [`Registers::unlock`].
    pub(super) fn lock(&mut self, part: Part) -> Option<Y> {
        let register = self.parts[part.0 as usize].register?;
        self.owners[usize::from(register.0)] = Owner::Locked(part);
        Some(register)
    }

    /// Where a part is that is in no register.
    pub(super) fn home(&self, part: Part) -> Home {
        self.parts[part.0 as usize].home
    }

    /// A register for a part, which keeps it until [`Registers::unlock`].
    pub(super) fn assign(&mut self, part: Part) -> (Y, Eviction) {
        let (register, eviction) = self.take();
        self.owners[usize::from(register.0)] = Owner::Locked(part);
        self.parts[part.0 as usize].register = Some(register);
        (register, eviction)
    }

    /// A register for the time until [`Registers::unlock`].
    pub(super) fn temporary(&mut self) -> (Y, Eviction) {
        let (register, eviction) = self.take();
        self.owners[usize::from(register.0)] = Owner::Temporary;
        (register, eviction)
    }

    /// Frees a temporary, or lets a part be moved out, before the operation ends.
    pub(super) fn unlock_one(&mut self, register: Y) {
        let owner = &mut self.owners[usize::from(register.0)];
        match *owner {
            Owner::Locked(part) => *owner = Owner::Part(part),
            Owner::Temporary => *owner = Owner::Free,
            Owner::Free | Owner::Part(_) | Owner::Pinned => {}
        }
    }

    /// Ends an operation: its temporaries are free, its parts may be moved out.
    pub(super) fn unlock(&mut self) {
        (0..COUNT).for_each(|register| self.unlock_one(Y(register as u8)));
    }

    /// Frees the registers of entities that nobody reads any more.
    pub(super) fn release(&mut self) {
        for index in 0..COUNT {
            if let Owner::Part(part) = self.owners[index]
                && !self.is_read_from(self.parts[part.0 as usize].entity, self.position + 1)
            {
                self.parts[part.0 as usize].register = None;
                self.owners[index] = Owner::Free;
            }
        }
    }

    fn take(&mut self) -> (Y, Eviction) {
        if let Some(free) = self.owners.iter().position(|owner| *owner == Owner::Free) {
            return (Y(free as u8), Eviction::None);
        }
        let next =
            |part: Part| self.uses.next(self.parts[part.0 as usize].entity, self.position + 1).unwrap_or(usize::MAX);
        let farthest = self.owners.iter().enumerate().filter_map(|(index, owner)| match owner {
            Owner::Part(part) => Some((next(*part), index, *part)),
            Owner::Free | Owner::Locked(_) | Owner::Temporary | Owner::Pinned => None,
        });
        let Some((_, index, part)) = farthest.max_by_key(|(next, ..)| *next) else {
            self.exhausted = true;
            return (Y(0), Eviction::None);
        };
        let register = Y(index as u8);
        let state = &mut self.parts[part.0 as usize];
        state.register = None;
        if state.home == Home::None {
            state.home = Home::Spilled(self.spilled);
            self.spilled += 1;
            return (register, Eviction::Spill(register, self.spilled - 1));
        }
        (register, Eviction::None)
    }
}
