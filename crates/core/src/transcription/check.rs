//! The service's rules, as they were in its documentation of November 2026.

use super::{Channels, Identify, TranscriptionJob};
use crate::Profile;
use std::fmt;

/// Languages whose personal information can be taken out.
const REDACTED: [&str; 9] = ["en-US", "es-US", "fr-FR", "fr-CA", "de-DE", "de-CH", "it-IT", "pt-PT", "pt-BR"];
/// What counts as personal information.
const KINDS: &str = "ADDRESS AGE ALL AWS_ACCESS_KEY AWS_SECRET_KEY BANK_ACCOUNT_NUMBER BANK_ROUTING CA_HEALTH_NUMBER CA_SOCIAL_INSURANCE_NUMBER \
    CREDIT_DEBIT_CVV CREDIT_DEBIT_EXPIRY CREDIT_DEBIT_NUMBER DATE_TIME DRIVER_ID EMAIL INTERNATIONAL_BANK_ACCOUNT_NUMBER IP_ADDRESS \
    LICENSE_PLATE MAC_ADDRESS NAME PASSPORT_NUMBER PASSWORD PHONE PIN SSN SWIFT_CODE URL USERNAME US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER \
    VEHICLE_IDENTIFICATION_NUMBER";
/// The languages of batch jobs.
const LANGUAGES: &str = "ab-GE af-ZA am-ET ar-AE ar-SA ast-ES az-AZ ba-RU be-BY bg-BG bn-IN bs-BA ca-ES ckb-IQ ckb-IR cs-CZ cy-GB cy-WL da-DK de-CH \
    de-DE el-GR en-AB en-AU en-GB en-IE en-IN en-NZ en-US en-WL en-ZA es-ES es-MX es-US et-EE et-ET eu-ES fa-AF fa-IR fi-FI fr-CA fr-FR ga-IE gd-GB \
    gl-ES gu-IN ha-NG he-IL hi-IN hr-HR ht-HT hu-HU hy-AM id-ID is-IS it-IT ja-JP jv-ID ka-GE kab-DZ kk-KZ km-KH kn-IN ko-KR ky-KG lg-IN lt-LT lv-LV \
    mhr-RU mi-NZ mk-MK ml-IN mn-MN mr-IN ms-MY mt-MT my-MM ne-NP nl-NL no-NO or-IN pa-IN pl-PL ps-AF pt-BR pt-PT ro-RO ru-RU rw-RW si-LK sk-SK sl-SI \
    so-SO sq-AL sr-RS su-ID sv-SE sw-BI sw-KE sw-RW sw-TZ sw-UG ta-IN te-IN th-TH tl-PH tr-TR tt-RU ug-CN uk-UA uz-UZ vi-VN wo-SN zh-CN zh-HK zh-TW \
    zu-ZA";
/// Languages that the service does not identify.
const NOT_IDENTIFIED: [&str; 2] = ["sv-SE", "vi-VN"];
/// Names may have so many characters.
const NAME_MOST: usize = 200;
/// A sound may be this long: four hours; and must be this long at least, in µs.
const LONGEST_US: u64 = 4 * 3_600_000_000;
const SHORTEST_US: u64 = 500_000;

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, such as `speakers`.
    pub field: &'static str,
    /// What is wrong, and what to do, as two clauses.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)
    }
}

/// The problems found so far.
#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn when(&mut self, wrong: bool, field: &'static str, what: impl Into<String>) {
        if wrong {
            self.0.push(Problem { field, what: what.into() });
        }
    }

    fn name(&mut self, field: &'static str, name: Option<&String>) {
        let fits =
            |name: &String| (1..=NAME_MOST).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        let Some(name) = name.filter(|name| !fits(name)) else { return };
        self.when(true, field, format!("“{name}” is no name: use up to {NAME_MOST} letters, digits, dots, hyphens and underscores"));
    }
}

fn is_language(code: &str) -> bool {
    LANGUAGES.split_whitespace().any(|known| known == code)
}

