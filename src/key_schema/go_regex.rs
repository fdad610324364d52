//! Does Prometheus take a regular expression? It compiles them with Go's `regexp/syntax` (RE2), which refuses some forms that other
//! libraries take, and takes some that they refuse. Source: `parse.go` of Go 1.26 (read 2026-11-28).

use super::unicode_classes::is_class;

/// More repetitions Go does not take, nor more by repetitions within each other.
const MOST_REPETITIONS: u32 = 1000;

const NAMED_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Why Go does not compile the expression of a relabeling rule, if so.
pub(super) fn fault(regex: &str) -> Option<&'static str> {
    // Prometheus compiles it in this group, so `a)|(b` is valid.
    let whole = format!("^(?s:{regex})$");
    let mut scanner = RegexScanner {
        rest: &whole,
        repetitions: vec![1],
        of_operand: 1,
        has_operand: false,
        is_repeated: false,
    };
    scanner.scan().err()
}

type Scan<T = ()> = Result<T, &'static str>;

struct RegexScanner<'a> {
    rest: &'a str,
    /// How often the innermost thing is repeated at most: of the whole, and of each group that is open.
    repetitions: Vec<u32>,
    /// The same of the last token.
    of_operand: u32,
    /// Whether there is something that an operator can repeat.
    has_operand: bool,
    /// Whether the last token was a repetition.
    is_repeated: bool,
}

