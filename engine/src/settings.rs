//! The settings of a connection, in one table: SET, RESET, errors and documentation all read it.

use std::time::Duration;

use rowmill_sql::catalog::DefaultNulls;
use rowmill_sql::optimize::RuleSet;
use rowmill_sql::suggest::nearest;
use rowmill_vm::{Error, Jit, JitSymbols, Result, Span, Value};

/// What memory_limit is where the machine's memory is not known.
const MEMORY_LIMIT_FALLBACK_BYTES: u64 = 8 << 30;
/// Machine code that is kept: thousands of kernels.
const CODE_CACHE_BYTES: u64 = 64_000_000;
/// The largest batch that may be asked for.
const BATCH_ROWS_MAX: u64 = 64 * 1024;
/// The most threads that may be asked for.
const THREADS_MAX: u64 = 256;

/// The settings of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) threads: usize,
    pub(crate) memory_limit_bytes: u64,
    pub(crate) batch_rows: usize,
    pub(crate) timeout: Option<Duration>,
    pub(crate) jit: Jit,
    /// Who is told of machine code.
    pub(crate) jit_symbols: JitSymbols,
    /// Bytes of machine code that are kept for other statements.
    pub(crate) code_cache_bytes: u64,
    /// Kernels that take more are refused.
    pub(crate) steps_per_row_max: Option<u64>,
    /// The optimizer's rules that are on.
    pub(crate) rules: RuleSet,
    /// Where ORDER BY puts NULLs that it says nothing of.
    pub(crate) default_nulls: DefaultNulls,
}

/// When kernels are compiled, by the names that SET takes.
const JIT: &[(&str, Jit)] = &[("auto", Jit::Auto), ("check", Jit::Check), ("off", Jit::Off), ("on", Jit::On)];

/// Who is told of machine code, likewise.
const JIT_SYMBOLS: &[(&str, JitSymbols)] =
    &[("all", JitSymbols::All), ("gdb", JitSymbols::Gdb), ("off", JitSymbols::Off), ("perf", JitSymbols::Perf)];

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory_limit_bytes: default_memory_limit_bytes(),
            batch_rows: 2048,
            timeout: None,
            jit: Jit::Auto,
            jit_symbols: JitSymbols::Off,
            code_cache_bytes: CODE_CACHE_BYTES,
            steps_per_row_max: None,
            rules: RuleSet::ALL,
            default_nulls: DefaultNulls::Largest,
        }
    }
}

/// A setting as it is shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingInfo {
    /// Its name.
    pub name: &'static str,
    /// Its value, as SET would take it.
    pub value: String,
    /// What it does.
    pub doc: &'static str,
}

/// A row of the table.
struct Entry {
    name: &'static str,
    doc: &'static str,
    /// What SET takes, as errors say it.
    accepts: &'static str,
    show: fn(&Settings) -> String,
    /// Takes a value, or says that it is none.
    set: fn(&mut Settings, &Value) -> Option<()>,
    reset: fn(&mut Settings, Settings),
    /// What may have been meant by a text that it does not take.
    hint: fn(&str) -> Option<String>,
}

