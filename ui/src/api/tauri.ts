import { invoke } from '@tauri-apps/api/core'
import { listen } from '@tauri-apps/api/event'
import { getCurrentWebview } from '@tauri-apps/api/webview'
import type { Api, JobEvent } from './api'

/** The Rust side, through the shell's commands. Tauri turns the camelCase names of arguments into snake_case. */
export const tauri: Api = {
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
  replace: (all) => invoke('replace', { all }),
  frameTimes: (media, at_us) => invoke('frame_times', { media, atUs: at_us }),
  importFiles: (paths) => invoke('import_files', { paths: paths ?? null }),
  align: (media) => invoke('align', { media }),
  transcribe: (media) => invoke('transcribe', { media }),
  readText: (media) => invoke('read_text', { media }),
  exportMedia: (media, kind, path) => invoke('export_media', { media, kind, path: path ?? null }),
  relocate: (media) => invoke('relocate', { media }),
  settings: () => invoke('settings'),
  saveSettings: (settings) => invoke('save_settings', { settings }),
  cancelJob: (id) => invoke('cancel_job', { id }),
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
