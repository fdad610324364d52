//! Fills a template within limits: of steps, of each value, of all values together, and of the output.
//!
//! The engine limits steps only, and forty times `{% set x = x ~ x %}` is forty steps. So each instruction that makes a
//! value is followed by a call that weighs the value, and each piece of plain text by its length.

use std::sync::Arc;

use minijinja::machinery::{
    CodeGenerator, Instruction, Instructions, Token, eval, make_string_output, parse, tokenize,
};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, value};
use serde_yaml::Value;

use super::template_budget::{Budget, check_text};
use super::{BlockStyle, Quoting, block_lines, scalar_text};

/// Instructions of the template engine, half of which are those that weigh; a built-in template takes a few hundred.
const MOST_STEPS: u64 = 2_000_000;
/// Of a loop that calls itself.
const DEEPEST_CALL: usize = 100;
/// Of one `{{ … }}` or `{% … %}`: the engine compiles an expression by calling itself for each part.
const MOST_PARTS: usize = 500;
/// Of blocks in blocks, for the same reason.
const DEEPEST_BLOCK: usize = 50;
/// The engine counts lines in 16 bits.
const MOST_LINES: usize = 65_000;
/// In spaces, for the filter `yaml`.
const WIDEST_INDENT: usize = 200;
/// In bytes.
const LARGEST_OUTPUT: usize = 16 * 1024 * 1024;

/// Names of functions that no template can call: they are no identifiers.
const WEIGH: &str = "weigh a value";
const CHARGE: &str = "charge for plain text";

/// Filters that make as much as a number or another text asks for, functions that show every variable or build a value that
/// holds itself, and what quotes for HTML.
const LEFT_OUT_FILTERS: [&str; 8] = [
    "format", "indent", "batch", "slice", "replace", "pprint", "escape", "e",
];
const LEFT_OUT_FUNCTIONS: [&str; 2] = ["namespace", "debug"];

/// Why a template makes no text.
#[derive(Debug)]
pub(super) struct TemplateError {
    /// 0 where it concerns the whole template.
    pub(super) line: usize,
    pub(super) reason: String,
}

/// The text that the template makes of these values.
pub(super) fn fill(name: &str, source: &str, values: &Value) -> Result<String, TemplateError> {
    check_source(source)?;
    let budget = Arc::new(Budget::default());
    let environment = environment(&budget);
    let mut text = String::new();
    let run = run(&environment, name, source, values, &mut text);
    // Neither the error's `Debug` nor its debug info is ever shown: they print the variables, secrets included.
    run.map_err(|error| TemplateError {
        line: error.line().unwrap_or_default(),
        reason: reason(&error),
    })?;
    if text.len() > LARGEST_OUTPUT {
        return Err(TemplateError {
            line: 0,
            reason: "it makes a file of more than 16 MiB".to_owned(),
        });
    }
    Ok(text)
}

fn run(
    environment: &Environment<'_>,
    name: &str,
    source: &str,
    values: &Value,
    text: &mut String,
) -> Result<(), Error> {
    let parsed = parse(source, name, syntax())?;
    let mut generator = CodeGenerator::new(name, source);
    generator.compile_stmt(&parsed);
    let (instructions, blocks) = generator.finish();
    let instructions = weighed(&instructions);
    let root = value::Value::from(value::Serde(values));
    let mut output = make_string_output(text);
    let escape = AutoEscape::None;
    eval(
        environment,
        &instructions,
        root,
        &blocks,
        &mut output,
        escape,
    )
    .map(drop)
}

fn reason(error: &Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => "it takes more than a million steps; does a loop never end?".into(),
        kind => error
            .detail()
            .map_or_else(|| kind.to_string(), str::to_owned),
    }
}

/// What the engine would compute or recurse over before any instruction runs.
fn check_source(source: &str) -> Result<(), TemplateError> {
    if source.lines().count() > MOST_LINES {
        return Err(TemplateError {
            line: MOST_LINES,
            reason: format!("it has more than {MOST_LINES} lines"),
        });
    }
    let mut shape = TemplateSize::default();
    // The parser reports what is no token.
    for (token, span) in tokenize(source, false, syntax()).map_while(Result::ok) {
        shape.see(&token).map_err(|reason| TemplateError {
            line: span.start_line.into(),
            reason,
        })?;
    }
    Ok(())
}

/// How long and how deep a template is, by its tokens.
#[derive(Default)]
struct TemplateSize<'source> {
    /// Of the tag that is open.
    parts: usize,
    /// The first word of the tag that is open, where it is a block's.
    word: Option<&'source str>,
    is_assignment: bool,
    /// One for each block that is open: how many levels it is worth.
    open: Vec<usize>,
}

