import { octetStream } from '../octet-stream.ts'
import { type Trial, Unable } from '../trial.ts'
import { clientHello, type Offer, TLS_VERSIONS } from './client-hello.ts'
import { type ServerFlight, serverFlight } from './server-flight.ts'
import { GOOD_SUITES } from './suites.ts'

/** What came of a ClientHello: a choice, or a refusal in one of its ways. */
export type Greeted = ServerFlight | { readonly kind: 'closed' | 'silence' | 'garbage' }

/** What an attack offers, by its words. */
export interface Greeting extends Omit<Offer, 'serverName'> {
  /** `TLS 1.0`, `suites without encryption`: for the ladder. */
  readonly says: string
  readonly wantsGroup?: boolean
}

/** Says a ClientHello from an address of its own, and reads what the target makes of it. */
export async function greet(trial: Trial, greeting: Greeting): Promise<Greeted> {
  const { ip, ports, domain } = trial.target
  const at = { ip, port: ports.TLS ?? 5061 }
  const stream = await octetStream(trial, { who: 'attacker', at, protocol: 'TLS' })
  if (stream === undefined) throw new Unable('no connection could be made to the TLS port')
  stream.send(clientHello({ ...greeting, serverName: domain }), `ClientHello: ${greeting.says}`)
  const read = await stream.read(octets => serverFlight(octets, greeting.wantsGroup === true), trial.answerMs)
  const nothing: Greeted = { kind: stream.isClosed ? 'closed' : 'silence' }
  const greeted: Greeted = read === 'garbage' ? { kind: 'garbage' } : (read ?? nothing)
  stream.heard(wordsOf(greeted))
  stream.close()
  return greeted
}

/**
 * What every client of today offers is taken: else no refusal says anything.
 * @throws Unable when it is not
 */
export async function greetHonestly(trial: Trial): Promise<Greeted> {
  const version = TLS_VERSIONS['TLS 1.2']
  const greeted = await greet(trial, { version, suites: GOOD_SUITES, says: 'TLS 1.2, suites of today' })
  if (greeted.kind === 'hello') return greeted
  const line = await trial.tryLine({ who: 'somebody', transport: 'TLS' })
  if (line !== undefined) return greeted
  throw new Unable(`no handshake of today is taken: TLS 1.2 got ${wordsOf(greeted)}`)
}

/** `alert 40`, `ServerHello 0x0303 suite 0xc02f`. */
export function wordsOf(greeted: Greeted): string {
  if (greeted.kind === 'alert') return `alert ${greeted.description}`
  if (greeted.kind !== 'hello') return greeted.kind
  const suite = greeted.suite.toString(16).padStart(4, '0')
  return `ServerHello ${versionName(greeted.version)} suite 0x${suite}${greeted.isCompressed ? ' compressed' : ''}`
}

export function versionName(version: number): string {
  const known = Object.entries(TLS_VERSIONS).find(([, number]) => number === version)
  return known?.[0] ?? `version 0x${version.toString(16)}`
}
