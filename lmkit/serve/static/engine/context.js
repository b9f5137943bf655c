/**
 * Contexts: texts read by a model, and the log-probabilities of continuations. What was read for
 * one question is kept for the next, so that a key that adds a word reads one word.
 */

/** @typedef {import('./network.js').Prediction} Prediction */
/** @typedef {import('./turns.js').Turns} Turns */
/** @typedef {import('./network.js').Model<any>} Model */
/** @typedef {{prediction: Prediction, state: any}} Context */

const KEPT = 600 // positions kept of the last text read

/** A model and the positions of the text that it read last. */
export class Reader {
  /**
   * @param {Model} model
   * @param {number} lineEndId
   */
  constructor(model, lineEndId) {
    this.model = model
    this.lineEndId = lineEndId
    /** @type {number[]} */
    this.ids = []
    /** @type {Context[]} */
    this.contexts = []
  }

  /**
   * Read ids as at the beginning of a line.
   * @param {number[]} ids
   * @param {Turns} turns
   * @returns {Promise<Context>}
   */
  async read(ids, turns) {
    let last = null
    for await (const context of this.readAll(ids, turns)) last = context
    return /** @type {Context} */ (last)
  }

  /**
   * Read ids as at the beginning of a line, and yield the context before the first and after each.
   * @param {number[]} ids
   * @param {Turns} turns
   * @returns {AsyncGenerator<Context>}
   */
  async * readAll(ids, turns) {
    const wanted = [this.lineEndId, ...ids]
    let state = this.model.start()
    for (let place = 0; place < wanted.length; place++) {
      let context = this.ids[place] === wanted[place] ? this.contexts[place] : undefined
      if (!context) {
        await turns.pause()
        context = this.model.read(wanted[place], state)
        this.keep(place, wanted[place], context)
      }
      state = context.state
      yield context
    }
  }

  /**
   * Read on.
   * @param {Context} context
   * @param {number[]} ids
   * @param {Turns} turns
   */
  async extend(context, ids, turns) {
    let longer = context
    for (const id of ids) {
      await turns.pause()
      longer = this.model.read(id, longer.state)
    }
    return longer
  }

  /**
   * Return the log-probability of ids after a context.
   * @param {Context} context
   * @param {number[]} ids
   * @param {Turns} turns
   */
  async logProb(context, ids, turns) {
    let [total, here] = [0, context]
    for (let place = 0; place < ids.length; place++) {
      if (place) {
        await turns.pause()
        here = this.model.read(ids[place - 1], here.state)
      }
      total += Math.log(here.prediction.probOf(ids[place]))
    }
    return total
  }

  /**
   * Keep a position for the next question.
   * @param {number} place
   * @param {number} id
   * @param {Context} context
   */
  keep(place, id, context) {
    if (place >= KEPT || place > this.ids.length) return
    this.ids.length = this.contexts.length = place
    this.ids.push(id)
    this.contexts.push(context)
  }
}
