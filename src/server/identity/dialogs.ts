import { BoundedMap } from '../../base/bounded-map.ts'
import { LIMITS } from '../../base/limits.ts'
import {
  type ConnectedParty,
  connectedPartyOf,
  type IdentityDecision,
} from '../../mechanisms/identity/index.ts'
import type { SipRequest } from '../../sip/message/message.ts'

/** Who signed for each party of a dialog; of our own users nobody has to. */
export interface Signers {
  caller: ConnectedParty | undefined
  callee: ConnectedParty | undefined
  /** The callee is our user, who was reached by the name that To has. */
  isCalleeOurs: boolean
  /** Whether the party signs in the dialog, as who supports RFC 9970 does: from its response or first request on. */
  readonly hasSigned: { caller: boolean; callee: boolean }
}

/**
 * Remembers who signed what began a dialog, so that what is signed in it later can be compared (RFC 9970 §6). What was
 * forgotten is not compared: the proof of the dialog stands in any case.
 */
export class SignedDialogs {
  readonly #signers = new BoundedMap<string, Signers>(LIMITS.maxSignedDialogs)

  /** Of the dialog that a request is in. @param isFromCaller who sent it: the party that began the dialog */
  of({ callId, from, to }: SipRequest, isFromCaller: boolean): Signers | undefined {
    return this.#signers.get(keyOf(callId, isFromCaller ? from.tag : to.tag))
  }

  /** Notes who signed the request that makes a dialog. */
  begin(request: SipRequest, decision: IdentityDecision): void {
    this.#ofNew(request).caller = connectedPartyOf(decision)
  }

  /** Notes who signed the response to it. */
  answered(request: SipRequest, decision: IdentityDecision): void {
    const signers = this.#ofNew(request)
    signers.callee = connectedPartyOf(decision)
    signers.hasSigned.callee = true
  }

  /** Notes that we answered for our user. */
  answeredByOurs(request: SipRequest): void {
    this.#ofNew(request).isCalleeOurs = true
  }

  #ofNew({ callId, from }: SipRequest): Signers {
    const key = keyOf(callId, from.tag)
    const known = this.#signers.get(key)
    if (known !== undefined) return known
    const signers: Signers = {
      caller: undefined,
      callee: undefined,
      isCalleeOurs: false,
      hasSigned: { caller: false, callee: false },
    }
    this.#signers.set(key, signers)
    return signers
  }
}

function keyOf(callId: string, initialFromTag: string | undefined): string {
  return `${initialFromTag ?? ''} ${callId}`
}
