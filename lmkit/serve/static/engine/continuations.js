/**
 * Continuations of a text that was read, as a tree: what several of them share is read once.
 */

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./context.js').Reader} Reader */
/** @typedef {import('./turns.js').Turns} Turns */

/** Continuations of one context: each beginning that several share is read once. */
export class Continuations {
  /**
   * @param {Reader} reader
   * @param {Context} context
   */
  constructor(reader, context) {
    this.reader = reader
    this.context = context
    /** @type {Map<number, number>} */
    this.logs = new Map()
    /** @type {Map<number, Continuations>} */
    this.after = new Map()
  }

  /**
   * Return the log-probability of ids.
   * @param {number[]} ids
   * @param {Turns} turns
   * @param {number} least where it comes out as less, reading stops and something less is returned
   */
  async logProb(ids, turns, least) {
    /** @type {Continuations} */
    let here = this
    let total = 0
    for (let place = 0; place < ids.length; place++) {
      if (place) {
        await turns.pause()
        here = here.child(ids[place - 1])
      }
      total += here.log(ids[place])
      if (total <= least) return total
    }
    return total
  }

  /**
   * Return what is known of the log-probability of ids without reading more: it is no less.
   * @param {number[]} ids
   */
  known(ids) {
    /** @type {Continuations | undefined} */
    let here = this
    let total = 0
    for (const id of ids) {
      const log = here?.logs.get(id)
      if (!here || log === undefined) break
      total += log
      here = here.after.get(id)
    }
    return total
  }

  /** @param {number} id */
  child(id) {
    let child = this.after.get(id)
    if (!child) {
      child = new Continuations(this.reader, this.reader.model.read(id, this.context.state))
      this.after.set(id, child)
    }
    return child
  }

  /**
   * Return the log-probability of an id here; the probabilities of all others are not kept.
   * @param {number} id
   */
  log(id) {
    let log = this.logs.get(id)
    if (log === undefined) {
      log = Math.log(this.context.prediction.probOf(id))
      this.logs.set(id, log)
    }
    return log
  }
}
