#![allow(clippy::unwrap_used)]

use super::*;
use std::collections::HashMap;

/// Files by name, as they lie in a model's folder.
type Files = HashMap<&'static str, Vec<u8>>;

fn bytes(words: impl IntoIterator<Item = u32>) -> Vec<u8> {
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// A file of Sphinx 3: header, sizes, values, checksum.
fn s3(sizes: &[u32], values: impl Iterator<Item = f32>) -> Vec<u8> {
    let values: Vec<u32> = values.map(f32::to_bits).collect();
    let words: Vec<u32> = sizes.iter().copied().chain([values.len() as u32]).chain(values).collect();
    let sum = words.iter().fold(0u32, |sum, word| sum.rotate_right(12).wrapping_add(*word));
    let header = b"s3\nversion 1.0\nchksum0 yes.\n     endhdr\n".to_vec();
    [header, bytes([0x1122_3344]), bytes(words), bytes([sum])].concat()
}

/// A tiny model: the phones AH, HH and SIL, two densities, HH in two contexts.
fn tiny() -> Files {
    let entry = |sequence: u32, matrix: u32, info: [u8; 4]| [bytes([sequence, matrix]), info.to_vec()].concat();
    let sequences = [[0u16, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11], [9, 4, 11]];
    let mdef = [
        b"BMDF".to_vec(),
        bytes([1, 8]),
        b"a format".to_vec(),
        bytes([3, 5, 3, 9, 12, 3, 5, 3, 1, 2]),
        b"AH\0HH\0SIL\0\0\0".to_vec(),
        vec![0; 8],
        entry(0, 0, [0; 4]),
        entry(1, 1, [0; 4]),
        entry(2, 2, [1, 0, 0, 0]),
        entry(3, 1, [1, 1, 2, 0]),
        entry(4, 1, [0, 1, 0, 0]),
        bytes([15]),
        sequences.iter().flatten().flat_map(|s| s.to_le_bytes()).collect(),
    ];
    let strings = [&b"BEGIN\0"[..], b"cluster_count 0\0", b"feature_count 3\0"];
    let strings = strings.iter().flat_map(|s| [bytes([s.len() as u32]), s.to_vec()].concat());
    let matrix = [3.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 3.0];
    let features = "-lowerf 130\n-upperf 6800\n-nfilt 25\n-transform dct\n-lifter 22\n-feat 1s_c_d_dd\n-svspec 0-12/13-25/26-38\n-agc none\n\
                    -cmn batch\n-varnorm no\n-model ptm\n";
    // Columns are padded from 12 senones to 13.
    let weights = (0..6).flat_map(|row| (0..13u8).map(move |column| 16 * row + column));
    Files::from([
        ("en-us/feat.params", features.into()),
        ("en-us/mdef", mdef.concat()),
        ("en-us/means", s3(&[3, 3, 2, 13, 13, 13], (0..234u8).map(f32::from))),
        ("en-us/variances", s3(&[3, 3, 2, 13, 13, 13], (0..234u8).map(|_| 2.0))),
        ("en-us/transition_matrices", s3(&[3, 3, 4], (0..3).flat_map(|_| matrix))),
        ("en-us/sendump", strings.chain(bytes([0, 2, 13])).chain(weights).collect()),
        ("cmudict-en-us.dict", b"ah AH\nhuh HH AH\nhuh(2) HH AH HH\nschwa X AH\n".to_vec()),
    ])
}

/// Writes the files and reads them as a model.
fn read_back(files: &Files) -> Result<(AcousticModel, Lexicon), String> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(MODEL)).unwrap();
    for (name, bytes) in files {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    load(dir.path()).map_err(|e| e.to_string())
}

