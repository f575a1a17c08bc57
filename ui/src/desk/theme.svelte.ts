export type ThemeChoice = 'system' | 'dark' | 'light' | 'contrast'

export const THEMES: ThemeChoice[] = ['system', 'dark', 'light', 'contrast']

const KEPT_AS = 'plumbline.theme'

/** Which theme is on. The choice is kept; `system` follows what the desktop asks for, contrast before brightness. */
export class Theme {
  choice = $state<ThemeChoice>(kept())
  #light = matchMedia('(prefers-color-scheme: light)')
  #contrast = matchMedia('(prefers-contrast: more)')

  constructor() {
    const show = () => this.#show()
    this.#light.addEventListener('change', show)
    this.#contrast.addEventListener('change', show)
    show()
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice
    localStorage.setItem(KEPT_AS, choice)
    this.#show()
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
