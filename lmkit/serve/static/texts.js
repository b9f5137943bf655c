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
    line: 'Type a text: after every key, the model predicts the next word. Write three underscores for a blank; the model fills it.',
    course: 'How a language model chooses',
  },
  surprise: {
    tab: 'Surprise',
    line: 'The darker a word, the less the model expected it. Point at a word to see the words that it expected.',
    course: 'What surprisal measures',
  },
  cell: {
    tab: 'Cell',
    line: 'The equations of one unit at one word, drawn step by step with their numbers.',
    course: 'One cell, step by step',
  },
  gates: {
    tab: 'Gates',
    line: 'One row for each unit, one column for each word. Watch the gates open and close; hold a gate to see how the next words change.',
    course: 'What gates do',
  },
  match: {
    tab: 'Match',
    line: 'Pick some words. The view shows other places where the same units are high.',
    course: 'What a unit has learned',
  },
  words: {
    tab: 'Words',
    line: 'Each word is a point. Words that the network treats in a similar way are close together.',
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
  motto: 'see a language model at work',
  empty: 'There is no text yet: type a sentence above.',
  undo: 'Undo',
  redo: 'Redo',
  model: 'Model',
  link: 'Copy link',
  linkCopied: 'The link to this text, view and unit is copied.',
  theme: { light: 'Light', dark: 'Dark', change: 'Change between light and dark' },
  tabs: 'Views',
  start: 'Starting the model …',
  examples: {
    title: 'Try',
    list: ['the cat sat on the ', 'the ___ sat on the mat', 'she said that she would come , but'],
  },
  foot: {
    http: 'The lmkit server that sent this page computes the answers.',
    browser: 'This file contains the page and the model. It sends nothing that you type.',
    /** @param {{cell: string, layers: number, hidden: number, vocabulary: number, parameters: number}} facts */
    facts: (facts) =>
      `${facts.cell.toUpperCase()}, ${plural(facts.layers, 'layer')} of ${plural(facts.hidden, 'unit')}, ${plural(facts.vocabulary, 'token')}, ${plural(facts.parameters, 'parameter')}`,
  },
  box: {
    label: 'Text that the model reads',
    placeholder: 'Type something …',
    hint: 'At the end of the text, → accepts the next grey word and Ctrl+→ all of them. Write ___ for a blank.',
  },
  next: {
    title: 'Next word',
    finish: 'Finish this word',
    note: 'Click a bar to add its word.',
    pairNote: 'Above: with the held gates. Below: without them.',
    left: 'cut off',
    below: 'less',
  },
  fill: {
    title: 'Blanks',
    none: 'Write ___ where a word is missing, for instance',
    example: 'the ___ sat on the mat',
    why: 'Reasons for this word, in bits, compared with the mean of these answers.',
    between: ' … ',
    reasons: { left: 'words before', right: 'words after', frequency: 'frequency' },
    /** @param {number} bits */
    raw: (bits) => `log₂ probability ${number(bits)}`,
  },
  choice: {
    title: 'How the next word is drawn',
    label: 'Probabilities of the most probable next words, before and after the sampling settings',
    cut: 'cut off →',
    free: 'Every word can be drawn. Move a slider to make probable words more likely, or to cut off improbable ones.',
    /** @param {number} count @param {number} all */
    limited: (count, all) =>
      `${count < all ? plural(count, 'word') : 'All the words shown'} can be drawn. Orange marks: the probability before these settings.`,
    /** @param {string} mass */
    rest: (mass) => ` ${mass} of the probability is on other words or on the end of the line.`,
    names: { temperature: 'Temperature', top_k: 'Top-k', top_p: 'Top-p' },
    explained: {
      temperature: 'Below 1, probable words become more likely; above 1, improbable words do',
      top_k: 'Only this many of the most probable words can be drawn',
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
    none: 'Accept a word with → or with a click; the saved keys are counted here.',
    /** @param {number} letters @param {number} keys @param {number} saved */
    saved: (letters, keys, saved) =>
      `${plural(letters, 'character')} with ${plural(keys, 'key')}: ${Math.round(100 * saved)}% of the keys saved.`,
  },
  surprise: {
    compare: 'Compare with',
    nothing: 'no other model',
    words: 'The text; one button for each word',
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
      ['Surprisal', `${number(one.surprisal)} bits`, `the model gave it a probability of ${chanceOf(one.surprisal)}`],
      ['Rank', one.rank.toLocaleString('en'), one.rank === 1 ? 'the most probable word' : `${plural(one.rank - 1, 'word')} had a higher probability`],
      ['Entropy', `${number(one.entropy)} bits`, `as uncertain as among ${plural(Math.max(1, Math.round(2 ** one.entropy)), 'equally likely word')}`],
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
    line: 'The unit over the text; scroll sideways',
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
    hint: 'The page then shows the next words with and without the held gate.',
    noGates: 'This kind of cell has no gates to hold.',
    reach: 'Units whose gate is held',
    forced: 'held',
    unforced: 'not held',
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
    words: 'Choose a word; the colour shows the state of the unit',
    drawing: 'The cell; click a gate to see its sum',
    steps: 'Steps of the computation',
    unit: 'Unit',
    back: '← Back',
    on: 'Next →',
    play: 'Play',
    pause: 'Pause',
    read: 'the vector of the word, and the hidden state after the word before',
    before: 'c before',
    hiddenBefore: 'h before',
    kept: 'kept from the state before',
    added: 'added by the candidate',
    shown: 'passed to the next layer and step',
    sum: 'new state',
    addLabel: 'What is kept and what is added',
    noDrawing: 'This view draws LSTM, GRU and Elman cells only. The view “Gates” shows the gates of this model.',
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
    readNote: (x, h) => `x has ${plural(x, 'number')}, h has ${plural(h, 'number')}. Every gate multiplies each number by its own weight and adds the products: “Next” shows the sums.`,
  },
  match: {
    pick: 'Pick one word or several',
    words: 'Words of the text; picked ones are marked',
    part: 'State',
    only: 'low just outside',
    look: 'Search another text',
    placeholder: 'Paste a text here; while this is empty, the text above is searched.',
    write: 'Let the model write one',
    clear: 'Clear',
    units: 'Units that are high at the picked words',
    places: 'Places where the same units are high',
    label: 'Fraction of the units that are high at each word',
    none: 'Nothing found: pick other words, or lower the limit for high.',
    /** @param {number} count */
    found: (count) => (count ? `${plural(count, 'unit')} high at all of them:` : 'No unit is high at all of them.'),
    /** @param {number} count */
    more: (count) => `and ${count} more`,
    /** @param {boolean} isOther */
    where: (isOther) => `The best places in ${isOther ? 'the pasted text' : 'the text above'}, with the percentage of the units that are high.`,
    /** @param {number} unit */
    toGates: (unit) => `Unit ${unit} in the view Gates`,
  },
  words: {
    map: 'Map of words',
    keys: 'Drag or arrow keys move the map (in three dimensions they turn it), + and − zoom, 0 resets the view. A click picks a word.',
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
  return chance >= 0.01 ? `${Math.round(chance * 100)}%` : `1 in ${Math.round(1 / chance).toLocaleString('en')}`

}
