import type { TransportName } from '../../base/flow.ts'
import type { OutsideAnswer, OutsideQuestion } from '../../mechanisms/digest/index.ts'

/**
 * A question to one credential source. The nonce is ours and was found good, and what the digest's `uri` and nonce count
 * allow is judged by us after the answer: a source says whether the response is right, and nothing else.
 */
export interface CredentialQuestion extends OutsideQuestion {
  /** The user to look up; a hidden name (userhash) is for the local source alone. */
  readonly user: string
  /** The address-of-record that the request speaks for: To of a REGISTER, else From; canonical. */
  readonly aor: string
  /** Request-URI as received. */
  readonly requestUri: string
  /** Where it came from. */
  readonly source: { readonly ip: string; readonly port: number; readonly transport: TransportName }
}

/**
 * The answer of one source. `accepted` and `known` carry a `grant` with the addresses-of-record of the user; make it by
 * `grantOf`, which keeps them inside the user's own domain.
 */
export type CredentialAnswer = OutsideAnswer

/** One place where credentials are kept: the local accounts, RADIUS servers, Diameter peers. */
export interface CredentialSource {
  /** What logs and metrics call it: `local`, `radius`, `diameter`. */
  readonly name: string
  /** Whether somebody beyond this process is asked: its answers take a round trip. */
  readonly isRemote: boolean
  /** Never throws and never rejects; bounded in time and in questions at once. */
  ask(question: CredentialQuestion): CredentialAnswer | Promise<CredentialAnswer>
}

/** A call, as its records tell it. */
export interface CallRecord {
  /** Unique for this call and this server: the same in Start, Interim and Stop (RFC 2866 §5.5). */
  readonly sessionId: string
  readonly callId: string
  /** Proven caller: `user@domain`, or '' when a trunk or nobody proved himself. */
  readonly user: string
  /** What the server that let the caller in wants to find in records. */
  readonly classes?: readonly Buffer[] | undefined
  /** From and To URIs as received. */
  readonly from: string
  readonly to: string
  readonly requestUri: string
  /** Address of the caller. */
  readonly sourceIp: string
  /** Unix time of the 2xx, in ms. */
  readonly answeredMs: number
}

/** Why a call is over. */
export type CallEnd = 'bye' | 'lost' | 'shutdown'

/** Takes records of calls; none of them may wait or throw. */
export interface Accounting {
  callStarted(call: CallRecord): void
  /** @param nowMs Unix time in ms; the call lasts on */
  callGoesOn(call: CallRecord, nowMs: number): void
  /** @param nowMs Unix time in ms */
  callEnded(call: CallRecord, why: CallEnd, nowMs: number): void
}
