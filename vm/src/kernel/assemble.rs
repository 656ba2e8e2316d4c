//! Kernels that people write.

use super::Kernel;
use super::listing::header;
use super::parse::{HEADER, Parser};
use super::verify::verify_with_log;
use crate::error::{Error, Result, Span};

/// What the verifier says of a kernel that somebody has written.
#[derive(Clone, Debug)]
pub struct KernelVerdict {
    /// A line for each instruction with what is known after it, as far as the check came.
    pub log: Vec<String>,
    /// Of a kernel that is accepted what it does and what that costs a row; or why it is refused, with the place in the
    /// text.
    pub result: Result<String>,
}

/// Reads a kernel's text and hands it to the verifier. The text is as listings have it: declarations, then instructions,
/// one a line. The header and the instructions' numbers may be missing, and `;` begins a comment.
pub fn verify_text(text: &str) -> KernelVerdict {
    let mut log = Vec::new();
    let result = assemble(text).and_then(|kernel| {
        let spans = kernel.spans.clone();
        let verified = verify_with_log(kernel, &mut log).map_err(|rejection| {
            let span = rejection.instruction.map_or(Span::NONE, |index| spans[index]);
            let error = Error::data(format!("the verifier refuses the kernel: {}", rejection.reason)).at(span);
            if rejection.state.is_empty() { error } else { error.with_hint(format!("it knows {}", rejection.state)) }
        })?;
        Ok(header("accepted:", verified.kernel()))
    });
    KernelVerdict { log, result }
}

/// The kernel of a text. Errors and instructions have their places in it.
fn assemble(text: &str) -> Result<Kernel> {
    let mut parser = Parser::default();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split(';').next().unwrap_or_default();
        let (written, start) = (code.trim(), line_start + code.len() - code.trim_start().len());
        line_start += line.len();
        if written.is_empty() || written.starts_with(HEADER) {
            continue;
        }
        let place = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let span = Span::new(place(start), place(start + written.len()));
        parser.line(written, span).map_err(|reason| Error::syntax(reason).at(span))?;
    }
    Ok(parser.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text with what is said of it: the log, and the acceptance or the line, the reason and what was known.
    fn verdict(text: &str) -> String {
        let KernelVerdict { mut log, result } = verify_text(text);
        log.push(match result {
            Ok(accepted) => accepted,
            Err(error) => {
                let span = error.span().unwrap_or_default();
                let line = text.get(span.start as usize..span.end as usize).unwrap_or_default();
                format!(
                    "{line} <- {}{}",
                    error.message(),
                    error.hint().map_or(String::new(), |hint| format!(" ({hint})"))
                )
            }
        });
        log.join("\n")
    }

    #[test]
    fn a_kernel_is_accepted() {
        let text = "
            ; the price without its discount, of what is cheap
            input c0.i64 nullable
            input c1.i8
            pool #0.i64 = 1000
            pool #1.i64 = 100
            output o0.i64
            ldvalid m0, c0
            ld.i64 v0, c0 ; the price
            lt.i64 m1, v0, #0
            and m2, m0, m1
            need m2
            ld.i8 v1, c1
            widen.i32.i64 v2, v1
            sub.i64 v3, #1, v2
            mul?.i64 v4, v0, v3, m0
            st.i64 o0, v4";
        assert_eq!(
            verdict(text),
            "   0  ldvalid   m0, c0                     ; m0
   1  ld.i64    v0, c0                     ; v0:i64
   2  lt.i64    m1, v0, #0                 ; m1
   3  and       m2, m0, m1                 ; m2
   4  need      m2                         ; v0:i64 -9223372036854775808 to 999, m0 true, m1 true, m2 true
   5  ld.i8     v1, c1                     ; v1:i32 -128 to 127
   6  widen.i32.i64 v2, v1                 ; v2:i64 -128 to 127
   7  sub.i64   v3, #1, v2                 ; v3:i64 -27 to 228
   8  mul?.i64  v4, v0, v3, m0             ; v4:i64 (may fail)
   9  st.i64    o0, v4                     ; 
accepted:  filter+projection  10 insns, at most 10 steps and 47 bytes a row, may trap"
        );
    }

    #[test]
    fn a_kernel_is_refused_with_its_line() {
        for (text, expected) in [
            (
                "input c1.i32",
                "input c1.i32 <- a declaration looks like 'input c0.i32 nullable', each kind numbered from 0",
            ),
            (
                "pool #0.i32 = many",
                "pool #0.i32 = many <- a declaration looks like 'pool #0.i64 = 42', each kind numbered from 0",
            ),
            ("true m0\n  increase v0", "increase v0 <- there is no instruction 'increase'"),
            ("true m0\nadd.i64 v0, v1", "add.i64 v0, v1 <- it is written 'add.lane dst, a, b'"),
            ("not m0, 7", "not m0, 7 <- it is written 'not dst, a'"),
            ("1 true m0", "1 true m0 <- instruction 1 stands where 0 is expected"),
            (
                "kernel k0  nothing\n0 true m0\n1 not m1, m2",
                "   0  true      m0                         ; m0 true
1 not m1, m2 <- the verifier refuses the kernel: m2 is not declared (it knows m0 true needs=0)",
            ),
            ("", "accepted:  nothing  0 insns, at most 0 steps and 0 bytes a row, cannot trap"),
        ] {
            assert_eq!(verdict(text), expected);
        }
    }
}
