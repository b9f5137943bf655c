/** Creation of HTML elements without markup in strings. */

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Record<string, any>} Attributes strings, booleans, listeners (`onclick`), `vars` of CSS */

/**
 * Create an element. An attribute that is true stands alone, false or null leaves it out; functions
 * listen; `vars` sets custom properties of CSS, which a strict policy allows where `style` is not.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value)
  made.append(...children.filter(isShown))
  return made
}

/**
 * Create a labelled control.
 * @param {string} id of the control
 * @param {string} label
 * @param {...Child} controls
 */
export function field(id, label, ...controls) {
  return element('div', { class: 'field' }, element('label', { for: id }, label), ...controls)
}

/**
 * Replace what an element holds.
 * @param {Element} host
 * @param {...Child} children
 */
export function fillWith(host, ...children) {
  host.replaceChildren(...children.filter(isShown))
}

/** @param {Child} child @returns {child is Node | string} */
function isShown(child) {
  return child !== null && child !== undefined && child !== false
}

/** @param {HTMLElement} made @param {string} name @param {any} value */
function setAttribute(made, name, value) {
  if (name === 'vars') {
    for (const [key, number] of Object.entries(value)) made.style.setProperty(key, String(number))
  } else if (typeof value === 'function') {
    made.addEventListener(name.slice(2), value)
  } else if (value !== false && value !== null && value !== undefined) {
    made.setAttribute(name, value === true ? '' : String(value))
  }
}
