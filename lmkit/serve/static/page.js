/** Entry of the page: builds the frame, and joins state, engine, text box and views. */

import { chooseEngine } from './engine.js'
import { CourseDialog } from './parts/course.js'
import { element, fillWith } from './parts/element.js'
import { fromHash, toHash } from './parts/link.js'
import { NextWords } from './parts/next_words.js'
import { Page, reporting } from './parts/page.js'
import { PageState } from './parts/page_state.js'
import { rove, setStop } from './parts/roving.js'
import { TextBox } from './parts/text_box.js'
import { mark } from './parts/mark.js'
import { startTheme, switchTheme, themeNow } from './parts/theme.js'
import { texts } from './texts.js'
import { CellView } from './views/cell.js'
import { GatesView } from './views/gates.js'
import { MatchView } from './views/match.js'
import { SurpriseView } from './views/surprise.js'
import { WordsView } from './views/words.js'
import { WriteView } from './views/write.js'

/** @import {Key} from './parts/page_state.js' */

const VIEWS = { write: WriteView, surprise: SurpriseView, cell: CellView, gates: GatesView, match: MatchView, words: WordsView }
const NAMES = /** @type {(keyof typeof VIEWS)[]} */ (Object.keys(VIEWS))

const state = new PageState()
const box = new TextBox()
const page = new Page(chooseEngine(), state, box)
const next = new NextWords()
const course = new CourseDialog()
const status = element('p', { class: 'status', role: 'status' })
const panel = element('section', { class: 'panel', id: 'panel', role: 'tabpanel' })
const undo = element('button', { type: 'button', class: 'button quiet', onclick: () => state.undo() }, texts.undo)
const redo = element('button', { type: 'button', class: 'button quiet', onclick: () => state.redo() }, texts.redo)
const theme = element('button', { type: 'button', class: 'button quiet', title: texts.theme.change, onclick: () => switchTheme() })
const models = element('select', { id: 'model-choice', onchange: () => state.set({ model: models.value, compare: '', forces: [], pinned: [], layer: 1, unit: 0 }) })
const modelLabel = element('label', { for: 'model-choice', class: 'hidden-label' }, texts.model)
const facts = element('p', {})
const tabs = element('div', { class: 'tabs', role: 'tablist', 'aria-label': texts.tabs }, ...NAMES.map(tab))

start()

function start() {
  startTheme()
  document.body.append(frame())
  rove(tabs, '.tab')
  page.addEventListener('report', (event) => report(/** @type {CustomEvent} */ (event).detail))
  box.addEventListener('edit', (event) => state.set({ text: detail(event), word: -1 }, { typed: true }))
  box.addEventListener('take', (event) => state.set({ text: detail(event), word: -1 }))
  document.addEventListener('keydown', shortcut)
  document.addEventListener('theme', showTheme)
  window.addEventListener('hashchange', readLink)
  showTheme()
  state.set(fromHash(location.hash))
  state.forget()
  box.value = state.now.text
  status.textContent = texts.start
  reporting(page, begin)
}

/** Ask for the models, then show everything, with what was typed meanwhile. */
async function begin() {
  page.models = await page.engine.models()
  status.textContent = ''
  fillWith(models, ...page.models.map((one) => element('option', { value: one.id }, one.id)))
  models.disabled = page.models.length < 2
  box.value = state.now.text
  next.page = page
  document.querySelector('.side')?.append(next)
  state.addEventListener('change', (event) => changed(/** @type {CustomEvent<Set<Key>>} */ (event).detail))
  showView()
  showControls()
  course.follow(location.hash)
  if (state.canUndo) showLink() // something was typed meanwhile
}

