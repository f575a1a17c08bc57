//! Acoustic models in the files of CMU Sphinx, as Debian's `pocketsphinx-en-us` installs them.
//!
//! A folder holds the dictionary `cmudict-en-us.dict` and a folder `en-us` with the model. All numbers in the files are little-endian:
//! what their authors call native. Nothing that a file says of its own size is believed before the bytes are there.

use crate::files;
use plumbline_core::align::{AcousticModel, Lexicon, Parts, Phone, Place, Triphone, Triphones, Voice};
use plumbline_pipeline::{Acoustics, MediaError};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(test)]
mod tests;

/// Environment variable that names the folder to read instead of the system's.
pub const FOLDER: &str = "PLUMBLINE_ACOUSTIC_MODEL";
/// Where distributions put the English model.
const PLACES: [&str; 2] = ["/usr/share/pocketsphinx/model/en-us", "/usr/local/share/pocketsphinx/model/en-us"];
/// The model within its folder.
const MODEL: &str = "en-us";
/// The dictionary within its folder.
const DICTIONARY: &str = "cmudict-en-us.dict";
const REMEDY: &str = "Install the package pocketsphinx-en-us again, or name the folder of another model in PLUMBLINE_ACOUSTIC_MODEL";
/// No file of a model is as large as this.
const LARGEST: u64 = 64 << 20;

/// Streams of a frame, and the values of each.
const STREAMS: usize = 3;
const DIMS: usize = 13;
/// What a step of an 8-bit weight stands for: Sphinx counts in logarithms of base 1.0001, less their lowest ten bits.
const WEIGHT_STEP: f64 = 1024.0 * 9.999_500_033_330_834e-5;
/// What `feat.params` must say, because the features are made so. `current` is what `batch` was called before.
const FEATURES: [(&str, &[&str]); 9] = [
    ("-model", &["ptm"]),
    ("-feat", &["1s_c_d_dd"]),
    ("-svspec", &["0-12/13-25/26-38"]),
    ("-transform", &["dct"]),
    ("-nfilt", &["25"]),
    ("-lowerf", &["130"]),
    ("-upperf", &["6800"]),
    ("-lifter", &["22"]),
    ("-cmn", &["batch", "current"]),
];
/// What it must say if it speaks of it.
const ALSO: [(&str, &str); 3] = [("-agc", "none"), ("-varnorm", "no"), ("-samprate", "16000")];

/// The English model that this machine has, if it has one; read once.
#[derive(Debug, Default)]
pub struct Sphinx {
    kept: Mutex<Option<Arc<Voice>>>,
}

impl Acoustics for Sphinx {
    fn load(&self, language: &str) -> Result<Option<Arc<Voice>>, MediaError> {
        if !is_english(language) {
            return Ok(None);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none() {
            *kept = find().map(|folder| load(&folder)).transpose()?.map(|(model, lexicon)| Arc::new(Voice { model, lexicon }));
        }
        Ok(kept.clone())
    }
}

/// For machines that are to do without acoustic models.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAcoustics;

impl Acoustics for NoAcoustics {
    fn load(&self, _: &str) -> Result<Option<Arc<Voice>>, MediaError> {
        Ok(None)
    }
}

/// Whether a tag such as `en-US` names English, as one that says nothing is taken to do.
fn is_english(language: &str) -> bool {
    let first = language.trim().split(['-', '_']).next().unwrap_or_default();
    first.is_empty() || ["en", "eng"].iter().any(|tag| first.eq_ignore_ascii_case(tag))
}

/// The folder of the English model: the one that [`FOLDER`] names, else the system's if it has one.
pub fn find() -> Option<PathBuf> {
    let named = std::env::var_os(FOLDER).filter(|f| !f.is_empty()).map(PathBuf::from);
    named.or_else(|| PLACES.iter().map(PathBuf::from).find(|place| place.join(MODEL).join("mdef").is_file()))
}

/// Reads the model and the dictionary in a folder.
///
/// # Errors
/// Where a file is missing or damaged, or the model is of another kind.
pub fn load(folder: &Path) -> Result<(AcousticModel, Lexicon), MediaError> {
    let model = folder.join(MODEL);
    check_features(&model.join("feat.params"))?;
    let Definition { phones, triphones, codebook_of } = definition(&model.join("mdef"))?;
    let (means, densities) = gaussians(&model.join("means"), phones.len())?;
    let (variances, _) = gaussians(&model.join("variances"), phones.len())?;
    let weights = weights(&model.join("sendump"), densities, codebook_of.len())?;
    let transitions = transitions(&model.join("transition_matrices"))?;
    let parts = Parts {
        phones,
        triphones,
        codebook_of,
        densities,
        streams: STREAMS,
        dims: DIMS,
        means,
        variances,
        weights,
        weight_step: WEIGHT_STEP as f32,
        transitions,
    };
    let made = AcousticModel::new(parts).map_err(|e| MediaError::failed(&model.join(e.part), e.what, REMEDY))?;
    let dictionary = folder.join(DICTIONARY);
    let lexicon = Lexicon::new(read(&dictionary)?, &made.phones);
    Ok((made, lexicon))
}

fn read(path: &Path) -> Result<Vec<u8>, MediaError> {
    let unreadable = |e| match files::unreadable(path, &e) {
        MediaError::Failed { path, what, .. } => MediaError::Failed { path, what, remedy: REMEDY.to_owned() },
        cancelled @ MediaError::Cancelled(_) => cancelled,
    };
    // Asked before opening, because opening a pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(MediaError::failed(path, "it is not a regular file", REMEDY));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 == LARGEST {
        return Err(MediaError::failed(path, "it is larger than any file of an acoustic model", REMEDY));
    }
    Ok(bytes)
}

