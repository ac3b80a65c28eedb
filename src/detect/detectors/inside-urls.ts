import { ipKind } from '../../base/ip-address.ts'
import { H, type HeaderId } from '../../sip/message/header-id.ts'
import { detector } from '../detector.ts'
import { quoted } from '../quoted.ts'
import { subjectOfSource } from '../source.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'

const DAY_MS = 86_400_000
const ROWS = 1024
const WIDTH = 16

/** Fields whose URL somebody may fetch: to ring, to show a picture, to check a signature. */
const FETCHED: readonly HeaderId[] = [H.alertInfo, H.callInfo, H.errorInfo, H.identity]

/**
 * URLs that lead inside: to this machine, its network, or the place where clouds keep secrets, in fields that phones
 * and servers fetch. Some exchanges write one such URL to name a ring tone, always the same; who tries finds several.
 */
export const insideUrls = detector({
  id: 'inside-urls',
  title: 'URLs that lead inside, to be fetched by us or a phone',
  class: 'behaviour',
  threats: ['infrastructure-behind-the-edge', 'known-internet-attacks'],
  isSpoofable: true,
  score: 35,
  evasion:
    'Names in place of addresses, and two URLs a day from each source: whatever fetches URLs must refuse such places itself.',
  thresholds: {
    urls: {
      default: 3,
      min: 1,
      max: WIDTH,
      unit: 'URLs in a day',
      meaning: 'Different URLs that lead inside from one source where nobody logged in.',
    },
  },
  start: ({ limits, hash, report }) => {
    const salt = hash('inside-urls')
    const urls = new FewDistinct(ROWS, WIDTH, DAY_MS)
    return {
      only: { request: { strangers: true } },
      request: seen => {
        const { request, source, atMs } = seen
        if (source.trunk !== undefined || source.isAllowed) return
        if (source.lastLoginMs !== Number.NEGATIVE_INFINITY) return
        for (const id of FETCHED) {
          if (!request.has(id)) continue
          for (const written of request.list(id)) {
            const url = insideUrlIn(written)
            if (url === undefined) continue
            const value = urls.add(mixed(salt, source.slot, source.generation), hash(url), atMs)
            if (value < limits.urls) continue
            report({
              subject: subjectOfSource(source),
              ...{ seen, value, limit: limits.urls, confidence: 'medium', isSpoofable: !source.isProved },
              why: `${source.ip} sent ${value} different URLs that lead inside, last ${quoted(url)}.`,
            })
          }
        }
      },
    }
  },
})

/** The first URL in angle brackets whose host is an address that is not of the open Internet, or that is a file. */
function insideUrlIn(value: string): string | undefined {
  const from = value.indexOf('<') + 1
  const end = value.indexOf('>', from)
  if (from === 0 || end < 0) return undefined
  const url = value.slice(from, end)
  if (url.slice(0, 5).toLowerCase() === 'file:') return url
  const scheme = url.indexOf('://')
  if (scheme < 0) return undefined
  const rest = url.slice(scheme + 3)
  const stop = firstOf(rest, '/?#')
  const authority = rest.slice(0, stop).slice(rest.slice(0, stop).lastIndexOf('@') + 1)
  const host = authority.startsWith('[')
    ? authority.slice(1, authority.indexOf(']'))
    : (authority.split(':')[0] ?? '')
  const kind = ipKind(host)
  return host.toLowerCase() === 'localhost' || (kind !== undefined && kind !== 'global') ? url : undefined
}

function firstOf(text: string, marks: string): number {
  for (let i = 0; i < text.length; i += 1) if (marks.includes(text[i] ?? '')) return i
  return text.length
}
