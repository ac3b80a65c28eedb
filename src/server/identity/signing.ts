import { createHash } from 'node:crypto'
import { failed, type Result } from '../../base/result.ts'
import {
  callerOf,
  checkAuthority,
  type NumberRules,
  type Party,
  partyOf,
  type SignedIdentity,
  type SigningOrder,
  type SigningRefusal,
  signDiversion,
  signRequest,
  signResponse,
} from '../../mechanisms/identity/index.ts'
import type { Attest } from '../../pipeline/identity.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import type { Uri } from '../../sip/uri/uri.ts'
import type { Signer } from './material.ts'

/** Why nothing was signed. */
export type Unsigned = SigningRefusal | 'not-covered'

/** Signs for whom our certificate speaks, and for nobody else (STA-01). */
export class Signing {
  readonly #signer: Signer
  readonly #numbers: NumberRules
  readonly #groups = new Map<string, string>()

  constructor(signer: Signer, numbers: NumberRules) {
    this.#signer = signer
    this.#numbers = numbers
  }

  /** @param group callers who are told apart in origid: a domain or a trunk, of the configuration */
  request(
    request: SipRequest,
    attest: Attest,
    group: string,
    wallMs: number,
  ): Result<SignedIdentity, Unsigned> {
    const caller = callerOf(request.from.uri, this.#numbers)
    if (caller === undefined) return failed('caller-not-signable')
    if (!this.#speaksFor(caller)) return failed('not-covered')
    return signRequest(request, this.#order(caller, attest, group), this.#signer.key, wallMs)
  }

  /** For a call that goes to another party than it was made to (STA-14). */
  diversion(
    request: SipRequest,
    left: Uri,
    target: Uri,
    wallMs: number,
  ): Result<readonly SignedIdentity[], Unsigned> {
    const from = partyOf(left, this.#numbers)
    const to = partyOf(target, this.#numbers)
    if (from === undefined || to === undefined) return failed('callee-not-signable')
    if (!this.#speaksFor(from)) return failed('not-covered')
    return signDiversion(request, from, to, this.#numbers, this.#signer.key, wallMs)
  }

  /** For a response of who was reached (STA-15). */
  response(request: SipRequest, reached: Uri, wallMs: number): Result<SignedIdentity, Unsigned> {
    const party = partyOf(reached, this.#numbers)
    if (party === undefined) return failed('callee-not-signable')
    if (!this.#speaksFor(party)) return failed('not-covered')
    return signResponse(request, party, this.#numbers, this.#signer.key, wallMs)
  }

  #speaksFor(party: Party): boolean {
    return checkAuthority(this.#signer.credential, party, () => true) === undefined
  }

  /** A number gets the form of telephone networks, a name the plain one: SHAKEN knows numbers only (RFC 8588 §4). */
  #order(caller: Party, attest: Attest, group: string): SigningOrder {
    const numbers = this.#numbers
    if (caller.kind === 'uri') return { ppt: '', numbers }
    return { ppt: 'shaken', attest, origid: this.#originationId(group), numbers }
  }

  /** Always the same for a group and unguessable: for tracing calls back, not for telling users apart (RFC 8588 §5). */
  #originationId(group: string): string {
    let id = this.#groups.get(group)
    if (id === undefined) {
      const octets = createHash('sha256')
        .update(this.#signer.groupSecret)
        .update(group)
        .digest()
        .subarray(0, 16)
      octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x80
      octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80
      const hex = octets.toString('hex')
      id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
      this.#groups.set(group, id)
    }
    return id
  }
}
