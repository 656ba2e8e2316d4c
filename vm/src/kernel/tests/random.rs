//! Random kernels: built at random, and built ones with an instruction changed at random.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::instruction::Renaming;
use super::*;

/// Kernels that are tried in every run of the tests.
const KERNELS: u64 = 20_000;

/// Operands and logic that a random kernel may go on with.
struct Made {
    values: Vec<(Lane, Operand)>,
    logic: Vec<Logic>,
}

const FORMS: [Form; 8] = [Form::Bits, Form::I8, Form::I16, Form::I32, Form::I64, Form::I128, Form::F32, Form::F64];
const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessEqual,
    Comparison::Greater,
    Comparison::GreaterEqual,
];

impl Made {
    fn value(&self, random: &mut Random, lane: Lane) -> Operand {
        let of_lane: Vec<Operand> = self.values.iter().filter(|made| made.0 == lane).map(|made| made.1).collect();
        random.pick(&of_lane)
    }
}

fn random_kernel(random: &mut Random) -> Kernel {
    let mut k = KernelBuilder::new();
    let mut made = Made { values: Vec::new(), logic: vec![Logic::True, Logic::False] };
    for lane in INTEGERS {
        made.values.push((lane, k.integer(lane, 3)));
        made.values.push((lane, k.parameter(lane, 0)));
    }
    made.values.push((Lane::F64, k.double(0.1)));
    made.values.push((Lane::F64, k.parameter(Lane::F64, 1)));
    for _ in 0..1 + random.below(5) {
        let form = random.pick(&FORMS);
        let input = k.input(form, random.below(2) == 0);
        match form.lane() {
            Some(lane) if lane != Lane::Mask => made.values.push((lane, k.load(input))),
            _ => made.logic.push(k.load_bits(input)),
        }
        made.logic.push(k.load_valid(input));
    }
    for position in 0..random.below(30) as u32 {
        k.at(Span::new(position, position + 1));
        step(&mut k, random, &mut made);
    }
    let grouped = random.below(3) == 0;
    if grouped {
        group(&mut k, random, &made);
    }
    for _ in 0..random.below(if grouped { 8 } else { 3 }) {
        // The smallest of a group fits 64 bits.
        let lane = random.pick(if grouped { &[Lane::I32, Lane::I64, Lane::F64] } else { &LANES });
        if grouped && random.below(3) == 0 {
            k.sum(Lane::I128, made.value(random, Lane::I128), random.pick(&made.logic));
        }
        let (value, mask) = (made.value(random, lane), random.pick(&made.logic));
        match random.below(4) {
            0 => k.count(mask),
            1 => k.sum(lane, value, mask),
            2 => k.acc_min(lane, value, mask),
            _ => k.acc_max(lane, value, mask),
        };
    }
    for _ in 0..random.below(5) {
        let (validity, nullable) = (random.pick(&made.logic), random.below(2) == 0);
        match random.pick(&[Lane::I32, Lane::I64, Lane::I128, Lane::F64, Lane::Mask]) {
            Lane::Mask => k.store_bits(random.pick(&made.logic), validity, nullable),
            lane => k.store(lane, made.value(random, lane), validity, nullable),
        };
    }
    k.finish()
}

/// Groups rows by keys that are within their bounds.
fn group(k: &mut KernelBuilder, random: &mut Random, made: &Made) {
    let mut keys = Vec::new();
    for _ in 0..1 + random.below(3) {
        let low = random.pick(&[-3, 0, 100]);
        let high = low + random.pick(&[0, 1, 8]);
        let (least, most) = (k.integer(Lane::I32, low.into()), k.integer(Lane::I32, high.into()));
        let key = k.max(Lane::I32, made.value(random, Lane::I32), least);
        let key = k.min(Lane::I32, key, most);
        keys.push((key, (low, high), random.pick(&made.logic)));
    }
    k.group(&keys);
}

