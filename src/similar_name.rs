//! Which existing name is close to one that does not exist?

/// Share of letters that may stay; below it, a suggestion would rather mislead: `aks-dev` is not `aks-prod`.
const LEAST_LIKENESS: f64 = 0.75;
/// A name from outside may be megabytes long, and the comparison takes the product of both lengths.
const LONGEST: usize = 128;

/// The nearest of the `known` names, letter case aside; `None` if all differ much.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    let likeness =
        // Damerau's distance counts two swapped letters as one mistake, which is the usual typing error.
        |known: &str| strsim::normalized_damerau_levenshtein(&name, &known.to_lowercase());
    let known = known.into_iter().filter(|known| known.len() <= LONGEST);
    known
        .map(|known| (likeness(known), known))
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .map(|(_, known)| known)
}

/// `; did you mean NAME?`, or nothing.
pub(crate) fn did_you_mean<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let nearest = nearest(name, known);
    nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_near_and_another_name_is_not() {
        let clusters = ["aks-prod", "aks-test"];

        assert_eq!(nearest("aks-prd", clusters), Some("aks-prod"));
        assert_eq!(nearest("AKS-Tets", clusters), Some("aks-test"));
        assert_eq!(nearest("aks-dev", clusters), None);
        assert_eq!(nearest("", clusters), None);
        assert_eq!(nearest(&"a".repeat(1000), ["a"]), None);
    }
}
