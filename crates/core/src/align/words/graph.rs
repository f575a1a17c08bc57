//! The states that a run of words may pass through.

use super::super::acoustic::{AcousticModel, Place};

/// What a state sounds like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    /// A state of a phone.
    Senone(u16),
    /// Speech of any kind.
    Anything,
}

/// A word as the graph needs it: its pronunciations, of at least one phone each; none where nobody knows how it sounds.
pub(super) type Pronunciations = Vec<Vec<u8>>;

/// One emitting state.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub sound: Sound,
    /// Probability to stay.
    pub stay: f32,
    /// The word that it belongs to; none between words.
    pub word: Option<u32>,
    /// Whether arcs into it begin its word.
    pub begins: bool,
    /// Arcs that lead here from other states: first and past the last of [`Graph::arcs`].
    pub arcs: (u32, u32),
}

/// States in the order of the words, with what lies between two words in between, and the arcs between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    pub states: Vec<State>,
    /// From which state, with which probability.
    pub arcs: Vec<(u32, f32)>,
    /// For pause 0, word 0, pause 1, word 1, …, the last pause: the first of its states; then the number of states.
    pub starts: Vec<u32>,
    /// States that the run may begin in, and those that it may end in with the probability to leave them.
    pub first: Vec<u32>,
    pub last: Vec<(u32, f32)>,
}

/// Probabilities of what the transcript doesn't say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chances {
    /// That a pause lies between two words.
    pub pause: f32,
    /// That speech which the transcript lacks lies between two words.
    pub extra: f32,
    /// That another word than the written one is spoken.
    pub other: f32,
}

/// A state with the probability to leave it: where something ends.
#[derive(Clone, Copy)]
struct Exit {
    state: u32,
    leave: f32,
}

/// How a word may be left: the phone that it ends with, the phone it expects next (the silence for a pause), and from where.
#[derive(Clone, Copy)]
struct Ending {
    phone: u8,
    next: u8,
    exit: Exit,
}

/// Chain of three states: entry, and exit.
struct Chain {
    entry: Vec<(u32, f32)>,
    exits: Vec<Exit>,
}

/// Arcs to be: into a state, from a state, with a probability.
type Pending = Vec<(u32, u32, f32)>;

struct Builder<'a> {
    model: &'a AcousticModel,
    graph: Graph,
    pending: Pending,
    chances: Chances,
}

/// The graph of these words. Between any two there may be a pause, or speech that nobody wrote down; any word may be another one.
pub(super) fn graph(model: &AcousticModel, words: &[Pronunciations], chances: Chances) -> Graph {
    let mut b = Builder { model, graph: Graph::default(), pending: vec![], chances };
    // What may precede: exits that lead into a pause, and into a word across no pause.
    let mut endings: Vec<Ending> = Vec::new();
    let mut loose: Vec<Exit> = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let pause = b.pause(&endings, &loose, i == 0);
        let firsts = |w: Option<&Pronunciations>| {
            let mut phones: Vec<u8> = w.into_iter().flatten().map(|p| p[0]).collect();
            phones.sort_unstable();
            phones.dedup();
            phones
        };
        let next = firsts(words.get(i + 1));
        let (new, other) = b.word(i as u32, word, &endings, &pause, &loose, &next, i == 0);
        endings = new;
        loose = other;
    }
    let pause = b.pause(&endings, &loose, words.is_empty());
    let ends = endings.iter().filter(|e| e.next == model.silence).map(|e| e.exit).chain(loose).chain(pause);
    b.graph.last = ends.map(|e| (e.state, e.leave)).collect();
    b.finish()
}

