import { isIP } from 'node:net'
import type { Answer } from 'dns-packet'
import type { Agent, Answer as SipAnswer } from './agent.ts'
import type { NameServer } from './name-server.ts'
import { token } from './saying.ts'
import type { Trial } from './trial.ts'

/** Nothing of these records may be kept: the next look-up asks again. */
const TTL_SECONDS = 0

/** A name of the zone that nobody ever asked for. */
export function freshHost(server: NameServer): string {
  return `h${token()}.${server.domain}`
}

/** SRV of SIP over UDP for a host, at the place of a listener. */
export function srvRecords(host: string, { line }: Agent, service = '_sip._udp'): readonly Answer[] {
  const data = { priority: 0, weight: 0, port: line.local.port, target: `at.${host}` }
  return [
    { name: `${service}.${host}`, type: 'SRV', ttl: TTL_SECONDS, data },
    addressRecord(`at.${host}`, line.local.ip),
  ]
}

export function addressRecord(name: string, ip: string): Answer {
  return { name, type: isIP(ip) === 6 ? 'AAAA' : 'A', ttl: TTL_SECONDS, data: ip }
}

/** What a NAPTR record says beside its preference (RFC 3403 §4.1). */
export interface Naptr {
  readonly flags: string
  readonly services: string
  readonly regexp?: string
  readonly replacement?: string
}

export function naptrRecord(
  host: string,
  order: number,
  { regexp = '', replacement = '.', ...rest }: Naptr,
): Answer {
  const data = { order, preference: 0, regexp, replacement, ...rest }
  return { name: host, type: 'NAPTR', ttl: TTL_SECONDS, data }
}

/** Where a request arrived, and what its sender heard. */
export interface Led {
  /** The listener that it came to; nothing when it came to none. */
  readonly at: Agent | undefined
  readonly answer: SipAnswer
}

/** A user of ours asks somebody elsewhere for OPTIONS; the listeners answer if it comes to them. */
export async function lead(
  trial: Trial,
  asker: Agent,
  uri: string,
  listeners: readonly Agent[],
  withinMs = trial.answerMs,
): Promise<Led> {
  const callId = token()
  let at: Agent | undefined
  const isIt = (text: string): boolean =>
    text.includes(callId) || text.includes(uri.slice(uri.indexOf(':') + 1))
  const waiting = listeners.map(async listener => {
    const heard = await listener.line.next(
      each => each.method === 'OPTIONS' && isIt(each.text),
      withinMs + trial.silenceMs,
    )
    if (heard === undefined) return
    at ??= listener
    listener.respond(heard, 200, { contact: false })
  })
  const answer = await asker.askProved({ method: 'OPTIONS', uri, callId }, withinMs)
  if (answer.status === 200) await Promise.race([Promise.all(waiting), trial.pause(trial.silenceMs)])
  else await trial.pause(trial.silenceMs)
  return { at, answer }
}
