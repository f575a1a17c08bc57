// The chart library asks for the number formats of the window's language as it loads, and throws where that is no language: `C`, in a bare session.
try {
  new Intl.NumberFormat(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true })
}

export {}
