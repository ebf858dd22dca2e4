//! The bytes of a trace, whatever it is packed in: plain, gzip or zstd, told by its first bytes and not by its name.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Bytes looked at to tell the format. A header or the first object of a document fits; more costs nothing but memory.
pub(super) const PREFIX_BYTES: usize = 16 * 1024;

/// Packed bytes read at once.
const BUFFER_BYTES: usize = 64 * 1024;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The name that stands for the standard input.
pub const STDIN: &str = "-";

/// A file, or the standard input where it is called [`STDIN`].
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    if path.as_os_str() == STDIN {
        Ok(Box::new(io::stdin()))
    } else {
        Ok(Box::new(File::open(path)?))
    }
}

/// Unpacked bytes of a trace, and the first of them to tell the format by.
pub(super) struct Unpacked {
    pub(super) prefix: Vec<u8>,
    /// All bytes, the prefix among them.
    pub(super) all: Box<dyn Read + Send>,
}

/// Unpacks what is packed. Damage shows later, as an error of [`io::ErrorKind::InvalidData`].
pub(super) fn unpack(input: Box<dyn Read + Send>) -> io::Result<Unpacked> {
    let (magic, input) = peek(input, ZSTD.len())?;
    let plain: Box<dyn Read + Send> = if magic.starts_with(&GZIP) {
        let packed = BufReader::with_capacity(BUFFER_BYTES, input);
        Box::new(Damage {
            kind: "gzip",
            inner: MultiGzDecoder::new(packed),
        })
    } else if is_zstd(&magic) {
        let packed = BufReader::with_capacity(BUFFER_BYTES, input);
        Box::new(Damage {
            kind: "zstd",
            inner: ZstdFrames::new(packed),
        })
    } else {
        input
    };
    let (prefix, all) = peek(plain, PREFIX_BYTES)?;
    Ok(Unpacked { prefix, all })
}

/// Whether a frame begins: one with data, or one to skip, of which there are sixteen kinds.
fn is_zstd(magic: &[u8]) -> bool {
    magic == ZSTD || matches!(magic, [0x50..=0x5f, 0x2a, 0x4d, 0x18])
}

/// The first bytes, at most `most` of them, and a reader that gives them once more.
fn peek(
    mut input: Box<dyn Read + Send>,
    most: usize,
) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut prefix = Vec::new();
    input.by_ref().take(most as u64).read_to_end(&mut prefix)?;
    let all = Cursor::new(prefix.clone()).chain(input);
    Ok((prefix, Box::new(all)))
}

/// Says of every error below that the packed data is at fault.
struct Damage<R> {
    kind: &'static str,
    inner: R,
}

impl<R: Read> Read for Damage<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            let kind = self.kind;
            let words = format!("the {kind} data is damaged or cut off ({error})");
            io::Error::new(io::ErrorKind::InvalidData, words)
        })
    }
}

/// A zstd file: frames one after the other, some of which hold no data.
struct ZstdFrames<R> {
    packed: R,
    frame: FrameDecoder,
    within: bool,
}

impl<R: BufRead> ZstdFrames<R> {
    fn new(packed: R) -> Self {
        Self {
            packed,
            frame: FrameDecoder::new(),
            within: false,
        }
    }

    /// Begins the next frame that holds data; `false` at the end of the file.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.packed.fill_buf()?.is_empty() {
            match self.frame.reset(&mut self.packed) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let skipped = (&mut self.packed).take(u64::from(length));
                    io::copy(&mut { skipped }, &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// Refuses a frame that was read to its end and is not what its checksum says.
    fn verify(&self) -> io::Result<()> {
        match self.frame.get_checksum_from_data() {
            Some(written) if Some(written) != self.frame.get_calculated_checksum() => {
                Err(io::Error::other("a checksum is wrong"))
            }
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.within && !self.begin()? {
                return Ok(0);
            }
            self.within = true;
            while self.frame.can_collect() == 0 && !self.frame.is_finished() {
                self.frame
                    .decode_blocks(&mut self.packed, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(io::Error::other)?;
            }
            let read = self.frame.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.verify()?;
            self.within = false;
        }
    }
}
