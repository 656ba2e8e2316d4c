//! An ELF object that describes machine code in memory: its functions' names, and how to find who called them.
//!
//! The layout is that of the System V ABI, chapter 4, with the AMD64 supplement; frames are those of DWARF 4, 6.4. A debugger
//! reads it, nothing else.

use std::ops::Range;

const HEADER_BYTES: usize = 64;
const SECTION_HEADER_BYTES: usize = 64;
const SYMBOL_BYTES: usize = 24;
/// The sections' names, each ended by a zero; they begin with that of no section.
const NAMES: &[u8] = b"\0.text\0.debug_frame\0.symtab\0.strtab\0.shstrtab\0";
/// The number of the section that is the code.
const TEXT: u16 = 1;
/// Flags of a section that is in memory and runs.
const ALLOCATED: u64 = 2;
const EXECUTABLE: u64 = 4;
/// A global function.
const GLOBAL_FUNCTION: u8 = 1 << 4 | 2;

/// What a section is.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Null = 0,
    Program = 1,
    Symbols = 2,
    Strings = 3,
    /// Its bytes are not in the object, but in memory already.
    Elsewhere = 8,
}

/// A section's header, as far as it differs from section to section.
#[derive(Clone, Copy, Debug)]
struct Section {
    /// Where its name begins.
    name: u32,
    kind: Kind,
    flags: u64,
    address: u64,
    size: u64,
    /// The section with its strings.
    link: u32,
    /// Of symbols, how many are local.
    info: u32,
    alignment: u64,
    entry_bytes: u64,
}

const NONE: Section = Section {
    name: 0,
    kind: Kind::Null,
    flags: 0,
    address: 0,
    size: 0,
    link: 0,
    info: 0,
    alignment: 0,
    entry_bytes: 0,
};

/// The object for code of so many bytes at an address, with functions at places in it.
pub(super) fn object(address: u64, bytes: usize, functions: &[(String, Range<usize>)]) -> Vec<u8> {
    let (symbols, strings) = symbols(functions);
    let frame = frame(address, bytes as u64);
    let text = Section {
        name: 1,
        kind: Kind::Elsewhere,
        flags: ALLOCATED | EXECUTABLE,
        address,
        size: bytes as u64,
        alignment: 32,
        ..NONE
    };
    let sections: [(Section, &[u8]); 6] = [
        (NONE, &[]),
        (text, &[]),
        (Section { name: 7, kind: Kind::Program, alignment: 8, ..NONE }, &frame),
        (
            Section {
                name: 20,
                kind: Kind::Symbols,
                link: 4,
                info: 1,
                alignment: 8,
                entry_bytes: SYMBOL_BYTES as u64,
                ..NONE
            },
            &symbols,
        ),
        (Section { name: 28, kind: Kind::Strings, alignment: 1, ..NONE }, &strings),
        (Section { name: 36, kind: Kind::Strings, alignment: 1, ..NONE }, NAMES),
    ];
    let mut object = header(sections.len() as u16);
    let mut offset = HEADER_BYTES + sections.len() * SECTION_HEADER_BYTES;
    for (section, content) in &sections {
        offset = offset.next_multiple_of(8);
        write_section(&mut object, section, offset, content.len());
        offset += content.len();
    }
    for (_, content) in &sections {
        object.resize(object.len().next_multiple_of(8), 0);
        object.extend_from_slice(content);
    }
    object
}

fn put<const N: usize>(target: &mut Vec<u8>, bytes: [u8; N]) {
    target.extend_from_slice(&bytes);
}

fn header(sections: u16) -> Vec<u8> {
    // 64 bits, the low byte first, version 1, the System V ABI.
    let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    // Relocatable, for x86-64, version 1.
    put(&mut header, 1u16.to_le_bytes());
    put(&mut header, 62u16.to_le_bytes());
    put(&mut header, 1u32.to_le_bytes());
    // No entry, no program headers; where the section headers are; no flags.
    put(&mut header, [0; 16]);
    put(&mut header, (HEADER_BYTES as u64).to_le_bytes());
    put(&mut header, [0; 4]);
    // Bytes of this header, of program headers, how many; of section headers, how many, which has their names.
    for word in [HEADER_BYTES as u16, 0, 0, SECTION_HEADER_BYTES as u16, sections, sections - 1] {
        put(&mut header, word.to_le_bytes());
    }
    header
}

fn write_section(target: &mut Vec<u8>, section: &Section, offset: usize, content: usize) {
    let Section { name, kind, flags, address, size, link, info, alignment, entry_bytes } = *section;
    put(target, name.to_le_bytes());
    put(target, (kind as u32).to_le_bytes());
    put(target, flags.to_le_bytes());
    put(target, address.to_le_bytes());
    put(target, if let Kind::Null = kind { [0; 8] } else { (offset as u64).to_le_bytes() });
    put(target, size.max(content as u64).to_le_bytes());
    put(target, link.to_le_bytes());
    put(target, info.to_le_bytes());
    put(target, alignment.to_le_bytes());
    put(target, entry_bytes.to_le_bytes());
}