/// Every setting, by name.
static TABLE: &[Entry] = &[
    Entry {
        name: "batch_rows",
        doc: "Rows that an instruction handles at once, at most.",
        accepts: "a number from 1 to 65536",
        show: |settings| settings.batch_rows.to_string(),
        set: |settings, value| number(value, BATCH_ROWS_MAX).map(|rows| settings.batch_rows = rows),
        reset: |settings, default| settings.batch_rows = default.batch_rows,
        hint: |_| None,
    },
    Entry {
        name: "code_cache_size",
        doc: "Bytes of machine code that are kept for statements that come; 0 keeps none.",
        accepts: "a number of bytes or a size such as '64MB'",
        show: |settings| show_bytes(settings.code_cache_bytes),
        set: |settings, value| bytes_or_none(value).map(|bytes| settings.code_cache_bytes = bytes),
        reset: |settings, default| settings.code_cache_bytes = default.code_cache_bytes,
        hint: |_| None,
    },
    Entry {
        name: "default_null_order",
        doc: "Where ORDER BY puts NULLs if it does not say.",
        accepts: "'nulls_last_on_asc_first_on_desc', 'nulls_first_on_asc_last_on_desc', 'nulls_first' or 'nulls_last'",
        show: |settings| {
            let is = |(_, nulls): &&(&str, DefaultNulls)| *nulls == settings.default_nulls;
            DefaultNulls::NAMES.iter().find(is).map_or_else(String::new, |(name, _)| (*name).to_owned())
        },
        set: |settings, value| default_nulls(value).map(|nulls| settings.default_nulls = nulls),
        reset: |settings, default| settings.default_nulls = default.default_nulls,
        hint: |_| None,
    },
    Entry {
        name: "disabled_rules",
        doc: "Rules of the optimizer that are off, or 'all'; EXPLAIN (RULES) shows what each does to a query.",
        accepts: "names of rules, separated by commas, or 'all'",
        show: |settings| settings.rules.missing(),
        set: |settings, value| rules(value).map(|rules| settings.rules = rules),
        reset: |settings, default| settings.rules = default.rules,
        hint: unknown_rule,
    },
    Entry {
        name: "jit",
        doc: "When kernels are compiled to machine code: when it pays, always, never, or always and compared.",
        accepts: "'auto', 'on', 'off' or 'check'",
        show: |settings| {
            let is = |(_, jit): &&(&str, Jit)| *jit == settings.jit;
            JIT.iter().find(is).map_or_else(String::new, |(name, _)| (*name).to_owned())
        },
        set: |settings, value| jit(value).map(|jit| settings.jit = jit),
        reset: |settings, default| settings.jit = default.jit,
        hint: |_| None,
    },
    Entry {
        name: "jit_symbols",
        doc: "Who is told the names of machine code: perf by a file /tmp/perf-PID.map, gdb by its interface, on Linux.",
        accepts: "'off', 'perf', 'gdb' or 'all'",
        show: |settings| {
            let is = |(_, symbols): &&(&str, JitSymbols)| *symbols == settings.jit_symbols;
            JIT_SYMBOLS.iter().find(is).map_or_else(String::new, |(name, _)| (*name).to_owned())
        },
        set: |settings, value| jit_symbols(value).map(|symbols| settings.jit_symbols = symbols),
        reset: |settings, default| settings.jit_symbols = default.jit_symbols,
        hint: |_| None,
    },
    Entry {
        name: "max_steps_per_row",
        doc: "Instructions that a kernel may have; one with more is refused before it runs. EXPLAIN says how many each has.",
        accepts: "a number from 1 on, or 'none'",
        show: |settings| settings.steps_per_row_max.map_or_else(|| "none".to_owned(), |steps| steps.to_string()),
        set: |settings, value| steps(value).map(|steps| settings.steps_per_row_max = steps),
        reset: |settings, default| settings.steps_per_row_max = default.steps_per_row_max,
        hint: |_| None,
    },
    Entry {
        name: "memory_limit",
        doc: "Bytes that tables and running statements of a connection may hold together.",
        accepts: "a number of bytes or a size such as '4GB' or '512MiB'",
        show: |settings| show_bytes(settings.memory_limit_bytes),
        set: |settings, value| bytes(value).map(|bytes| settings.memory_limit_bytes = bytes),
        reset: |settings, default| settings.memory_limit_bytes = default.memory_limit_bytes,
        hint: |_| None,
    },
    Entry {
        name: "threads",
        doc: "Threads that a statement may use.",
        accepts: "a number from 1 to 256",
        show: |settings| settings.threads.to_string(),
        set: |settings, value| number(value, THREADS_MAX).map(|threads| settings.threads = threads),
        reset: |settings, default| settings.threads = default.threads,
        hint: |_| None,
    },
    Entry {
        name: "timeout",
        doc: "Time that a statement may take; 0 for any.",
        accepts: "a number of seconds or a time such as '1500ms', '10s' or '5min'",
        show: |settings| settings.timeout.map_or("0".to_owned(), |timeout| format!("{}ms", timeout.as_millis())),
        set: |settings, value| timeout(value).map(|timeout| settings.timeout = timeout),
        reset: |settings, default| settings.timeout = default.timeout,
        hint: |_| None,
    },
];

