/** Light and dark: as the system wishes, until the reader chooses. */

const KEY = 'lmkit-theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')

/** Put the theme on the page, and follow the system where nothing was chosen. */
export function startTheme() {
  apply()
  system.addEventListener('change', apply)
}

/** Change between light and dark, and keep the choice where the browser allows it. */
export function switchTheme() {
  const chosen = themeNow() === 'dark' ? 'light' : 'dark'
  try {
    localStorage.setItem(KEY, chosen)
  } catch {
    document.documentElement.dataset.chosen = chosen // a browser that keeps nothing: for this visit
  }
  apply()
  return chosen
}

/** @returns {'light' | 'dark'} */
export function themeNow() {
  return document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light'
}

function apply() {
  const chosen = chosenTheme()
  document.documentElement.dataset.theme = chosen ?? (system.matches ? 'dark' : 'light')
  document.dispatchEvent(new Event('theme'))
}

function chosenTheme() {
  try {
    return localStorage.getItem(KEY) ?? document.documentElement.dataset.chosen
  } catch {
    return document.documentElement.dataset.chosen
  }
}
