//! What is assembled is what was meant: the bytes are decoded again.

use super::assembler::{Assembler, ENCODED, Mem, PLAIN, R, Source, THREE, Y};
use super::listing::decode;
use crate::kernel::{Comparison, KernelBuilder, Logic, verify};
use crate::types::{Form, Lane};

fn assembled(emit: impl FnOnce(&mut Assembler)) -> Vec<String> {
    let mut asm = Assembler::with_capacity(0);
    emit(&mut asm);
    let code = asm.finish().expect("it assembles");
    decode(&code, 0).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn instructions_of_three_operands_decode_as_they_were_meant() {
    for (name, emit) in THREE {
        for (d, a, b) in [(0, 1, 2), (9, 3, 14), (7, 15, 8), (12, 11, 4)] {
            let text = assembled(|asm| emit(asm, Y(d), Y(a), Source::Reg(Y(b))));
            assert_eq!(text, [format!("{name} ymm{d},ymm{a},ymm{b}")]);
            for (base, register) in [(0, "rax"), (2, "rdx"), (8, "r8"), (13, "r13")] {
                let text = assembled(|asm| emit(asm, Y(d), Y(a), Source::Mem(Mem::at(R(base), 0x1230))));
                assert_eq!(text, [format!("{name} ymm{d},ymm{a},[{register}+1230h]")]);
            }
        }
    }
}

#[test]
fn other_instructions_decode_as_they_were_meant() {
    for (text, emit) in PLAIN {
        assert_eq!(assembled(emit), [*text]);
    }
    for (text, emit) in ENCODED {
        assert_eq!(assembled(emit), [*text]);
    }
}

#[test]
fn memory_is_addressed_by_every_base_and_index() {
    for (base, name) in [(0, "rax"), (4, "rsp"), (5, "rbp"), (7, "rdi"), (12, "r12"), (13, "r13")] {
        for scale in [1, 2, 4, 8] {
            let text = assembled(|asm| {
                asm.vmovdqu_load(Y(13), Mem { base: R(base), index: Some((R(9), scale)), offset: -64 })
            });
            let times = if scale == 1 { String::new() } else { format!("*{scale}") };
            assert_eq!(text, [format!("vmovdqu ymm13,[{name}+r9{times}-40h]")]);
        }
        let text = assembled(|asm| asm.vmovdqu_store(Mem::at(R(base), 32), Y(2)));
        assert_eq!(text, [format!("vmovdqu [{name}+20h],ymm2")]);
    }
}

/// Every instruction of the code that kernels are compiled to is one of those that were checked above, and nothing else:
/// decoded again, its name is in the tables.
#[test]
fn code_consists_of_the_instructions_that_are_known() {
    let name = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    let mut known: Vec<String> = THREE.iter().map(|(text, _)| name(text)).collect();
    known.extend(PLAIN.iter().chain(ENCODED).map(|(text, _)| name(text)));
    known.extend(["mov", "add", "cmp", "jb", "je", "jmp", "shr"].map(str::to_owned));
    let mut k = KernelBuilder::new();
    let columns = [Form::I8, Form::I32, Form::I64, Form::F32, Form::F64].map(|form| (form, k.input(form, true)));
    let mut sums = Vec::new();
    for (form, input) in columns {
        let lane = form.lane().expect("a number");
        let (value, valid) = (k.load(input), k.load_valid(input));
        let doubled = if lane == Lane::F64 { k.div(value, value) } else { k.mul_checked(lane, value, value, valid) };
        let least = k.compare(Comparison::LessEqual, lane, doubled, value);
        let other = k.select(lane, least, value, doubled);
        k.need(valid);
        sums.push((lane, other, least));
    }
    for (lane, value, mask) in sums {
        k.sum(lane, value, mask);
        k.acc_min(lane, value, Logic::True);
        k.store(lane, value, mask, true);
    }
    let kernel = verify(k.finish()).expect("it is well formed");
    let Ok(native) = super::compile(&kernel) else { return };
    let lines = native.listing(kernel.kernel());
    // Comparisons have their predicate in their name.
    let plain = |text: &str| if text.starts_with("vcmp") { "vcmpunordpd".to_owned() } else { name(text) };
    let compiled: Vec<_> = lines.iter().filter(|line| line.address.is_some()).collect();
    assert!(compiled.len() > 200, "{} instructions", compiled.len());
    for line in compiled {
        assert!(known.contains(&plain(&line.machine)), "{}", line.machine);
    }
}
