//! The strings of a column that has few different ones: each stands once, and rows have their numbers.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::{DefaultHashBuilder, HashTable};
use rowmill_vm::vector::{INLINE_BYTES, Text, Values, View};
use rowmill_vm::{Form, MemoryAccount, Reservation, Vector};

/// Most strings of a dictionary: their numbers fit 16 bits.
pub(super) const STRINGS_MAX: usize = 1 << 15;

/// Strings by number. It only grows, so numbers once given out stay good, whatever becomes of the statement that
/// brought a string.
#[derive(Debug)]
pub(super) struct Dictionary(Mutex<Entries>);

#[derive(Debug)]
struct Entries {
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
    strings: Text,
    /// The strings as readers have them; made anew when somebody reads and there are more.
    published: Arc<Vector>,
    memory: Reservation,
}

/// What became of strings that were to get numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoded {
    /// All have one.
    All,
    /// There is no room for another string: in numbers or in memory.
    Full,
}

impl Dictionary {
    /// An empty dictionary.
    pub(super) fn new(account: &Arc<MemoryAccount>) -> Dictionary {
        Dictionary(Mutex::new(Entries {
            numbers: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            strings: Text::default(),
            published: Arc::new(Vector::empty(Form::Text)),
            memory: Reservation::new(account, "table"),
        }))
    }

    /// Appends the numbers of `strings` to `codes`, 0 for NULL. New strings are added while there are fewer than
    /// `strings_max`; at the first that finds no room it stops.
    pub(super) fn encode<'a>(
        &self,
        strings: impl Iterator<Item = Option<&'a [u8]>>,
        strings_max: usize,
        codes: &mut Vec<i32>,
    ) -> Encoded {
        let mut entries = self.lock();
        for bytes in strings {
            let Some(bytes) = bytes else {
                codes.push(0);
                continue;
            };
            match entries.number(bytes, strings_max) {
                Some(number) => codes.push(number as i32),
                None => return Encoded::Full,
            }
        }
        Encoded::All
    }

    /// The form of its numbers.
    pub(super) fn form(&self) -> Form {
        if self.lock().strings.len() <= 1 << 7 { Form::I8 } else { Form::I16 }
    }

    /// Its strings by number, at least those whose numbers were given out before.
    pub(super) fn strings(&self) -> Arc<Vector> {
        let mut entries = self.lock();
        if entries.published.len() != entries.strings.len() {
            let strings = Vector::all_valid(Values::Text(entries.strings.clone()));
            entries.published = Arc::new(strings.into_shared());
        }
        Arc::clone(&entries.published)
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// The number of a string, which is added if it is new and there is room.
    #[inline]
    fn number(&mut self, bytes: &[u8], strings_max: usize) -> Option<u32> {
        let strings = &self.strings;
        // A short string is all in its view, which is compared and hashed as one number.
        let (hash, known) = if bytes.len() <= INLINE_BYTES {
            let view = View::inline(bytes);
            let hash = self.hasher.hash_one(whole(view));
            (hash, self.numbers.find(hash, |number| whole(strings.views[*number as usize]) == whole(view)))
        } else {
            let hash = self.hasher.hash_one(bytes);
            (hash, self.numbers.find(hash, |number| strings.get(*number as usize) == bytes))
        };
        if known.is_some() {
            return known.copied();
        }
        if self.strings.len() >= strings_max.min(STRINGS_MAX) {
            return None;
        }
        // Here and as readers have it, with the room that vectors leave when they double.
        self.memory.grow(4 * (bytes.len() + size_of::<View>()) + 16).ok()?;
        let number = self.strings.len() as u32;
        self.strings.push(bytes);
        let (strings, hasher) = (&self.strings, &self.hasher);
        self.numbers.insert_unique(hash, number, |number| match strings.views[*number as usize] {
            view if view.len() <= INLINE_BYTES => hasher.hash_one(whole(view)),
            view => hasher.hash_one(strings.resolve(&view)),
        });
        Some(number)
    }
}

/// A view as one number.
fn whole(view: View) -> u128 {
    bytemuck::cast(view)
}
