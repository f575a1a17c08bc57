//! Amazon Transcribe.

use crate::account::Account;
use crate::failure::{answer, failed};
use crate::s3::Patience;
use aws_sdk_transcribe::Client;
use aws_sdk_transcribe::config::http::HttpResponse;
use aws_sdk_transcribe::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_transcribe::operation::start_transcription_job::builders::StartTranscriptionJobFluentBuilder;
use aws_sdk_transcribe::types::{self, LanguageCode, TranscriptionJobStatus};
use plumbline_core::transcription::{FilterMethod, Identify, PerLanguage, Redaction, RedactionOutput, SubtitleFormat, TranscriptionJob};
use plumbline_pipeline::cloud::{CloudSpeech, InOut, JobState, VocabularyState};
use plumbline_pipeline::{CloudError, Job};
use std::collections::HashMap;

/// The service, with a bucket that it writes to.
#[derive(Clone, Debug)]
pub struct Transcribe {
    account: Account,
    client: Client,
    bucket: String,
    kms_key: Option<String>,
    /// A role that lets jobs wait for their turn where too many run.
    queue_role: Option<String>,
}

impl Transcribe {
    /// The account's service, which writes to `bucket`, encrypted with a key of AWS KMS where one is given. With a role that may read the bucket,
    /// jobs wait for their turn where the account has too many; else the service refuses them. Calls nothing.
    pub fn open(account: &Account, bucket: &str, kms_key: Option<&str>, queue_role: Option<&str>, patience: Patience) -> Self {
        let config = aws_sdk_transcribe::config::Builder::from(account.config()).timeout_config(patience.small());
        Self {
            account: account.clone(),
            client: Client::from_conf(config.build()),
            bucket: bucket.to_owned(),
            kms_key: kms_key.map(str::to_owned),
            queue_role: queue_role.map(str::to_owned),
        }
    }

    fn request(&self, name: &str, settings: &TranscriptionJob, what: InOut<'_>) -> Result<StartTranscriptionJobFluentBuilder, CloudError> {
        let unfit = |e: aws_sdk_transcribe::error::BuildError| {
            CloudError::refused(name, format!("the job can't be asked for ({e})"), "Check its settings")
        };
        let languages: HashMap<LanguageCode, types::LanguageIdSettings> =
            settings.languages.iter().map(|(code, own)| (LanguageCode::from(code.as_str()), per_language(own))).collect();
        let options: Vec<LanguageCode> = settings.options.iter().map(|code| LanguageCode::from(code.as_str())).collect();
        let role = self.queue_role.as_ref();
        let queue =
            role.map(|role| types::JobExecutionSettings::builder().allow_deferred_execution(true).data_access_role_arn(role).build());
        let model = settings.model.as_ref().map(|model| types::ModelSettings::builder().language_model_name(model).build());
        let toxicity = types::ToxicityDetectionSettings::builder().toxicity_categories(types::ToxicityCategory::All);
        let toxicity = settings.toxicity.then(|| toxicity.build()).transpose().map_err(unfit)?;
        let request = self.client.start_transcription_job().transcription_job_name(name);
        let request = request
            .media(types::Media::builder().media_file_uri(what.media).build())
            .media_format(types::MediaFormat::Flac)
            .output_bucket_name(&self.bucket)
            .output_key(what.output)
            .set_output_encryption_kms_key_id(self.kms_key.clone())
            .set_language_code(settings.language.as_deref().map(LanguageCode::from))
            .set_identify_language((settings.identify == Some(Identify::One)).then_some(true))
            .set_identify_multiple_languages((settings.identify == Some(Identify::Several)).then_some(true))
            .set_language_options((!options.is_empty()).then_some(options))
            .set_language_id_settings((!languages.is_empty()).then_some(languages))
            .set_media_sample_rate_hertz(settings.sample_rate.and_then(|rate| i32::try_from(rate).ok()))
            .set_settings(of_words(settings))
            .set_model_settings(model)
            .set_job_execution_settings(queue)
            .set_content_redaction(settings.redaction.as_ref().map(redaction).transpose().map_err(unfit)?)
            .set_toxicity_detection(toxicity.map(|toxicity| vec![toxicity]))
            .set_subtitles(settings.subtitles.as_ref().map(subtitles));
        Ok(request)
    }

    /// The job of this name; none where the service knows none.
    fn find(&self, name: &str, job: &Job) -> Result<Option<types::TranscriptionJob>, CloudError> {
        let got = self.account.wait(job, self.client.get_transcription_job().transcription_job_name(name).send())?;
        match got {
            Ok(got) => Ok(got.transcription_job),
            Err(e) if is_missing(&e) => Ok(None),
            Err(e) => Err(failed(name, &e)),
        }
    }
}

/// Whether the service says that there is no such thing, which it has two ways to say.
fn is_missing<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let message = match error {
        SdkError::ServiceError(e) => e.err().message().unwrap_or_default(),
        _ => "",
    };
    match answer(error).0 {
        "NotFoundException" => true,
        "BadRequestException" => message.contains("couldn't be found"),
        _ => false,
    }
}

fn per_language(own: &PerLanguage) -> types::LanguageIdSettings {
    types::LanguageIdSettings::builder()
        .set_vocabulary_name(own.vocabulary.clone())
        .set_vocabulary_filter_name(own.vocabulary_filter.clone())
        .set_language_model_name(own.model.clone())
        .build()
}

