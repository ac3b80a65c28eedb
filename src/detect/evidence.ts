import { ownText } from '../base/own-text.ts'
import type { Evidence } from './finding.ts'
import type { Seen, Sighting } from './sighting.ts'

const MAX_TEXT = 2048
const MAX_TITLE = 200

/** What a sighting shows, for a finding: its message without the secrets of credentials, or the fact in words. */
export function evidenceOf(seen: Seen & Partial<Sighting>): Evidence {
  const text = textOf(seen)
  const lineEnd = text.indexOf('\r\n')
  const title =
    text === '' ? factOf(seen) : text.slice(0, Math.min(MAX_TITLE, lineEnd < 0 ? MAX_TITLE : lineEnd))
  return {
    atMs: seen.atMs,
    from: seen.source.ip,
    title: ownText(title),
    text: ownText(withoutSecrets(text.slice(0, MAX_TEXT))),
  }
}

function textOf(seen: Seen & Partial<Sighting>): string {
  switch (seen.kind) {
    case 'request':
    case 'answer':
    case 'drop':
    case 'credentials':
    case 'registration':
    case 'identity':
    case 'rule':
      return seen.request?.text ?? ''
    case 'response':
      return seen.response?.text ?? ''
    case 'malformed':
      return seen.text ?? ''
    case 'doubt':
      return seen.message?.text ?? ''
    default:
      return ''
  }
}

function factOf(seen: Seen & Partial<Sighting>): string {
  switch (seen.kind) {
    case 'aaa':
      return `AAA server ${seen.server}: ${seen.what} ${seen.detail}`
    case 'call':
      return `call ${seen.phase}`
    case 'connection':
      return `connection ${seen.change} ${seen.why}`
    case 'limited':
      return `${seen.messages} messages not read: ${seen.why}`
    case 'media':
      return `media ${seen.what}`
    case 'naming':
      return `name ${seen.name}: ${seen.what} ${seen.detail}`
    case 'strain':
      return `${seen.what}: ${seen.value}`
    default:
      return ''
  }
}

/** Who holds the response of a digest can try passwords against it: it is taken out. */
function withoutSecrets(text: string): string {
  const lower = text.toLowerCase()
  let clean = ''
  let taken = 0
  for (let at = lower.indexOf('authorization'); at >= 0; at = lower.indexOf('authorization', at + 1)) {
    const lineEnd = lower.indexOf('\n', at)
    const end = lineEnd < 0 ? text.length : lineEnd
    for (
      let part = lower.indexOf('response', at);
      part >= 0 && part < end;
      part = lower.indexOf('response', part + 1)
    ) {
      const from = part + 'response'.length
      let to = from
      while (to < end && text[to] !== ',' && text[to] !== '\r') to += 1
      if (from < taken) continue
      clean += `${text.slice(taken, from)}="…"`
      taken = to
    }
  }
  return clean + text.slice(taken)
}
