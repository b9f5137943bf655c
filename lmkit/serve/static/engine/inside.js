/**
 * Inside of the network: traces of every gate, the terms of one unit, and gates that are forced.
 * The same as lmkit/inference/trace.py and lmkit/lab/interventions.py. The network alone is looked
 * at, without adapters.
 */
import { splitWords } from './normalise.js'
import { bestTokens } from './score.js'

/** @typedef {import('./network.js').Network} Network */
/** @typedef {import('./network.js').State} State */
/** @typedef {import('./vocabulary.js').Vocabulary} Vocabulary */
/** @typedef {import('./cells.js').Step} Step */
/** @typedef {import('./cells.js').Change} Change */
/** @typedef {import('./turns.js').Turns} Turns */
/** @typedef {import('../engine.js').Force} Force */
/** @typedef {import('../engine.js').GateSum} GateSum */
/** @typedef {{id: number, inputs: Float32Array[], before: State, steps: Step[]}} TracedToken */

/** A network, and the steps of the text that it read last. */
export class Inside {
  /**
   * @param {Network} network
   * @param {Vocabulary} vocabulary
   */
  constructor(network, vocabulary) {
    this.network = network
    this.vocabulary = vocabulary
    /** @type {TracedToken[]} */
    this.traced = []
  }

  /**
   * Return gates and states of every token from one on, token-major.
   * @param {string} text
   * @param {number} from
   * @param {Turns} turns
   */
  async trace(text, from, turns) {
    const ids = this.idsOf(text)
    const tokens = (await this.read(ids, turns)).slice(1 + from)
    const layers = this.network.layers.map(({ units, blocks }, depth) => {
      const steps = tokens.map((token) => token.steps[depth])
      const part = (/** @type {(step: Step) => Float32Array} */ get) => joined(steps.map(get), units)
      const gates = Object.fromEntries(blocks.filter((name) => name !== 'candidate').map((name) =>
        [name, part((step) => step.gates[name])]))
      return {
        units,
        gates,
        candidate: part((step) => step.gates.candidate),
        cell: part((step) => step.state.c ?? step.state.h),
        hidden: part((step) => step.state.h),
      }
    })
    return { tokens: labels(this.vocabulary, text, ids), from, layers, cell: this.network.facts.cell }
  }

  /**
   * Return the arithmetic of one unit at one token, term by term.
   * @param {string} text
   * @param {{layer: number, unit: number, token: number}} place layers count from 1
   * @param {Turns} turns
   */
  async unit(text, { layer, unit, token }, turns) {
    this.check(layer, unit)
    const tokens = await this.read(this.idsOf(text), turns)
    const traced = tokens[token + 1]
    if (!traced || token < 0) throw new Error(`there is no token ${token}: the text has ${tokens.length - 1}, from 0 on`)
    const { state, gates } = traced.steps[layer - 1]
    const [x, h] = [traced.inputs[layer - 1], traced.before[layer - 1].h]
    const before = traced.before[layer - 1]
    const sums = this.network.layers[layer - 1].blocks.map((name, block) =>
      [name, this.terms(layer - 1, block, unit, { x, h, value: gates[name][unit] })])
    return {
      gates: /** @type {Record<string, GateSum>} */ (Object.fromEntries(sums)),
      x: Array.from(x),
      h: Array.from(h),
      cell_before: (before.c ?? before.h)[unit],
      cell: (state.c ?? state.h)[unit],
      hidden: state.h[unit],
    }
  }

  /**
   * Return the next words with gates forced, and without.
   * @param {string} text
   * @param {Force[]} forces
   * @param {{k: number, turns: Turns}} options
   */
  async force(text, forces, { k, turns }) {
    const ids = this.vocabulary.tokenizer.encode(text)
    const traced = await this.read(ids, turns)
    const changes = this.network.layers.map((_, depth) => this.change(depth, forces, traced))
    let state = this.network.start()
    for (const id of [this.vocabulary.lineEndId, ...ids]) {
      await turns.pause()
      state = this.network.steps(id, state, changes).map((step) => step.state)
    }
    const unforced = traced[traced.length - 1].steps.map((step) => step.state)
    return { words: this.best(state, k), unforced: this.best(unforced, k) }
  }

  /**
   * Read ids as at the beginning of a line; those read before are kept.
   * @param {number[]} ids
   * @param {Turns} turns
   */
  async read(ids, turns) {
    const wanted = [this.vocabulary.lineEndId, ...ids]
    const tokens = this.traced.slice(0, common(this.traced, wanted))
    for (const id of wanted.slice(tokens.length)) {
      await turns.pause()
      const before = tokens.at(-1)?.steps.map((step) => step.state) ?? this.network.start()
      const steps = this.network.steps(id, before)
      const inputs = [this.network.embedding.row(id), ...steps.slice(0, -1).map((step) => step.state.h)]
      tokens.push({ id, inputs, before, steps })
    }
    this.traced = tokens
    return tokens
  }

