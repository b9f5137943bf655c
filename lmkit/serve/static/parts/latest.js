/** Questions of which only the newest counts: a new one cancels the one before. */

/** A question slot: asking again cancels what is still under way. */
export class Latest {
  /** @type {AbortController | null} */
  #controller = null

  /**
   * Ask, and return the answer, or null where a newer question or `cancel` came first.
   * @template T
   * @param {(signal: AbortSignal) => Promise<T>} question
   * @param {number} [pause] milliseconds to wait before asking
   * @returns {Promise<T | null>}
   */
  async ask(question, pause = 0) {
    this.cancel()
    const controller = (this.#controller = new AbortController())
    try {
      if (pause) await new Promise((done) => setTimeout(done, pause))
      if (controller.signal.aborted) return null
      const answer = await question(controller.signal)
      return controller.signal.aborted ? null : answer
    } catch (error) {
      if (controller.signal.aborted) return null
      throw error
    }
  }

  /** Give up the question under way. */
  cancel() {
    this.#controller?.abort()
    this.#controller = null
  }
}