impl Settings {
    /// SET name = value.
    pub(crate) fn set(&mut self, name: &str, value: &Value, span: Span) -> Result<()> {
        let entry = find(name, span)?;
        (entry.set)(self, value).ok_or_else(|| {
            let given = value;
            let value = match given {
                Value::Text(text) => format!("'{text}'"),
                Value::Integer(number) => number.to_string(),
                Value::Boolean(value) => value.to_string(),
                Value::Double(number) => number.to_string(),
                Value::Null | Value::Wide(_) | Value::Blob(_) | Value::List(_) | Value::Struct(_) => "this".to_owned(),
            };
            let error = Error::types(format!("setting {name} cannot be {value}: it takes {}", entry.accepts)).at(span);
            let hint = if let Value::Text(text) = given { (entry.hint)(text) } else { None };
            if let Some(hint) = hint { error.with_hint(hint) } else { error }
        })
    }

    /// RESET name.
    pub(crate) fn reset(&mut self, name: &str, span: Span) -> Result<()> {
        (find(name, span)?.reset)(self, Settings::default());
        Ok(())
    }

    /// Every setting with its value.
    pub(crate) fn list(&self) -> Vec<SettingInfo> {
        let info = |entry: &Entry| SettingInfo { name: entry.name, value: (entry.show)(self), doc: entry.doc };
        TABLE.iter().map(info).collect()
    }
}

fn find(name: &str, span: Span) -> Result<&'static Entry> {
    TABLE.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        let error = Error::name(format!("there is no setting '{name}'")).at(span);
        let names = || TABLE.iter().map(|entry| entry.name);
        match nearest(name, names()) {
            Some(similar) => error.with_hint(format!("did you mean {similar}?")),
            None => error.with_hint(format!("the settings are {}", names().collect::<Vec<_>>().join(", "))),
        }
    })
}

/// A whole number from 1 to `max`, also as text.
fn number(value: &Value, max: u64) -> Option<usize> {
    let number = match value {
        Value::Integer(number) => u64::try_from(*number).ok()?,
        Value::Text(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (1..=max).contains(&number).then(|| usize::try_from(number).ok())?
}

/// A number of steps, or none.
fn steps(value: &Value) -> Option<Option<u64>> {
    match value {
        Value::Text(text) if text.eq_ignore_ascii_case("none") => Some(None),
        _ => number(value, u64::from(u32::MAX)).map(|steps| Some(steps as u64)),
    }
}

fn jit(value: &Value) -> Option<Jit> {
    match value {
        Value::Boolean(false) => Some(Jit::Off),
        Value::Boolean(true) => Some(Jit::On),
        Value::Text(text) => JIT.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, jit)| *jit),
        _ => None,
    }
}

fn jit_symbols(value: &Value) -> Option<JitSymbols> {
    let Value::Text(text) = value else { return None };
    JIT_SYMBOLS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, symbols)| *symbols)
}

fn default_nulls(value: &Value) -> Option<DefaultNulls> {
    let Value::Text(text) = value else { return None };
    DefaultNulls::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, nulls)| *nulls)
}

fn rules(value: &Value) -> Option<RuleSet> {
    match value {
        Value::Text(text) => RuleSet::without(text).ok(),
        _ => None,
    }
}

/// The rule that may have been meant by a name that none has.
fn unknown_rule(text: &str) -> Option<String> {
    let unknown = RuleSet::without(text).err()?;
    let names = || RuleSet::OPTIONAL.rules().map(|rule| rule.name);
    Some(match nearest(unknown, names()) {
        Some(similar) => format!("there is no rule {unknown}: did you mean {similar}?"),
        None => format!("there is no rule {unknown}: the rules are {}", names().collect::<Vec<_>>().join(", ")),
    })
}

/// A number and the unit behind it, in lower case.
fn quantity(text: &str) -> Option<(f64, String)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim().to_ascii_lowercase()))
}

fn bytes(value: &Value) -> Option<u64> {
    let (amount, unit) = match value {
        Value::Integer(bytes) => return u64::try_from(*bytes).ok().filter(|bytes| *bytes > 0),
        Value::Text(text) => quantity(text)?,
        _ => return None,
    };
    let factor = match unit.as_str() {
        "" | "b" | "bytes" => 1.0,
        "kb" | "k" => 1e3,
        "mb" | "m" => 1e6,
        "gb" | "g" => 1e9,
        "tb" | "t" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        "tib" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let bytes = amount * factor;
    // Beyond 2^62 bytes a limit limits nothing.
    (bytes >= 1.0 && bytes < (1u64 << 62) as f64).then_some(bytes as u64)
}

/// The same, or 0.
fn bytes_or_none(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(0) => Some(0),
        Value::Text(text) if text.trim() == "0" => Some(0),
        _ => bytes(value),
    }
}

