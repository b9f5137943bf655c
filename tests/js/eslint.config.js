import js from '@eslint/js'
import globals from 'globals'

export default [
  { ignores: ['**/node_modules/**'] },
  js.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: { ecmaVersion: 2024, sourceType: 'module', globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 50 }],
      'max-params': ['error', 5],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-shadow': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.test.js', '**/eslint.config.js'],
    languageOptions: { globals: globals.node },
    rules: { 'max-lines-per-function': 'off', 'no-restricted-exports': 'off' },
  },
]
