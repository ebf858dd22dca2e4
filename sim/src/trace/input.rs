//! The bytes of a trace, whatever it is packed in: plain, gzip or zstd, told by its first bytes and not by its name.

use std::error::Error;
use std::fmt;
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

/// The plain bytes of a file, or of the standard input, whatever they are packed in.
///
/// # Errors
///
/// When it cannot be opened, or its first bytes cannot be read.
pub fn plain(path: &Path) -> io::Result<impl BufRead + use<>> {
    Ok(BufReader::new(unpack(open(path)?)?.all))
}

/// What the bytes of a trace are packed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
}

impl fmt::Display for Packing {
    /// The name is that of the program that packs and checks, too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// Packed data is not what was packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {packing} data {} byte {at} of the file",
    if self.cut_off { "is cut off at" } else { "is damaged at or before" }
)]
pub(super) struct Damage {
    pub(super) packing: Packing,
    /// Whether the file ends where more must follow.
    pub(super) cut_off: bool,
    /// Packed bytes that were read.
    at: u64,
}

/// The plain bytes of a trace.
pub(super) struct Input {
    plain: Box<dyn Read + Send>,
    packed: bool,
}

impl Input {
    /// Reads packed data to its end and says whether it is damaged: a checksum comes last, and until then damaged data
    /// looks like a file of nonsense.
    pub(super) fn damage(&mut self) -> Option<io::Error> {
        if !self.packed {
            return None;
        }
        io::copy(&mut self.plain, &mut io::sink()).err()
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.plain.read(buffer)
    }
}

/// Unpacked bytes of a trace, and the first of them to tell the format by.
pub(super) struct Unpacked {
    pub(super) prefix: Vec<u8>,
    /// All bytes, the prefix among them.
    pub(super) all: Input,
}

/// Unpacks what is packed. Damage shows later, as an error that holds [`Damage`].
pub(super) fn unpack(input: Box<dyn Read + Send>) -> io::Result<Unpacked> {
    let (magic, input) = peek(input, ZSTD.len())?;
    let packing = packing(&magic);
    let plain: Box<dyn Read + Send> = match packing {
        None => input,
        Some(packing) => {
            let packed = Counted {
                inner: BufReader::with_capacity(BUFFER_BYTES, input),
                at: 0,
            };
            match packing {
                Packing::Gzip => Box::new(Checked {
                    packing,
                    inner: MultiGzDecoder::new(packed),
                    at: |gzip| gzip.get_ref().at,
                }),
                Packing::Zstd => Box::new(Checked {
                    packing,
                    inner: ZstdFrames::new(packed),
                    at: |zstd| zstd.packed.at,
                }),
            }
        }
    };
    let (prefix, plain) = peek(plain, PREFIX_BYTES)?;
    let packed = packing.is_some();
    let all = Input { plain, packed };
    Ok(Unpacked { prefix, all })
}

/// What data that begins like this is packed in.
pub(super) fn packing(magic: &[u8]) -> Option<Packing> {
    if magic.starts_with(&GZIP) {
        Some(Packing::Gzip)
    } else if magic.get(..ZSTD.len()).is_some_and(is_zstd) {
        Some(Packing::Zstd)
    } else {
        None
    }
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

/// Packed bytes with the number of those that were used.
struct Counted<R> {
    inner: R,
    at: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.inner.consume(count);
        self.at += count as u64;
    }
}

/// Says of every error below that the packed data is at fault, and where.
struct Checked<R> {
    packing: Packing,
    inner: R,
    at: fn(&R) -> u64,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            let damage = Damage {
                packing: self.packing,
                cut_off: is_end(&error),
                at: (self.at)(&self.inner),
            };
            io::Error::new(io::ErrorKind::InvalidData, damage)
        })
    }
}

/// Whether an error, or one of its causes, is the end of the input.
fn is_end(error: &io::Error) -> bool {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return true;
    }
    let mut cause = error.get_ref().map(|inner| inner as &(dyn Error + 'static));
    while let Some(inner) = cause {
        let io = inner.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = inner.source();
    }
    false
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
