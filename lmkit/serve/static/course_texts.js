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
      'A language model reads a text word by word. After each word, it gives every word of its vocabulary a probability of being next. The bars show the most probable words.',
      'To write, the model draws one word at random. The temperature divides the log-probabilities before the draw: below 1, probable words become more likely; above 1, improbable words do. Top-k keeps only the k most probable words; top-p keeps only the most probable words that together reach the probability p. Words that are cut off are grey.',
      'A blank has words on both sides. The model puts each candidate into the blank and scores the whole sentence. The reasons show three parts of the score: the words before the blank, the words after it, and the frequency of the candidate.',
    ],
    tries: [
      'Set top-k to 3, then lower the temperature to 0.3: how much is left for the second word?',
      'Compare “the ___ barked” with “the ___”: the bars of “words after” show the effect of one more word.',
    ],
    more: 'how-to/blanks.md, how-to/typing.md',
  },
  surprise: {
    title: 'What surprisal measures',
    paragraphs: [
      'The surprisal of a word is −log₂ of the probability that the model gave it: 1 bit for one chance in two, 10 bits for one in 1,024. People read surprising words more slowly, about 2 to 4 milliseconds for each bit.',
      'The entropy at a word says how uncertain the model was before it saw the word. If the entropy was low, a surprising word violates an expectation. If it was high, almost every word would have been surprising.',
      'Perplexity is 2 to the power of the mean surprisal: the model was as uncertain as if it chose among that many equally likely words.',
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
      'At each word, every gate is a weighted sum of the word’s vector x and of the hidden state before, passed through a sigmoid to give a number between 0 and 1. The forget gate sets how much of c is kept, the input gate how much of the candidate is added, the output gate how much of c is passed on.',
      'The running sum under the drawing shows this weighted sum: one step for each element of x and h. Its end goes through the sigmoid or the tanh.',
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
      'A gate is a number between 0 (shut) and 1 (open) for each unit, computed again at each word. Units whose forget gate stays open keep a value over many words; units whose forget gate is shut lose their value at each word.',
      'To see what a gate does, hold it at a value. With the forget gate shut, the cell state is lost at every word, and only the hidden state carries information from earlier words. A gate held at its mean no longer depends on the words.',
    ],
    tries: [
      'Hold the forget gate of all units shut: which next words become more probable?',
      'Sort by “changing most” and look for a unit that switches at a full stop.',
      'Pin two units, hold the output gate of those two shut, and compare the next words.',
    ],
    more: 'lab/2-gates.md, lab/4-open-and-closed.md, lab/README.md',
  },
  match: {
    title: 'What a unit has learned',
    paragraphs: [
      'To find out what a group of units represents, pick a few words and see which units are high at all of them. Then look for other places where the same units are high. If these places have something in common, for example a plural subject or the inside of a quotation, the units may have learned it.',
      'Do not trust one example: among many units, some are high at any place by chance. A pattern that returns in another text is better evidence. An effect of holding the gates of these units is better still.',
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
      'The map shows the two or three directions in which the vectors differ most (principal components). Distances on the map use only these directions; the list of neighbours uses all dimensions.',
      'An analogy adds a difference: the vector of “dogs” minus that of “dog” plus that of “cat” should be near that of “cats”.',
    ],
    tries: [
      'Look for a verb and its past tense: is the step between them the same for another verb?',
      'Turn the map in three dimensions: which words are close together in two dimensions but not in three?',
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
