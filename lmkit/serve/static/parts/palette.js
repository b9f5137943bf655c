/** Colours: those of the theme, read from the style sheet, and three scales that colour-blind people can tell apart. */

/** @typedef {[number, number, number]} Rgb */

/** @type {Record<string, {light: Rgb[], dark: Rgb[]}>} */
const SCALES = {
  // paper to deep blue: how far a gate is open
  gate: {
    light: [[248, 246, 240], [191, 214, 229], [104, 160, 201], [36, 101, 158], [10, 48, 92]],
    dark: [[27, 31, 39], [31, 58, 92], [45, 105, 156], [104, 168, 214], [214, 236, 250]],
  },
  // paper to burnt orange: bits of surprisal; light enough for dark letters on it
  surprise: {
    light: [[255, 253, 248], [254, 235, 200], [253, 205, 144], [250, 164, 91], [238, 124, 56]],
    dark: [[27, 31, 39], [66, 47, 32], [112, 63, 28], [154, 76, 18], [176, 82, 12]],
  },
  // blue, paper, orange: negative, zero, positive
  signed: {
    light: [[23, 78, 142], [112, 165, 207], [248, 246, 240], [241, 161, 94], [176, 74, 12]],
    dark: [[118, 186, 255], [44, 92, 150], [27, 31, 39], [158, 84, 30], [255, 176, 103]],
  },
}

const LEVELS = 256
/** Colours of each scale, made once: heat maps ask for a hundred thousand at a key. @type {Record<string, Rgb[]>} */
const TABLES = {}

/** @returns {boolean} */
export function isDark() {
  return getComputedStyle(document.documentElement).getPropertyValue('--theme').trim() === 'dark'
}

/**
 * Return a colour of the theme by the name of its custom property.
 * @param {string} name
 */
export function themeColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

/**
 * Return a function from a value in 0..1 to a colour.
 * @param {'gate' | 'surprise' | 'signed'} name
 * @param {boolean} [dark]
 * @returns {(value: number) => Rgb}
 */
export function scaleOf(name, dark = isDark()) {
  const table = (TABLES[`${name} ${dark}`] ??= tableOf(SCALES[name][dark ? 'dark' : 'light']))
  return (value) => table[value >= 1 ? LEVELS - 1 : value > 0 ? Math.floor(value * LEVELS) : 0]
}

/** @param {Rgb[]} stops */
function tableOf(stops) {
  return Array.from({ length: LEVELS }, (_none, level) => between(stops, level / (LEVELS - 1)))
}

/** @param {Rgb[]} stops @param {number} value @returns {Rgb} */
function between(stops, value) {
  const place = value * (stops.length - 1)
  const index = Math.min(stops.length - 2, Math.floor(place))
  const part = place - index
  const mixed = stops[index].map((low, channel) => Math.round(low + part * (stops[index + 1][channel] - low)))
  return /** @type {Rgb} */ (mixed)
}

/** @param {Rgb} colour */
export function css([red, green, blue]) {
  return `rgb(${red} ${green} ${blue})`
}

/**
 * Return black or white, whichever is easier to read on a colour.
 * @param {Rgb} colour
 */
export function inkOn(colour) {
  return luminance(colour) > 0.179 ? '#000000' : '#ffffff'
}

/** @param {Rgb} colour relative luminance as WCAG defines it */
function luminance(colour) {
  const [red, green, blue] = colour.map((channel) => {
    const part = channel / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Colour of each gate and state in drawings (Okabe and Ito), as a custom property of the page. */
const PART_COLOURS = new Set(['input', 'forget', 'output', 'candidate', 'update', 'reset', 'cell', 'hidden'])

/** @param {string} part */
export function partColour(part) {
  return themeColour(PART_COLOURS.has(part) ? `part-${part}` : 'part-cell')
}
