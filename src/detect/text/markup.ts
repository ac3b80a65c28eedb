import type { Family } from './families.ts'
import type { PlainText } from './plain-text.ts'

/** Elements that run or fetch something. One a line, sorted. */
const ELEMENTS: ReadonlySet<string> = new Set([
  'a',
  'applet',
  'audio',
  'base',
  'body',
  'button',
  'details',
  'div',
  'embed',
  'form',
  'frame',
  'frameset',
  'html',
  'iframe',
  'img',
  'input',
  'isindex',
  'link',
  'marquee',
  'math',
  'meta',
  'object',
  'script',
  'select',
  'source',
  'style',
  'svg',
  'table',
  'template',
  'textarea',
  'title',
  'video',
  'xml',
])

const PARTS = [
  '&#x',
  '&lt;',
  'data:application/',
  'data:image/svg',
  'data:text/html',
  'document.cookie',
  'javascript:',
  'livescript:',
  'srcdoc=',
  'vbscript:',
] as const

/** Markup and script for pages, templates and look-ups for servers, formulas for spreadsheets. */
export function markupIn({ folded, tight }: PlainText): Family | undefined {
  if (hasElement(folded) || PARTS.some(part => tight.includes(part)) || hasHandler(folded)) return 'script'
  // `${…}` in its many spellings: log4shell and its cousins, `$(…)` is a shell's.
  if (tight.includes('${')) return 'look-up'
  if (tight.includes('<%') || tight.includes('{{') || tight.includes('#{') || tight.includes('{%'))
    return 'template'
  return isFormula(tight) ? 'spreadsheet-formula' : undefined
}

function hasElement(folded: string): boolean {
  for (let at = folded.indexOf('<'); at >= 0; at = folded.indexOf('<', at + 1)) {
    let start = at + 1
    while (folded[start] === ' ' || folded[start] === '/') start += 1
    if (
      folded.startsWith('!--', start) ||
      folded.startsWith('!doctype', start) ||
      folded.startsWith('!entity', start)
    )
      return true
    if (folded.startsWith('?xml', start) || folded.startsWith('?php', start)) return true
    let end = start
    while (end - start < 10 && isLetter(folded.charCodeAt(end))) end += 1
    if (!ELEMENTS.has(folded.slice(start, end))) continue
    const next = folded[end]
    if (next === undefined || next === ' ' || next === '>' || next === '/') return true
  }
  return false
}

/** `onerror=` and the like: an attribute that runs something, behind a blank, a slash or a quote. */
function hasHandler(folded: string): boolean {
  for (let at = folded.indexOf('on'); at >= 0; at = folded.indexOf('on', at + 1)) {
    const before = folded[at - 1]
    if (before !== ' ' && before !== '/' && before !== '"' && before !== "'") continue
    let end = at + 2
    while (end - at < 20 && isLetter(folded.charCodeAt(end))) end += 1
    if (end - at >= 5 && folded[end] === '=') return true
  }
  return false
}

function isLetter(code: number): boolean {
  return code >= 97 && code <= 122
}

/** `=cmd|…`, `@SUM(…)`: a cell that begins so is calculated. Numbers with `+` in front are none. */
function isFormula(tight: string): boolean {
  if (tight.includes('cmd|')) return true
  const first = tight[0]
  if (first !== '=' && first !== '@') return false
  return isLetter(tight.charCodeAt(1)) && (tight.includes('(') || tight.includes('|'))
}
