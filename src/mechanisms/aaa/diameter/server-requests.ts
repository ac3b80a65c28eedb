import { BoundedMap } from '../../../base/bounded-map.ts'
import { LIMITS } from '../../../base/limits.ts'
import { type DiameterIdentity, isCommand, originOf, sessionOf, writeAnswer } from './base-commands.ts'
import { allOf, firstOf, identityOf, numberOf, textOf } from './check.ts'
import { SIP_APPLICATION } from './commands.ts'
import type { DiameterMessage } from './decode.ts'
import type { AvpPair } from './encode.ts'
import { RESULT } from './result-codes.ts'
import { type UserData, userDataIn } from './sip-answers.ts'

/** What a server asks of us. */
export type ServerRequest =
  /** RTR: these addresses-of-record are not registered any more; none named: all of the user (RFC 4740 §8.9). */
  | {
      readonly kind: 'terminate-registration'
      readonly user: string | undefined
      readonly aors: readonly string[]
      /** SIP-Reason-Code (§9.7.1). */
      readonly reason: number
    }
  /** PPR: the profile of a user is another one now (RFC 4740 §8.11). */
  | { readonly kind: 'push-profile'; readonly user: string; readonly userData: readonly UserData[] }

/**
 * Judges requests of peers that came over an open connection, and remembers the answers, since a request that came twice
 * must do nothing the second time (RFC 6733 §3).
 */
export class ServerRequests {
  readonly #identity: DiameterIdentity
  readonly #answers = new BoundedMap<string, Buffer>(LIMITS.maxDiameterAnswers)

  constructor(identity: DiameterIdentity) {
    this.#identity = identity
  }

  /**
   * @param realm the peer's own: requests from another are refused (DIA-10)
   * @param act does it and says the Result-Code
   * @returns the answer to send back
   */
  answer(
    request: DiameterMessage,
    realm: string,
    act: (asked: ServerRequest) => number | Promise<number>,
  ): Buffer | Promise<Buffer> {
    const wrong = this.#routingFault(request, realm)
    if (wrong !== undefined) return this.#write(request, wrong)
    const key = `${request.endToEnd} ${identityOf(request.avps, 'Origin-Host')}`
    const before = this.#answers.get(key)
    if (before !== undefined) {
      const again = Buffer.from(before)
      again.writeUInt32BE(request.hopByHop, 12)
      return again
    }
    const asked = readServerRequest(request)
    if (asked === undefined) return this.#write(request, RESULT.commandUnsupported)
    const remember = (resultCode: number): Buffer => {
      const answer = this.#write(request, resultCode)
      this.#answers.set(key, answer)
      return answer
    }
    const done = act(asked)
    return done instanceof Promise ? done.then(remember) : remember(done)
  }

  /** @see RFC 6733 §6.1.3, §6.1.4 */
  #routingFault({ avps }: DiameterMessage, realm: string): number | undefined {
    const { host } = this.#identity
    const passed = allOf(avps, 'Route-Record').map(avp => avp.data.toString('latin1').toLowerCase())
    if (passed.includes(host)) return RESULT.loopDetected
    const forHost = identityOf(avps, 'Destination-Host')
    if (forHost !== undefined && forHost !== host) return RESULT.unableToDeliver
    const forRealm = identityOf(avps, 'Destination-Realm')
    if (forRealm !== undefined && forRealm !== this.#identity.realm) return RESULT.realmNotServed
    return identityOf(avps, 'Origin-Realm') === realm ? undefined : RESULT.authorizationRejected
  }

  #write(request: DiameterMessage, resultCode: number): Buffer {
    const isError = resultCode >= 3000 && resultCode < 4000
    const result: readonly AvpPair[] = [['Result-Code', resultCode], ...originOf(this.#identity)]
    const sip: readonly AvpPair[] = [
      ['Auth-Application-Id', SIP_APPLICATION],
      ['Auth-Session-State', 1],
    ]
    return writeAnswer(request, [...sessionOf(request), ...(isError ? [] : sip), ...result], {
      isError,
      proxyInfo: allOf(request.avps, 'Proxy-Info'),
    })
  }
}

function readServerRequest(request: DiameterMessage): ServerRequest | undefined {
  const { avps } = request
  const user = textOf(avps, 'User-Name')
  if (isCommand(request, 'PP'))
    return { kind: 'push-profile', user: user ?? '', userData: userDataIn(request) }
  if (!isCommand(request, 'RT')) return undefined
  return {
    kind: 'terminate-registration',
    user,
    aors: allOf(avps, 'SIP-AOR').map(avp => avp.data.toString('latin1')),
    reason: numberOf(firstOf(avps, 'SIP-Deregistration-Reason')?.group ?? [], 'SIP-Reason-Code') ?? 0,
  }
}