fn check_features(path: &Path) -> Result<(), MediaError> {
    let bytes = read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let words: Vec<&str> = text.split_whitespace().collect();
    let value = |name: &str| words.iter().position(|w| *w == name).and_then(|i| words.get(i + 1)).copied();
    let kind = |what: String| Err(MediaError::failed(path, format!("the acoustic model is of another kind: {what}"), REMEDY));
    for (name, wanted) in FEATURES {
        match value(name) {
            Some(found) if wanted.contains(&found) => {}
            Some(found) => return kind(format!("{name} is {found}, not {}", wanted.join(" or "))),
            None => return kind(format!("{name} is missing; it has to be {}", wanted.join(" or "))),
        }
    }
    for (name, wanted) in ALSO {
        if let Some(found) = value(name).filter(|found| *found != wanted) {
            return kind(format!("{name} is {found}, not {wanted}"));
        }
    }
    Ok(())
}

/// A file in memory, and how far it was read.
struct Reader<'a> {
    path: &'a Path,
    rest: &'a [u8],
    /// Sphinx's checksum over the numbers read since the header.
    sum: u32,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Path, bytes: &'a [u8]) -> Self {
        Self { path, rest: bytes, sum: 0 }
    }

    fn fail(&self, what: impl Into<String>) -> MediaError {
        MediaError::failed(self.path, what, REMEDY)
    }

    /// The next `count` items of `size` bytes.
    fn take(&mut self, count: usize, size: usize, what: &str) -> Result<&'a [u8], MediaError> {
        let split = count.checked_mul(size).and_then(|len| self.rest.split_at_checked(len));
        let (taken, rest) = split.ok_or_else(|| self.fail(format!("it ends before or within its {what}")))?;
        self.rest = rest;
        Ok(taken)
    }

    fn until(&mut self, end: u8, what: &str) -> Result<&'a [u8], MediaError> {
        let len = self.rest.iter().position(|b| *b == end).ok_or_else(|| self.fail(format!("it ends before or within its {what}")))?;
        let taken = self.take(len + 1, 1, what)?;
        Ok(&taken[..len])
    }

    fn words(&mut self, count: usize, what: &str) -> Result<impl Iterator<Item = u32> + use<'a>, MediaError> {
        let words = self.take(count, 4, what)?.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        self.sum = words.clone().fold(self.sum, |sum, word| sum.rotate_left(20).wrapping_add(word));
        Ok(words)
    }

    fn counts<const N: usize>(&mut self, what: &str) -> Result<[usize; N], MediaError> {
        let mut counts = [0; N];
        for (count, word) in counts.iter_mut().zip(self.words(N, what)?) {
            *count = word as usize;
        }
        Ok(counts)
    }

    fn floats(&mut self, count: usize, what: &str) -> Result<Vec<f32>, MediaError> {
        Ok(self.words(count, what)?.map(f32::from_bits).collect())
    }

    /// Reads the text before the numbers of an S3 file; says whether a checksum follows them.
    fn header(&mut self) -> Result<bool, MediaError> {
        if !self.rest.starts_with(b"s3\n") {
            return Err(self.fail("it is no file of Sphinx 3"));
        }
        let mut summed = false;
        loop {
            let line = self.until(b'\n', "header")?;
            let name = line.split(u8::is_ascii_whitespace).find(|w| !w.is_empty()).unwrap_or_default();
            summed |= name == b"chksum0";
            if name == b"endhdr" {
                break;
            }
        }
        let [magic] = self.counts("mark of byte order")?;
        self.sum = 0;
        match magic {
            0x1122_3344 => Ok(summed),
            0x4433_2211 => Err(self.fail("it was written in another order of bytes")),
            _ => Err(self.fail("its mark of byte order is damaged")),
        }
    }

    fn finish(mut self, summed: bool) -> Result<(), MediaError> {
        if summed {
            let sum = self.sum;
            let [kept] = self.counts("checksum")?;
            if kept != sum as usize {
                return Err(self.fail("its checksum does not fit what it holds"));
            }
        }
        if self.rest.is_empty() { Ok(()) } else { Err(self.fail("it goes on past its end")) }
    }
}

