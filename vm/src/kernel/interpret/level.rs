//! The interpreter for each level of machine features. The one file of the kernel with unsafe code.

use super::frame::{Frame, run_tiles};
use super::native::Native;
use crate::kernel::verified::Plan;

/// What the loops were compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// What every machine of the target has.
    Baseline,
    /// x86-64 with AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with the parts of AVX-512 that servers have had since 2017.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// The best that this machine has.
    pub(super) fn detect() -> Level {
        Level::available().last().unwrap_or(Level::Baseline)
    }

    /// All that this machine has, in rising order.
    pub(super) fn available() -> impl Iterator<Item = Level> {
        Level::ALL.iter().copied().filter(|level| level.is_available())
    }

    const ALL: &[Level] = &[
        Level::Baseline,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2,
        #[cfg(target_arch = "x86_64")]
        Level::Avx512,
    ];

    /// Asks the processor; the standard library remembers the answer.
    fn is_available(self) -> bool {
        match self {
            Level::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2"),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => {
                Level::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
        }
    }

    #[cfg(test)]
    pub(super) fn name(self) -> &'static str {
        match self {
            Level::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
        }
    }
}

/// As [`run_tiles`], compiled with the named features.
macro_rules! instances {
    ($($name:ident $features:literal;)*) => {
        $(#[cfg(target_arch = "x86_64")]
        #[target_feature(enable = $features)]
        fn $name(
            frame: &mut Frame<'_>,
            plan: &Plan,
            native: Option<&dyn Native>,
            rows: usize,
        ) -> Result<usize, usize> {
            run_tiles(frame, plan, native, rows)
        })*
    };
}
instances! {
    run_avx2 "avx2,bmi2";
    run_avx512 "avx2,bmi2,avx512f,avx512bw,avx512dq,avx512vl";
}

/// Runs all tiles of a batch of `rows` rows: how many rows passed, or the first row of a tile that trapped.
pub(super) fn run(
    level: Level,
    frame: &mut Frame<'_>,
    plan: &Plan,
    native: Option<&dyn Native>,
    rows: usize,
) -> Result<usize, usize> {
    match level {
        Level::Baseline => run_tiles(frame, plan, native, rows),
        // SAFETY: levels are made by `Level::available` only, which asked the processor for these features.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { run_avx2(frame, plan, native, rows) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { run_avx512(frame, plan, native, rows) },
    }
}
