/** English text of the course in the page: one short page for each view. */

/** @import {ViewName} from './texts.js' */

/**
 * @typedef {object} CoursePage
 * @property {string} title
 * @property {string[]} paragraphs
 * @property {string} [equations]
 * @property {string[]} tries things to do on the page
 * @property {string} more page of the documentation
 */

/** @type {Record<ViewName, CoursePage>} */
const pages = {
  write: {
    title: 'How a language model chooses',
    paragraphs: [
      'A language model reads a text word by word and gives, after each, a probability to every word of its vocabulary. The bars are the most probable ones.',
      'To write, one word is drawn. The temperature divides the log-probabilities before the draw: below 1 the probable words gain, above 1 the improbable ones. Top-k leaves only the k most probable words, top-p only the most probable ones that together reach the probability p. What is cut off is grey.',
      'A blank has words on both sides. Each candidate is put in, and the whole sentence is scored: the words before the blank, how well the words after it then fit, and how frequent the word is anyway.',
    ],
    tries: [
      'Set top-k to 3, then lower the temperature to 0.3: how much is left for the second word?',
      'Compare “the ___ barked” with “the ___”: the bars of “words after” show what one more word says.',
    ],
    more: 'how-to/blanks.md, how-to/typing.md',
  },
  surprise: {
    title: 'What surprisal measures',
    paragraphs: [
      'The surprisal of a word is −log₂ of the probability that the model gave it: 1 bit for one chance in two, 10 bits for one in 1,024. People read surprising words more slowly, about 2 to 4 milliseconds for each bit.',
      'The entropy before a word says how unsure the model was, whatever came. A surprising word where the entropy was low is a violated expectation; where the entropy was high, anything would have been surprising.',
      'Perplexity is 2 to the mean surprisal: the model was as unsure as if it had to choose among so many equal words.',
    ],
    tries: [
      'Write “the dogs near the old house barks .” and “… bark .”: which verb is darker?',
      'Repeat a sentence: is it less surprising the second time?',
    ],
    more: 'how-to/measuring.md',
  },
  cell: {
    title: 'One cell, step by step',
    paragraphs: [
      'An LSTM keeps two values for each unit: the cell state c, which carries information over many words, and the hidden state h, which the next layer and the next step see.',
      'At each word every gate is a weighted sum of the word’s vector x and of the hidden state before, squashed to a number between 0 and 1. The forget gate says how much of c stays, the input gate how much of the candidate is added, the output gate how much of c is shown.',
      'The running sum under the drawing is that product: one step for each element of x and h, and the end of it goes through the squashing function.',
    ],
    equations: 'i = σ(Wᵢx + Uᵢh + bᵢ)      f = σ(W_f x + U_f h + b_f)\ng = tanh(W_g x + U_g h + b_g)   o = σ(Wₒx + Uₒh + bₒ)\nc ← f·c + i·g               h ← o·tanh(c)',
    tries: [
      'Find a unit with a forget gate above 0.95: does its cell state change at this word?',
      'Step through the text with the unit fixed: at which word does the input gate open?',
    ],
    more: 'lab/1-unrolled.md, lab/2-gates.md, lab/3-conveyor.md, lab/variants.md',
  },
  gates: {
    title: 'What gates do',
    paragraphs: [
      'A gate is a number between 0 (shut) and 1 (open) for each unit, computed anew at each word. Units whose forget gate stays open keep a value over many words; units whose forget gate is shut start afresh at each.',
      'To see what a gate is good for, hold it. With the forget gate shut, the cell state is lost at every word, and only the hidden state carries what was read. With a gate held at its mean it no longer depends on the words.',
    ],
    tries: [
      'Hold the forget gate of all units shut: which next words gain?',
      'Sort by “changing most” and look for a unit that switches at a full stop.',
      'Pin two units, hold the output gate of those two shut, and compare the next words.',
    ],
    more: 'lab/2-gates.md, lab/4-open-and-closed.md, lab/README.md',
  },
  match: {
    title: 'What a unit has learned',
    paragraphs: [
      'To find out what a group of units stands for, pick a few words and see which units are high at all of them. Then look where else the same units are high. If these places have something in common, a plural subject, say, or the inside of a quotation, the units have learned it.',
      'Do not trust one example: with many units some are high anywhere by chance. A pattern that returns in another text is better evidence, and holding the gates of these units is better still.',
    ],
    tries: [
      'Pick the words between two quotation marks, and search a page of a novel.',
      'Pick a plural noun, then hold the output gate of the units found and look at the verb.',
    ],
    more: 'lab/4-open-and-closed.md',
  },
  words: {
    title: 'Words as vectors',
    paragraphs: [
      'Each word enters the network as a vector, which is learned too. Words that can stand in the same places get vectors that point in similar directions.',
      'The map shows the two or three directions in which the vectors differ most (principal components). Distances on the map lose most of the dimensions: the list of neighbours uses all of them.',
      'An analogy adds a difference: the vector of “dogs” less that of “dog”, added to “cat”, should lie near “cats”.',
    ],
    tries: [
      'Look for a verb and its past tense: is the step between them the same for another verb?',
      'Turn the map in three dimensions: which words lie together in two and apart in three?',
    ],
    more: 'lab/8-words.md',
  },
}

export const course = {
  pages,
  close: 'Close',
  tries: 'Try',
  /** @param {string} page */
  more: (page) => `More in the documentation: docs/${page.replaceAll(', ', ', docs/')}`,
}
