//! What does a request ask for: expression, moment or span, and series?

use http::Method;
use jiff::Timestamp;

use super::{
    expression::{self, QueryExpression},
    expression_error::ExpressionError,
    refusal::QueryRefusal,
    scanner::Scanner,
    selector::SeriesSelector,
};
use crate::sandbox::request::ServiceRequest;

/// Most moments of a range, as in Prometheus.
const MOST_STEPS: i64 = 11_000;
const HOUR: i64 = 3_600_000;
/// Azure's limits for the span of a range query and of a question for series.
const LONGEST_RANGE: i64 = 32 * 24 * HOUR;
const LONGEST_FOR_SERIES: i64 = 12 * HOUR;

/// The parameters of the URL, and of the form for a POST.
pub(super) struct QueryParameters {
    given: Vec<(String, String)>,
    now: Timestamp,
}

/// The moments of a range query in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct QuerySteps {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) step: i64,
}

impl QuerySteps {
    pub(super) fn moments(self) -> impl Iterator<Item = i64> {
        let Self { start, end, step } = self;
        (0..)
            .map(move |index| start + index * step)
            .take_while(move |moment| *moment <= end)
    }
}

/// Which series are asked for, and within which span (Unix milliseconds).
pub(super) struct SeriesQuestion {
    /// Empty where every series is asked for.
    pub(super) selectors: Vec<SeriesSelector>,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) limit: usize,
}

impl QueryParameters {
    /// Reads them, if all are known.
    pub(super) fn read(request: &ServiceRequest, known: &[&str]) -> Result<Self, QueryRefusal> {
        let mut given = request.query.clone();
        if request.method == Method::POST {
            given.extend(url::form_urlencoded::parse(&request.body).into_owned());
        }
        if let Some((unknown, _)) = given
            .iter()
            .find(|(name, _)| !known.contains(&name.as_str()))
        {
            return Err(QueryRefusal::BadParameter(format!(
                "unknown parameter \"{unknown}\""
            )));
        }
        Ok(Self {
            given,
            now: request.now,
        })
    }

    pub(super) fn expression(&self) -> Result<QueryExpression, QueryRefusal> {
        Ok(expression::parse(self.needed("query")?)?)
    }

    /// The moment of an instant query.
    pub(super) fn moment(&self) -> Result<Timestamp, QueryRefusal> {
        Ok(self.time("time")?.unwrap_or(self.now))
    }

    /// How many elements or names at most; all where none is given, or zero.
    pub(super) fn limit(&self) -> Result<usize, QueryRefusal> {
        match self.value("limit") {
            None => Ok(usize::MAX),
            Some(text) => match text.parse() {
                Ok(0) => Ok(usize::MAX),
                Ok(limit) => Ok(limit),
                Err(_) => Err(invalid("limit", text)),
            },
        }
    }

    pub(super) fn steps(&self) -> Result<QuerySteps, QueryRefusal> {
        let moment = |name| {
            self.needed(name)?;
            Ok::<_, QueryRefusal>(self.time(name)?.unwrap_or(self.now).as_millisecond())
        };
        let (start, end) = (moment("start")?, moment("end")?);
        if end < start {
            return Err(refused(
                "invalid parameter \"end\": end timestamp must not be before start time",
            ));
        }
        let text = self.needed("step")?;
        let step = parse_span(text).ok_or_else(|| invalid("step", text))?;
        if step <= 0 {
            return Err(refused(
                "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer",
            ));
        }
        if (end - start) / step > MOST_STEPS {
            return Err(refused(
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
            ));
        }
        if end - start > LONGEST_RANGE {
            return Err(refused("the time range of a query is 32 days at most"));
        }
        Ok(QuerySteps { start, end, step })
    }

    /// The question for series, which Azure answers for 12 hours and without patterns.
    pub(super) fn series_question(&self) -> Result<SeriesQuestion, QueryRefusal> {
        let question = self.label_question()?;
        if question.selectors.is_empty() {
            return Err(refused("no match[] parameter provided"));
        }
        if question.to.saturating_sub(question.from) > LONGEST_FOR_SERIES {
            return Err(refused(
                "the time range of a question for series is 12 hours at most",
            ));
        }
        if question.selectors.iter().any(SeriesSelector::has_pattern) {
            return Err(refused(
                "regular expressions are not allowed in match[] of this path",
            ));
        }
        Ok(question)
    }

