import type { Api } from '../../api/api'
import type { DocumentRow } from '../../api/generated/DocumentRow'

/** The documents of the media on the desk, and the page of one of them that is read. */
export class Documents {
  rows = $state.raw<DocumentRow[]>([])
  /** The document that is read, by its id. */
  chosen = $state<string | null>(null)
  pages = $state.raw<string[]>([])
  /** Which page is read, counted from 1. */
  page = $state(1)
  /** Words that a search found on the page. */
  looked = $state.raw<string[]>([])
  #media: string | null = null
  #api: Api
  #ticket = 0

  row = $derived(this.rows.find(({ id }) => id === this.chosen) ?? null)
  text = $derived(marked(this.pages[this.page - 1] ?? '', this.looked))

  constructor(api: Api) {
    this.#api = api
  }

  /** Reads which documents a media has. What is read of one stays, as long as the media has it. */
  async read(media: string): Promise<void> {
    if (this.#media !== media) this.clear()
    this.#media = media
    const rows = await this.#api.documents(media)
    if (this.#media !== media) return
    this.rows = rows
    if (this.row === null) await this.choose(rows[0]?.id ?? null)
  }

  clear(): void {
    this.#ticket++
    this.#media = null
    this.rows = []
    this.chosen = null
    this.pages = []
    this.looked = []
  }

  /** Opens a document, with the words of a page marked where a search led to it. */
  async choose(id: string | null, page = 1, looked: string[] = []): Promise<void> {
    const mine = ++this.#ticket
    const media = this.#media
    const pages = id === null || media === null ? [] : id === this.chosen && this.pages.length > 0 ? this.pages : await this.#api.documentPages(media, id)
    if (mine !== this.#ticket) return
    this.chosen = id
    this.pages = pages
    this.page = Math.max(1, Math.min(page, pages.length))
    this.looked = looked
  }

  /** The document before or after the one that is read. */
  async move(by: 1 | -1): Promise<void> {
    const at = this.rows.findIndex(({ id }) => id === this.chosen)
    const row = this.rows[at + by]
    if (row) await this.choose(row.id)
  }

  turn(by: 1 | -1): void {
    this.page = Math.max(1, Math.min(this.page + by, this.pages.length))
  }
}

/** A text in pieces, with the words that were found marked wherever they begin a word. */
export function marked(text: string, words: readonly string[]): { text: string; found: boolean }[] {
  const escaped = words.filter((word) => word !== '').map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  if (escaped.length === 0) return [{ text, found: false }]
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${escaped.join('|')})`, 'giu')
  return text.split(pattern).map((text, i) => ({ text, found: i % 2 === 1 })).filter(({ text }) => text !== '')
}

/** What one page of a document of this kind is called. */
export function pageWord(kind: DocumentRow['kind']): string {
  return kind === 'pdf' ? 'page' : kind === 'pptx' ? 'slide' : kind === 'xlsx' || kind === 'xls' ? 'sheet' : 'part'
}