impl RegexScanner<'_> {
    fn scan(&mut self) -> Scan {
        while let Some(next) = self.next() {
            let was_repeated = std::mem::take(&mut self.is_repeated);
            let inner = std::mem::replace(&mut self.of_operand, 1);
            match next {
                '(' => self.group()?,
                ')' => self.close()?,
                '|' => self.has_operand = false,
                '*' | '+' | '?' => {
                    self.repetition(was_repeated)?;
                    self.of_operand = inner;
                }
                '{' => match self.counts()? {
                    Some(counts) => {
                        self.repetition(was_repeated)?;
                        self.repeat(inner, counts)?;
                    }
                    // RE2 reads `{` as a literal unless a count such as `{2,3}` follows.
                    None => self.has_operand = true,
                },
                '[' => {
                    self.class()?;
                    self.has_operand = true;
                }
                '\\' => {
                    self.has_operand |= self.escape_outside_of_class()?;
                }
                _ => self.has_operand = true,
            }
        }
        match self.repetitions.len() {
            1 => Ok(()),
            _ => Err("a `(` has no `)`"),
        }
    }

    fn close(&mut self) -> Scan {
        let of_group = self.repetitions.pop().unwrap_or(1);
        let above = self.repetitions.last_mut().ok_or("a `)` has no `(`")?;
        *above = of_group.max(*above);
        self.of_operand = of_group;
        self.has_operand = true;
        Ok(())
    }

    /// Repeats what repeats its innermost part `inner` times: `repeatIsValid` of Go.
    fn repeat(&mut self, inner: u32, (least, most): (u32, Option<u32>)) -> Scan {
        let times = most.unwrap_or(least);
        let all = match (times, most) {
            (0, Some(_)) => 1,
            _ => inner.saturating_mul(times.max(1)),
        };
        if times >= 2 && all > MOST_REPETITIONS {
            return Err("more than 1000 repetitions");
        }
        self.of_operand = all;
        if let Some(whole) = self.repetitions.last_mut() {
            *whole = all.max(*whole);
        }
        Ok(())
    }

    fn next(&mut self) -> Option<char> {
        let mut rest = self.rest.chars();
        let next = rest.next();
        self.rest = rest.as_str();
        next
    }

    fn take(&mut self, start: &str) -> bool {
        let rest = self.rest.strip_prefix(start);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn repetition(&mut self, was_repeated: bool) -> Scan {
        self.take("?");
        if was_repeated {
            return Err("a repetition is repeated, such as `**`");
        }
        if !self.has_operand {
            return Err("there is nothing before a repetition");
        }
        self.is_repeated = true;
        Ok(())
    }

    /// The rest of `{n}`, `{n,}` or `{n,m}`, if it is one.
    fn counts(&mut self) -> Scan<Option<(u32, Option<u32>)>> {
        let Some((inner, after)) = self.rest.split_once('}') else {
            return Ok(None);
        };
        let (least, most) = match inner.split_once(',') {
            Some((least, "")) => (least, None),
            Some((least, most)) => (least, Some(most)),
            None => (inner, Some(inner)),
        };
        let is_count = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|each| each.is_ascii_digit());
            is_number && (text.len() == 1 || !text.starts_with('0'))
        };
        if !is_count(least) || !most.is_none_or(is_count) {
            return Ok(None);
        }
        let number = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
        let (least, most) = (number(least), most.map(number));
        if least.max(most.unwrap_or(0)) > MOST_REPETITIONS {
            return Err("more than 1000 repetitions");
        }
        if most.is_some_and(|most| most < least) {
            return Err("the greater number of repetitions comes first");
        }
        self.rest = after;
        Ok(Some((least, most)))
    }

    /// What follows a `(`.
    fn group(&mut self) -> Scan {
        let unknown = "a group starts with `(?` and none of the forms that Prometheus knows; look-around is none";
        if !self.take("?") {
            self.open();
            return Ok(());
        }
        if self.take("P<") || self.take("<") {
            let (name, after) = self.rest.split_once('>').ok_or(unknown)?;
            let is_word = |each: char| each.is_ascii_alphanumeric() || each == '_';
            if name.is_empty() || !name.chars().all(is_word) {
                return Err(unknown);
            }
            self.rest = after;
            self.open();
            return Ok(());
        }
        let end = self.rest.find([':', ')']).ok_or(unknown)?;
        let (flags, after) = self.rest.split_at(end);
        let off = flags.split_once('-').map(|(_, off)| off);
        let on = flags.split('-').next().unwrap_or_default();
        let is_known = |flags: &str| flags.chars().all(|each| "imsU".contains(each));
        if !is_known(on) || off.is_some_and(|off| off.is_empty() || !is_known(off)) {
            return Err(unknown);
        }
        self.rest = &after[1..];
        // Flags alone, `(?i)`, are no operand and hold for what follows.
        if after.starts_with(':') {
            self.open();
        }
        Ok(())
    }

    fn open(&mut self) {
        self.repetitions.push(1);
        self.has_operand = false;
    }

    /// Whether it is something that can be repeated.
    fn escape_outside_of_class(&mut self) -> Scan<bool> {
        if self.take("Q") {
            // Text up to `\E`, or to the end.
            let (text, after) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
            self.rest = after;
            return Ok(!text.is_empty());
        }
        if ["A", "b", "B", "z"].iter().any(|name| self.take(name)) || self.class_escape()? {
            return Ok(true);
        }
        self.escape().map(|_| true)
    }

    /// A class such as `\d`, if one follows.
    fn class_escape(&mut self) -> Scan<bool> {
        if self.take("p") || self.take("P") {
            return match self.next() {
                Some('{') => {
                    let (name, after) = self.rest.split_once('}').ok_or("a `\\p{` has no `}`")?;
                    self.rest = after;
                    match is_class(name) {
                        true => Ok(true),
                        false => Err("a class `\\p{…}` that does not exist"),
                    }
                }
                Some(name) if is_class(name.encode_utf8(&mut [0; 4])) => Ok(true),
                _ => Err("a `\\p` has no class"),
            };
        }
        Ok(["d", "D", "s", "S", "w", "W"]
            .iter()
            .any(|name| self.take(name)))
    }

    /// The character that an escape stands for, after the backslash.
    fn escape(&mut self) -> Scan<u32> {
        let unknown = "an escape that Prometheus does not know";
        let first = self.next().ok_or("a backslash at its end")?;
        let is_octal = |each: &char| ('0'..='7').contains(each);
        Ok(match first {
            '1'..='7' if !self.rest.starts_with(|each| is_octal(&each)) => {
                return Err("a reference to a group, such as `\\1`");
            }
            '0'..='7' => {
                let more = self.rest.chars().take(2).take_while(is_octal).count();
                let (digits, after) = self.rest.split_at(more);
                let number = format!("{first}{digits}");
                self.rest = after;
                u32::from_str_radix(&number, 8).map_err(|_| unknown)?
            }
            'x' => self
                .hexadecimal()
                .ok_or("a `\\x` without two digits or `{…}`")?,
            'a' => 7,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => other.into(),
            _ => return Err(unknown),
        })
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let (digits, after) = match self.rest.strip_prefix('{') {
            Some(rest) => rest.split_once('}')?,
            None => self.rest.split_at_checked(2)?,
        };
        let is_hexadecimal = digits.bytes().all(|each| each.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16)
            .ok()
            .filter(|_| is_hexadecimal);
        self.rest = after;
        number.filter(|number| *number <= u32::from(char::MAX))
    }

    /// What follows a `[`, with its `]`.
    fn class(&mut self) -> Scan {
        self.take("^");
        let mut is_first = true;
        // A `]` that comes first is text.
        while is_first || !self.take("]") {
            is_first = false;
            if self.named_class()? {
                continue;
            }
            if self.rest.starts_with('\\') {
                let before = self.rest;
                self.take("\\");
                if self.class_escape()? {
                    continue;
                }
                self.rest = before;
            }
            let least = self.class_character()?;
            let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]");
            if is_range {
                self.take("-");
                if self.class_character()? < least {
                    return Err("a range in `[…]` ends before it starts");
                }
            }
        }
        Ok(())
    }

    fn named_class(&mut self) -> Scan<bool> {
        let named = self
            .rest
            .strip_prefix("[:")
            .and_then(|rest| rest.split_once(":]"));
        let Some((name, after)) = named else {
            return Ok(false);
        };
        if !NAMED_CLASSES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err("a class `[:…:]` that does not exist");
        }
        self.rest = after;
        Ok(true)
    }

    fn class_character(&mut self) -> Scan<u32> {
        match self.next() {
            None => Err("a `[` has no `]`"),
            Some('\\') => self.escape(),
            Some(other) => Ok(other.into()),
        }
    }
}
