import { printAddress } from '../../base/flow.ts'
import type { Judged } from '../../pipeline/identity.ts'
import type { RequestContext } from '../../pipeline/stage.ts'
import type { Sensor } from '../detect/sensor.ts'
import type { Log } from '../log.ts'
import type { Counters, Metrics } from '../metrics.ts'

/** What signed identity tells the outside. */
export class IdentityEvents {
  readonly #judged: Counters
  readonly #signed: Counters
  readonly #unsigned: Counters
  readonly #answers: Counters
  readonly #log: Log
  readonly #sensor: () => Sensor | undefined

  /** @param sensor tells the detection of what was judged */
  constructor(metrics: Metrics, log: Log, sensor: () => Sensor | undefined = () => undefined) {
    this.#log = log
    this.#sensor = sensor
    this.#judged = metrics.counters(
      'aspis_identity_judged_total',
      'Requests from outside by what their signed identity was worth',
      'outcome',
      ['valid', 'no-identity'],
    )
    this.#signed = metrics.counters(
      'aspis_identity_signed_total',
      'Requests that we signed, by attestation; - is a name, not a number',
      'attestation',
      ['A', 'B', 'C', '-'],
    )
    this.#unsigned = metrics.counters(
      'aspis_identity_unsigned_total',
      'Requests that left unsigned although we sign, by reason',
      'reason',
      ['not-covered'],
    )
    this.#answers = metrics.counters(
      'aspis_identity_answers_total',
      'Responses by what the signed identity of who was reached is worth',
      'outcome',
      ['valid'],
    )
  }

  judged(context: RequestContext, { decision, status, why }: Judged): void {
    this.#judged.add(why)
    if (why === 'no-identity' && status === 200) return
    const { request, flow } = context
    const passport = decision?.passport ?? decision?.results[0]
    this.#sensor()?.see(flow, {
      ...{ kind: 'identity', request, isValid: why === 'valid', why },
      claimed: decision?.caller?.value ?? request.from.uri.user ?? '',
      authority: hostOf(passport?.x5u),
    })
    const fields = {
      why,
      method: request.method,
      callId: request.callId,
      source: printAddress(flow.remote),
      from: request.from.uri.text,
      x5u: passport?.x5u ?? '',
    }
    if (why !== 'valid') return this.#log.warn('identity-not-valid', { ...fields, status })
    if (!this.#log.isDebug) return
    const attestation = decision?.attestation ?? '-'
    this.#log.debug('identity-valid', { ...fields, attestation, caller: decision?.caller?.value ?? '' })
  }

  signed(attestation: string | undefined): void {
    this.#signed.add(attestation ?? '-')
  }

  unsigned(context: RequestContext, why: string): void {
    this.#unsigned.add(why)
    if (!this.#log.isDebug) return
    this.#log.debug('identity-not-signed', { why, callId: context.request.callId })
  }

  /** @param why `valid`, or what is wrong */
  answered(context: RequestContext, why: string): void {
    this.#answers.add(why)
    if (why !== 'valid')
      this.#log.warn('identity-of-answer-not-valid', { why, callId: context.request.callId })
  }

  /** A verifier upstream of the callee did not take a token of ours (RFC 9410). */
  notTaken(context: RequestContext, reasons: readonly string[]): void {
    this.#log.warn('identity-not-taken', { callId: context.request.callId, reason: reasons[0] ?? '' })
  }
}

/** The host that a certificate's URL names; '' when it is none. */
function hostOf(x5u: string | undefined): string {
  return x5u === undefined ? '' : (URL.parse(x5u)?.hostname ?? '')
}
