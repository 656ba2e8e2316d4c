//! Reading a kernel's listing back.

use std::collections::VecDeque;

use super::instruction::Assemble;
use super::{
    AccKind, AccSlot, INSTRUCTIONS, InputSlot, Inst, InstructionInfo, Kernel, OperandRef, OutputSlot, PoolEntry,
    PoolSource, Role, TableSlot, TableSource,
};
use crate::codec::malformed;
use crate::error::{Result, Span};
use crate::types::{Form, Lane};

/// The kernel whose listing this is: declarations, pool and instructions, as [`listing`](super::listing) writes them.
/// Places in the query's text are not in a listing, and the kernel has none. It is not verified yet.
pub fn parse(lines: &[String]) -> Result<Kernel> {
    let mut parser = Parser::default();
    for (number, line) in lines.iter().enumerate() {
        let parsed = match number {
            0 if !line.starts_with(HEADER) => Err("it does not say that it is one".to_owned()),
            0 => Ok(()),
            _ => parser.line(line, Span::NONE),
        };
        parsed.map_err(|reason| malformed(format_args!("line {} of a kernel, {line:?}: {reason}", number + 1)))?;
    }
    if lines.is_empty() {
        return Err(malformed("a kernel's listing has no line"));
    }
    Ok(parser.finish())
}

/// How the first line of a listing begins.
pub(super) const HEADER: &str = "kernel ";

/// Declarations with what they look like.
const DECLARATIONS: &[(&str, &str)] = &[
    ("input", "input c0.i32 nullable"),
    ("output", "output o0.i64 nullable"),
    ("acc", "acc a0.i64 sum"),
    ("pool", "pool #0.i64 = 42"),
    ("table", "table t0.i32 = u0"),
];

/// A kernel that is read line by line.
#[derive(Default)]
pub(super) struct Parser {
    kernel: Kernel,
}

impl Parser {
    /// Takes a line, which stands at `span`; addresses may be missing. Fails with what is wrong with it.
    pub(super) fn line(&mut self, line: &str, span: Span) -> Result<(), String> {
        let line = line.trim_start();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim_start();
        if let Some((_, example)) = DECLARATIONS.iter().find(|(name, _)| *name == word) {
            let expected = || format!("a declaration looks like '{example}', each kind numbered from 0");
            return declaration(&mut self.kernel, word, rest).ok_or_else(expected);
        }
        let (number, written) = match word.parse::<usize>() {
            Ok(number) => (number, rest),
            Err(_) => (self.kernel.code.len(), line),
        };
        if number != self.kernel.code.len() {
            return Err(format!("instruction {number} stands where {} is expected", self.kernel.code.len()));
        }
        self.kernel.code.push(instruction(written).ok_or_else(|| why_not(written))?);
        self.kernel.spans.push(span);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Kernel {
        number_registers(&mut self.kernel);
        self.kernel
    }
}

/// Why a text is no instruction.
fn why_not(text: &str) -> String {
    let name = text.split([' ', '.']).next().unwrap_or_default();
    let forms: Vec<String> = INSTRUCTIONS.iter().filter(|info| info.mnemonic == name).map(usage).collect();
    if forms.is_empty() {
        format!("there is no instruction '{name}'")
    } else {
        format!("it is written {}", forms.join(" or "))
    }
}

/// An instruction with the names of its operands: `add.lane dst, a, b`.
fn usage(info: &InstructionInfo) -> String {
    let (suffixes, places): (Vec<_>, Vec<_>) =
        info.operands.iter().partition(|(_, kind)| matches!(*kind, "Form" | "Lane" | "Helper"));
    let name = suffixes.iter().fold(info.mnemonic.to_owned(), |name, (suffix, _)| name + "." + suffix);
    let places: Vec<&str> = places.iter().map(|(name, _)| *name).collect();
    format!("'{name} {}'", places.join(", ")).replace(" '", "'")
}

fn declaration(kernel: &mut Kernel, word: &str, rest: &str) -> Option<()> {
    match word {
        "input" => {
            let (form, nullable) = slot(rest, 'c', kernel.inputs.len())?;
            kernel.inputs.push(InputSlot { form: Form::from_name(form)?, nullable: is_nullable(nullable)? });
        }
        "output" => {
            let (lane, nullable) = slot(rest, 'o', kernel.outputs.len())?;
            kernel.outputs.push(OutputSlot { lane: Lane::from_name(lane)?, nullable: is_nullable(nullable)? });
        }
        "acc" => {
            let (lane, kind) = slot(rest, 'a', kernel.accumulators.len())?;
            let lane = Lane::from_name(lane)?;
            let kind = match (kind, lane) {
                ("count", _) => AccKind::Count,
                ("sum", Lane::F64) => AccKind::SumDouble,
                ("sum", _) => AccKind::SumInteger,
                ("min", _) => AccKind::Min,
                ("max", _) => AccKind::Max,
                _ => return None,
            };
            kernel.accumulators.push(AccSlot { kind, lane });
        }
        "pool" => {
            let (lane, value) = slot(rest, '#', kernel.pool.len())?;
            let (lane, value) = (Lane::from_name(lane)?, value.strip_prefix("= ")?);
            let source = match (value.strip_prefix('?'), lane) {
                (Some(number), _) => PoolSource::Parameter(number.parse::<u16>().ok()?.checked_sub(1)?),
                (None, Lane::F64) => PoolSource::Double(value.parse().ok()?),
                (None, _) => PoolSource::Integer(value.parse().ok()?),
            };
            kernel.pool.push(PoolEntry { lane, source });
        }
        "table" => {
            let (lane, source) = slot(rest, 't', kernel.tables.len())?;
            let source = match (source.strip_prefix("= u"), source.strip_prefix("= h")) {
                (Some(number), _) => TableSource::Entries(number.parse().ok()?),
                (_, Some(keys)) => {
                    let (hash, part) = keys.split_once('.')?;
                    TableSource::Keys { hash: hash.parse().ok()?, part: part.parse().ok()? }
                }
                _ => return None,
            };
            kernel.tables.push(TableSlot { lane: Lane::from_name(lane)?, source });
        }
        _ => return None,
    }
    Some(())
}

/// `c0.i32 nullable` as `i32` and `nullable`, if it is number `number`.
fn slot(text: &str, prefix: char, number: usize) -> Option<(&str, &str)> {
    let (slot, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (index, kind) = slot.strip_prefix(prefix)?.split_once('.')?;
    (index.parse() == Ok(number)).then_some((kind, rest.trim()))
}

fn is_nullable(text: &str) -> Option<bool> {
    match text {
        "" => Some(false),
        "nullable" => Some(true),
        _ => None,
    }
}

/// `lt.i32   m0, v0, #1    a comment`.
fn instruction(text: &str) -> Option<Inst> {
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    // A comment is at least two blanks away.
    let operands = rest.trim_start().split("  ").next().unwrap_or_default();
    let mut words = name.split('.');
    let mnemonic = words.next()?;
    let mut operands = Operands {
        suffixes: words.map(str::to_owned).collect(),
        places: operands.split(", ").map(str::trim).filter(|place| !place.is_empty()).collect(),
    };
    let inst = Inst::assemble(mnemonic, &mut operands)?;
    (operands.suffixes.is_empty() && operands.places.is_empty()).then_some(inst)
}

struct Operands<'a> {
    suffixes: VecDeque<String>,
    places: VecDeque<&'a str>,
}

impl Assemble for Operands<'_> {
    fn has(&self, types: &[&str]) -> bool {
        let suffixes = types.iter().filter(|name| matches!(**name, "Form" | "Lane" | "Helper")).count();
        (suffixes, types.len() - suffixes) == (self.suffixes.len(), self.places.len())
    }

