/** Page of the browser tests: it gives them the engine, and the comparison with Python. */
import { differences } from '../engine/cases.js'
import { BrowserEngine } from '../../../lmkit/serve/static/engine/browser_engine.js'

const tested = /** @type {any} */ (window)
tested.engine = new BrowserEngine()
tested.differences = differences
