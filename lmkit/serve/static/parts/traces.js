/** Traces of a growing text: only the values of new tokens are asked for. */

/** @import {Engine, LayerTrace, Trace} from '../engine.js' */

/** The newest trace of each model, grown token by token. */
export class Traces {
  /** @type {Map<string, {text: string, trace: Trace}>} */
  #kept = new Map()

  /** @param {Engine} engine */
  constructor(engine) {
    this.engine = engine
  }

  /**
   * Return the complete trace of a text.
   * @param {string} text at least one word
   * @param {string} model
   * @param {AbortSignal} [signal]
   * @returns {Promise<Trace>}
   */
  async of(text, model, signal) {
    const kept = this.#kept.get(model)
    if (kept?.text === text) return kept.trace
    // the last of those is asked for again, for a server refuses to trace nothing
    const from = kept ? Math.max(0, reusableTokens(kept.trace.tokens, kept.text, text) - 1) : 0
    let trace = await this.engine.trace(text, { model, from, signal })
    if (kept && trace.from > 0) {
      if (haveSameStart(kept.trace.tokens, trace.tokens, trace.from)) trace = joined(kept.trace, trace)
      else trace = await this.engine.trace(text, { model, from: 0, signal })
    }
    this.#kept.set(model, { text, trace })
    return trace
  }
}

/**
 * Return how many tokens of a text stay the same in another: those of the words that both begin
 * with, each followed by white space, for a longer word may be cut into other tokens.
 * @param {string[]} tokens tokens of `before`
 * @param {string} before
 * @param {string} after
 */
export function reusableTokens(tokens, before, after) {
  let same = 0
  while (same < before.length && before[same] === after[same]) same += 1
  const end = before.slice(0, same).search(/\s\S*$/)
  let at = 0
  for (let count = 0; count < tokens.length; count += 1) {
    while (/\s/.test(before[at] ?? '')) at += 1
    if (!before.startsWith(tokens[count], at)) return count
    at += tokens[count].length
    if (at > end) return count
  }
  return tokens.length
}

/** @param {string[]} one @param {string[]} other @param {number} count */
function haveSameStart(one, other, count) {
  return one.slice(0, count).every((token, index) => token === other[index])
}

/**
 * Join the first tokens of a kept trace to the values of the new ones.
 * @param {Trace} kept complete
 * @param {Trace} grown from `grown.from` on
 * @returns {Trace}
 */
export function joined(kept, grown) {
  const layers = grown.layers.map((layer, depth) => joinedLayer(kept.layers[depth], layer, grown.from))
  return { ...grown, from: 0, layers }
}

/** @param {LayerTrace} kept @param {LayerTrace} grown @param {number} from @returns {LayerTrace} */
function joinedLayer(kept, grown, from) {
  /** @param {Float32Array} first @param {Float32Array} rest */
  const join = (first, rest) => {
    const head = first.subarray(0, from * grown.units)
    const all = new Float32Array(head.length + rest.length)
    all.set(head)
    all.set(rest, head.length)
    return all
  }
  const gates = Object.keys(grown.gates).map((name) => [name, join(kept.gates[name], grown.gates[name])])
  return {
    units: grown.units,
    gates: Object.fromEntries(gates),
    candidate: join(kept.candidate, grown.candidate),
    cell: join(kept.cell, grown.cell),
    hidden: join(kept.hidden, grown.hidden),
  }
}

/**
 * Return the names of the parts of a layer, in the order in which they are computed.
 * @param {LayerTrace} layer
 * @param {string} cell
 */
export function partsOf(layer, cell) {
  const states = hasCellState(cell) ? ['cell', 'hidden'] : ['hidden']
  return [...Object.keys(layer.gates), 'candidate', ...states]
}

/**
 * Return the values of a part, token-major.
 * @param {LayerTrace} layer
 * @param {string} part
 * @returns {Float32Array}
 */
export function valuesOf(layer, part) {
  if (part === 'candidate' || part === 'cell' || part === 'hidden') return layer[part]
  return layer.gates[part]
}

/**
 * Say whether a cell keeps a state beside its hidden state.
 * @param {string} cell
 */
export function hasCellState(cell) {
  return !/^(elman|gru|min)/.test(cell)
}
