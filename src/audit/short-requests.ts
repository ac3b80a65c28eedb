import type { Line } from './line/line.ts'
import { hostPort } from './line/place.ts'
import { token } from './saying.ts'

/** What a short request says; the rest is as little as RFC 3261 §8.1.1 allows, with compact names. */
export interface Short {
  readonly method: string
  readonly uri: string
  /** As users of the target. */
  readonly from: string
  readonly toTag?: string
  readonly maxForwards?: number
  readonly version?: string
  readonly lines?: readonly string[]
}

/** A request with the fewest octets that ask for an answer: what who forges addresses would send. */
export function shortRequest(line: Line, short: Short): string {
  const { method, uri, from, toTag, maxForwards = 70, version = 'SIP/2.0', lines = [] } = short
  const mark = token().slice(0, 6)
  return [
    `${method} ${uri} ${version}`,
    `v:SIP/2.0/UDP ${hostPort(line.local)};branch=z9hG4bK${mark}`,
    `f:<${from}>;tag=1`,
    `t:<${uri}>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `i:${mark}`,
    `CSeq:1 ${method}`,
    `Max-Forwards:${maxForwards}`,
    ...(method === 'INVITE' ? [`m:<sip:${hostPort(line.local)}>`] : []),
    ...lines,
    'l:0',
    '',
    '',
  ].join('\r\n')
}
