/** One stop of the Tab key for a row of buttons, the arrow keys inside it. */

/** @type {Record<string, (at: number, count: number) => number>} */
const MOVES = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  ArrowUp: (at) => at - 1,
  ArrowDown: (at) => at + 1,
  Home: () => 0,
  End: (_at, count) => count - 1,
}

/**
 * Move the focus among the items of a host by arrow keys; the item in focus alone is a tab stop.
 * @param {HTMLElement} host
 * @param {string} selector of its items
 */
export function rove(host, selector) {
  host.addEventListener('keydown', (event) => {
    const items = /** @type {HTMLElement[]} */ ([...host.querySelectorAll(selector)])
    const at = items.indexOf(/** @type {HTMLElement} */ (event.target))
    const move = MOVES[event.key]
    if (at < 0 || !move || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    const next = items[Math.min(items.length - 1, Math.max(0, move(at, items.length)))]
    setStop(items, items.indexOf(next))
    next.focus()
  })
}

/**
 * Make one item the tab stop.
 * @param {HTMLElement[]} items
 * @param {number} at
 */
export function setStop(items, at) {
  const stop = Math.min(items.length - 1, Math.max(0, at))
  for (const [index, item] of items.entries()) item.tabIndex = index === stop ? 0 : -1
}
