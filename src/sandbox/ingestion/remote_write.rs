//! What does the body of a remote write contain? Remote write 1.0: protobuf inside one snappy block.
//!
//! Only what the sandbox looks at is declared; exemplars and native histograms are passed over.

use prost::Message;

/// What one request may unpack to. Azure's limit is not documented; this one keeps memory bounded.
const MOST_BYTES: usize = 32 * 1024 * 1024;

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReceivedWrite {
    #[prost(message, repeated, tag = "1")]
    pub(super) timeseries: Vec<ReceivedSeries>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReceivedSeries {
    #[prost(message, repeated, tag = "1")]
    pub(super) labels: Vec<ReceivedLabel>,
    #[prost(message, repeated, tag = "2")]
    pub(super) samples: Vec<ReceivedSample>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReceivedLabel {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct ReceivedSample {
    #[prost(double, tag = "1")]
    pub(super) value: f64,
    /// Unix milliseconds.
    #[prost(int64, tag = "2")]
    pub(super) timestamp: i64,
}

/// Why a body cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RemoteWriteError {
    #[error("snappy: corrupt input")]
    Snappy,
    #[error("the request unpacks to more than {MOST_BYTES} bytes")]
    TooLarge,
    #[error("proto: the unpacked body is not a WriteRequest")]
    Protobuf,
}

/// Unpacks and decodes the body of one request.
pub(super) fn decode(body: &[u8]) -> Result<ReceivedWrite, RemoteWriteError> {
    // The length is in the head of the block, so it is judged before memory is taken for the text.
    let length = snap::raw::decompress_len(body).map_err(|_| RemoteWriteError::Snappy)?;
    if length > MOST_BYTES {
        return Err(RemoteWriteError::TooLarge);
    }
    // The block format, and not the framed one of snappy files.
    let unpacked = snap::raw::Decoder::new()
        .decompress_vec(body)
        .map_err(|_| RemoteWriteError::Snappy)?;
    ReceivedWrite::decode(unpacked.as_slice()).map_err(|_| RemoteWriteError::Protobuf)
}

/// A request with one sample, packed as senders do.
#[cfg(test)]
pub(crate) fn packed_sample(labels: &[(&str, &str)], value: f64, time: jiff::Timestamp) -> Vec<u8> {
    let label = |(name, value): &(&str, &str)| ReceivedLabel {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    let timestamp = time.as_millisecond();
    let request = ReceivedWrite {
        timeseries: vec![ReceivedSeries {
            labels: labels.iter().map(label).collect(),
            samples: vec![ReceivedSample { value, timestamp }],
        }],
    };
    let packed = snap::raw::Encoder::new().compress_vec(&request.encode_to_vec());
    packed.expect("a small request can be packed")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One probe sample as real servers have accepted it, packed as a single snappy literal.
    const PROBE: &str = "3df03c0a3b0a180a085f5f6e616d655f5f120c616d775f72775f70726f6265\
                         0a0d0a07636c757374657212026331121009000000000000f03f1080d095ffbc31";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
        digits
            .chunks(2)
            .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
            .collect()
    }

    #[test]
    fn a_probe_from_the_wire_is_read_back() {
        let body = bytes(PROBE);

        let series = &decode(&body).unwrap().timeseries[0];

        let labels: Vec<_> = series
            .labels
            .iter()
            .map(|l| (l.name.as_str(), l.value.as_str()))
            .collect();
        assert_eq!(labels, [("__name__", "amw_rw_probe"), ("cluster", "c1")]);
        assert_eq!(
            series.samples,
            [ReceivedSample {
                value: 1.0,
                timestamp: 1_700_000_000_000
            }]
        );
    }

    #[test]
    fn bodies_without_snappy_without_protobuf_or_too_large_are_distinguished() {
        let garbage = snap::raw::Encoder::new()
            .compress_vec(b"not protobuf")
            .unwrap();
        let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];

        assert_eq!(decode(b"hello world"), Err(RemoteWriteError::Snappy));
        assert_eq!(decode(&garbage), Err(RemoteWriteError::Protobuf));
        assert_eq!(decode(&huge), Err(RemoteWriteError::TooLarge));
    }
}