#[test]
fn a_tiny_model_is_read() {
    let (model, lexicon) = read_back(&tiny()).unwrap();
    let names: Vec<(&str, bool)> = model.phones.iter().map(|p| (p.name.as_str(), p.filler)).collect();
    assert_eq!(names, [("AH", false), ("HH", false), ("SIL", true)]);
    assert_eq!((model.silence, model.densities, model.streams, model.dims), (2, 2, 3, 13));
    assert_eq!(model.codebook_of, [0, 0, 0, 1, 1, 1, 2, 2, 2, 1, 1, 1]);
    assert_eq!(model.triphone(1, 2, 0, Place::Begin), Triphone { senones: [9, 10, 11], transitions: 1 });
    assert_eq!(model.triphone(1, 0, 0, Place::Internal), Triphone { senones: [9, 4, 11], transitions: 1 });
    // The second density of the first codebook follows its first, value by value; so do the weights of the first senone.
    assert_eq!(model.means[..6].iter().map(|m| *m as i32).collect::<Vec<_>>(), [0, 13, 1, 14, 2, 15]);
    assert_eq!((&model.weights[..4], &model.weights[24..26]), (&[0, 16, 1, 17][..], &[32, 48][..]));
    assert_eq!(lexicon.pronunciations("huh"), [vec![1, 0], vec![1, 0, 1]]);
    assert!(lexicon.pronunciations("schwa").is_empty());
}

/// Damages one file of the tiny model; the error names the file and says what is wrong with it.
fn check(name: &'static str, damage: impl FnOnce(&mut Vec<u8>), says: &str) {
    let mut files = tiny();
    damage(files.get_mut(name).unwrap());
    let text = read_back(&files).map(|_| ()).unwrap_err();
    assert!(text.contains(&format!("{name}: ")) && text.contains(says) && text.ends_with(REMEDY), "{name}: {text:?} does not say {says:?}");
}

