import type { Api, MediaInfo } from '../api/api'
import type { AlignmentView } from '../api/generated/AlignmentView'
import type { AnnotationsView } from '../api/generated/AnnotationsView'
import type { FlagsView } from '../api/generated/FlagsView'
import { scriptOf, type Script } from './words'

/** The views of a media that is about to be opened, asked for before it is. */
export class Ahead {
  readonly media: string
  readonly info: Promise<MediaInfo>
  readonly words: Promise<Script>
  readonly alignment: Promise<AlignmentView>
  readonly flags: Promise<FlagsView>
  readonly annotations: Promise<AnnotationsView>

  /** `failed` is called when one of them can't be read: opening the media then reads it anew, and tells why. */
  constructor(api: Api, media: string, failed: (ahead: Ahead) => void) {
    this.media = media
    this.info = api.media(media)
    this.words = api.words(media).then((view) => scriptOf(view, null))
    this.alignment = api.alignment(media)
    this.flags = api.flags(media)
    this.annotations = api.annotations(media)
    Promise.all([this.info, this.words, this.alignment, this.flags, this.annotations]).catch(() => failed(this))
  }
}
