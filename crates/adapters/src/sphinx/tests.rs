#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn the_installed_model_is_what_it_is_known_to_be() {
    let Some(folder) = find() else {
        eprintln!("skipped: no acoustic model is installed; the package is pocketsphinx-en-us");
        return;
    };
    let (model, lexicon) = load(&folder).unwrap();
    assert_eq!((model.phones.len(), model.densities, model.codebook_of.len()), (42, 128, 5126));
    let fillers: Vec<&str> = model.phones.iter().filter(|p| p.filler).map(|p| p.name.as_str()).collect();
    assert_eq!(fillers, ["+NSN+", "+SPN+", "SIL"]);
    for (i, mixture) in model.weights.chunks_exact(model.densities).enumerate() {
        let sum: f32 = mixture.iter().map(|w| (-f32::from(*w) * model.weight_step).exp()).sum();
        assert!((sum - 1.0).abs() < 0.05, "mixture {i}: {sum}");
    }
    let spelt = |p: Vec<u8>| -> Vec<String> { p.iter().map(|id| model.phones[usize::from(*id)].name.clone()).collect() };
    let hello: Vec<_> = lexicon.pronunciations("hello").into_iter().map(spelt).map(|p| p.join(" ")).collect();
    assert_eq!(hello, ["HH AH L OW", "HH EH L OW"]);
}
