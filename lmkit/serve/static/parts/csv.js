/** Tables as text. */

/** @typedef {(string | number)[][]} Table the first row has the names */

/**
 * Write a table as RFC 4180 asks.
 * @param {Table} rows
 */
export function toCsv(rows) {
  const field = (/** @type {string | number} */ value) => {
    const text = String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return rows.map((cells) => `${cells.map(field).join(',')}\r\n`).join('')
}