/// The settings that the service keeps in a group; none where none of them is wanted.
fn of_words(settings: &TranscriptionJob) -> Option<types::Settings> {
    let number = |value: Option<u32>| value.and_then(|value| i32::try_from(value).ok());
    let method = settings.filter_method.map(|method| match method {
        FilterMethod::Mask => types::VocabularyFilterMethod::Mask,
        FilterMethod::Remove => types::VocabularyFilterMethod::Remove,
        FilterMethod::Tag => types::VocabularyFilterMethod::Tag,
    });
    let group = types::Settings::builder()
        .set_vocabulary_name(settings.vocabulary.clone())
        .set_vocabulary_filter_name(settings.vocabulary_filter.clone())
        .set_vocabulary_filter_method(method)
        .set_channel_identification(settings.channels.then_some(true))
        .set_show_speaker_labels(settings.speakers.map(|_| true))
        .set_max_speaker_labels(number(settings.speakers))
        .set_show_alternatives(settings.alternatives.map(|_| true))
        .set_max_alternatives(number(settings.alternatives))
        .build();
    (group != types::Settings::builder().build()).then_some(group)
}

fn redaction(wanted: &Redaction) -> Result<types::ContentRedaction, aws_sdk_transcribe::error::BuildError> {
    let output = match wanted.output {
        RedactionOutput::Redacted => types::RedactionOutput::Redacted,
        RedactionOutput::RedactedAndUnredacted => types::RedactionOutput::RedactedAndUnredacted,
    };
    let kinds: Vec<types::PiiEntityType> = wanted.kinds.iter().map(|kind| types::PiiEntityType::from(kind.as_str())).collect();
    types::ContentRedaction::builder()
        .redaction_type(types::RedactionType::Pii)
        .redaction_output(output)
        .set_pii_entity_types((!kinds.is_empty()).then_some(kinds))
        .build()
}

fn subtitles(wanted: &plumbline_core::transcription::Subtitles) -> types::Subtitles {
    let formats = wanted.formats.iter().map(|format| match format {
        SubtitleFormat::Srt => types::SubtitleFormat::Srt,
        SubtitleFormat::Vtt => types::SubtitleFormat::Vtt,
    });
    types::Subtitles::builder().set_formats(Some(formats.collect())).output_start_index(i32::from(wanted.start_index > 0)).build()
}

impl CloudSpeech for Transcribe {
    fn start(&self, name: &str, settings: &TranscriptionJob, what: InOut<'_>, job: &Job) -> Result<(), CloudError> {
        let request = self.request(name, settings, what)?;
        let error = match self.account.wait(job, request.send())? {
            Ok(_) => return Ok(()),
            Err(e) if answer(&e).0 == "ConflictException" => failed(name, &e),
            Err(e) => return Err(failed(name, &e)),
        };
        // It is there: another worker's, or our own whose answer was lost.
        let there = self.find(name, job)?.ok_or(error)?;
        if there.media().and_then(|media| media.media_file_uri()) == Some(what.media) {
            return Ok(());
        }
        Err(CloudError::refused(name, "another job of the account has this name", "Delete that job, and run it again"))
    }

    fn state(&self, name: &str, job: &Job) -> Result<JobState, CloudError> {
        let Some(found) = self.find(name, job)? else { return Ok(JobState::Missing) };
        Ok(match found.transcription_job_status() {
            Some(TranscriptionJobStatus::Completed) => JobState::Completed,
            Some(TranscriptionJobStatus::Failed) => JobState::Failed(reason(found.failure_reason())),
            Some(TranscriptionJobStatus::InProgress) => JobState::InProgress,
            _ => JobState::Queued,
        })
    }

    fn forget(&self, name: &str, job: &Job) -> Result<(), CloudError> {
        match self.account.wait(job, self.client.delete_transcription_job().transcription_job_name(name).send())? {
            Err(e) if !is_missing(&e) => Err(failed(name, &e)),
            _ => Ok(()),
        }
    }

    fn put_vocabulary(&self, name: &str, language: &str, table: &str, job: &Job) -> Result<(), CloudError> {
        let language = LanguageCode::from(language);
        if self.vocabulary(name, job)? == VocabularyState::Missing {
            let create = self.client.create_vocabulary().vocabulary_name(name).language_code(language.clone()).vocabulary_file_uri(table);
            match self.account.wait(job, create.send())? {
                Ok(_) => return Ok(()),
                // Made meanwhile.
                Err(e) if answer(&e).0 == "ConflictException" => {}
                Err(e) => return Err(failed(name, &e)),
            }
        }
        let update = self.client.update_vocabulary().vocabulary_name(name).language_code(language).vocabulary_file_uri(table);
        self.account.wait(job, update.send())?.map(|_| ()).map_err(|e| failed(name, &e))
    }

    fn vocabulary(&self, name: &str, job: &Job) -> Result<VocabularyState, CloudError> {
        let got = match self.account.wait(job, self.client.get_vocabulary().vocabulary_name(name).send())? {
            Err(e) if is_missing(&e) => return Ok(VocabularyState::Missing),
            got => got.map_err(|e| failed(name, &e))?,
        };
        Ok(match got.vocabulary_state() {
            Some(types::VocabularyState::Ready) => VocabularyState::Ready,
            Some(types::VocabularyState::Failed) => VocabularyState::Failed(reason(got.failure_reason())),
            _ => VocabularyState::Pending,
        })
    }
}

/// Why something failed, to stand in parentheses.
fn reason(stated: Option<&str>) -> String {
    stated.unwrap_or("it gave no reason").trim_end_matches('.').to_owned()
}