/// What `mdef` says.
struct Definition {
    phones: Vec<Phone>,
    triphones: Triphones,
    codebook_of: Vec<u8>,
}

/// Reads the names of the phones and the senones of each in every context. The tree that finds a context quickly is passed over: every phone
/// says its context itself.
fn definition(path: &Path) -> Result<Definition, MediaError> {
    let bytes = read(path)?;
    let mut file = Reader::new(path, &bytes);
    match file.take(4, 1, "mark")? {
        b"BMDF" => {}
        b"FDMB" => return Err(file.fail("it was written in another order of bytes")),
        _ => return Err(file.fail("it is no model definition in Sphinx's binary format")),
    }
    let [version, about] = file.counts("version")?;
    if version != 1 {
        return Err(file.fail(format!("it has version {version} of the format, not 1")));
    }
    file.take(about, 1, "description")?;
    let [bases, all, states, _, senones, _, sequences, context, nodes, _] = file.counts("counts")?;
    if !(1..=256).contains(&bases) || all < bases || states != 3 || context != 3 || senones > 1 << 16 {
        return Err(file.fail(format!(
            "it counts {bases} phones, {all} with contexts, {states} states, contexts of {context} and {senones} senones, which is damaged \
             or another kind of model"
        )));
    }
    let before = file.rest.len();
    let names: Vec<&[u8]> = (0..bases).map(|_| file.until(0, "names of phones")).collect::<Result<_, _>>()?;
    file.take((before - file.rest.len()).wrapping_neg() % 4, 1, "names of phones")?;
    file.take(nodes, 8, "tree")?;
    let entries = file.take(all, 12, "phones")?;
    let [len] = file.counts("number of states")?;
    if sequences.checked_mul(states) != Some(len) {
        return Err(file.fail(format!("it holds {len} states in {sequences} sequences of {states}")));
    }
    let states: Vec<[u16; 3]> = file
        .take(sequences, 6, "sequences of senones")?
        .chunks_exact(6)
        .map(|b| [u16::from_le_bytes([b[0], b[1]]), u16::from_le_bytes([b[2], b[3]]), u16::from_le_bytes([b[4], b[5]])])
        .collect();

    let mut phones = Vec::with_capacity(bases);
    let mut triphones = Triphones::with_capacity(all - bases);
    let mut books: Vec<Option<u8>> = vec![None; senones];
    for (i, entry) in entries.chunks_exact(12).enumerate() {
        let number = |at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]) as usize;
        let (sequence, matrix) = (number(0), number(4));
        let senones = *states.get(sequence).ok_or_else(|| file.fail(format!("phone {i} names sequence {sequence} of {sequences}")))?;
        let transitions = u16::try_from(matrix).map_err(|_| file.fail(format!("phone {i} names transition matrix {matrix}")))?;
        let base = if let Some(name) = names.get(i) {
            let name = String::from_utf8_lossy(name).into_owned();
            phones.push(Phone { name, filler: entry[8] != 0, senones, transitions });
            i as u8
        } else {
            let [place, base, left, right] = [entry[8], entry[9], entry[10], entry[11]];
            let place =
                Place::ALL.get(usize::from(place)).ok_or_else(|| file.fail(format!("phone {i} is at place {place} of its word")))?;
            triphones.insert((base, left, right, *place), Triphone { senones, transitions });
            base
        };
        for senone in senones {
            let count = books.len();
            let book =
                books.get_mut(usize::from(senone)).ok_or_else(|| file.fail(format!("phone {i} names senone {senone} of {count}")))?;
            if *book.get_or_insert(base) != base {
                return Err(file.fail(format!("senone {senone} belongs to several phones")));
            }
        }
    }
    // A senone that no phone has is never heard; any codebook will do.
    let codebook_of = books.into_iter().map(Option::unwrap_or_default).collect();
    file.finish(false)?;
    Ok(Definition { phones, triphones, codebook_of })
}