#[test]
fn damaged_files_are_named_and_never_believed() {
    let keep = |len: usize| move |b: &mut Vec<u8>| b.truncate(len);
    for (name, len, says) in [
        ("en-us/feat.params", 0, "-model is missing"),
        ("en-us/mdef", 2, "within its mark"),
        ("en-us/mdef", 10, "within its version"),
        ("en-us/mdef", 15, "within its description"),
        ("en-us/mdef", 40, "within its counts"),
        ("en-us/mdef", 65, "within its names of phones"),
        ("en-us/mdef", 75, "within its tree"),
        ("en-us/mdef", 100, "within its phones"),
        ("en-us/mdef", 142, "within its number of states"),
        ("en-us/mdef", 150, "within its sequences of senones"),
        ("en-us/means", 2, "no file of Sphinx 3"),
        ("en-us/means", 30, "within its header"),
        ("en-us/means", 42, "within its mark of byte order"),
        ("en-us/means", 50, "within its sizes"),
        ("en-us/means", 700, "within its values"),
        ("en-us/means", 1_008, "within its checksum"),
        ("en-us/variances", 0, "no file of Sphinx 3"),
        ("en-us/transition_matrices", 100, "within its values"),
        ("en-us/sendump", 3, "within its header"),
        ("en-us/sendump", 60, "within its sizes"),
        ("en-us/sendump", 100, "within its weights"),
    ] {
        check(name, keep(len), says);
    }
    let put = |at: usize, with: &'static [u8]| move |b: &mut Vec<u8>| b[at..at + with.len()].copy_from_slice(with);
    for (name, at, with, says) in [
        ("en-us/mdef", 0, &b"s3\nv"[..], "no model definition in Sphinx's binary format"),
        ("en-us/mdef", 0, b"FDMB", "another order of bytes"),
        ("en-us/mdef", 4, &[2], "version 2 of the format"),
        ("en-us/mdef", 11, &[0xff], "within its description"),
        ("en-us/mdef", 20, &[0; 4], "it counts 0 phones"),
        ("en-us/mdef", 24, &[2, 0, 0, 0], "2 with contexts"),
        ("en-us/mdef", 24, &[0xff; 4], "within its phones"),
        ("en-us/mdef", 28, &[5], "5 states"),
        ("en-us/mdef", 36, &[8], "names senone 8 of 8"),
        ("en-us/mdef", 36, &[0xff; 4], "4294967295 senones"),
        ("en-us/mdef", 44, &[0xff; 4], "states in 4294967295 sequences"),
        ("en-us/mdef", 52, &[0xff; 4], "within its tree"),
        ("en-us/mdef", 66, b"X", "no phone named SIL"),
        ("en-us/mdef", 80, &[9], "names sequence 9 of 5"),
        ("en-us/mdef", 84, &[9], "names transition matrix 9 of 3"),
        ("en-us/mdef", 84, &[0xff; 4], "names transition matrix 4294967295"),
        ("en-us/mdef", 124, &[4], "at place 4 of its word"),
        ("en-us/mdef", 126, &[9], "names phone 9 of 3"),
        ("en-us/mdef", 170, &[0xff; 2], "names senone 65535 of 12"),
        ("en-us/mdef", 170, &[0; 2], "senone 0 belongs to several phones"),
        ("en-us/means", 40, &[0x11, 0x22, 0x33, 0x44], "another order of bytes"),
        ("en-us/means", 40, &[0; 4], "mark of byte order is damaged"),
        ("en-us/means", 44, &[4], "4 codebooks"),
        ("en-us/means", 52, &[0xff; 4], "4294967295 densities"),
        ("en-us/means", 56, &[12], "streams of [12, 13, 13]"),
        ("en-us/means", 100, &[1], "checksum does not fit"),
        ("en-us/transition_matrices", 44, &[0xff; 4], "4294967295 matrices"),
        ("en-us/transition_matrices", 48, &[5], "5 by 4"),
        ("en-us/sendump", 3, &[0xff], "within its header"),
        ("en-us/sendump", 28, b"6", "cluster_count is 6, not 0"),
        ("en-us/sendump", 48, b"4", "feature_count is 4, not 3"),
        ("en-us/sendump", 54, &[3], "weights for 3 densities"),
        ("en-us/sendump", 58, &[11], "11 senones"),
    ] {
        check(name, put(at, with), says);
    }
    for name in ["en-us/mdef", "en-us/means", "en-us/variances", "en-us/transition_matrices", "en-us/sendump"] {
        check(name, |b| b.push(0), "it goes on past its end");
    }
    let gaussians = |value: f32| move |b: &mut Vec<u8>| *b = s3(&[3, 3, 2, 13, 13, 13], (0..234).map(|_| value));
    check("en-us/means", gaussians(f32::NAN), "no measures of sound");
    check("en-us/means", gaussians(1e30), "no measures of sound");
    check("en-us/variances", gaussians(f32::INFINITY), "no measures of sound");
    check("en-us/transition_matrices", |b| *b = s3(&[3, 3, 4], (0..36).map(|_| 1.0)), "state 1 of matrix 0 does not lead on");
    check("en-us/transition_matrices", |b| *b = s3(&[3, 3, 4], (0..36).map(|_| 0.0)), "state 0 of matrix 0 does not lead on");
    check("en-us/feat.params", |b| *b = String::from_utf8_lossy(b).replace("ptm", "semi").into(), "-model is semi, not ptm");
    check("en-us/feat.params", |b| *b = String::from_utf8_lossy(b).replace("agc none", "agc max").into(), "-agc is max, not none");
}

#[test]
fn a_missing_file_and_a_folder_in_its_place_are_named() {
    for name in tiny().into_keys() {
        let mut files = tiny();
        files.remove(name);
        let text = read_back(&files).map(|_| ()).unwrap_err();
        assert!(text.contains(&format!("{name}: the file is not there")), "{text}");
    }
    let text = read(Path::new("/dev")).unwrap_err().to_string();
    assert!(text.starts_with("/dev: it is not a regular file"), "{text}");
}

#[test]
fn english_goes_by_many_names() {
    for (language, english) in
        [("", true), ("en", true), ("en-US", true), ("EN_gb", true), ("eng", true), ("de-DE", false), ("enm", false), ("-", true)]
    {
        assert_eq!(is_english(language), english, "{language}");
    }
    assert!(NoAcoustics.load("en").unwrap().is_none());
    assert!(Sphinx::default().load("de").unwrap().is_none());
}

/// The installed model, if there is one.
fn installed() -> Option<(PathBuf, Arc<Voice>)> {
    let found = find();
    if found.is_none() {
        eprintln!("skipped: no acoustic model is installed; the package is pocketsphinx-en-us");
    }
    let sphinx = Sphinx::default();
    let folder = found?;
    let voice = sphinx.load("en-US").unwrap().unwrap();
    assert!(Arc::ptr_eq(&voice, &sphinx.load("").unwrap().unwrap()), "it was read twice");
    Some((folder, voice))
}