impl TranscriptionJob {
    /// What the service would refuse, or what would not do what it says; nothing where the settings are fine.
    pub fn check(&self, profile: Profile) -> Vec<Problem> {
        let mut found = Found::default();
        self.check_languages(&mut found);
        self.check_words(&mut found);
        self.check_sound(profile, &mut found);
        self.check_extras(&mut found);
        found.0
    }

    /// What is wrong with a sound of this length and these many channels for the job.
    pub fn check_media(&self, length_us: u64, channels: u32) -> Vec<Problem> {
        let mut found = Found::default();
        found.when(length_us > LONGEST_US, "media", "it is longer than the four hours that the service takes: cut it in parts");
        found.when(length_us < SHORTEST_US, "media", "it is shorter than the half second that the service needs: leave it out");
        found.when(
            self.channels && channels != 2,
            "channels",
            format!("the sound has {channels} channels, and two are told apart: leave it out"),
        );
        if let Channels::Only(channel) = self.sound {
            found.when(channel >= channels, "sound", format!("there is no channel {channel} among {channels}: count from 0"));
        }
        found.0
    }

    fn check_languages(&self, found: &mut Found) {
        let chosen = usize::from(self.language.is_some()) + usize::from(self.identify.is_some());
        found.when(chosen == 0, "language", "no language is chosen: name one, or let it be identified");
        found.when(chosen == 2, "identify", "a language is named, too: leave one of them out");
        let all = self.language.iter().chain(&self.options).chain(self.languages.keys());
        for code in all.filter(|code| !is_language(code)) {
            found.when(true, "language", format!("“{code}” is no language of the service: write it like en-US"));
        }
        let Some(identify) = self.identify else {
            found.when(!self.options.is_empty(), "options", "they are for languages that are identified: set identify, or leave them out");
            found.when(
                !self.languages.is_empty(),
                "languages",
                "they are for languages that are identified: set identify, or leave them out",
            );
            return;
        };
        found.when(self.options.len() == 1, "options", "one alone leaves no choice: name two or more, or use language");
        for code in self.options.iter().filter(|code| NOT_IDENTIFIED.contains(&code.as_str())) {
            found.when(true, "options", format!("{code} is not identified: leave it out, or use language"));
        }
        let mut once = self.options.clone();
        once.sort();
        once.dedup();
        found.when(once.len() < self.options.len(), "options", "a language is named twice: leave one out");
        found.when(self.languages.len() > 5, "languages", "there are more than five: leave some out");
        found.when(!self.languages.is_empty() && self.options.is_empty(), "options", "languages have settings: name them in options, too");
        for code in self.languages.keys().filter(|code| !self.options.is_empty() && !self.options.contains(code)) {
            found.when(true, "languages", format!("{code} is not among the options: add it there, or leave it out"));
        }
        let model = self.languages.values().any(|own| own.model.is_some());
        found.when(
            identify == Identify::Several && model,
            "languages",
            "custom models are not used where several languages are identified: leave them out",
        );
    }

    fn check_words(&self, found: &mut Found) {
        found.name("vocabulary", self.vocabulary.as_ref());
        found.name("vocabulary_filter", self.vocabulary_filter.as_ref());
        found.name("model", self.model.as_ref());
        for own in self.languages.values() {
            let names = [&own.vocabulary, &own.vocabulary_filter, &own.model];
            names.into_iter().for_each(|name| found.name("languages", name.as_ref()));
        }
        if self.identify.is_some() {
            let per_language = "it is for one language: name it in languages, for each by itself";
            found.when(self.vocabulary.is_some(), "vocabulary", per_language);
            found.when(self.vocabulary_filter.is_some(), "vocabulary_filter", per_language);
            found.when(self.model.is_some(), "model", per_language);
        }
        let filters = self.vocabulary_filter.is_some() || self.languages.values().any(|own| own.vocabulary_filter.is_some());
        found.when(filters && self.filter_method.is_none(), "filter_method", "a filter needs one: choose mask, remove or tag");
        found.when(
            !filters && self.filter_method.is_some(),
            "filter_method",
            "there is no filter that it is for: name one, or leave it out",
        );
    }

