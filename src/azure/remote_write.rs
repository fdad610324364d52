//! What does a sample look like on the wire? Remote write 1.0: four messages, then snappy in its block format.

use bytes::Bytes;
use jiff::Timestamp;
use prost::Message;

/// One value of one series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    /// With `__name__`; any order.
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: f64,
    pub(crate) at: Timestamp,
}

#[derive(Message)]
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    series: Vec<TimeSeries>,
}

#[derive(Message)]
struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Value>,
}

#[derive(Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Message)]
struct Value {
    #[prost(double, tag = "1")]
    value: f64,
    /// Milliseconds since 1970.
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

/// The protobuf of one sample; labels must be sorted by their bytes.
fn protobuf(sample: &Sample) -> Vec<u8> {
    let mut labels: Vec<Label> = sample
        .labels
        .iter()
        .map(|(name, value)| Label {
            name: name.clone(),
            value: value.clone(),
        })
        .collect();
    // The specification of remote write 1.0 requires sorted labels; receivers may refuse others.
    labels.sort_by(|one, other| one.name.cmp(&other.name));
    let value = Value {
        value: sample.value,
        timestamp: sample.at.as_millisecond(),
    };
    let series = TimeSeries {
        labels,
        samples: vec![value],
    };
    WriteRequest {
        series: vec![series],
    }
    .encode_to_vec()
}

/// The body of a write request.
pub(super) fn body(sample: &Sample) -> Bytes {
    // The block format, without the frames and the stream identifier that most snappy tools write.
    snap::raw::Encoder::new()
        .compress_vec(&protobuf(sample))
        .expect("one sample is far below the limit of snappy")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that Prometheus 2.53 and 3.5 accepted for this sample.
    const ON_THE_WIRE: &str = "0a3b0a180a085f5f6e616d655f5f120c616d775f72775f70726f62650a0d0a07636c757374657212026331121009000000000000f03f1080d095ffbc31";

    fn probe() -> Sample {
        Sample {
            labels: vec![
                ("cluster".into(), "c1".into()),
                ("__name__".into(), "amw_rw_probe".into()),
            ],
            value: 1.0,
            at: Timestamp::from_millisecond(1_700_000_000_000).unwrap(),
        }
    }

    #[test]
    fn a_sample_becomes_the_bytes_that_prometheus_accepts() {
        let bytes = protobuf(&probe());

        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, ON_THE_WIRE);
    }

    #[test]
    fn the_body_is_one_block_of_snappy() {
        let body = body(&probe());

        let unpacked = snap::raw::Decoder::new().decompress_vec(&body).unwrap();
        assert_eq!(unpacked, protobuf(&probe()));
    }
}
