use super::*;
use crate::semantics::testing::Random;

/// The definition, character by character.
fn naive(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skipped| naive(&text[skipped..], rest)),
        ['_', rest @ ..] => !text.is_empty() && naive(&text[1..], rest),
        ['\\', literal, rest @ ..] => text.first() == Some(literal) && naive(&text[1..], rest),
        [literal, rest @ ..] => text.first() == Some(literal) && naive(&text[1..], rest),
    }
}

fn matches(text: &str, pattern: &str, used: Use) -> bool {
    let pattern = Pattern::new(pattern.as_bytes(), Some(b"\\"));
    Matcher::new(&pattern, used).matches(text.as_bytes())
}

fn random_string(random: &mut Random, alphabet: &[char], length_max: usize) -> String {
    let length = random.below(length_max + 1);
    (0..length).map(|_| random.pick(alphabet)).collect()
}

#[test]
fn random_patterns_match_as_defined() {
    let mut random = Random(1);
    let (mut matched, rounds) = (0, 40_000);
    for _ in 0..rounds {
        let text = random_string(&mut random, &['a', 'b', 'ä', '%', '_'], 8);
        let pattern = random_string(&mut random, &['a', 'b', 'ä', '%', '%', '%', '_', '\\'], 9);
        let (text_characters, pattern_characters): (Vec<_>, Vec<_>) =
            (text.chars().collect(), pattern.chars().collect());
        let expected = naive(&text_characters, &pattern_characters);
        for used in [Use::Once, Use::Often] {
            assert_eq!(matches(&text, &pattern, used), expected, "{text:?} LIKE {pattern:?}");
        }
        matched += usize::from(expected);
    }
    assert!(matched > rounds / 20, "only {matched} of {rounds} matched");
}

#[test]
fn long_texts_are_filtered_by_their_first_bytes() {
    let pattern = Pattern::new(b"PROMO%TIN", None);
    let matcher = Matcher::new(&pattern, Use::Often);
    assert_eq!(matcher.prefix(), (u32::from_le_bytes(*b"PROM"), u32::MAX));
    assert!(matcher.matches(b"PROMO BURNISHED TIN") && !matcher.matches(b"PROMOTI"));
    let short = Pattern::new(b"P_O%", None);
    assert_eq!(Matcher::new(&short, Use::Often).prefix(), (b'P'.into(), 0xff));
    assert!(Pattern::new(b"50\\%", None).bytes.contains(&b'\\'), "without an escape a backslash is one");
}
