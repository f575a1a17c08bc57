// An editor with the same text and nothing else: what the transcript is held against by dev/bench-desk.
import '@fontsource/atkinson-hyperlegible/400.css'
import { EditorView } from '@codemirror/view'

const asked = new URLSearchParams(location.search)
for (const side of ['width', 'height']) document.body.style.setProperty(`--${side}`, `${asked.get(side) ?? 600}px`)
const doc = await (await fetch('lines.txt')).text()
new EditorView({ doc, extensions: [EditorView.lineWrapping], parent: document.body })