impl<'source> TemplateSize<'source> {
    fn see(&mut self, token: &Token<'source>) -> Result<(), String> {
        self.parts += 1;
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => {
                (self.parts, self.word, self.is_assignment) = (0, None, false);
            }
            // `"x" * 1000000` makes a million letters in one step.
            Token::Mul => return Err("the operator * is not available".to_owned()),
            Token::Assign => self.is_assignment = true,
            Token::Ident(word) if self.parts == 1 => self.word = Some(word),
            Token::BlockEnd => self.end_tag(),
            _ => {}
        }
        if self.parts > MOST_PARTS {
            return Err(format!("an expression has more than {MOST_PARTS} parts"));
        }
        if self.open.iter().sum::<usize>() > DEEPEST_BLOCK {
            return Err(format!("blocks lie more than {DEEPEST_BLOCK} deep"));
        }
        Ok(())
    }

    fn end_tag(&mut self) {
        match self.word {
            Some("if" | "for" | "with" | "filter" | "autoescape") => self.open.push(1),
            Some("set") if !self.is_assignment => self.open.push(1),
            // The engine takes it for an `if` in an `else`.
            Some("elif") => {
                if let Some(levels) = self.open.last_mut() {
                    *levels += 1;
                }
            }
            Some(word) if word.starts_with("end") => drop(self.open.pop()),
            _ => {}
        }
    }
}

/// The same program, in which every value that it makes is weighed.
fn weighed<'source>(original: &Instructions<'source>) -> Instructions<'source> {
    let program: Vec<Instruction<'source>> = (0..)
        .map_while(|place| original.get(place).cloned())
        .collect();
    let mut places = Vec::with_capacity(program.len() + 1);
    let mut next = 0;
    for instruction in &program {
        places.push(next);
        let added = before(instruction).len() + 1 + after(instruction).len();
        next += u32::try_from(added).expect("a handful");
    }
    places.push(next);

    let mut made = Instructions::new(original.name(), original.source());
    for (place, instruction) in (0..).zip(program) {
        let before = before(&instruction);
        let after = after(&instruction);
        let moved = with_target(instruction, |target| places[target as usize]);
        for instruction in before.into_iter().chain([moved]).chain(after) {
            match (original.get_span(place), original.get_line(place)) {
                (Some(span), _) => made.add_with_span(instruction, span),
                (None, Some(line)) => {
                    made.add_with_line(instruction, u16::try_from(line).unwrap_or(u16::MAX))
                }
                (None, None) => made.add(instruction),
            };
        }
    }
    made
}

fn before<'source>(instruction: &Instruction<'source>) -> Vec<Instruction<'source>> {
    match instruction {
        Instruction::EmitRaw(text) => vec![
            Instruction::LoadConst(value::Value::from(text.len())),
            Instruction::CallFunction(CHARGE, Some(1)),
            Instruction::DiscardTop,
        ],
        _ => Vec::new(),
    }
}

fn after<'source>(instruction: &Instruction<'source>) -> Vec<Instruction<'source>> {
    let makes_a_value = matches!(
        instruction,
        Instruction::StringConcat
            | Instruction::Add
            | Instruction::Slice
            | Instruction::BuildList(_)
            | Instruction::BuildTuple(_)
            | Instruction::BuildMap(_)
            | Instruction::EndCapture
            | Instruction::ApplyFilter(..)
            | Instruction::CallFunction(..)
            | Instruction::CallMethod(..)
            | Instruction::CallObject(_)
    );
    match makes_a_value {
        true => vec![Instruction::CallFunction(WEIGH, Some(1))],
        false => Vec::new(),
    }
}

/// A jump goes to where its target is now.
fn with_target(instruction: Instruction<'_>, place: impl Fn(u32) -> u32) -> Instruction<'_> {
    match instruction {
        Instruction::Iterate(target) => Instruction::Iterate(place(target)),
        Instruction::Jump(target) => Instruction::Jump(place(target)),
        Instruction::JumpIfFalse(target) => Instruction::JumpIfFalse(place(target)),
        Instruction::JumpIfFalseOrPop(target) => Instruction::JumpIfFalseOrPop(place(target)),
        Instruction::JumpIfTrueOrPop(target) => Instruction::JumpIfTrueOrPop(place(target)),
        other => other,
    }
}

fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder()
        // A line that has only a tag leaves no line in the file.
        .trim_blocks(true)
        .lstrip_blocks(true)
        // As in Jinja, the engine drops the last line break of a template by default.
        .keep_trailing_newline(true)
        .build()
        .expect("these options fit each other")
}

