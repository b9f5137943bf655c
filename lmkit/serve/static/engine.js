/**
 * Contract of the engines: the questions that the page asks a model, and the choice of an engine.
 * Two classes implement it: HttpEngine asks `lmkit serve`, BrowserEngine computes in the page.
 */
import { BrowserEngine } from './engine/browser_engine.js'
import { HttpEngine } from './http_engine.js'

/**
 * @typedef {object} ModelFacts
 * @property {string} id
 * @property {string} unit word, bpe, unigram or char
 * @property {string} cell lstm, gru, elman, ...
 * @property {number} layers
 * @property {number} hidden units of a layer
 * @property {number} vocabulary tokens
 * @property {string} direction forward, backward or both
 * @property {number} parameters
 * @property {string} [card] the model card, Markdown
 */
/** @typedef {{word: string, probability: number}} WordProbability */
/** @typedef {{text: string, words: WordProbability[]}} NextWords */
/** @typedef {{left: number, right: number, frequency: number | null}} FillReasons natural-log parts; null where unknown */
/**
 * @typedef {object} Filling
 * @property {string[]} words one for each blank
 * @property {string} text the text with the blanks filled
 * @property {number} probability
 * @property {FillReasons} [why]
 */
/** @typedef {{text: string, fillings: Filling[], candidates: number, exact: boolean}} Fillings */
/**
 * @typedef {object} ScoredWord
 * @property {string} word
 * @property {number} surprisal bits
 * @property {number} rank 1 for the most probable word
 * @property {number} entropy bits
 * @property {boolean} unknown
 * @property {WordProbability[]} [expected] the most probable words in its place
 */
/** @typedef {{text: string, words: ScoredWord[], bits: number, perplexity: number}} Score */
/**
 * @typedef {object} LayerTrace Values of one layer, token-major: index = token * units + unit.
 * @property {number} units
 * @property {Record<string, Float32Array>} gates
 * @property {Float32Array} candidate
 * @property {Float32Array} cell
 * @property {Float32Array} hidden
 */
/** @typedef {{tokens: string[], from: number, layers: LayerTrace[], cell: string}} Trace */
/**
 * @typedef {object} Force
 * @property {number} layer 1 for the lowest
 * @property {string} gate
 * @property {number[] | null} units null for all
 * @property {number | 'mean'} value
 */
/** @typedef {{words: WordProbability[], unforced: WordProbability[]}} ForcedWords */
/**
 * @typedef {object} GateSum One gate of one unit at one token, term by term.
 * @property {number} bias
 * @property {number[]} input products of a weight and an element of x
 * @property {number[]} recurrent products of a weight and an element of h
 * @property {number} value after the squashing function
 */
/**
 * @typedef {object} UnitStep Arithmetic of one unit at one token; `gates` holds the candidate too.
 * @property {Record<string, GateSum>} gates
 * @property {number[]} x
 * @property {number[]} h hidden state before the token
 * @property {number} cell_before
 * @property {number} cell
 * @property {number} hidden
 */
/** @typedef {{words: string[], counts: number[], two: Float32Array, three: Float32Array}} Vectors */
/** @typedef {{word: string, similarity: number}} SimilarWord */
/** @typedef {{words: SimilarWord[]}} SimilarWords */
/**
 * @typedef {object} Options
 * @property {string} [model] an id of models(); the first where it is left out
 * @property {AbortSignal} [signal]
 * @property {number} [k]
 * @property {number} [temperature]
 * @property {number} [top_k]
 * @property {number} [top_p]
 * @property {number} [min_p]
 * @property {boolean} [alone]
 * @property {number} [words]
 * @property {number} [seed]
 * @property {number} [from]
 * @property {number} [count]
 * @property {Force[]} [forces]
 * @property {number} [layer]
 * @property {number} [unit]
 * @property {number} [token]
 */
/**
 * @typedef {object} Engine
 * @property {'http' | 'browser'} name
 * @property {() => Promise<ModelFacts[]>} models
 * @property {(text: string, options?: Options) => Promise<NextWords>} next
 * @property {(text: string, options?: Options) => Promise<NextWords>} complete
 * @property {(text: string, options?: Options) => Promise<Fillings>} fill
 * @property {(text: string, options?: Options) => Promise<Score>} score
 * @property {(text: string, options?: Options) => Promise<{text: string}>} generate
 * @property {(text: string, options?: Options) => Promise<Trace>} trace
 * @property {(text: string, options?: Options) => Promise<ForcedWords>} force
 * @property {(text: string, options?: Options) => Promise<UnitStep>} unit
 * @property {(options?: Options) => Promise<Vectors>} vectors
 * @property {(word: string, options?: Options) => Promise<SimilarWords>} neighbours
 * @property {(words: string[], options?: Options) => Promise<SimilarWords>} analogy
 */

/**
 * Choose the engine: the browser's own where the document holds a model, else the server's.
 * @returns {Engine}
 */
export function chooseEngine() {
  return document.getElementById('model') ? new BrowserEngine() : new HttpEngine()
}
