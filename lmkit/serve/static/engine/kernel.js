/**
 * Bytes of kernel.wat, as wabt's wat2wasm makes them; a test compares. Browsers without vector
 * instructions refuse them, and plain JavaScript answers in their place.
 */
export const KERNEL =
  'AGFzbQEAAAABCwFgB39/f39/f30AAhEBBWxta2l0Bm1lbW9yeQIAAQMCAQAHDwELYWRkX3Byb2R1Y3QAAAriAQHf' +
  'AQICfwN7IARFBEAPCyABIAVBAXRqIQcDQCABIQj9DAAAAAAAAAAAAAAAAAAAAAAhCf0MAAAAAAAAAAAAAAAAAAAA' +
  'ACEKA0AgAP0ABAAhCyAJIAv9hwEgCP0ABAD9ugH9rgEhCSAKIAv9iAEgCP0ABBD9ugH9rgEhCiAAQRBqIQAgCEEg' +
  'aiIIIAdJDQALIAn9+gEgCv36Af3kASEJIAMgAyoCACACKgIAIAaUIAn9HwAgCf0fAZIgCf0fAiAJ/R8DkpKUkjgC' +
  'ACACQQRqIQIgA0EEaiEDIARBAWsiBA0ACws='