  /**
   * Return the terms of one gate of a unit.
   * @param {number} depth
   * @param {number} block place of the gate
   * @param {number} unit
   * @param {{x: Float32Array, h: Float32Array, value: number}} step
   * @returns {GateSum}
   */
  terms(depth, block, unit, { x, h, value }) {
    const layer = this.network.layers[depth]
    const row = block * layer.units + unit
    return {
      bias: layer.bias[row],
      input: Array.from(layer.input.row(row), (weight, i) => weight * x[i]),
      recurrent: Array.from(layer.hidden.row(row), (weight, i) => weight * h[i]),
      value,
    }
  }

  /**
   * Return what holds the forced gates of a layer; undefined where none is forced.
   * @param {number} depth
   * @param {Force[]} forces
   * @param {TracedToken[]} traced
   * @returns {Change | undefined}
   */
  change(depth, forces, traced) {
    const own = forces.filter(({ layer }) => layer === 0 || layer === depth + 1)
    const held = own.map((force) => ({ ...force, values: this.held(depth, force, traced) }))
    for (const { layer } of forces) this.check(layer || 1, 0)
    return own.length === 0 ? undefined : (gates) => {
      for (const { gate, units, values } of held) {
        for (const unit of units ?? values.keys()) gates[gate][unit] = values[unit]
      }
    }
  }

  /**
   * Return the value of each unit of a forced gate.
   * @param {number} depth
   * @param {Force} force
   * @param {TracedToken[]} traced
   */
  held(depth, { gate, units, value }, traced) {
    const layer = this.network.layers[depth]
    const gates = layer.blocks.filter((name) => name !== 'candidate')
    if (!gates.includes(gate)) throw new Error(`no gate named '${gate}'; this cell has ${gates.join(', ') || 'none'}`)
    for (const unit of units ?? []) this.check(depth + 1, unit)
    const values = new Float32Array(layer.units)
    if (value !== 'mean') {
      if (!(value >= 0 && value <= 1)) throw new Error(`a gate is held at a value from 0 (shut) to 1 (open), not ${value}`)
      return values.fill(value)
    }
    const tokens = traced.slice(1)
    if (!tokens.length) throw new Error('a mean needs a text of at least one word; type one')
    for (const token of tokens) {
      const gateValues = token.steps[depth].gates[gate]
      for (let unit = 0; unit < values.length; unit++) values[unit] += gateValues[unit] / tokens.length
    }
    return values
  }

  /**
   * @param {State} state
   * @param {number} k
   */
  best(state, k) {
    const probs = this.network.probs(this.network.project(state.map(({ h }) => h)))
    return bestTokens(this.vocabulary, probs, k, (id) => !this.vocabulary.hidden[id])
  }

  /**
   * @param {number} layer from 1 on
   * @param {number} unit
   */
  check(layer, unit) {
    const { layers } = this.network
    if (!layers[layer - 1]) throw new Error(`no layer ${layer}: the model has layers 1 to ${layers.length}`)
    const { units } = layers[layer - 1]
    if (!(unit >= 0 && unit < units)) throw new Error(`no unit ${unit} in layer ${layer}: its units are 0 to ${units - 1}`)
  }

  /** @param {string} text */
  idsOf(text) {
    const ids = this.vocabulary.tokenizer.encode(text)
    if (!ids.length) throw new Error('there is no word to trace in the text given')
    return ids
  }
}

/**
 * Return the label of each token: the word as given, where tokens are words.
 * @param {Vocabulary} vocabulary
 * @param {string} text
 * @param {number[]} ids
 */
function labels({ texts }, text, ids) {
  const words = splitWords(text)
  if (words.length === ids.length) return words
  return ids.map((id) => texts[id].trim() || texts[id].replaceAll('\n', '↵'))
}

/**
 * @param {Float32Array[]} rows
 * @param {number} width
 */
function joined(rows, width) {
  const all = new Float32Array(rows.length * width)
  rows.forEach((row, place) => all.set(row, place * width))
  return all
}

/**
 * Return how many ids at the beginning were read before.
 * @param {TracedToken[]} traced
 * @param {number[]} ids
 */
function common(traced, ids) {
  let count = 0
  while (count < ids.length && traced[count]?.id === ids[count]) count++
  return count
}
