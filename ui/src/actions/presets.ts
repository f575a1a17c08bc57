import type { Keys } from './bindings'

export interface Preset {
  id: string
  label: string
  keys: Keys
}

/**
 * Sets of keys to start from. A preset names only the actions whose keys it changes; the keys for deciding are the same in all of them. The habits
 * are those of the programs' own documentation and sources, as far as they have something that is done here, too:
 * Subtitle Edit 5, docs/reference/keyboard-shortcuts.md; Aegisub 3, the hotkeys of its grid, video and audio parts; oTranscribe, src/js/app/ui.js.
 */
export const PRESETS: readonly Preset[] = [
  { id: 'default', label: 'Plumbline', keys: {} },
  {
    id: 'subtitle-edit',
    label: 'Subtitle Edit',
    keys: {
      play: ['Space', 'Ctrl+Space', 'k'],
      'second.back': ['ArrowLeft'],
      'second.forward': ['ArrowRight'],
      'word.previous': ['Alt+ArrowUp'],
      'word.next': ['Alt+ArrowDown'],
      'word.start': ['F11'],
      'word.end': ['F12'],
      redo: ['Ctrl+y', 'Ctrl+Shift+z'],
    },
  },
  {
    id: 'aegisub',
    label: 'Aegisub',
    keys: {
      // There the arrows step through frames while the picture has the focus, and Z goes back a line; X, which goes on, decides here.
      play: ['Space', 'b', 'Ctrl+p'],
      'word.previous': ['z', 'Shift+ArrowLeft'],
      'word.next': ['Shift+ArrowRight'],
      'frame.back': ['ArrowLeft', ','],
      'frame.forward': ['ArrowRight', '.'],
      'second.back': ['Alt+ArrowLeft'],
      'second.forward': ['Alt+ArrowRight'],
      redo: ['Ctrl+y', 'Ctrl+Shift+z'],
    },
  },
  {
    id: 'otranscribe',
    label: 'oTranscribe',
    keys: {
      // Escape leaves a text field first; from then on it plays and pauses.
      play: ['Escape', 'Space', 'k'],
      'second.back': ['F1', 'Shift+ArrowLeft'],
      'second.forward': ['F2', 'Shift+ArrowRight'],
      slower: ['F3', 'j'],
      faster: ['F4', 'l'],
      unselect: ['Shift+Escape'],
    },
  },
]

export function presetOf(id: string): Preset {
  const found = PRESETS.find((preset) => preset.id === id) ?? PRESETS[0]
  if (!found) throw new Error('There are no presets.')
  return found
}