/// Adds an operation.
fn step(k: &mut KernelBuilder, random: &mut Random, made: &mut Made) {
    let lane = random.pick(&LANES);
    let integer = random.pick(&INTEGERS);
    let (a, b) = (made.value(random, lane), made.value(random, lane));
    let (x, y) = (made.value(random, integer), made.value(random, integer));
    let double = made.value(random, Lane::F64);
    let (p, q, r) = (random.pick(&made.logic), random.pick(&made.logic), random.pick(&made.logic));
    // Most guards exclude what would trap, or else few kernels would come to their end.
    let guard = if random.below(6) > 0 { Logic::False } else { random.pick(&made.logic) };
    let value = match random.below(28) {
        0 => (lane, k.add(lane, a, b)),
        1 => (lane, k.sub(lane, a, b)),
        2 => (lane, k.mul(lane, a, b)),
        3 => (lane, k.min(lane, a, b)),
        4 => (lane, k.max(lane, a, b)),
        5 => (lane, k.select(lane, p, a, b)),
        6 => (integer, k.add_checked(integer, x, y, guard)),
        7 => (integer, k.mul_checked(integer, x, y, guard)),
        8 => (integer, k.div_checked(integer, x, y, guard)),
        9 => (integer, k.rem_checked(integer, x, y, p)),
        10 => (integer, k.div_round(integer, x, random.pick(&[1, 10, 1_000_000]))),
        11 => (Lane::I128, k.widen(integer, Lane::I128, x)),
        12 => (Lane::F64, k.widen(integer, Lane::F64, x)),
        13 => (Lane::I32, k.narrow(integer, Lane::I32, x)),
        14 => (integer, k.to_integer(integer, double, guard)),
        15 => (Lane::F64, k.call(random.pick(&[Helper::Floor, Helper::Sqrt, Helper::Ln]), &[double], guard)),
        16 => {
            k.range(integer, x, -1_000_000, 1_000_000, guard);
            return;
        }
        25 => {
            let table = k.table(lane, 4 + LANES.iter().position(|other| *other == lane).expect("a lane") as u16);
            let number = made.value(random, Lane::I32);
            (lane, k.look_up(lane, table, number))
        }
        26 => {
            let table = k.table(Lane::Mask, random.below(4) as u16);
            let number = made.value(random, Lane::I32);
            return made.logic.push(k.test_bit(table, number));
        }
        27 => {
            let lane = random.pick(&[Lane::I32, Lane::I64]);
            let (table, number) = (k.keys(lane, random.below(8) as u16, 0), made.value(random, lane));
            return made.logic.push(k.might_contain(lane, table, number));
        }
        17 | 18 => return made.logic.push(k.compare(random.pick(&COMPARISONS), lane, a, b)),
        19 => return made.logic.push(k.compare_logic(random.pick(&COMPARISONS), p, q)),
        20 => return made.logic.push(k.select_mask(p, q, r)),
        21 => return made.logic.push(k.not(p)),
        _ => {
            let both = if random.below(2) == 0 { k.or(p, q) } else { k.and(p, q) };
            return if both != Logic::False {
                k.need(both)
            };
        }
    };
    made.values.push(value);
}

fn random_inputs(random: &mut Random, kernel: &Kernel, rows: usize) -> Vec<Vector> {
    kernel.inputs.iter().map(|slot| shared_column(random, *slot, rows)).collect()
}

fn parameters() -> [Value; 2] {
    [Value::Integer(7), Value::Double(-2.5)]
}

/// Kernels that are made from one seed.
const BATCH: u64 = 500;

/// How many kernels are tried, in batches; with `ROWMILL_KERNELS` about so many, from `ROWMILL_SEED` on.
fn batches() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (count, seed) = (number("ROWMILL_KERNELS").unwrap_or(KERNELS), number("ROWMILL_SEED").unwrap_or(2024));
    seed..seed + count.div_ceil(BATCH)
}

