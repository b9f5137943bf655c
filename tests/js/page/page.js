/** Page of the browser tests: it gives them the engine, and the comparison with Python. */
import { differences } from './cases.js'
import { BrowserEngine } from './engine/browser_engine.js'

const tested = /** @type {any} */ (window)
tested.engine = new BrowserEngine()
tested.differences = differences
