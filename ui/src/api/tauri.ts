import { invoke } from '@tauri-apps/api/core'
import { listen } from '@tauri-apps/api/event'
import { getCurrentWebview } from '@tauri-apps/api/webview'
import type { Api, JobEvent } from './api'
import { labTauri } from './lab'

/** The Rust side, through the shell's commands. Tauri turns the camelCase names of arguments into snake_case. */
export const tauri: Api = {
  ...labTauri,
  start: () => invoke('start'),
  openProject: (path) => invoke('open_project', { path: path ?? null }),
  newProject: (path) => invoke('new_project', { path: path ?? null }),
  library: () => invoke('library'),
  media: (media) => invoke('media', { media }),
  words: (media, range) => invoke('words', { media, range: range ?? null }),
  heardAs: (media, word) => invoke('heard_as', { media, word }),
  alignment: (media) => invoke('alignment', { media }),
  flags: (media) => invoke('flags', { media }),
  queue: (ask) => invoke('queue', { ask }),
  annotations: (media) => invoke('annotations', { media }),
  documents: (media) => invoke('documents', { media }),
  documentPages: (media, id) => invoke('document_pages', { media, id }),
  attachDocuments: (media, paths) => invoke('attach_documents', { media, paths: paths ?? null }),
  apply: (media, op) => invoke('apply', { media, op }),
  applyProject: (op) => invoke('apply_project', { op }),
  undo: () => invoke('undo'),
  redo: () => invoke('redo'),
  mergeCopy: (path) => invoke('merge_copy', { path: path ?? null }),
  copyProject: (path) => invoke('copy_project', { path: path ?? null }),
  conflicts: () => invoke('conflicts'),
  adjudicate: (id, pick) => invoke('adjudicate', { id, pick }),
  restore: (seq, media) => invoke('restore', { seq, media }),
  restorePreview: (seq, media) => invoke('restore_preview', { seq, media }),
  history: (filter, before, limit) => invoke('history', { filter, before, limit }),
  analytics: (media) => invoke('analytics', { media }),
  moments: (media, figure, key, first, limit) => invoke('moments', { media, figure, key, first, limit }),
  tuning: () => invoke('tuning'),
  tuningGate: (gate) => invoke('tuning_gate', { gate }),
  tuningEffect: (gate, limit) => invoke('tuning_effect', { gate, limit }),
  tuningPropose: (gates, alpha, delta) => invoke('tuning_propose', { gates, alpha, delta }),
  profiles: () => invoke('profiles'),
  tryProfiles: (media) => invoke('try_profiles', { media }),
  vocabulary: (least) => invoke('vocabulary', { least }),
  examples: (count) => invoke('examples', { count }),
  exportVocabulary: (least, language, path) => invoke('export_vocabulary', { least, language, path: path ?? null }),
  exportExamples: (count, path) => invoke('export_examples', { count, path: path ?? null }),
  search: (search) => invoke('search', { search }),
  find: (finding) => invoke('find', { finding }),
  near: () => invoke('near'),
  findNear: (like) => invoke('find_near', { like }),
  estimateEmbed: (model) => invoke('estimate_embed', { model }),
  embed: (model) => invoke('embed', { model }),
  readFound: () => invoke('read_found'),
  replace: (all) => invoke('replace', { all }),
  frameTimes: (media, at_us) => invoke('frame_times', { media, atUs: at_us }),
  importFiles: (paths) => invoke('import_files', { paths: paths ?? null }),
  lookInBucket: (address) => invoke('look_in_bucket', { address }),
  addFromBucket: (address) => invoke('add_from_bucket', { address }),
  startArchive: (places) => invoke('start_archive', { places }),
  archiveRuns: (ask) => invoke('archive_runs', { ask }),
  stopArchive: (execution) => invoke('stop_archive', { execution }),
  forgetArchive: (execution) => invoke('forget_archive', { execution }),
  bringArchive: (execution, later) => invoke('bring_archive', { execution, folder: null, later }),
  importFolder: () => invoke('import_folder'),
  align: (media) => invoke('align', { media }),
  transcribe: (media) => invoke('transcribe', { media }),
  readText: (media) => invoke('read_text', { media }),
  exportMedia: (media, kind, path) => invoke('export_media', { media, kind, path: path ?? null }),
  relocate: (media) => invoke('relocate', { media }),
  settings: () => invoke('settings'),
  saveSettings: (settings) => invoke('save_settings', { settings }),
  cancelJob: (id) => invoke('cancel_job', { id }),
  jobs: (since) => invoke('jobs', { since }),
  mediaGraph: (media) => invoke('media_graph', { media }),
  ledger: (media, first, count) => invoke('ledger', { media, first, count }),
  resume: (media) => invoke('resume', { media }),
  task: (task, media) => invoke('task', { task, media }),
  estimateAsk: (wish) => invoke('estimate_ask', { wish }),
  ask: (wish) => invoke('ask', { wish }),
  estimateSpeech: (wish) => invoke('estimate_speech', { wish }),
  askSpeech: (wish) => invoke('ask_speech', { wish }),
  checkAmazon: (amazon) => invoke('check_amazon', { amazon }),
  checkAccount: () => invoke('check_account'),
  modelNames: () => invoke('model_names'),
  onJob: (seen) => unsubscribing(listen<JobEvent>('job', (event) => seen(event.payload))),
}

/** Tells of files that are dragged over the window and dropped on it; the shell, unlike a browser, knows their paths. */
export function onDrop(over: (is: boolean) => void, dropped: (paths: string[]) => void): () => void {
  return unsubscribing(
    getCurrentWebview().onDragDropEvent(({ payload }) => {
      over(payload.type === 'enter' || payload.type === 'over')
      if (payload.type === 'drop') dropped(payload.paths)
    }),
  )
}

/** Listening begins a moment later than it is asked for; leaving must work before that too. */
function unsubscribing(listening: Promise<() => void>): () => void {
  return () => void listening.then((stop) => stop())
}
