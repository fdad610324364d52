//! Import circles between files. Sees `crate::`, `super::` and `self::` paths, nested braces, re-exports, and calls of methods that a
//! file adds to a type of another file, where the caller names the type. It does not see calls of the methods of a trait.

use std::collections::{BTreeMap, BTreeSet};

use super::{SOURCE, code_of, source_files};

/// Imports by file: the modules that are imported. A child that its parent declares (`mod child;`) is not imported by that;
/// one that it uses or re-exports is. In the sandbox the `mod.rs` of a folder is one service with its children.
pub(super) type Imports = BTreeMap<String, BTreeSet<String>>;

/// The paths of a `use` tree such as `a::{b, c::{d as e}}`, with the name that each gets.
fn flatten(tree: &str, prefix: &str, found: &mut Vec<(String, String)>) {
    let (head, rest) = tree.split_once('{').unwrap_or((tree, ""));
    if rest.is_empty() {
        let (path, name) = head.split_once(" as ").unwrap_or((head, ""));
        let path = format!("{prefix}{}", path.trim());
        let last = path.rsplit("::").next().unwrap_or_default().to_owned();
        let name = if name.is_empty() {
            last
        } else {
            name.trim().to_owned()
        };
        found.push((path, name));
        return;
    }
    let prefix = format!("{prefix}{}", head.trim());
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut start) = (0, 0);
    for (at, letter) in inner.char_indices().chain([(inner.len(), ',')]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let item = inner[start..at].trim();
                if !item.is_empty() {
                    flatten(item, &prefix, found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The absolute module path behind `crate::`, `super::` and `self::`; other crates are not of interest.
fn absolute(path: &str, module: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix("crate::") {
        return Some(rest.to_owned());
    }
    let (mut base, mut path) = (module, path);
    let mut is_local = false;
    if let Some(rest) = path.strip_prefix("self::") {
        (path, is_local) = (rest, true);
    }
    while let Some(rest) = path.strip_prefix("super::") {
        base = base.rsplit_once("::").map_or("", |(parent, _)| parent);
        (path, is_local) = (rest, true);
    }
    is_local.then(|| {
        format!("{base}::{path}")
            .trim_start_matches("::")
            .to_owned()
    })
}

/// `(path, name, whether it is re-exported)` of each import.
fn imports_of(code: &str) -> Vec<(String, String, bool)> {
    let statement = regex::Regex::new(r"(?m)^\s*(pub(?:\([a-z_: ]+\))? )?use ([^;]+);").unwrap();
    let inline = regex::Regex::new(r"\b(?:crate|super|self)::[A-Za-z0-9_:]+").unwrap();
    let mut found = Vec::new();
    for captures in statement.captures_iter(code) {
        let mut paths = Vec::new();
        flatten(&captures[2].replace('\n', " "), "", &mut paths);
        let is_public = captures.get(1).is_some();
        found.extend(
            paths
                .into_iter()
                .map(|(path, name)| (path, name, is_public)),
        );
    }
    // A visibility such as `pub(in crate::azure)` is no import.
    let visibility = regex::Regex::new(r"\(in [a-z_:]+\)").unwrap();
    let code = visibility.replace_all(code, "");
    let rest = statement.replace_all(&code, "");
    let lines = rest
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    // Such as `clock::ClockCheck`, which is an import if `clock` is a child of this file.
    let plain = regex::Regex::new(r"(?:^|[^:\w])([a-z_]\w*::[A-Za-z0-9_:]+)").unwrap();
    for line in lines {
        let paths = inline.find_iter(line).map(|path| path.as_str());
        let plain = plain.captures_iter(line).filter_map(|found| found.get(1));
        let plain = plain
            .map(|path| path.as_str())
            .filter(|path| !inline.is_match(path));
        let paths = paths.chain(plain);
        found.extend(paths.map(|path| (path.to_owned(), String::new(), false)));
    }
    found
}

/// Modules for tests that are written within a file.
fn without_test_modules(code: &str) -> String {
    let module = regex::Regex::new(r"(?ms)^#\[cfg\(test\)\]\n[a-z()]*\s*mod \w+ \{.*?^\}").unwrap();
    module.replace_all(code, "").into_owned()
}

/// A method that a file adds to a type that another file defines.
struct AddedMethod {
    name: String,
    of_type: String,
    module: String,
}

fn added_methods(files: &BTreeMap<String, String>) -> Vec<AddedMethod> {
    let block =
        regex::Regex::new(r"(?ms)^impl(?:<[^>]*>)? ([A-Z]\w*)(?:<[^>]*>)? \{\n(.*?)^\}").unwrap();
    let method = regex::Regex::new(r"(?m)^    .*\bfn (\w+)").unwrap();
    let mut found = Vec::new();
    for (module, code) in files {
        for block in block
            .captures_iter(code)
            .filter(|it| !defines(code, &it[1]))
        {
            found.extend(method.captures_iter(&block[2]).map(|method| AddedMethod {
                name: method[1].to_owned(),
                of_type: block[1].to_owned(),
                module: module.clone(),
            }));
        }
    }
    found
}

fn defines(code: &str, name: &str) -> bool {
    let kinds = ["struct", "enum", "type"];
    let starts = kinds.map(|kind| format!("{kind} {name}"));
    // The last one is a type that the macros of the answers and targets write.
    starts
        .iter()
        .chain([&format!("\n    {name} {{")])
        .any(|start| {
            code.split(start.as_str())
                .skip(1)
                .any(|after| !after.starts_with(|next: char| next.is_alphanumeric()))
        })
}

/// `(caller, file with the method)`, for callers that name the type. A name that several types have counts only where the file of
/// the type calls it of itself.
fn method_calls(files: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for AddedMethod {
        name,
        of_type,
        module,
    } in added_methods(files)
    {
        let regex = |pattern: String| regex::Regex::new(&pattern).unwrap();
        let definition = regex(format!(r"\bfn {name}\b"));
        let definitions = files
            .values()
            .map(|code| definition.find_iter(code).count());
        let is_unique = definitions.sum::<usize>() == 1;
        let receiver = if is_unique {
            r"(?:\.|::)"
        } else {
            r"(?:self\.|Self::)"
        };
        let call = regex(format!(r"{receiver}{name}(?:::<[^>]*>)?\("));
        let named = regex(format!(r"\b{of_type}\b"));
        let callers = files
            .iter()
            .filter(|(file, code)| **file != module && call.is_match(code) && named.is_match(code))
            .filter(|(_, code)| is_unique || defines(code, &of_type));
        found.extend(callers.map(|(file, _)| (file.clone(), module.clone())));
    }
    found
}

fn module_of(path: &std::path::Path) -> String {
    let inner = path.strip_prefix(SOURCE).unwrap().with_extension("");
    let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
    let parts = parts.into_iter().filter(|part| part != "mod");
    parts.collect::<Vec<_>>().join("::")
}

/// The imports of every file, re-exports followed to the file that defines the name.
pub(super) fn imports() -> Imports {
    let files: BTreeMap<String, String> = source_files()
        .iter()
        .map(|path| (module_of(path), without_test_modules(&code_of(path))))
        .collect();
    let mut exports = BTreeMap::new();
    for (module, code) in &files {
        for (path, name, is_public) in imports_of(code) {
            // A path without a prefix begins at a module of the same file's folder.
            let path = absolute(&path, module).unwrap_or_else(|| format!("{module}::{path}"));
            if is_public {
                exports.insert(format!("{module}::{name}"), path);
            }
        }
    }
    // The file behind a path: re-exports are followed, then the longest path that is a file counts.
    let file_behind = |path: &str| {
        let mut path = path.to_owned();
        for _ in 0..8 {
            match exports.get(&path) {
                Some(further) => path.clone_from(further),
                None => break,
            }
        }
        while !path.is_empty() && !files.contains_key(&path) {
            path.truncate(path.rfind("::").unwrap_or(0));
        }
        (!path.is_empty()).then_some(path)
    };
    let mut imports: Imports = files
        .iter()
        .map(|(module, code)| {
            // A path without a prefix can begin at a child of this file.
            let of_child = |path: &str| {
                let child = format!("{module}::{}", path.split("::").next()?);
                let is_file = files.contains_key(&child);
                is_file.then(|| format!("{module}::{path}"))
            };
            let below = format!("{module}::");
            let found = imports_of(code)
                .into_iter()
                .filter_map(|(path, _, _)| {
                    file_behind(&absolute(&path, module).or_else(|| of_child(&path))?)
                })
                .filter(|file| file != module)
                .filter(|file| !module.starts_with("sandbox") || !file.starts_with(&below))
                .collect();
            (module.clone(), found)
        })
        .collect();
    for (caller, module) in method_calls(&files) {
        let is_own_child =
            caller.starts_with("sandbox") && module.starts_with(&format!("{caller}::"));
        if !is_own_child {
            imports.entry(caller).or_default().insert(module);
        }
    }
    imports
}

/// Every file that a file reaches by its imports.
fn reached(imports: &Imports, from: &str) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(file) = open.pop() {
        for next in imports.get(&file).into_iter().flatten() {
            if found.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    found
}

#[test]
#[expect(clippy::print_stdout, reason = "the circles are the result")]
fn no_files_import_each_other() {
    let imports = imports();
    let reach: BTreeMap<&String, BTreeSet<String>> = imports
        .keys()
        .map(|file| (file, reached(&imports, file)))
        .collect();
    let mut circles = BTreeSet::new();
    for (file, others) in &reach {
        let circle: BTreeSet<&String> = others
            .iter()
            .filter(|other| reach.get(other).is_some_and(|back| back.contains(*file)))
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }

    for circle in &circles {
        println!("{} files import each other: {circle:?}", circle.len());
    }
    assert!(circles.is_empty(), "import circles: {circles:#?}");
}

#[test]
fn imports_are_seen_through_braces_super_self_and_new_names() {
    let code = "use crate::a::{b, c::{D as E, F}};\npub(crate) use super::g::H;\nfn x() { super::i::j(); self::k::l(); m::n(); }\n";

    let found = imports_of(code);

    let paths: Vec<_> = found
        .iter()
        .map(|(path, _, _)| absolute(path, "m::n").unwrap_or_else(|| path.clone()))
        .collect();
    assert_eq!(
        paths,
        [
            "a::b",
            "a::c::D",
            "a::c::F",
            "m::g::H",
            "m::i::j",
            "m::n::k::l",
            "m::n"
        ]
    );
    assert_eq!(found[1].1, "E");
    assert!(found[3].2 && !found[0].2);
}

#[test]
fn a_call_of_a_method_that_another_file_adds_to_a_type_is_an_import() {
    let file = |name: &str, code: &str| (name.to_owned(), code.to_owned());
    let files = BTreeMap::from([
        file(
            "a",
            "struct Edits<'a>;\nimpl<'a> Edits<'a> {\n    fn add(&self) {\n        self.add_more();\n        other.len();\n    }\n}\n",
        ),
        file(
            "b",
            "impl Edits<'_> {\n    pub(super) fn add_more(&self) {}\n    fn len(&self) {}\n}\n",
        ),
        file(
            "c",
            "struct Other;\nimpl Other {\n    fn len(&self) {}\n}\nfn f() { x.len(); }\n",
        ),
        file("d", "fn f(edits: &Edits) { edits\n    .add_more() }\n"),
    ]);

    let calls = method_calls(&files);

    let expected = [("a", "b"), ("d", "b")];
    assert_eq!(
        calls,
        expected.map(|(from, to)| (from.to_owned(), to.to_owned()))
    );
}