    /// The question for names or values of labels: of all series where no selector is given.
    pub(super) fn label_question(&self) -> Result<SeriesQuestion, QueryRefusal> {
        let selectors = self
            .given
            .iter()
            .filter(|(name, _)| name == "match[]")
            .map(|(_, text)| selector(text))
            .collect::<Result<_, _>>()?;
        let to = self.time("end")?.unwrap_or(self.now).as_millisecond();
        let from = match self.time("start")? {
            Some(start) => start.as_millisecond(),
            None => to.saturating_sub(LONGEST_FOR_SERIES),
        };
        Ok(SeriesQuestion {
            selectors,
            from,
            to,
            limit: self.limit()?,
        })
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.given
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn needed(&self, name: &str) -> Result<&str, QueryRefusal> {
        self.value(name)
            .ok_or_else(|| QueryRefusal::BadParameter(format!("no parameter \"{name}\"")))
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>, QueryRefusal> {
        self.value(name)
            .map(|text| parse_time(text).ok_or_else(|| invalid(name, text)))
            .transpose()
    }
}

fn selector(text: &str) -> Result<SeriesSelector, QueryRefusal> {
    let parsed = expression::parse(text).map_err(QueryRefusal::Match)?;
    match parsed {
        QueryExpression::Select(selector) => Ok(selector),
        _ => Err(QueryRefusal::Match(ExpressionError::Malformed(format!(
            "`{text}` is no selector of series"
        )))),
    }
}

fn invalid(name: &str, text: &str) -> QueryRefusal {
    QueryRefusal::BadParameter(format!("invalid parameter \"{name}\": {text}"))
}

fn refused(message: &str) -> QueryRefusal {
    QueryRefusal::BadParameter(message.to_owned())
}

/// Reads a time given as RFC 3339 or in Unix seconds, with or without a fraction.
fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let seconds: f64 = text.parse().ok()?;
    let whole = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
    // The nearest number of binary floating point can be a little below the millisecond that was written.
    let time = Timestamp::from_duration(whole).ok()?;
    time.round(jiff::Unit::Millisecond).ok()
}

/// Reads a span given in seconds or as `1m30s`, in milliseconds.
fn parse_span(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        let span = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
        return i64::try_from(span.as_millis()).ok();
    }
    let mut scanner = Scanner::new(text);
    let span = scanner.duration()?;
    scanner.rest().is_empty().then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::request;

    fn steps(parameters: &str) -> Result<QuerySteps, String> {
        let request = request(&format!("GET /api/v1/query_range?{parameters}"));
        QueryParameters::read(&request, &["start", "end", "step"])
            .and_then(|parameters| parameters.steps())
            .map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_time_may_be_a_date_or_seconds() {
        let noon: Timestamp = "2026-01-15T12:00:00.5Z".parse().unwrap();

        assert_eq!(parse_time("2026-01-15T12:00:00.5Z"), Some(noon));
        assert_eq!(parse_time("1768478400.5"), Some(noon));
        assert_eq!(
            parse_time("1795949402.498").map(Timestamp::as_millisecond),
            Some(1_795_949_402_498)
        );
        assert_eq!(parse_time("yesterday"), None);
    }

    #[test]
    fn a_step_may_be_seconds_or_a_duration() {
        assert_eq!(parse_span("15"), Some(15_000));
        assert_eq!(parse_span("0.5"), Some(500));
        assert_eq!(parse_span("1m30s"), Some(90_000));
        assert_eq!(parse_span("often"), None);
    }

    #[test]
    fn the_moments_of_a_range_include_its_ends() {
        let steps = steps("start=10&end=40&step=15").unwrap();

        let moments: Vec<i64> = steps.moments().collect();

        assert_eq!(moments, [10_000, 25_000, 40_000]);
    }

    #[test]
    fn ranges_that_are_refused_say_why() {
        for (parameters, error) in [
            ("start=1&end=2", "no parameter \"step\""),
            ("start=3&end=2&step=1", "must not be before start time"),
            ("start=1&end=2&step=0", "Try a positive integer"),
            (
                "start=1&end=20000&step=1",
                "maximum resolution of 11,000 points",
            ),
            ("start=1&end=3000000&step=1h", "32 days at most"),
            ("start=1&end=2&step=1&size=5", "unknown parameter \"size\""),
        ] {
            let refusal = steps(parameters).unwrap_err();
            assert!(refusal.contains(error), "{parameters}: {refusal}");
        }
    }
}
