import type { Finding } from '../finding.ts'
import { subjectKey } from '../subject.ts'

/** A finding as a part of a page: all that a peer wrote is text, whatever it looks like. */
export function findingHtml(finding: Finding): string {
  const { id, detector, subject, why, confidence, score, evidence } = finding
  const shown = evidence
    .map(({ title, text }) => `<li><code>${htmlText(title)}</code><pre>${htmlText(text)}</pre></li>`)
    .join('')
  return `<article id="${htmlText(id)}"><h3>${htmlText(detector)}: ${htmlText(subjectKey(subject))}</h3><p>${htmlText(why)}</p><p>${confidence}, ${score}</p><ul>${shown}</ul></article>`
}

/** Text of a page or of an attribute in quotes. */
export function htmlText(text: string): string {
  let safe = ''
  for (const char of text) {
    const code = char.charCodeAt(0)
    if (isPlain(code)) safe += char
    else
      safe +=
        code < 0x20 || (code >= 0x7f && code < 0xa0) ? controlPicture(code) : `&#${char.codePointAt(0)};`
  }
  return safe
}

function isPlain(code: number): boolean {
  if (code === 0x0a || code === 0x20) return true
  if (code >= 0x30 && code <= 0x39) return true
  if ((code >= 0x40 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) return true
  return code === 0x2e || code === 0x2c || code === 0x2d || code === 0x3a || code === 0x5f
}

/** A control character has no place in a page: its picture has. */
function controlPicture(code: number): string {
  return code < 0x20 ? `&#${0x2400 + code};` : '&#9249;'
}
