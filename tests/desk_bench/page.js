// What the benchmark does inside a page: the app's, and that of a bare editor. Loaded before every script.
const done = arguments[arguments.length - 1]
const asked = arguments[0]
const $ = (css) => document.querySelector(css)
const frame = () => new Promise(requestAnimationFrame)
/** What was changed before the first of two frames is on the screen when the second begins. */
const painted = async () => (await frame(), await frame(), performance.now())
const until = async (what, is, patience_ms = 60000) => {
  const began = performance.now()
  for (;;) {
    const value = is()
    if (value) return value
    if (performance.now() - began > patience_ms) throw new Error(`${what} did not happen`)
    await frame()
  }
}
/** Distances in ms of the frames while `step(i)` runs once in each; the first few only warm up. */
const frames = async (count, step) => {
  const times = []
  for (let i = 0; i < count; i++) {
    step(i)
    times.push(await frame())
  }
  return times.slice(1).map((t, i) => t - times[i]).slice(4)
}
const scroller = () => $('.cm-scroller') ?? $('[data-testid=transcript]')
const tracks = () => $('[data-testid=timeline] .tracks')
const run = async (work) => {
  try {
    done({ value: await work() })
  } catch (error) {
    done({ error: `${error}` })
  }
}
