/** All English text of the page, in one place: a translation is a copy of this file. */

/** @typedef {'write' | 'surprise' | 'cell' | 'gates' | 'match' | 'words'} ViewName */
/** @import {Force, ScoredWord} from './engine.js' */
/** @import {Order} from './parts/unit_orders.js' */

/** @param {number} count @param {string} one @param {string} [many] */
const plural = (count, one, many = `${one}s`) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`
/** @param {number} value @param {number} [digits] */
const number = (value, digits = 2) => value.toFixed(digits).replace('-', '−')

/** @type {Record<string, string>} */
const parts = {
  input: 'input gate',
  forget: 'forget gate',
  output: 'output gate',
  update: 'update gate',
  reset: 'reset gate',
  candidate: 'candidate',
  cell: 'cell state',
  hidden: 'hidden state',
}
/** @param {string} part */
const partName = (part) => parts[part] ?? `${part} gate`
/** @type {Record<string, string>} */
const heldNames = { 0: 'shut', 1: 'open', mean: 'at its mean' }

/** @type {Record<ViewName, {tab: string, line: string, course: string}>} */
const views = {
  write: {
    tab: 'Write',
    line: 'Type, and the model guesses the next word after every key. Three underscores make a blank for it to fill.',
    course: 'How a language model chooses',
  },
  surprise: {
    tab: 'Surprise',
    line: 'The darker a word, the less the model expected it there. Point at a word to see what it expected instead.',
    course: 'What surprisal measures',
  },
  cell: {
    tab: 'Cell',
    line: 'The arithmetic of one unit at one word, drawn as its equations flow, with the real numbers.',
    course: 'One cell, step by step',
  },
  gates: {
    tab: 'Gates',
    line: 'One row for each unit, one column for each word: watch the gates open and close, then hold one and see the next words change.',
    course: 'What gates do',
  },
  match: {
    tab: 'Match',
    line: 'Pick some words; other places are shown where the same units of the network are high.',
    course: 'What a unit has learned',
  },
  words: {
    tab: 'Words',
    line: 'Each word is a point: words that the network treats alike lie close together.',
    course: 'Words as vectors',
  },
}

export const texts = {
  plural,
  number,
  /** @param {number} value */
  signed: (value) => `${value > 0 ? '+' : ''}${number(value, 1)} bits`,
  parts,
  partName,
  views,
  motto: 'a language model, watched while it reads',
  empty: 'There is no text yet: type a sentence above.',
  undo: 'Undo',
  redo: 'Redo',
  model: 'Model',
  link: 'Copy link',
  linkCopied: 'The link to this text, view and unit is copied.',
  theme: { light: 'Light', dark: 'Dark', change: 'Change between light and dark' },
  tabs: 'Views',
  start: 'The engine starts …',
  examples: {
    title: 'Try',
    list: ['the cat sat on the ', 'the ___ sat on the mat', 'she said that she would come , but'],
  },
  foot: {
    http: 'Answers come from the lmkit server this page was loaded from.',
    browser: 'Page and model are this one file: nothing you type leaves it.',
    /** @param {{cell: string, layers: number, hidden: number, vocabulary: number, parameters: number}} facts */
    facts: (facts) =>
      `${facts.cell.toUpperCase()}, ${plural(facts.layers, 'layer')} of ${plural(facts.hidden, 'unit')}, ${plural(facts.vocabulary, 'token')}, ${plural(facts.parameters, 'parameter')}`,
  },
  box: {
    label: 'Text that the model reads',
    placeholder: 'Type something …',
    hint: 'At the end of the text, → takes the next grey word and Ctrl+→ all of them. Write ___ for a blank.',
  },
  next: {
    title: 'Next word',
    finish: 'Finish this word',
    note: 'A click writes the word.',
    pairNote: 'Above: with the gates held. Below: as the network is.',
    left: 'cut off',
    below: 'less',
  },
  fill: {
    title: 'Blanks',
    none: 'Write ___ where a word is missing, for instance',
    example: 'the ___ sat on the mat',
    why: 'Why this word: compared with the mean of these answers, in bits.',
    between: ' … ',
    reasons: { left: 'words before', right: 'words after', frequency: 'frequency' },
    /** @param {number} bits */
    raw: (bits) => `log₂ probability ${number(bits)}`,
  },
  choice: {
    title: 'How the next word is drawn',
    label: 'Probabilities of the most probable next words, and what sampling leaves of them',
    cut: 'cut off →',
    free: 'Every word can be drawn. Move a slider to sharpen the choice or to cut off the tail.',
    /** @param {number} count @param {number} all */
    limited: (count, all) =>
      `${count < all ? plural(count, 'word') : 'All the words shown'} can be drawn. Orange marks: the model’s own probability.`,
    /** @param {string} mass */
    rest: (mass) => ` ${mass} of the chance lies elsewhere: at the end of the line, or on words further down.`,
    names: { temperature: 'Temperature', top_k: 'Top-k', top_p: 'Top-p' },
    explained: {
      temperature: 'Below 1 the probable words gain, above 1 the improbable ones',
      top_k: 'Only so many of the most probable words can be drawn',
      top_p: 'Only the most probable words that together reach this probability can be drawn',
    },
    values: {
      /** @param {number} value */
      temperature: (value) => value.toFixed(1),
      /** @param {number} value */
      top_k: (value) => (value ? String(value) : 'all'),
      /** @param {number} value */
      top_p: (value) => (value < 1 ? value.toFixed(2) : 'all'),
    },
  },
  keys: {
    title: 'Keys saved so far',
    none: 'Take a word by → or by a click, and the keys that this saved are counted here.',
    /** @param {number} letters @param {number} keys @param {number} saved */
    saved: (letters, keys, saved) =>
      `${plural(letters, 'character')} with ${plural(keys, 'key')}: ${Math.round(100 * saved)}% of the keys saved.`,
  },
  surprise: {
    compare: 'Compare with',
    nothing: 'no other model',
    words: 'The text, one button for each word',
    label: 'Surprisal of each word, in bits',
    expected: 'Expected here',
    /** @param {number} bits */
    most: (bits) => `${bits} bits and more`,
    bits: ' bits',
    unknown: ' unknown word',
    /** @param {number} bits @param {number} words @param {number} perplexity */
    total: (bits, words, perplexity) =>
      `${number(bits, 1)} bits in ${plural(words, 'word')}, ${number(bits / Math.max(1, words), 1)} a word; perplexity ${number(perplexity, 1)}`,
    /** @param {ScoredWord} one @returns {[string, string, string][]} */
    facts: (one) => [
      ['Surprisal', `${number(one.surprisal)} bits`, `the model gave it ${chanceOf(one.surprisal)}`],
      ['Rank', one.rank.toLocaleString('en'), one.rank === 1 ? 'its first choice' : `${plural(one.rank - 1, 'word')} seemed likelier`],
      ['Entropy', `${number(one.entropy)} bits`, `as unsure as between ${plural(Math.max(1, Math.round(2 ** one.entropy)), 'equal word')}`],
      ...(one.unknown ? [/** @type {[string, string, string]} */ (['Unknown', 'yes', 'not in the vocabulary: read as the unknown word'])] : []),
    ],
  },
  gates: {
    parts: 'Gate or state shown',
    layer: 'Layer',
    order: 'Order of units',
    least: 'Only units high at the word',
    map: 'Heat map of units by words',
    keys: 'Arrow keys move; p pins a unit; 0, 1, m and f hold its gate shut, open, at its mean, or free.',
    pin: 'Pin this unit',
    unpin: 'Unpin this unit',
    /** @type {Record<Order, string>} */
    orders: {
      number: 'by number',
      word: 'highest at the picked word',
      change: 'changing most',
      mean: 'highest mean',
      like: 'most like the picked unit',
    },
    /** @param {number} value */
    mean: (value) => `mean ${number(value)}`,
    /** @param {number} shown @param {number} all @param {string} word */
    shown: (shown, all, word) => (shown === all ? `all ${all} units` : `${shown} of ${all}, at “${word}”`),
    /** @param {{unit: number, word: string, part: string, value: number}} at */
    readout: ({ unit, word, part, value }) => `Unit ${unit} at “${word}”: ${partName(part)} ${number(value)}`,
  },
  unit: {
    line: 'The unit over the text; scrolls sideways',
    high: 'High at',
    none: 'The unit is the same at every word.',
    limit: 'High means above',
    /** @param {number} value */
    limitNumber: (value) => `${value}% of its range`,
    /** @param {number} unit @param {string} part */
    title: (unit, part) => `Unit ${unit} over the text: ${partName(part)}`,
  },
  force: {
    title: 'Gates held',
    heading: 'Hold a gate',
    hint: 'The next words appear beside those of the network as it is.',
    noGates: 'This kind of cell has no gates to hold.',
    reach: 'Units whose gate is held',
    forced: 'held',
    unforced: 'as it is',
    freeAll: 'Free all',
    states: { free: 'free', shut: 'shut', open: 'open', mean: 'mean' },
    /** @param {string} gate @param {string} state */
    act: (gate, state) => `${partName(gate)} ${state}`,
    reaches: {
      /** @param {{unit: number}} now */
      unit: ({ unit }) => `unit ${unit}`,
      /** @param {{pinned: number[]}} now */
      pinned: ({ pinned }) => (pinned.length ? `${pinned.length} pinned` : 'pinned'),
      /** @param {{layer: number}} now */
      all: ({ layer }) => `all of layer ${layer}`,
    },
    /** @param {Force} force */
    name: ({ layer, gate, units, value }) =>
      `${partName(gate)} ${heldNames[value] ?? value}, layer ${layer}${units ? `, ${units.length > 3 ? `${units.length} units` : `unit ${units.join(', ')}`}` : ''}`,
    /** @param {Force} force */
    free: (force) => `Free ${texts.force.name(force)}`,
  },
  cell: {
    words: 'The word to look at; the colour is the state of the unit',
    drawing: 'The cell; a click on a gate shows its sum',
    steps: 'Steps of the computation',
    unit: 'Unit',
    back: '← Back',
    on: 'Next →',
    play: 'Play',
    pause: 'Pause',
    read: 'the vector of the word, and the hidden state after the word before',
    before: 'c before',
    hiddenBefore: 'h before',
    kept: 'kept of the state before',
    added: 'added by the candidate',
    shown: 'shown to the next layer and step',
    sum: 'new state',
    addLabel: 'What is kept and what is added',
    noDrawing: 'There are drawings of LSTM, GRU and Elman cells; this model has another one. Its gates are in the view “Gates”.',
    /** @type {Record<string, string>} */
    names: { read: 'read', forget: 'forget', input: 'input', candidate: 'candidate', cell: 'cell state', output: 'output', hidden: 'hidden state', update: 'update', reset: 'reset' },
    /** @param {string} family @param {string} word */
    label: (family, word) => `${family === 'elman' ? 'Elman' : family.toUpperCase()} cell at the word ${word}`,
    /** @param {string} part */
    sumLabel: (part) => `Running sum of the ${partName(part)}`,
    /** @param {number} count */
    fromWord: (count) => `W x: ${plural(count, 'term')} from the word or the layer below`,
    /** @param {number} count */
    fromState: (count) => `U h: ${plural(count, 'term')} from the state`,
    /** @param {number} x @param {number} h */
    readNote: (x, h) => `x has ${plural(x, 'number')}, h has ${plural(h, 'number')}. Every gate multiplies each of them by a weight of its own and adds everything up: “Next” shows the sums.`,
  },
  match: {
    pick: 'Pick one word or several',
    words: 'Words of the text; picked ones are marked',
    part: 'State',
    only: 'low just outside',
    look: 'Look in another text',
    placeholder: 'Paste a text here; while this is empty, the text above is searched.',
    write: 'Let the model write one',
    clear: 'Clear',
    units: 'Units that are high at the picked words',
    places: 'Places where the same units are high',
    label: 'Part of the units that are high at each word',
    none: 'Nothing found: pick other words, or lower what counts as high.',
    /** @param {number} count */
    found: (count) => (count ? `${plural(count, 'unit')} high at all of them:` : 'No unit is high at all of them.'),
    /** @param {number} count */
    more: (count) => `and ${count} more`,
    /** @param {boolean} isOther */
    where: (isOther) => `The best places in ${isOther ? 'the text pasted' : 'the text above'}; percent of those units that are high.`,
    /** @param {number} unit */
    toGates: (unit) => `Unit ${unit} in the view Gates`,
  },
  words: {
    map: 'Map of words',
    keys: 'Drag or arrow keys move the map (in three dimensions they turn it), + and − zoom, 0 goes back. A click picks a word.',
    search: 'Word',
    count: 'Most frequent words',
    dimensions: 'Dimensions of the map',
    turn: 'Turning',
    pick: 'Pick a word',
    analogy: 'Analogy',
    isTo: 'is to',
    as: 'as',
    ask: 'Answer the analogy',
    places: ['First word', 'Second word', 'Third word'],
    /** @param {number} count */
    dimension: (count) => `${count}D`,
    /** @param {string} word */
    near: (word) => `Nearest to “${word}”, by cosine`,
  },
  copy: {
    title: 'Copy',
    copy: 'Copy',
    save: 'Save',
    nothing: 'There is no picture yet.',
    kinds: { svg: 'Picture, SVG', png: 'Picture, PNG', csv: 'Numbers, CSV' },
    /** @param {string} kind */
    copyKind: (kind) => `Copy as ${kind.toUpperCase()}`,
    /** @param {string} kind */
    saveKind: (kind) => `Save as ${kind.toUpperCase()}`,
    /** @param {string} kind */
    copied: (kind) => `Copied as ${kind.toUpperCase()}.`,
    /** @param {string} name */
    saved: (name) => `Saved as ${name}.`,
  },
}

/** @param {number} bits */
function chanceOf(bits) {
  const chance = 2 ** -bits
  return chance >= 0.01 ? `${Math.round(chance * 100)}%` : `one chance in ${Math.round(1 / chance).toLocaleString('en')}`
}