/// Reads means or variances, and how many densities a codebook has.
fn gaussians(path: &Path, codebooks: usize) -> Result<(Vec<f32>, usize), MediaError> {
    let bytes = read(path)?;
    let mut file = Reader::new(path, &bytes);
    let summed = file.header()?;
    let [books, streams, densities] = file.counts("sizes")?;
    if books != codebooks || streams != STREAMS || !(1..=256).contains(&densities) {
        return Err(file.fail(format!(
            "it has {books} codebooks of {streams} streams and {densities} densities, not {codebooks} of {STREAMS} and 1 to 256"
        )));
    }
    let dims: [usize; STREAMS] = file.counts("sizes")?;
    let [len] = file.counts("sizes")?;
    if dims != [DIMS; STREAMS] || len != books * streams * densities * DIMS {
        return Err(file.fail(format!("it has {len} values in streams of {dims:?}, not of {DIMS} each")));
    }
    let values = file.floats(len, "values")?;
    file.finish(summed)?;
    Ok((values, densities))
}

/// Reads the transition matrices.
fn transitions(path: &Path) -> Result<Vec<[[f32; 4]; 3]>, MediaError> {
    let bytes = read(path)?;
    let mut file = Reader::new(path, &bytes);
    let summed = file.header()?;
    let [count, from, to, len] = file.counts("sizes")?;
    if (from, to) != (3, 4) || count.checked_mul(12) != Some(len) {
        return Err(file.fail(format!("it has {count} matrices of {from} by {to} with {len} values, not of 3 by 4")));
    }
    let values = file.floats(len, "values")?;
    file.finish(summed)?;
    let row = |r: usize, m: &[f32]| std::array::from_fn(|i| m[4 * r + i]);
    Ok(values.chunks_exact(12).map(|m| [row(0, m), row(1, m), row(2, m)]).collect())
}

/// Reads the mixture weights: strings, then two sizes, then a byte for each stream, density and senone.
fn weights(path: &Path, densities: usize, senones: usize) -> Result<Vec<u8>, MediaError> {
    let bytes = read(path)?;
    let mut file = Reader::new(path, &bytes);
    loop {
        let [len] = file.counts("header")?;
        if len == 0 {
            break;
        }
        let text = String::from_utf8_lossy(file.take(len, 1, "header")?);
        let mut words = text.trim_end_matches('\0').split_whitespace();
        let (name, value) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let wanted = match name {
            "cluster_count" => "0".to_owned(),
            "cluster_bits" => "8".to_owned(),
            "feature_count" => STREAMS.to_string(),
            "mixture_count" => densities.to_string(),
            "model_count" => senones.to_string(),
            _ => continue,
        };
        if value != wanted {
            return Err(file.fail(format!("its {name} is {value}, not {wanted}: its weights are not 8-bit ones that fit the model")));
        }
    }
    let [rows, columns] = file.counts("sizes")?;
    // Columns may be padded.
    if rows != densities || columns < senones {
        return Err(file.fail(format!("it has weights for {rows} densities and {columns} senones, not {densities} and {senones}")));
    }
    let all = file.take(STREAMS * rows, columns, "weights")?;
    let kept = all.chunks_exact(columns.max(1)).flat_map(|row| &row[..senones]).copied().collect();
    file.finish(false)?;
    Ok(kept)
}