impl Builder<'_> {
    fn state(&mut self, sound: Sound, stay: f32, word: Option<u32>) -> u32 {
        self.graph.states.push(State { sound, stay, word, begins: false, arcs: (0, 0) });
        (self.graph.states.len() - 1) as u32
    }

    fn arc(&mut self, to: u32, from: u32, probability: f32) {
        self.pending.push((to, from, probability));
    }

    /// Three states from left to right as the transitions say.
    fn chain(&mut self, sounds: [Sound; 3], transitions: usize, word: Option<u32>) -> Chain {
        let rows = self.model.transitions[transitions].map(|row| row.map(f32::exp));
        let states: [u32; 3] = std::array::from_fn(|i| self.state(sounds[i], rows[i][i], word));
        for (from, row) in rows.iter().enumerate() {
            for to in from + 1..3 {
                if row[to] > 0.0 {
                    self.arc(states[to], states[from], row[to]);
                }
            }
        }
        let exits = (0..3).filter(|i| rows[*i][3] > 0.0).map(|i| Exit { state: states[i], leave: rows[i][3] }).collect();
        Chain { entry: vec![(states[0], 1.0)], exits }
    }

    /// Speech of any kind, three frames or longer.
    fn anything(&mut self, word: Option<u32>) -> Chain {
        const STAY: f32 = 0.85;
        let states: [u32; 3] = std::array::from_fn(|_| self.state(Sound::Anything, STAY, word));
        self.arc(states[1], states[0], 1.0 - STAY);
        self.arc(states[2], states[1], 1.0 - STAY);
        Chain { entry: vec![(states[0], 1.0)], exits: vec![Exit { state: states[2], leave: 1.0 - STAY }] }
    }

    /// What may lie between two words; its exits lead into the next word.
    fn pause(&mut self, endings: &[Ending], loose: &[Exit], first: bool) -> Vec<Exit> {
        self.graph.starts.push(self.graph.states.len() as u32);
        let silence = self.model.silence;
        let phone = &self.model.phones[silence as usize];
        let (senones, transitions) = (phone.senones.map(Sound::Senone), phone.transitions as usize);
        let quiet = self.chain(senones, transitions, None);
        let extra = self.anything(None);
        let Chances { pause, extra: unwritten, .. } = self.chances;
        let before: Vec<Exit> = endings.iter().filter(|e| e.next == silence).map(|e| e.exit).chain(loose.iter().copied()).collect();
        for exit in before {
            self.arc(quiet.entry[0].0, exit.state, exit.leave * pause);
            self.arc(extra.entry[0].0, exit.state, exit.leave * unwritten);
        }
        // Speech that nobody wrote down may be set off by pauses.
        for exit in &quiet.exits {
            self.arc(extra.entry[0].0, exit.state, exit.leave * unwritten);
        }
        for exit in &extra.exits {
            self.arc(quiet.entry[0].0, exit.state, exit.leave * pause);
        }
        if first {
            self.graph.first.extend([quiet.entry[0].0, extra.entry[0].0]);
        }
        quiet.exits.into_iter().chain(extra.exits).collect()
    }

    #[allow(clippy::too_many_arguments)]
    fn word(
        &mut self,
        index: u32,
        pronunciations: &Pronunciations,
        endings: &[Ending],
        pause: &[Exit],
        loose: &[Exit],
        next: &[u8],
        first: bool,
    ) -> (Vec<Ending>, Vec<Exit>) {
        self.graph.starts.push(self.graph.states.len() as u32);
        let silence = self.model.silence;
        let across = 1.0 - self.chances.pause - self.chances.extra;
        let mut out = Vec::new();
        let written = (1.0 - self.chances.other) / pronunciations.len().max(1) as f32;
        for phones in pronunciations {
            let mut lefts: Vec<u8> = endings.iter().filter(|e| e.next == phones[0]).map(|e| e.phone).collect();
            lefts.push(silence);
            lefts.sort_unstable();
            lefts.dedup();
            let mut rights = next.to_vec();
            rights.push(silence);
            rights.sort_unstable();
            rights.dedup();
            let mut heads: Vec<Chain> = Vec::new();
            for left in &lefts {
                let first_right: Vec<u8> = if phones.len() == 1 { rights.clone() } else { vec![phones[1]] };
                for right in first_right {
                    let place = if phones.len() == 1 { Place::Single } else { Place::Begin };
                    let head = self.phone(phones[0], *left, right, place, index);
                    let entry = head.entry[0].0;
                    self.graph.states[entry as usize].begins = true;
                    if *left == silence {
                        for exit in pause.iter().chain(loose) {
                            let direct = if loose.iter().any(|l| l.state == exit.state) { across } else { 1.0 };
                            self.arc(entry, exit.state, exit.leave * direct * written);
                        }
                        if first {
                            self.graph.first.push(entry);
                        }
                    }
                    for ending in endings.iter().filter(|e| e.next == phones[0] && e.phone == *left && e.next != silence) {
                        self.arc(entry, ending.exit.state, ending.exit.leave * across * written);
                    }
                    if phones.len() == 1 {
                        out.extend(head.exits.iter().map(|exit| Ending { phone: phones[0], next: right, exit: *exit }));
                    } else {
                        heads.push(head);
                    }
                }
            }
            let mut exits: Vec<Exit> = heads.into_iter().flat_map(|h| h.exits).collect();
            for i in 1..phones.len() {
                let last = i + 1 == phones.len();
                let following: Vec<u8> = if last { rights.clone() } else { vec![phones[i + 1]] };
                let mut after = Vec::new();
                for right in following {
                    let place = if last { Place::End } else { Place::Internal };
                    let chain = self.phone(phones[i], phones[i - 1], right, place, index);
                    for exit in &exits {
                        self.arc(chain.entry[0].0, exit.state, exit.leave);
                    }
                    if last {
                        out.extend(chain.exits.iter().map(|exit| Ending { phone: phones[i], next: right, exit: *exit }));
                    } else {
                        after.extend(chain.exits);
                    }
                }
                exits = after;
            }
        }
        let other = self.anything(Some(index));
        let entry = other.entry[0].0;
        self.graph.states[entry as usize].begins = true;
        let chance = if pronunciations.is_empty() { 1.0 } else { self.chances.other };
        for exit in pause {
            self.arc(entry, exit.state, exit.leave * chance);
        }
        for exit in endings.iter().filter(|e| e.next == silence).map(|e| e.exit).chain(loose.iter().copied()).collect::<Vec<_>>() {
            self.arc(entry, exit.state, exit.leave * across * chance);
        }
        if first {
            self.graph.first.push(entry);
        }
        (out, other.exits)
    }

    fn phone(&mut self, base: u8, left: u8, right: u8, place: Place, word: u32) -> Chain {
        let triphone = self.model.triphone(base, left, right, place);
        self.chain(triphone.senones.map(Sound::Senone), triphone.transitions as usize, Some(word))
    }

    fn finish(mut self) -> Graph {
        self.graph.starts.push(self.graph.states.len() as u32);
        self.pending.sort_unstable_by_key(|a| (a.0, a.1));
        let mut at = 0;
        for (i, state) in self.graph.states.iter_mut().enumerate() {
            let first = at;
            while self.pending.get(at).is_some_and(|a| a.0 as usize == i) {
                at += 1;
            }
            state.arcs = (first as u32, at as u32);
        }
        self.graph.arcs = self.pending.iter().map(|a| (a.1, a.2)).collect();
        self.graph
    }
}