/// The table of symbols, and that of their names.
fn symbols(functions: &[(String, Range<usize>)]) -> (Vec<u8>, Vec<u8>) {
    let (mut symbols, mut strings) = (vec![0; SYMBOL_BYTES], vec![0]);
    for (name, place) in functions {
        put(&mut symbols, (strings.len() as u32).to_le_bytes());
        put(&mut symbols, [GLOBAL_FUNCTION, 0]);
        put(&mut symbols, TEXT.to_le_bytes());
        // From the start of the section.
        put(&mut symbols, (place.start as u64).to_le_bytes());
        put(&mut symbols, (place.len() as u64).to_le_bytes());
        strings.extend_from_slice(name.as_bytes());
        strings.push(0);
    }
    (symbols, strings)
}

/// How to get from any instruction to the caller: the code pushes nothing, so the return address is on top of the stack.
fn frame(address: u64, bytes: u64) -> Vec<u8> {
    let mut frame = Vec::new();
    // What frames have in common: version 1, nothing special, instructions of 1 byte, words of -8, the return address is
    // register 16. The caller's stack begins 8 bytes above register 7, the stack pointer; below it is the return address.
    put(&mut frame, 20u32.to_le_bytes());
    put(&mut frame, u32::MAX.to_le_bytes());
    put(&mut frame, [1, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x80 | 16, 1]);
    put(&mut frame, [0; 6]);
    // All of the code is like that.
    put(&mut frame, 20u32.to_le_bytes());
    put(&mut frame, 0u32.to_le_bytes());
    put(&mut frame, address.to_le_bytes());
    put(&mut frame, bytes.to_le_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(object: &[u8], at: usize, bytes: usize) -> usize {
        object[at..at + bytes].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }

    fn string(object: &[u8], at: usize) -> &str {
        let length = object[at..].iter().position(|byte| *byte == 0).expect("strings are ended");
        std::str::from_utf8(&object[at..at + length]).expect("names are text")
    }

    /// Name, kind, flags, address, offset, size of each section, read as a debugger reads them.
    fn sections(object: &[u8]) -> Vec<(&str, [usize; 5])> {
        assert_eq!(&object[..7], b"\x7fELF\x02\x01\x01");
        assert_eq!([number(object, 16, 2), number(object, 18, 2)], [1, 62]);
        let [start, size, count, names] = [(40, 8), (58, 2), (60, 2), (62, 2)].map(|(at, n)| number(object, at, n));
        let names = number(object, start + names * size + 24, 8);
        let section = |index| {
            let at: usize = start + index * size;
            let name = string(object, names + number(object, at, 4));
            (name, [(4, 4), (8, 8), (16, 8), (24, 8), (32, 8)].map(|(field, bytes)| number(object, at + field, bytes)))
        };
        (0..count).map(section).collect()
    }

    #[test]
    fn an_object_has_the_functions_that_it_was_made_of() {
        let functions = [("first".to_owned(), 0..40), ("second".to_owned(), 64..100)];
        let object = object(0x1234_5000, 100, &functions);
        let sections = sections(&object);
        let names: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["", ".text", ".debug_frame", ".symtab", ".strtab", ".shstrtab"]);
        let (_, [kind, flags, address, _, size]) = sections[1];
        assert_eq!([kind, flags, address, size], [8, 6, 0x1234_5000, 100]);
        for (_, [kind, _, _, offset, size]) in &sections {
            assert!(*kind == 8 || offset + size <= object.len());
        }
        let (_, [kind, _, _, symbols, bytes]) = sections[3];
        assert_eq!([kind, bytes], [2, 3 * SYMBOL_BYTES]);
        let (_, [.., strings, _]) = sections[4];
        let symbol = |index: usize| {
            let at = symbols + index * SYMBOL_BYTES;
            let start = number(&object, at + 8, 8);
            let name = string(&object, strings + number(&object, at, 4));
            assert_eq!(number(&object, at + 6, 2), usize::from(TEXT));
            (name.to_owned(), start..start + number(&object, at + 16, 8))
        };
        assert_eq!([1, 2].map(symbol), functions);
    }

    #[test]
    fn the_frame_is_as_long_as_it_says() {
        let frame = frame(0x7000, 0x100);
        let first = number(&frame, 0, 4) + 4;
        assert_eq!(first + number(&frame, first, 4) + 4, frame.len());
        assert_eq!([number(&frame, first + 8, 8), number(&frame, first + 16, 8)], [0x7000, 0x100]);
    }
}