/// What became of kernels.
#[derive(Default)]
struct Tally {
    passed: AtomicUsize,
    filtered: AtomicUsize,
    few: AtomicUsize,
    trapped: AtomicUsize,
}

impl Tally {
    fn count(&self, outcome: &Outcome, rows: usize) {
        let counter = match outcome {
            Outcome::Passed { rows: left, .. } if left.len() == rows => &self.passed,
            Outcome::Passed { rows: left, .. } if left.len() * 8 < rows && !left.is_empty() => &self.few,
            Outcome::Passed { .. } => &self.filtered,
            Outcome::Trapped { .. } => &self.trapped,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

fn try_batch(seed: u64, tally: &Tally) {
    let mut random = Random(seed);
    for number in 0..BATCH {
        let kernel = random_kernel(&mut random);
        if number % 8 == 0 {
            comes_back(&kernel);
        }
        // More than a tile takes as long as ten small batches.
        let rows = if random.below(10) == 0 { 700 } else { random.pick(&[0, 1, 9, 65, 130]) };
        let inputs = random_inputs(&mut random, &kernel, rows);
        let inputs: Vec<&Vector> = inputs.iter().collect();
        tally.count(&check(&kernel, &parameters(), &inputs, rows), rows);
    }
}

#[test]
fn random_kernels() {
    let (seeds, tally) = (batches(), Tally::default());
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    try_batch(seed, &tally);
                }
            });
        }
    });
    let [passed, filtered, few, trapped] =
        [&tally.passed, &tally.filtered, &tally.few, &tally.trapped].map(|count| count.load(Ordering::Relaxed));
    let counts = format!("{passed} passed, {filtered} filtered, {few} filtered to a few rows, {trapped} trapped");
    assert!(passed > 300 && filtered > 300 && few > 30 && trapped > 300, "{counts}");
}

/// Changes one register or pool number now and then.
struct Mutation<'a>(&'a mut Random);

impl Mutation<'_> {
    fn number(&mut self, number: u16) -> u16 {
        match self.0.below(12) {
            0 => number.wrapping_add(1),
            1 => number.wrapping_sub(1),
            2 => self.0.below(12) as u16,
            _ => number,
        }
    }
}

impl Renaming for Mutation<'_> {
    fn value(&mut self, register: V) -> V {
        V(self.number(register.0))
    }

    fn mask(&mut self, register: M) -> M {
        M(self.number(register.0))
    }

    fn pool(&mut self, entry: Pool) -> Pool {
        Pool(self.number(entry.0))
    }
}

/// The verifier never panics, and what it lets through runs as the reference has it.
#[test]
fn mutated_kernels() {
    let mut random = Random(99);
    let (mut accepted, mut rejected) = (0, 0);
    for _ in 0..6000 {
        let mut kernel = random_kernel(&mut random);
        if kernel.code.is_empty() {
            continue;
        }
        for _ in 0..1 + random.below(3) {
            let (index, other) = (random.below(kernel.code.len()), random.below(kernel.code.len()));
            match random.below(6) {
                0 => kernel.code.swap(index, other),
                1 => kernel.code[index] = kernel.code[other],
                2 if !kernel.values.is_empty() => {
                    let register = random.below(kernel.values.len());
                    kernel.values[register] = random.pick(&LANES);
                }
                _ => kernel.code[index] = kernel.code[index].renamed(&mut Mutation(&mut random)),
            }
        }
        if verify(kernel.clone()).is_err() {
            rejected += 1;
            continue;
        }
        accepted += 1;
        let rows = random.pick(&[1, 65, 130]);
        let inputs = random_inputs(&mut random, &kernel, rows);
        let inputs: Vec<&Vector> = inputs.iter().collect();
        check(&kernel, &parameters(), &inputs, rows);
    }
    assert!(accepted > 500 && rejected > 1000, "{accepted} accepted, {rejected} rejected");
}