#[test]
fn the_installed_model_is_what_it_is_known_to_be() {
    let Some((_, voice)) = installed() else { return };
    let Voice { model, lexicon } = &*voice;
    assert_eq!((model.phones.len(), model.densities, model.codebook_of.len()), (42, 128, 5126));
    assert_eq!((model.streams, model.dims, model.transitions.len()), (3, 13, 42));
    let fillers: Vec<&str> = model.phones.iter().filter(|p| p.filler).map(|p| p.name.as_str()).collect();
    assert_eq!(fillers, ["+NSN+", "+SPN+", "SIL"]);
    assert_eq!(model.phones[usize::from(model.silence)].name, "SIL");
    // Sphinx rounds a weight down to its step, by half a step at the mean.
    for (i, mixture) in model.weights.chunks_exact(model.densities).enumerate() {
        let sum: f32 = mixture.iter().map(|w| ((0.5 - f32::from(*w)) * model.weight_step).exp()).sum();
        assert!((sum - 1.0).abs() < 0.05, "mixture {i}: {sum}");
    }
    for row in model.transitions.iter().flatten() {
        let sum: f32 = row.iter().map(|p| p.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{row:?}");
    }
    let spelt = |p: &Vec<u8>| p.iter().map(|id| model.phones[usize::from(*id)].name.as_str()).collect::<Vec<_>>().join(" ");
    for (word, said) in [
        ("hello", &["HH AH L OW", "HH EH L OW"][..]),
        ("a", &["AH", "EY"]),
        ("'bout", &["B AW T"]),
        ("zywicki", &["Z IH W IH K IY"]),
        ("hello(2)", &[]),
        ("Hello", &[]),
        ("", &[]),
        ("no such word", &[]),
    ] {
        assert_eq!(lexicon.pronunciations(word).iter().map(spelt).collect::<Vec<_>>(), said, "{word}");
    }
}

/// The file has a tree over the contexts, which the reader passes over. Walking it must lead to the same senones.
#[test]
fn the_installed_models_tree_leads_to_the_same_triphones() {
    let Some((folder, voice)) = installed() else { return };
    let (path, model) = (folder.join("en-us/mdef"), &voice.model);
    let bytes = read(&path).unwrap();
    let long = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let short = |at: usize| usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()));
    let counts = 12 + long(8);
    let names: usize = model.phones.iter().map(|p| p.name.len() + 1).sum();
    let tree = counts + 40 + names.next_multiple_of(4);
    let phones = tree + 8 * long(counts + 32);
    let sequences = phones + 12 * long(counts + 4) + 4;
    // A node has its phone or place, how many lie below, and the first of those, or the phone.
    let below = |nodes: std::ops::Range<usize>, which: usize| nodes.map(|n| tree + 8 * n).find(|n| short(*n) == which);
    let walk = |context: [usize; 4]| {
        let mut nodes = 0..4;
        for which in context {
            let node = below(nodes, which)?;
            match short(node + 2) {
                0 => return u32::try_from(long(node + 4)).ok().filter(|phone| *phone != u32::MAX),
                count => nodes = long(node + 4)..long(node + 4) + count,
            }
        }
        None
    };
    let mut found = 0;
    for (p, place) in Place::ALL.into_iter().enumerate() {
        // Every third base and left phone, so that it stays quick.
        for base in (0..model.phones.len()).step_by(3) {
            for (left, right) in (0..42).step_by(3).flat_map(|l| (0..42).map(move |r| (l, r))) {
                let Some(phone) = walk([p, base, left, right]) else { continue };
                let entry = phones + 12 * phone as usize;
                let at = sequences + 6 * long(entry);
                let expected =
                    Triphone { senones: [short(at), short(at + 2), short(at + 4)].map(|s| s as u16), transitions: long(entry + 4) as u16 };
                assert_eq!(model.triphone(base as u8, left as u8, right as u8, place), expected, "{base} {left} {right} {place:?}");
                found += 1;
            }
        }
    }
    assert!(found > 10_000, "only {found} triphones were found");
}
