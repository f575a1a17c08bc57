import type { ThemeChoice } from '../api/generated/ThemeChoice'
import type { Settings } from '../settings/settings.svelte'

export const THEMES: ThemeChoice[] = ['system', 'dark', 'light', 'contrast']

/** The last choice, for the first paint: the settings are read a moment later. */
const KEPT_AS = 'plumbline.theme'

/** Which theme is on; `system` follows what the desktop asks for, contrast before brightness. */
export class Theme {
  choice = $state<ThemeChoice>(kept())
  #settings: Settings
  #light = matchMedia('(prefers-color-scheme: light)')
  #contrast = matchMedia('(prefers-contrast: more)')

  constructor(settings: Settings) {
    this.#settings = settings
    const show = () => this.#show()
    this.#light.addEventListener('change', show)
    this.#contrast.addEventListener('change', show)
    show()
  }

  /** Shows what is set, once the settings are read. */
  follow(): void {
    this.choice = this.#settings.value.theme
    localStorage.setItem(KEPT_AS, this.choice)
    this.#show()
  }

  choose(choice: ThemeChoice): void {
    this.#settings.change({ theme: choice })
    this.follow()
  }

  next(): void {
    this.choose(THEMES[(THEMES.indexOf(this.choice) + 1) % THEMES.length] ?? 'system')
  }

  #show(): void {
    const system = this.#contrast.matches ? 'contrast' : this.#light.matches ? 'light' : 'dark'
    document.documentElement.dataset.theme = this.choice === 'system' ? system : this.choice
  }
}

function kept(): ThemeChoice {
  const choice = localStorage.getItem(KEPT_AS)
  return THEMES.find((theme) => theme === choice) ?? 'system'
}