fn environment(budget: &Arc<Budget>) -> Environment<'static> {
    let mut environment = Environment::new();
    // Errors of the debug mode show the variables of the template, and one can be a secret.
    environment.set_debug(false);
    environment.set_fuel(Some(MOST_STEPS));
    environment.set_recursion_limit(DEEPEST_CALL);
    // By default a misspelled variable is empty text, which would be a missing setting in the file.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for filter in LEFT_OUT_FILTERS {
        environment.remove_filter(filter);
    }
    for function in LEFT_OUT_FUNCTIONS {
        environment.remove_global(function);
    }
    let shared = || Arc::clone(budget);
    let spent = shared();
    environment.add_function(WEIGH, move |value: value::Value| {
        spent.weigh(&value).map(|()| value)
    });
    let spent = shared();
    environment.add_function(CHARGE, move |bytes: usize| spent.charge(bytes));
    let spent = shared();
    environment.add_filter(
        "join",
        move |items: &value::Value, separator: Option<String>| {
            join(&spent, items, &separator.unwrap_or_default())
        },
    );
    let spent = shared();
    environment.add_filter("tojson", move |value: &value::Value| to_json(&spent, value));
    environment.add_filter("yaml", block);
    environment.add_filter("without", without);
    let spent = shared();
    environment.set_formatter(move |out, _, value| {
        spent.weigh(value)?;
        if value.is_safe() {
            return Ok(out.write_str(value.as_str().unwrap_or_default())?);
        }
        Ok(out.write_str(&scalar_text(&plain(value)?, Quoting::default()))?)
    });
    environment
}

/// The filter `join(separator)`.
fn join(budget: &Budget, items: &value::Value, separator: &str) -> Result<String, Error> {
    let mut text = String::new();
    for item in items.try_iter()? {
        if !text.is_empty() {
            text.push_str(separator);
        }
        match item.as_str() {
            Some(item) => text.push_str(item),
            None => text.push_str(&item.to_string()),
        }
        check_text(text.len())?;
    }
    // Another filter may call this one for each item of a list.
    budget.charge(text.len())?;
    Ok(text)
}

/// The filter `tojson`, without an indent.
fn to_json(budget: &Budget, value: &value::Value) -> Result<value::Value, Error> {
    let text =
        serde_json::to_string(value).map_err(|_| Error::from(ErrorKind::BadSerialization))?;
    budget.charge(text.len())?;
    Ok(value::Value::from_safe_string(text))
}

/// The filter `yaml(indent)`: a map or list in block style, its lines after the first indented.
fn block(value: &value::Value, indent: usize) -> Result<value::Value, Error> {
    if indent > WIDEST_INDENT {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("yaml({indent}): the indent is more than {WIDEST_INDENT}"),
        ));
    }
    let lines = block_lines(&plain(value)?, BlockStyle::default());
    let separator = format!("\n{}", " ".repeat(indent));
    Ok(value::Value::from_safe_string(lines.join(&separator)))
}

/// The filter `without(key, …)`: a map's other entries, so that a template can show some of them in its own way.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands the rest of the arguments over"
)]
fn without(value: &value::Value, keys: value::Rest<String>) -> Result<value::Value, Error> {
    let Value::Mapping(mut map) = plain(value)? else {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "only a map has entries to leave out",
        ));
    };
    for key in keys.iter() {
        map.shift_remove(key.as_str());
    }
    Ok(value::Value::from(value::Serde(Value::Mapping(map))))
}

