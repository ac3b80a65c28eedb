import { ATTRIBUTE, type Attribute, MAX_VALUE_OCTETS, number32, octets, utf8Cut } from './attributes.ts'

/** Acct-Status-Type (RFC 2866 §5.1). */
export const STATUS = { start: 1, stop: 2, interim: 3, on: 7, off: 8 } as const

/** Acct-Terminate-Cause (RFC 2866 §5.10): the user hung up, the line was lost, we stopped. */
export const CAUSE = { userRequest: 1, lostService: 3, nasReboot: 11 } as const

/**
 * One record. `user` is Unicode, other texts are latin-1; each is cut where an attribute ends: a record with a shorter name is
 * worth more than none.
 */
export interface AccountingFacts {
  readonly status: number
  readonly sessionId: string
  readonly user: string
  readonly caller: string
  readonly callee: string
  readonly callId: string
  /** As the server gave them with its yes (RFC 2865 §5.25). */
  readonly classes?: readonly Buffer[] | undefined
  /** When it happened, Unix time in ms. */
  readonly happenedMs: number
  /** Since the call was answered; absent in a Start. */
  readonly durationMs?: number
  readonly cause?: number
}

/**
 * Attributes of an Accounting-Request, without those that name us.
 * @param nowMs Unix time in ms: what passed since it happened is told as Acct-Delay-Time
 * @see RFC 2866 §5
 */
export function accountingAttributes(facts: AccountingFacts, nowMs: number): Attribute[] {
  const { durationMs, cause, user, callId } = facts
  const text = (type: number, value: string): Attribute[] =>
    value === '' ? [] : [octets(type, value.slice(0, MAX_VALUE_OCTETS))]
  return [
    number32(ATTRIBUTE.acctStatusType, facts.status),
    ...text(ATTRIBUTE.acctSessionId, facts.sessionId),
    ...(user === '' ? [] : [utf8Cut(ATTRIBUTE.userName, user)]),
    ...text(ATTRIBUTE.callingStationId, facts.caller),
    ...text(ATTRIBUTE.calledStationId, facts.callee),
    ...text(ATTRIBUTE.acctMultiSessionId, callId),
    ...(facts.classes ?? []).map(value => ({ type: ATTRIBUTE.class, value })),
    number32(ATTRIBUTE.eventTimestamp, facts.happenedMs / 1000),
    number32(ATTRIBUTE.acctDelayTime, (nowMs - facts.happenedMs) / 1000),
    ...(durationMs === undefined ? [] : [number32(ATTRIBUTE.acctSessionTime, durationMs / 1000)]),
    ...(cause === undefined ? [] : [number32(ATTRIBUTE.acctTerminateCause, cause)]),
  ]
}