    fn check_sound(&self, profile: Profile, found: &mut Found) {
        let outside = |value: Option<u32>, (least, most): (u32, u32)| value.is_some_and(|v| !(least..=most).contains(&v));
        found.when(outside(self.speakers, (2, 30)), "speakers", "it must be 2 to 30: choose how many speak at most");
        found.when(outside(self.alternatives, (2, 10)), "alternatives", "it must be 2 to 10: choose another number, or leave it out");
        found.when(
            outside(self.sample_rate, (8_000, 48_000)),
            "sample_rate",
            "it must be 8000 to 48000 Hz: leave it out to keep the source's",
        );
        let mixed = self.sound == Channels::Mix && self.sample_rate.is_some_and(|rate| rate != 16_000);
        found.when(mixed, "sample_rate", "mixed sound has 16000 Hz: leave it out");
        found.when(
            self.channels && self.sound != Channels::Keep,
            "channels",
            "they are told apart only where both are sent: leave sound out",
        );
        let prepared = !profile.is_as_it_is();
        found.when(
            prepared && self.channels,
            "channels",
            "through a profile the sound is mixed to one channel: use the sound as it is, or leave channels out",
        );
        found.when(
            prepared && matches!(self.sound, Channels::Only(_)),
            "sound",
            "through a profile the sound is mixed to one channel: use the sound as it is",
        );
        found.when(
            prepared && self.sample_rate.is_some_and(|rate| rate != 16_000),
            "sample_rate",
            "through a profile it is 16000 Hz: leave it out",
        );
    }