function frame() {
  const brand = element('span', { class: 'brand' }, mark(),
    element('span', {}, 'lmkit'), element('span', { class: 'motto' }, texts.motto))
  const link = element('button', { type: 'button', class: 'button quiet', onclick: () => reporting(page, copyLink) }, texts.link)
  const tools = element('div', { class: 'tools' }, modelLabel, models, undo, redo, link, theme)
  const hint = element('p', { id: 'text-hint', class: 'note' }, texts.box.hint)
  const title = element('h1', { class: 'hidden-label' }, `lmkit: ${texts.motto}`)
  const writing = element('div', { class: 'card writing' }, box, element('div', { class: 'writing-foot' }, hint, examples()))
  const side = element('section', { class: 'side card', 'aria-label': texts.next.title })
  const main = element('main', { class: 'columns' }, title, writing, side, element('div', { class: 'views' }, tabs, panel))
  const foot = element('footer', { class: 'foot' }, element('p', {}, texts.foot[page.engine.name]), facts, status)
  return element('div', { class: 'frame' }, element('header', { class: 'top' }, brand, tools),
    main, foot, course)
}

function examples() {
  const buttons = texts.examples.list.map((text) =>
    element('button', { type: 'button', class: 'chip', onclick: () => state.set({ text, word: -1 }) }, text))
  return element('p', { class: 'chips examples' }, element('span', { class: 'chips-title' }, texts.examples.title), ...buttons)
}

/** @param {keyof typeof VIEWS} name */
function tab(name) {
  return element('button', { type: 'button', class: 'tab', role: 'tab', id: `tab-${name}`, 'aria-controls': 'panel',
    'data-view': name, onclick: () => state.set({ view: name }), onfocus: () => state.set({ view: name }) }, texts.views[name].tab)
}

/** @param {Set<Key>} keys */
function changed(keys) {
  if (keys.has('text')) box.value = state.now.text
  if (keys.has('text') && !page.hasBlank) page.fillings = []
  if (['text', 'model', 'forces', 'temperature', 'top_k', 'top_p'].some((key) => keys.has(/** @type {Key} */ (key)))) next.refresh()
  if (keys.has('view')) showView()
  showControls()
  showLink()
  if (status.classList.contains('is-error')) report('')
}

function viewName() {
  return NAMES.find((name) => name === state.now.view) ?? 'write'
}

function showView() {
  const name = viewName()
  const view = new VIEWS[name]()
  view.page = page
  fillWith(panel, view)
}

function showControls() {
  const name = viewName()
  const items = /** @type {HTMLElement[]} */ ([...tabs.children])
  for (const item of items) item.setAttribute('aria-selected', String(item.dataset.view === name))
  setStop(items, NAMES.indexOf(name))
  panel.setAttribute('aria-labelledby', `tab-${name}`)
  undo.disabled = !state.canUndo
  redo.disabled = !state.canRedo
  models.value = page.facts.id
  facts.textContent = texts.foot.facts(page.facts)
  document.title = `${texts.views[name].tab} · lmkit`
}

function showTheme() {
  theme.textContent = themeNow() === 'dark' ? texts.theme.light : texts.theme.dark
}

function readLink() {
  if (!course.follow(location.hash)) state.set(fromHash(location.hash))
  showLink()
}

/** Put the state into the address, without an entry in the history. */
function showLink() {
  const hash = toHash(state.now)
  history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search)
}

async function copyLink() {
  await navigator.clipboard.writeText(location.href)
  report(texts.linkCopied)
}

/** @param {unknown} said an error, or words */
function report(said) {
  status.classList.toggle('is-error', said instanceof Error)
  status.textContent = said instanceof Error ? said.message : String(said)
}

/** Undo and redo from the keyboard, in the text box too. @param {KeyboardEvent} event */
function shortcut(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return
  const key = event.key.toLowerCase()
  if (key !== 'z' && key !== 'y') return
  event.preventDefault()
  if (key === 'y' || event.shiftKey) state.redo()
  else state.undo()
}

/** @param {Event} event @returns {string} */
function detail(event) {
  return /** @type {CustomEvent<string>} */ (event).detail
}
