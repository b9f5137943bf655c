/**
 * Turns: long work in small pieces, so that typing is never stalled, and given up when it is no
 * longer wanted.
 */

const PIECE = 12 // milliseconds of work between two turns of the event loop

/** The turn of one question. */
export class Turns {
  /** @param {AbortSignal} [signal] */
  constructor(signal) {
    this.signal = signal
    this.began = performance.now()
    signal?.throwIfAborted()
  }

  /** Let the event loop run where it has waited for long; rejects where the question was aborted. */
  async pause() {
    if (performance.now() - this.began < PIECE) return
    await nextTurn()
    this.signal?.throwIfAborted()
    this.began = performance.now()
  }
}

/** Resolve behind all events that wait; timers would wait for longer. */
function nextTurn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve(undefined)
    }
    port2.postMessage(null)
  })
}