    fn index(&mut self, prefix: &str) -> Option<u16> {
        self.places.pop_front()?.strip_prefix(prefix)?.parse().ok()
    }

    fn is(&self, prefix: &str) -> bool {
        self.places.front().is_some_and(|place| place.starts_with(prefix))
    }

    fn suffix(&mut self) -> Option<String> {
        self.suffixes.pop_front()
    }
}

/// Finds how many registers there are, and the lane of each, by the instructions that write them.
fn number_registers(kernel: &mut Kernel) {
    let mut lanes: Vec<Option<Lane>> = Vec::new();
    for inst in &kernel.code {
        inst.operands(|role, operand| match (role, operand) {
            (Role::Def, OperandRef::M(register)) => kernel.masks = kernel.masks.max(register.0.saturating_add(1)),
            (Role::Def, OperandRef::V(register)) => {
                lanes.resize(lanes.len().max(register.index() + 1), None);
                lanes[register.index()] = Some(lane_written(inst));
            }
            _ => {}
        });
    }
    // One that is never written is never read either, or the verifier refuses it.
    kernel.values = lanes.into_iter().map(|lane| lane.unwrap_or(Lane::I64)).collect();
}

/// The lane of the value register that an instruction writes.
fn lane_written(inst: &Inst) -> Lane {
    let (mut lanes, mut form, mut helper) = (Vec::new(), None, None);
    inst.operands(|_, operand| match operand {
        OperandRef::Lane(lane) => lanes.push(lane),
        OperandRef::Form(of) => form = Some(of),
        OperandRef::Helper(of) => helper = Some(of),
        OperandRef::V(_)
        | OperandRef::M(_)
        | OperandRef::Operand(_)
        | OperandRef::Input(_)
        | OperandRef::Output(_)
        | OperandRef::Pool(_)
        | OperandRef::Table(_)
        | OperandRef::Acc(_) => {}
    });
    // A conversion names both lanes, the result's last; what names none computes in f64.
    let lane = helper.map(|helper| helper.signature().1).or(form.and_then(Form::lane));
    lane.or(lanes.last().copied()).unwrap_or(Lane::F64)
}
