//! "Did you mean …?": the nearest of the known names.

/// The candidate that is nearest to `name` in whatever case, if it is near enough to be a slip of the fingers.
/// Of several that are equally near, the first.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = allowed_distance(name);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate.len().abs_diff(name.len()) > 4 * allowed {
            continue;
        }
        let distance = distance(name, candidate);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Slips that a name of this length may have.
fn allowed_distance(name: &str) -> usize {
    match name.chars().count() {
        0..=1 => 0,
        2..=5 => 1,
        6..=9 => 2,
        _ => 3,
    }
}

/// Insertions, deletions, replacements and swaps of neighbours between two names (optimal string alignment), with
/// case ignored. Names are cut at 64 characters.
fn distance(left: &str, right: &str) -> usize {
    let fold = |text: &str| text.chars().take(64).map(|c| c.to_ascii_lowercase()).collect::<Vec<char>>();
    let (left, right) = (fold(left), fold(right));
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let mut least = (last[j + 1] + 1).min(row[j] + 1).min(last[j] + usize::from(l != r));
            if i > 0 && j > 0 && *l == right[j - 1] && left[i - 1] == *r {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_within_reach() {
        let names = ["amount", "account", "id", "name"];
        for (written, expected) in [
            ("amuont", Some("amount")),
            ("AMOUNT1", Some("amount")),
            ("nmae", Some("name")),
            ("idd", Some("id")),
            ("x", None),
            ("address", None),
        ] {
            assert_eq!(nearest(written, names), expected, "{written}");
        }
    }
}