    fn check_extras(&self, found: &mut Found) {
        if let Some(redaction) = &self.redaction {
            let fits = self.language.as_deref().is_none_or(|code| REDACTED.contains(&code));
            found.when(!fits, "redaction", format!("it works in {}: leave it out, or choose one of these", REDACTED.join(", ")));
            found.when(self.identify.is_some(), "redaction", "it does not work where the language is identified: name the language");
            for kind in redaction.kinds.iter().filter(|kind| !KINDS.split_whitespace().any(|known| known == kind.as_str())) {
                found.when(true, "redaction", format!("“{kind}” is no kind of personal information: write it like NAME or SSN"));
            }
        }
        if self.toxicity {
            let english = self.language.as_deref().is_none_or(|code| code == "en-US");
            found.when(!english || self.identify.is_some(), "toxicity", "it works in en-US alone: name that language, or leave it out");
            found.when(self.model.is_some(), "toxicity", "it does not work with a custom model: leave one of them out");
        }
        if let Some(subtitles) = &self.subtitles {
            found.when(subtitles.formats.is_empty(), "subtitles", "no form is named: choose srt, vtt or both");
            found.when(subtitles.start_index > 1, "subtitles", "the first number must be 0 or 1: choose one");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The fields that are found fault with, for settings as a file has them.
    fn check(settings: &str, profile: Profile, fields: &[&str]) {
        let job: TranscriptionJob = toml::from_str(settings).unwrap();
        let found = job.check(profile);
        assert_eq!(found.iter().map(|p| p.field).collect::<Vec<_>>(), fields, "{settings}: {found:?}");
        assert!(found.iter().all(|p| p.to_string().contains(": ") && !p.what.ends_with('.')), "{found:?}");
    }

    #[test]
    fn every_rule_of_the_service_is_known() {
        for (settings, fields) in [
            ("language = 'en-US'", &[][..]),
            ("", &["language"]),
            ("language = 'en-US'\nidentify = 'one'", &["identify"]),
            ("language = 'english'", &["language"]),
            ("language = 'en-US'\noptions = ['en-US', 'es-US']", &["options"]),
            ("language = 'en-US'\n[languages.en-US]\nvocabulary = 'v'", &["languages"]),
            ("identify = 'one'", &[]),
            ("identify = 'several'\noptions = ['en-US', 'de-DE']", &[]),
            ("identify = 'one'\noptions = ['en-US']", &["options"]),
            ("identify = 'one'\noptions = ['en-US', 'sv-SE']", &["options"]),
            ("identify = 'one'\noptions = ['en-US', 'en-US']", &["options"]),
            ("identify = 'one'\noptions = ['en-US', 'de-DE']\n[languages.en-US]\nvocabulary = 'v'\nmodel = 'm'", &[]),
            ("identify = 'one'\n[languages.en-US]\nvocabulary = 'v'", &["options"]),
            ("identify = 'one'\noptions = ['en-US', 'de-DE']\n[languages.fr-FR]\nvocabulary = 'v'", &["languages"]),
            ("identify = 'several'\noptions = ['en-US', 'de-DE']\n[languages.en-US]\nmodel = 'm'", &["languages"]),
            ("identify = 'several'\nvocabulary = 'v'\nmodel = 'm'", &["vocabulary", "model"]),
            ("identify = 'one'\nvocabulary_filter = 'f'\nfilter_method = 'tag'", &["vocabulary_filter"]),
            ("language = 'en-US'\nvocabulary = 'my names'", &["vocabulary"]),
            ("language = 'en-US'\nmodel = ''", &["model"]),
            ("language = 'en-US'\nvocabulary_filter = 'f'", &["filter_method"]),
            ("language = 'en-US'\nfilter_method = 'mask'", &["filter_method"]),
            ("language = 'en-US'\nspeakers = 1", &["speakers"]),
            ("language = 'en-US'\nspeakers = 30\nalternatives = 10\nchannels = true", &[]),
            ("language = 'en-US'\nspeakers = 31\nalternatives = 11", &["speakers", "alternatives"]),
            ("language = 'en-US'\nsample_rate = 7999", &["sample_rate"]),
            ("language = 'en-US'\nsample_rate = 48000\nsound = 'mix'", &["sample_rate"]),
            ("language = 'en-US'\nchannels = true\nsound = 'mix'", &["channels"]),
            ("language = 'en-GB'\n[redaction]\noutput = 'redacted'", &["redaction"]),
            ("language = 'de-CH'\n[redaction]\noutput = 'redacted'\nkinds = ['NAME', 'AGE']", &[]),
            ("identify = 'one'\n[redaction]\noutput = 'redacted'", &["redaction"]),
            ("language = 'en-US'\n[redaction]\noutput = 'redacted'\nkinds = ['SHOE_SIZE']", &["redaction"]),
            ("language = 'en-US'\ntoxicity = true\n[redaction]\noutput = 'redacted'", &[]),
            ("language = 'en-GB'\ntoxicity = true", &["toxicity"]),
            ("identify = 'one'\ntoxicity = true", &["toxicity"]),
            ("language = 'en-US'\ntoxicity = true\nmodel = 'm'", &["toxicity"]),
            ("language = 'en-US'\n[subtitles]\nformats = []\nstart_index = 2", &["subtitles", "subtitles"]),
        ] {
            check(settings, Profile::default(), fields);
        }
        let codes = ["en-US", "en-GB", "de-DE", "fr-FR", "it-IT", "es-US"];
        let six: String = codes.iter().map(|code| format!("[languages.{code}]\nvocabulary = 'v'\n")).collect();
        check(&format!("identify = 'one'\noptions = {codes:?}\n{six}"), Profile::default(), &["languages"]);
    }

    #[test]
    fn through_a_profile_there_is_one_channel() {
        let denoised = Profile { denoise: true, ..Profile::default() };
        for (settings, fields) in [
            ("language = 'en-US'", &[][..]),
            ("language = 'en-US'\nchannels = true", &["channels"]),
            ("language = 'en-US'\nsound = { only = 0 }", &["sound"]),
            ("language = 'en-US'\nsample_rate = 48000", &["sample_rate"]),
        ] {
            check(settings, denoised, fields);
        }
    }

    #[test]
    fn a_media_must_fit_the_job() {
        let second = 1_000_000;
        for (settings, length_us, channels, fields) in [
            ("", 14_400 * second, 6, &[][..]),
            ("", 14_401 * second, 1, &["media"]),
            ("", second / 3, 1, &["media"]),
            ("channels = true", second, 2, &[]),
            ("channels = true", second, 1, &["channels"]),
            ("sound = { only = 2 }", second, 2, &["sound"]),
        ] {
            let job: TranscriptionJob = toml::from_str(settings).unwrap();
            let found = job.check_media(length_us, channels);
            assert_eq!(found.iter().map(|p| p.field).collect::<Vec<_>>(), fields, "{settings}");
        }
    }
}
