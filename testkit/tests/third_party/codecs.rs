//! Laws checked for the codecs in `tokio_util::codec`.

use bytes::{Bytes, BytesMut};
use testkit::laws::{self, Law};
use tokio_util::codec::{
    AnyDelimiterCodec, BytesCodec, Decoder, FramedRead, FramedWrite, LengthDelimitedCodec, LinesCodec,
};

use super::ends::{drained_as, fed};

testkit::laws! {
    stream lines_are_read(case) { FramedRead::new(fed(case, [&b"one\ntw"[..], b"o\r\nthr", b"ee"]), LinesCodec::new()) }
    stream parts_are_read(case) {
        let codec = AnyDelimiterCodec::new(b",;".to_vec(), b";".to_vec());
        FramedRead::new(fed(case, [&b"one,tw"[..], b"o;thr", b"ee"]), codec)
    }
    stream bytes_are_read(case) { FramedRead::new(fed(case, [&b"one"[..], b"two"]), BytesCodec::new()) }
    stream frames_are_read(case) {
        let chunks = [&[0, 0, 0][..], &[3, b'o', b'n'], &[b'e', 0, 0, 0, 0, 0, 0, 0, 1], b"x"];
        FramedRead::new(fed(case, chunks), LengthDelimitedCodec::new())
    }
    stream a_frame_that_is_cut(case) {
        FramedRead::new(fed(case, [&[0, 0, 0, 3, b'o', b'n'][..]]), LengthDelimitedCodec::new())
    }
}

/// After an error, the stream returns `None` once and may then be polled again, as documented.
#[test]
fn lines_longer_than_the_limit() {
    laws::stream(|case| {
        let codec = LinesCodec::new_with_max_length(5);
        FramedRead::new(fed(case, [&b"one\ntwo and tw"[..], b"o\nthree"]), codec)
    })
    .allow(Law::StaysEnded)
    .check();
}

const LINES: [&str; 6] =
    ["one", "two", "", "three and more of it", "four, which does not fit into what is there", "five"];

macro_rules! sent {
    ($($name:ident: $codec:expr, $item:expr, $received:expr;)*) => {
        $(
            #[test]
            fn $name() {
                laws::sink(LINES.map($item), |case| FramedWrite::new(drained_as(case, $received), $codec)).check();
            }
        )*
    };
}

sent! {
    lines_are_sent: LinesCodec::new(), |line| line, |bytes| text(bytes).lines().map(str::to_owned).collect();
    parts_are_sent: AnyDelimiterCodec::new(b";".to_vec(), b";".to_vec()),
        |line| line,
        |bytes| text(bytes).split_terminator(';').map(str::to_owned).collect();
    bytes_are_sent: BytesCodec::new(),
        |line| Bytes::copy_from_slice(&[line.len() as u8]),
        |bytes| bytes.chunks(1).map(Bytes::copy_from_slice).collect();
    frames_are_sent: LengthDelimitedCodec::new(),
        |line| Bytes::from_static(line.as_bytes()),
        |bytes| {
            let mut bytes = BytesMut::from(&bytes[..]);
            let mut codec = LengthDelimitedCodec::new();
            std::iter::from_fn(|| codec.decode(&mut bytes).expect("it is a frame")).collect()
        };
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("it is text")
}
