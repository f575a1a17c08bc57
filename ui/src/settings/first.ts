import type { Settings } from '../api/generated/Settings'

/** What holds until the settings are read, and where there are none yet. */
export const FIRST: Settings = {
  reviewer: null,
  theme: 'system',
  preset: 'default',
  keys: {},
  recent: [],
  pause_while_typing: true,
  typing_rest_ms: 1000,
  views: [],
  queue_views: [],
  amazon: { profile: '', region: '', endpoint: '', bucket: '', prefix: '', model: '', cap_usd: '', at_once: 8, models: '' },
  archive: { media: '', results: '', machine: '' },
}
