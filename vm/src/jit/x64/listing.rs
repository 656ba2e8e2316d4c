//! Machine code to be read: decoded again, beside the instructions that it came from.

use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};

use super::call::Code;
use crate::error::Span;
use crate::kernel::interpret::native::CodeLine;
use crate::kernel::{Kernel, instruction_text};

/// Bits of the machine's addresses.
const ADDRESS_BITS: u32 = 64;

/// Decodes code that stands at an address: the address and the text of each instruction.
pub(super) fn decode(code: &[u8], address: usize) -> Vec<(usize, String)> {
    let mut formatter = IntelFormatter::new();
    let decoder = Decoder::with_ip(ADDRESS_BITS, code, address as u64, DecoderOptions::NONE);
    let text = |instruction: iced_x86::Instruction| {
        let mut text = String::new();
        formatter.format(&instruction, &mut text);
        (instruction.ip() as usize, text)
    };
    decoder.into_iter().map(text).collect()
}

/// The kernel's instructions, and below each what it is compiled to.
pub(super) fn listing(code: &Code, kernel: &Kernel) -> Vec<CodeLine> {
    let mut lines = Vec::new();
    for (at, inst) in kernel.code.iter().enumerate() {
        let stretch = code.stretches.iter().find(|stretch| stretch.range.contains(&at));
        let span = kernel.spans.get(at).copied().unwrap_or(Span::NONE);
        if let Some(stretch) = stretch.filter(|stretch| stretch.range.start == at) {
            lines.extend(part("begin", Span::NONE, code, stretch.start..stretch.address_of(at)));
        }
        let text = format!("{at:>4}  {}", instruction_text(inst));
        match stretch {
            Some(stretch) => {
                let addresses = stretch.address_of(at)..stretch.address_of(at + 1);
                lines.extend(part(&text, span, code, addresses));
                if stretch.range.end == at + 1 {
                    let end = stretch.address_of(at + 1)..stretch.start + stretch.length;
                    lines.extend(part("next turn", Span::NONE, code, end));
                }
            }
            None => {
                let machine = "interpreted".to_owned();
                lines.push(CodeLine { instruction: text, span, address: None, machine });
            }
        }
    }
    lines
}

/// The lines of some instruction's code; one without code where it has none.
fn part(text: &str, span: Span, code: &Code, addresses: std::ops::Range<usize>) -> Vec<CodeLine> {
    let decoded = decode(&code.pages.bytes()[addresses.clone()], addresses.start);
    let mut names = std::iter::once(text.to_owned()).chain(std::iter::repeat(String::new()));
    if decoded.is_empty() {
        return names
            .take(1)
            .map(|instruction| CodeLine { instruction, span, address: None, machine: String::new() })
            .collect();
    }
    let line = |(address, machine): (usize, String)| CodeLine {
        instruction: names.next().unwrap_or_default(),
        span,
        address: Some(address),
        machine,
    };
    decoded.into_iter().map(line).collect()
}
