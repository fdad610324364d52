//! Paths with holes, such as `/subscriptions/{subscription}/locations`, and what fills the holes.

/// What filled each hole of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Captures(Vec<(&'static str, String)>);

impl Captures {
    /// What filled the hole; a route and its handler agree on the names.
    pub(crate) fn get(&self, hole: &str) -> &str {
        self.find(hole)
            .expect("a handler asks only for holes that its own route has")
    }

    /// What filled the hole, if the template has it.
    pub(crate) fn find(&self, hole: &str) -> Option<&str> {
        let captured = self.0.iter().find(|(name, _)| *name == hole);
        captured.map(|(_, text)| text.as_str())
    }
}

/// Compares a path's segments with those of a template; fixed ones match in any case, as Resource Manager's do.
///
/// A hole takes one segment, but a leading `{scope}` takes any number, and comes out with slashes.
pub(crate) fn capture(parts: &[&'static str], segments: &[String]) -> Option<Captures> {
    capture_if(parts, segments, str::eq_ignore_ascii_case)
}

/// The same with fixed segments in this case only.
pub(crate) fn capture_exactly(template: &'static str, segments: &[String]) -> Option<Captures> {
    let parts: Vec<&'static str> = template.split('/').skip(1).collect();
    capture_if(&parts, segments, str::eq)
}

fn capture_if(
    parts: &[&'static str],
    segments: &[String],
    same: fn(&str, &str) -> bool,
) -> Option<Captures> {
    let (parts, segments, mut captures) = match parts.split_first() {
        Some((&"{scope}", after)) => {
            // Extension resources have their parent's whole id in front, which can be of any
            // length.
            let scope_length = segments.len().checked_sub(after.len())?;
            let (scope, rest) = segments.split_at(scope_length);
            let scope: String = scope.iter().map(|segment| format!("/{segment}")).collect();
            (after, rest, Captures(vec![("scope", scope)]))
        }
        _ => (parts, segments, Captures::default()),
    };
    if parts.len() != segments.len() {
        return None;
    }
    for (part, segment) in parts.iter().zip(segments) {
        match part
            .strip_prefix('{')
            .and_then(|hole| hole.strip_suffix('}'))
        {
            Some(hole) => captures.0.push((hole, segment.clone())),
            None if same(part, segment) => {}
            None => return None,
        }
    }
    Some(captures)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKS: [&str; 4] = ["{scope}", "providers", "X", "locks"];

    fn segments(path: &str) -> Vec<String> {
        path.split('/').skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn fixed_segments_match_in_any_case_and_holes_keep_theirs() {
        let path = segments("/SUBSCRIPTIONS/S1/resourcegroups/RG-Prod");

        let captures = capture(
            &[
                "subscriptions",
                "{subscription}",
                "resourceGroups",
                "{group}",
            ],
            &path,
        );

        assert_eq!(captures.unwrap().get("group"), "RG-Prod");
    }

    #[test]
    fn a_leading_scope_takes_as_much_as_is_left() {
        let path = segments("/a/b/c/providers/X/locks");

        let captures = capture(&LOCKS, &path).unwrap();

        assert_eq!(captures.get("scope"), "/a/b/c");
    }

    #[test]
    fn a_longer_or_shorter_path_is_another_path() {
        assert_eq!(capture(&["tenants"], &segments("/tenants/t1")), None);
        assert_eq!(capture(&LOCKS, &segments("/x")), None);
    }
}
