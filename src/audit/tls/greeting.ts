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

/** A port of the target that speaks TLS. */
type SecurePort = 'TLS' | 'WSS'

/** What became of one offer at one port. */
export interface Offered {
  readonly port: SecurePort
  readonly says: string
  readonly greeted: Greeted
}

/** Says a ClientHello from an address of its own, and reads what the target makes of it. */
async function greet(trial: Trial, name: SecurePort, greeting: Greeting): Promise<Greeted> {
  const { ip, ports, domain } = trial.target
  const at = { ip, port: ports[name] ?? 0 }
  const stream = await octetStream(trial, { who: 'attacker', at, protocol: name })
  if (stream === undefined) throw new Unable(`no connection could be made to the ${name} port`)
  stream.send(clientHello({ ...greeting, serverName: domain }), `ClientHello: ${greeting.says}`)
  const read = await stream.read(octets => serverFlight(octets, greeting.wantsGroup === true), trial.answerMs)
  const nothing: Greeted = { kind: stream.isClosed ? 'closed' : 'silence' }
  const greeted: Greeted = read === 'garbage' ? { kind: 'garbage' } : (read ?? nothing)
  stream.heard(wordsOf(greeted))
  stream.close()
  return greeted
}

/**
 * Makes each offer at every port that speaks TLS, from an address of its own each time.
 * @throws Unable when a port does not even take what every client of today offers: then no refusal says anything
 */
export async function offerEach(trial: Trial, offers: readonly Greeting[]): Promise<readonly Offered[]> {
  const names = (['TLS', 'WSS'] as const).filter(name => trial.target.ports[name] !== undefined)
  for (const name of names) await greetHonestly(trial, name)
  const places = names.flatMap(port => offers.map(offer => ({ port, offer })))
  return await Promise.all(
    places.map(async ({ port, offer }) => ({
      port,
      says: offer.says,
      greeted: await greet(trial, port, offer),
    })),
  )
}

/** @throws Unable when what every client of today offers is refused */
export async function greetHonestly(trial: Trial, name: SecurePort = 'TLS'): Promise<Greeted> {
  const version = TLS_VERSIONS['TLS 1.2']
  const greeted = await greet(trial, name, { version, suites: GOOD_SUITES, says: 'TLS 1.2, suites of today' })
  if (greeted.kind === 'hello') return greeted
  // TLS 1.3 alone may be spoken, which is no fault.
  const line = await trial.tryLine({ who: 'somebody', transport: name })
  if (line !== undefined) return greeted
  throw new Unable(`no handshake of today is taken at the ${name} port: TLS 1.2 got ${wordsOf(greeted)}`)
}

/** Whether an offer got no clear refusal: neither an alert nor an end of the connection. */
export function isUnclear({ greeted: { kind } }: Offered): boolean {
  return kind === 'silence' || kind === 'garbage'
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
