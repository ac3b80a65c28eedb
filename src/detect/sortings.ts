import type { SipRequest, SipResponse } from '../sip/message/message.ts'
import type { AnswerGiven, CallSeen, CredentialsJudged, RequestSeen, ResponseSeen } from './sighting.ts'
import type { Sorting } from './sorted-listeners.ts'
import type { Source } from './source.ts'

/** What of requests a detector cares for; what is left out does not matter to it. */
export interface OnlyRequests {
  readonly methods?: readonly string[]
  readonly part?: 'outside'
  /** Sources from which nobody logged in within the last hour: the detector turns the others away by itself too. */
  readonly strangers?: true
  /** Those that carry more than a header of usual size: a body, octets behind the end, a long target. */
  readonly heavy?: true
}

/** What of answers. `refusals`: failures that are no challenge. */
export interface OnlyAnswers {
  readonly methods?: readonly string[]
  readonly part?: 'failures' | 'refusals'
  readonly strangers?: true
}

/** What of responses: those that nobody waited for, or that carry more than a header of usual size. */
export interface OnlyResponses {
  readonly part?: 'failures' | 'stray'
  readonly heavy?: true
}

export type OnlyCredentials = 'accepted' | 'refused'
export type OnlyCalls = readonly CallSeen['phase'][]

/** Methods that are told apart; all others are one. */
const METHODS = [
  'other',
  'ACK',
  'BYE',
  'CANCEL',
  'INFO',
  'INVITE',
  'MESSAGE',
  'NOTIFY',
  'OPTIONS',
  'REFER',
  'REGISTER',
  'SUBSCRIBE',
] as const
const NUMBERS: ReadonlyMap<string, number> = new Map(METHODS.map((name, i) => [name, i]))
/** Shorter than any time within which a detector takes a source for somebody's home. */
const HOME_MS = 3_600_000
/** Less than what any detector takes for too much. */
const USUAL_HEADER = 4096
const USUAL_TARGET = 256

const AT_HOME = 1
const LIGHT = 2
const IN_DIALOG = 4

/** A request's method, where it stands, and what it carries. */
export const byRequest: Sorting<RequestSeen, OnlyRequests> = {
  places: METHODS.length * 8,
  placeOf: ({ request, isInDialog, source, atMs }) =>
    (NUMBERS.get(request.method) ?? 0) * 8 +
    (isInDialog ? IN_DIALOG : 0) +
    (isLight(request) && request.requestUri.length <= USUAL_TARGET ? LIGHT : 0) +
    (isAtHome(source, atMs) ? AT_HOME : 0),
  isFor: (place, { methods, part, strangers, heavy }) =>
    isAmong(place >> 3, methods) &&
    !(part === 'outside' && (place & IN_DIALOG) !== 0) &&
    !(heavy === true && (place & LIGHT) !== 0) &&
    !(strangers === true && (place & AT_HOME) !== 0),
}

const SUCCESS = 0
const CHALLENGE = 2
const REFUSAL = 4

/** An answer's method and kind. */
export const byAnswer: Sorting<AnswerGiven, OnlyAnswers> = {
  places: METHODS.length * 8,
  placeOf: ({ request, status, source, atMs }) =>
    (NUMBERS.get(request.method) ?? 0) * 8 +
    (status < 300 ? SUCCESS : status === 401 || status === 407 ? CHALLENGE : REFUSAL) +
    (isAtHome(source, atMs) ? AT_HOME : 0),
  isFor: (place, { methods, part, strangers }) =>
    isAmong(place >> 3, methods) &&
    !(part !== undefined && (place & 6) === SUCCESS) &&
    !(part === 'refusals' && (place & 6) === CHALLENGE) &&
    !(strangers === true && (place & AT_HOME) !== 0),
}

const STRAY = 1
const FAILED = 4

export const byResponse: Sorting<ResponseSeen, OnlyResponses> = {
  places: 8,
  placeOf: ({ response, isStray }) =>
    (response.status >= 300 ? FAILED : 0) + (isLight(response) ? LIGHT : 0) + (isStray ? STRAY : 0),
  isFor: (place, { part, heavy }) =>
    !(part === 'failures' && (place & FAILED) === 0) &&
    !(part === 'stray' && (place & STRAY) === 0) &&
    !(heavy === true && (place & LIGHT) !== 0),
}

export const byCredentials: Sorting<CredentialsJudged, OnlyCredentials> = {
  places: 2,
  placeOf: ({ isAccepted }) => (isAccepted ? 1 : 0),
  isFor: (place, only) => (place === 1) === (only === 'accepted'),
}

const PHASES: readonly CallSeen['phase'][] = [
  'began',
  'ringing',
  'answered',
  'acknowledged',
  'unacknowledged',
  'failed',
  'ended',
  'forgotten',
]

export const byCall: Sorting<CallSeen, OnlyCalls> = {
  places: PHASES.length,
  placeOf: ({ phase }) => PHASES.indexOf(phase),
  isFor: (place, only) => only.some(phase => PHASES[place] === phase),
}

/** A method that is not told apart belongs to the others. */
function isAmong(number: number, wanted: readonly string[] | undefined): boolean {
  if (wanted === undefined) return true
  const method = METHODS[number] ?? 'other'
  return method === 'other' ? wanted.some(each => !NUMBERS.has(each)) : wanted.includes(method)
}

function isAtHome({ lastLoginMs }: Source, atMs: number): boolean {
  return atMs - lastLoginMs < HOME_MS
}

function isLight({ text, bodyStart, bodyEnd }: SipRequest | SipResponse): boolean {
  return bodyEnd === bodyStart && bodyEnd === text.length && bodyStart <= USUAL_HEADER
}