fn plain(value: &value::Value) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    serde_yaml::to_value(value).map_err(|_| Error::from(ErrorKind::BadSerialization))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn filled(source: &str) -> Result<String, String> {
        let values = serde_yaml::from_str("{text: abc, list: [1, 2, 3], map: {a: 1, b: {c: 2}}}");
        let started = Instant::now();
        let filled = fill("mine.yml", source, &values.unwrap());
        assert!(started.elapsed() < Duration::from_secs(60), "{source:.80}");
        filled.map_err(|error| format!("line {}: {}", error.line, error.reason))
    }

    #[test]
    fn what_doubles_is_stopped() {
        let forty = |line: &str| format!("{{% set x = 'abcdefgh' %}}\n{}", line.repeat(40));
        for line in [
            "{% set x = x ~ x %}\n",
            "{% set x = x + x %}\n",
            "{% set x = [x, x] %}\n",
            "{% set x = {'a': x, 'b': x} %}\n",
            "{% set x = (x, x) %}\n",
            "{% set x = [x, x] | join %}\n",
            "{% set x = ['a', 'b', 'c'] | join(x) %}\n",
            "{% set x = x | tojson | string | tojson | string %}\n",
            "{% set x %}{{ x }}{{ x }}{% endset %}\n",
            "{% filter upper %}{% set x = x ~ x %}{% endfilter %}{% set x = x ~ x %}\n",
            "{% set x = [x] | map('join', [x, x] | join) | first ~ x %}\n",
            "{% set x = dict(a=x, b=x) %}\n",
            "{% set x = (x ~ x)[:] %}\n",
        ] {
            let refused = filled(&forty(line)).expect_err(line);
            let is_clear = refused.contains("1 MiB") || refused.contains("128 MiB");
            assert!(is_clear, "{line}: {refused}");
        }
    }

    #[test]
    fn what_is_made_again_and_again_is_stopped() {
        let large =
            "{% set x = 'abcdefghijklmnop' %}".to_owned() + &"{% set x = x ~ x %}".repeat(12);
        let plain = "p".repeat(50_000);
        for (source, why) in [
            (format!("{large}{{% for a in range(100000) %}}{{% set y = x ~ a %}}{{% endfor %}}"), "1 MiB"),
            (format!("{large}{{% for a in range(9000) %}}{{% set y = x ~ a %}}{{% endfor %}}"), "128 MiB"),
            (format!("{large}{{% for a in range(9000) %}}{{{{ x }}}}{{% endfor %}}"), "128 MiB"),
            (format!("{{% for a in range(9000) %}}{plain}{{% endfor %}}"), "128 MiB"),
            (
                format!("{{% set y %}}{{% for a in range(9000) %}}{plain}{{% endfor %}}{{% endset %}}"),
                "128 MiB",
            ),
            (
                "{% for a in [[1]] recursive %}{% set y = loop([a, a]) %}{{ y }}{{ y }}{% endfor %}"
                    .to_owned(),
                "",
            ),
        ] {
            let refused = filled(&source).unwrap_err();
            assert!(refused.contains(why), "{source:.300}: {refused}");
        }
    }

    #[test]
    fn what_would_grow_while_it_is_compiled_is_refused() {
        let product = filled("a\n{{ 'x' * 100000000 }}").unwrap_err();
        let chain = filled(&format!("{{{{ {}1 }}}}", "1 + ".repeat(100_000))).unwrap_err();
        let lines = filled(&"\n".repeat(70_000)).unwrap_err();

        assert_eq!(product, "line 2: the operator * is not available");
        assert_eq!(chain, "line 1: an expression has more than 500 parts");
        assert_eq!(lines, "line 65000: it has more than 65000 lines");
    }

    #[test]
    fn a_deep_template_ends_with_an_error_or_with_text() {
        let nested =
            |open: &str, close: &str| format!("{}x{}", open.repeat(10_000), close.repeat(10_000));
        for source in [
            nested("{% if true %}", "{% endif %}"),
            nested("{% for a in list %}", "{% endfor %}"),
            nested("{% set a %}", "{% endset %}"),
            nested("{% with a=1 %}", "{% endwith %}"),
            nested("{% filter upper %}", "{% endfilter %}"),
            format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(10_000)),
            format!("{{{{ {}1{} }}}}", "[".repeat(240), "]".repeat(240)),
            format!("{{{{ {}1{} }}}}", "(".repeat(240), ")".repeat(240)),
            format!("{{{{ {}true }}}}", "not ".repeat(490)),
            format!("{{{{ text{} }}}}", "|upper".repeat(240)),
            "{% set x = [1] %}".to_owned() + &"{% set x = [x] %}".repeat(2000) + "{{ x|tojson }}",
            "{{ text".to_owned() + &".a".repeat(10_000),
        ] {
            drop(filled(&source));
        }
    }

    #[test]
    fn the_language_works_as_it_did() {
        for (source, text) in [
            ("{{ text ~ '-' ~ list[0] }}", "abc-1"),
            ("{{ [text, 'd'] | join('-') }}", "abc-d"),
            ("{{ 1 + 2 }}{{ list | length }}{{ text[1:] }}", "33bc"),
            (
                "{% for a in list if a > 1 %}{{ loop.index }}{{ a }} {% else %}none{% endfor %}",
                "12 23 ",
            ),
            ("{% for a in [] %}x{% else %}none{% endfor %}", "none"),
            (
                "{% if text is defined and missing is not defined %}a{% else %}b{% endif %}",
                "a",
            ),
            ("{% set y %}p{{ text }}q{% endset %}{{ y }}", "pabcq"),
            (
                "{{ missing | default('d') }}{{ 'x' if list else 'y' }}",
                "dx",
            ),
            ("{{ map | tojson }}", r#"{"a":1,"b":{"c":2}}"#),
            ("{% for k, v in map | items %}{{ k }}{% endfor %}", "ab"),
            (
                "{% for a in [[1, [2]], 3] recursive %}{% if a is sequence %}({{ loop(a) }}){% else %}{{ a }}{% endif %}{% endfor %}",
                "(1(2))3",
            ),
        ] {
            assert_eq!(filled(source).as_deref(), Ok(text), "{source}");
        }
    }
}