fn timeout(value: &Value) -> Option<Option<Duration>> {
    let (amount, unit) = match value {
        Value::Integer(seconds) => (u64::try_from(*seconds).ok()? as f64, String::new()),
        Value::Double(seconds) => (*seconds, String::new()),
        Value::Text(text) => quantity(text)?,
        _ => return None,
    };
    let seconds = match unit.as_str() {
        "us" => amount / 1e6,
        "ms" => amount / 1e3,
        "" | "s" | "sec" => amount,
        "m" | "min" => amount * 60.0,
        "h" => amount * 3600.0,
        _ => return None,
    };
    let timeout = Duration::try_from_secs_f64(seconds).ok()?;
    Some((!timeout.is_zero()).then_some(timeout))
}

fn show_bytes(bytes: u64) -> String {
    if bytes == 0 {
        return "0".to_owned();
    }
    let units = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match units.iter().find(|(_, size)| bytes.is_multiple_of(*size)) {
        Some((unit, size)) => format!("{}{unit}", bytes / size),
        None => bytes.to_string(),
    }
}

/// 80 % of the machine's memory, to the megabyte.
fn default_memory_limit_bytes() -> u64 {
    let known = || {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib.checked_mul(1024)? / 10 * 8 / 1_000_000 * 1_000_000)
    };
    known().filter(|bytes| *bytes > 0).unwrap_or(MEMORY_LIMIT_FALLBACK_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_take_what_they_say() {
        let text = Value::text;
        for (name, value, expected) in [
            ("memory_limit", text("4GB"), "4GB"),
            ("MEMORY_LIMIT", text("1.5 gib"), "1610612736"),
            ("memory_limit", text("4 elephants"), "takes a number of bytes or a size such as '4GB' or '512MiB'"),
            ("memory_limit", Value::Integer(0), "setting memory_limit cannot be 0"),
            ("code_cache_size", text("1MB"), "1MB"),
            ("code_cache_size", Value::Integer(0), "0"),
            ("code_cache_size", text("-1"), "it takes a number of bytes or a size such as '64MB'"),
            ("batch_rows", Value::Integer(3), "3"),
            ("batch_rows", Value::Integer(65_537), "from 1 to 65536"),
            ("timeout", text("1500ms"), "1500ms"),
            ("timeout", Value::Integer(0), "0"),
            ("jit", text("OFF"), "off"),
            ("jit", text("Check"), "check"),
            ("jit_symbols", text("GDB"), "gdb"),
            ("jit_symbols", text("some"), "it takes 'off', 'perf', 'gdb' or 'all'"),
            ("max_steps_per_row", Value::Integer(20), "20"),
            ("max_steps_per_row", text("None"), "none"),
            ("max_steps_per_row", Value::Integer(0), "it takes a number from 1 on, or 'none'"),
            ("jit", text("sometimes"), "it takes 'auto', 'on', 'off' or 'check'"),
            ("thread", Value::Integer(1), "did you mean threads?"),
            ("disabled_rules", text("join_order, PRUNE"), "join_order,prune"),
            ("disabled_rules", text("join_oder"), "cannot be 'join_oder': it takes names of rules"),
            ("disabled_rules", text(""), ""),
            (
                "xyz",
                Value::Integer(1),
                "the settings are batch_rows, code_cache_size, default_null_order, disabled_rules, jit, jit_symbols, max_steps_per_row, memory_limit, threads, timeout",
            ),
        ] {
            let mut settings = Settings::default();
            let shown = match settings.set(name, &value, Span::NONE) {
                Ok(()) => {
                    let list = settings.list();
                    list.into_iter().find(|info| info.name.eq_ignore_ascii_case(name)).unwrap().value
                }
                Err(error) => error.to_string(),
            };
            assert!(shown.contains(expected), "{name} = {value:?}: {shown}");
            TABLE.iter().for_each(|entry| settings.reset(entry.name, Span::NONE).unwrap());
            assert_eq!(settings, Settings::default());
        }
    }
}
