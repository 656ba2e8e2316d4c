//! Tables of kernels and programs that must not run, each with the reason for which it is refused. `UPDATE_GOLDEN=1`
//! writes the reasons anew.

use rowmill_vm::DataType;
use rowmill_vm::kernel;
use rowmill_vm::program::{JoinKind, NullOrder, Order, Program, SortKey, verify};

use crate::assembler::*;
use crate::codec::NoTables;
use crate::{aggregate, join, order, refused};

/// Where the instruction of a case goes into the sound kernel.
const PLACE: usize = 6;
const SOUND: &str = include_str!("refusals/sound_kernel.txt");
/// What a case must not be.
const ACCEPTED: &str = "accepted";
/// Cases of both tables together.
const CASES_MIN: usize = 300;

/// Gives each case of a table its reason, and holds it against the one that stands behind the arrow.
fn check_table(name: &str, reason: impl Fn(&str) -> String) -> usize {
    let path = format!("{}/tests/machine/refusals/{name}", env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read_to_string(&path).expect("the table of refusals");
    let mut cases = 0;
    let mut found = String::new();
    for line in expected.lines() {
        found.push_str(line.split(" => ").next().unwrap_or(line));
        if !line.is_empty() && !line.starts_with("# ") {
            cases += 1;
            found.push_str(" => ");
            found.push_str(&reason(line.split(" => ").next().unwrap_or(line)));
        }
        found.push('\n');
    }
    let accepted: Vec<&str> = found.lines().filter(|line| line.ends_with(ACCEPTED)).collect();
    assert!(accepted.is_empty(), "{accepted:#?}");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &found).expect("the table can be written");
    } else {
        assert_eq!(found, expected, "{name}");
    }
    cases
}

/// The sound kernel with one more instruction.
fn with_instruction(spoilt: Option<&str>) -> Vec<String> {
    let (declarations, code) = SOUND.split_at(SOUND.find("ld.i32").expect("the first instruction"));
    let mut code: Vec<&str> = code.lines().collect();
    code.splice(PLACE..PLACE, spoilt);
    let code = code.iter().enumerate().map(|(index, inst)| format!("{index:>4}  {inst}"));
    declarations.lines().map(str::to_owned).chain(code).collect()
}

fn kernel_reason(inst: &str) -> String {
    let Ok(kernel) = kernel::parse(&with_instruction(Some(inst))) else { return "it cannot be read".to_owned() };
    let Err(rejection) = kernel::verify(kernel) else { return ACCEPTED.to_owned() };
    assert!(rejection.instruction.is_none() || !rejection.text.is_empty() && !rejection.state.is_empty(), "{inst}");
    rejection.reason
}

fn sound_program(name: &str) -> Program {
    let columns = [ints(&[Some(1), None, Some(3)]), ints(&[Some(4), Some(5), Some(6)])];
    match name {
        "filtered" => refused::filtered(),
        "sorted" => {
            let key = SortKey { column: 0, order: Order::Ascending, nulls: NullOrder::Last };
            order::sort(&columns[..1], &[key], None)
        }
        "grouped" => aggregate::group(&columns, 1, vec![Assembler::aggregate("sum", &[DataType::BigInt])]),
        "joined" => join::joined(JoinKind::Inner, &columns, &columns),
        _ => panic!("no program {name}"),
    }
}

/// `filtered 5 = Gather {…}`: an instruction in place of another one; `+` before it; `-` leaves it out.
fn program_reason(case: &str) -> String {
    let mut words = case.splitn(4, ' ');
    let mut word = || words.next().unwrap_or_default();
    let (name, address, change, op) = (word(), word(), word(), word());
    let address: usize = address.parse().expect(case);
    let text = sound_program(name).to_text();
    let (before, rest) = text.split_once("  code: [\n").expect("instructions");
    let (code, after) = rest.split_once("\n  ],\n").expect("their end");
    let mut code: Vec<&str> = code.lines().map(|line| line.trim().trim_end_matches(',')).collect();
    match change {
        "=" => code[address] = op,
        "+" => code.insert(address, op),
        "-" => drop(code.remove(address)),
        _ => panic!("no change {change:?}"),
    }
    let text = format!("{before}  code: [\n{}\n  ],\n{after}", code.join(",\n"));
    match Program::from_text(&text, &NoTables) {
        Err(error) => error.message().to_owned(),
        Ok(program) => verify(program).map_or_else(|error| error.message().to_owned(), |_| ACCEPTED.to_owned()),
    }
}

#[test]
fn every_refusal_has_its_reason() {
    kernel::verify(kernel::parse(&with_instruction(None)).expect("it is read")).expect("it is sound");
    for name in ["filtered", "sorted", "grouped", "joined"] {
        verify(sound_program(name)).expect(name);
    }
    let kernels = check_table("kernels.txt", kernel_reason);
    let programs = check_table("programs.txt", program_reason);
    assert!(kernels + programs >= CASES_MIN, "{kernels} kernels and {programs} programs");
}

/// Each byte left out at the end, each bit turned over: an error, a refusal, or another program that runs to an end.
#[test]
fn no_damage_to_bytes_does_harm() {
    let mut accepted = 0;
    for name in ["filtered", "sorted", "grouped", "joined"] {
        let bytes = sound_program(name).to_bytes();
        for length in 0..bytes.len() {
            assert!(Program::from_bytes(&bytes[..length], &NoTables).is_err(), "{length} bytes are not the whole");
        }
        for bit in 0..8 * bytes.len() {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(program) = Program::from_bytes(&bytes, &NoTables) else { continue };
            let Ok(verified) = verify(program) else { continue };
            accepted += 1;
            // What the verifier has accepted runs, to an end or an error.
            let _ = run(&verified, 2, 1 << 20);
        }
    }
    assert!(accepted > 100, "{accepted} accepted");
}
