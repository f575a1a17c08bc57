import { mount } from 'svelte'
import App from './App.svelte'
import { api, onFileDrop } from './api'
import { Desk } from './desk/desk.svelte'
import './styles/fonts.css'
import './styles/tokens.css'
import './styles/base.css'

const target = document.getElementById('app')
if (!target) throw new Error('index.html has no element #app to draw the window in.')

const desk = new Desk(api)
onFileDrop(
  (is) => (desk.dropping = is),
  (paths) => desk.importFiles(paths),
)
mount(App, { target, props: { desk } })
void desk.start()
