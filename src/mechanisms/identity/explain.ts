import { LIMITS } from '../../base/limits.ts'
import { dateText } from '../../sip/headers/date.ts'
import { checkMessage } from '../../sip/message/check.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { type Candidate, checkFreshness, checkMediaKeys, readCandidate } from './candidate.ts'
import { checkConstraints } from './claim-constraints.ts'
import { type Credential, checkAuthority } from './credential.ts'
import { factsOf, type MessageFacts } from './facts.ts'
import { IDENTITY_FAILURES, type IdentityFailure } from './failure.ts'
import { type Json, type JsonObject, writeJson } from './json.ts'
import { isParty, type Party, partyOf, sameParty } from './party.ts'
import { isSigned, readPart, splitToken } from './passport.ts'
import type { VerificationPolicy } from './policy.ts'

/** What helps to explain a token. */
export interface ExplainWorld {
  readonly policy: VerificationPolicy
  readonly nowMs: number
  /** Of the token's `x5u`, when it is at hand: else signature and authority stay open. */
  readonly credential?: Credential | undefined
}

/**
 * A token, an Identity header field or a whole request in words: what it says, and everything that is wrong with it,
 * not only the first. Every line but headings begins with `ok`, `no` or `--` (open).
 * @param text as it was caught, latin-1, one character an octet; line ends of a file are taken for those of SIP
 */
export function explain(text: string, world: ExplainWorld): readonly string[] {
  return linesOf(text, world).map(printable)
}

function linesOf(text: string, world: ExplainWorld): readonly string[] {
  if (!START_LINE.test(text)) return explainValue(text.trim(), undefined, NO_DIVERSIONS, world)
  const request = requestIn(text)
  if (typeof request === 'string') return [no(`The request cannot be read: ${request}.`)]
  const values = request.headers(H.identity)
  const head = `${request.method} ${request.requestUri} with ${counted(values.length, 'Identity header field')}`
  if (values.length === 0)
    return [head, no('There is nothing that proves the caller: 428 Use Identity Header.')]
  const tooMany = values.length > LIMITS.maxIdentities ? [wrong('too-many')] : []
  const facts = factsOf(request)
  const divs = values
    .slice(0, LIMITS.maxIdentities)
    .map(value => readCandidate(value, facts, world.policy).candidate)
    .flatMap(each => (each.ok && each.value.ppt === 'div' ? [each.value] : []))
  return [
    head,
    ...tooMany,
    ...values
      .slice(0, LIMITS.maxIdentities)
      .flatMap((value, at) => [
        '',
        ...(values.length > 1 ? [`Identity ${at + 1}`] : []),
        ...explainValue(value, facts, divs, world),
      ]),
  ]
}

const START_LINE = /^[A-Z]{1,32} \S{1,8000} SIP\/2\.0\r?\n/
const NO_DIVERSIONS: readonly Candidate[] = []

/** @returns the name of its refusal when it is not good */
function requestIn(text: string): SipRequest | string {
  const lines = text.includes('\r\n') ? text : text.replaceAll('\n', '\r\n')
  const whole = lines.includes('\r\n\r\n') ? lines : `${lines.trimEnd()}\r\n\r\n`
  const parsed = parseMessage(whole, true)
  if (!parsed.ok) return parsed.error.refusal
  const refusal = checkMessage(parsed.value)?.refusal
  return parsed.value.kind === 'request' && refusal === undefined ? parsed.value : (refusal ?? 'no request')
}

/** A bare token has no `info`; its own `x5u` stands for it, so that the rest can be looked at. */
function explainValue(
  value: string,
  facts: MessageFacts | undefined,
  divs: readonly Candidate[],
  world: ExplainWorld,
): readonly string[] {
  const isBare = !value.includes(';')
  const name = value.toLowerCase().startsWith('identity:') ? value.slice(9).trim() : value
  const said = partsOf(isBare ? name : name.slice(0, name.indexOf(';')).trim())
  const whole =
    isBare && said?.header !== undefined
      ? `${name};info=<${textOf(said.header.x5u)}>${pptOf(said.header)}`
      : name
  if (facts === undefined && name.startsWith('..'))
    return [
      open('The token is in compact form: what it says stands in its request, so the request is needed.'),
    ]
  const reading = readCandidate(whole, facts ?? NO_FACTS, world.policy)
  const lines = said === undefined ? [] : describe(said.header, said.payload)
  if (!reading.candidate.ok) return [...lines, wrong(reading.candidate.error)]
  const candidate = reading.candidate.value
  return [
    ...(said?.payload === undefined ? describe(undefined, candidate.payload) : lines),
    ...explainForm(candidate),
    ...explainTime(candidate, facts, world),
    ...(facts === undefined
      ? [open('No request was given, so nothing was compared with one.')]
      : explainParties(candidate, facts, divs, world)),
    ...explainSigner(candidate, world),
  ]
}

function explainForm({ payload, payloadText, isCompact, ppt }: Candidate): readonly string[] {
  const type = ppt === '' ? 'base type' : `type ${ppt}`
  const lines = [yes(`The token is well formed: ${type}, ${isCompact ? 'compact' : 'full'} form, ES256.`)]
  const isPlain = Buffer.from(payloadText, 'base64url').toString('utf8') === writeJson(payload)
  if (!isPlain)
    lines.push(open('Its payload is not in the one order of RFC 8225 section 9; some verifiers refuse it.'))
  return lines
}

function explainTime(
  candidate: Candidate,
  facts: MessageFacts | undefined,
  { policy, nowMs }: ExplainWorld,
): readonly string[] {
  const age = Math.round(nowMs / 1000 - candidate.claims.iat)
  const failure = checkFreshness(candidate, facts ?? NO_FACTS, policy.maxAgeSeconds, policy, nowMs)
  const words = age >= 0 ? `${age} s old` : `${-age} s in the future`
  const limit = `${policy.maxAgeSeconds} s are accepted`
  if (failure === undefined) return [yes(`It is fresh: ${words}, ${limit}.`)]
  return [`${wrong(failure)} It is ${words}; ${limit}.`]
}

function explainParties(
  candidate: Candidate,
  facts: MessageFacts,
  divs: readonly Candidate[],
  { policy }: ExplainWorld,
): readonly string[] {
  const { orig, dest, div } = candidate.claims
  const { numbers } = policy
  const shown = (uris: MessageFacts['callers']): string => {
    const parties = uris.map(uri => partyOf(uri, numbers)).filter(party => party !== undefined)
    return parties.length === 0 ? 'no number and no SIP user' : parties.map(wordsOf).join(' or ')
  }
  const lines: string[] = []
  const isCaller = facts.callers.some(uri => isParty(uri, orig, numbers))
  if (isCaller) lines.push(yes(`orig is the caller of the request, ${wordsOf(orig)}.`))
  else lines.push(`${wrong('orig-differs')} Token: ${wordsOf(orig)}; request: ${shown(facts.callers)}.`)

  const goal = div === undefined ? facts.callees : facts.target === undefined ? [] : [facts.target]
  const isGoal = goal.some(uri => dest.some(party => isParty(uri, party, numbers)))
  const place = div === undefined ? 'To' : 'the Request-URI'
  const goalWords = dest.map(wordsOf).join(', ')
  if (isGoal) lines.push(yes(`dest is ${place} of the request, ${goalWords}.`))
  else if (leadsOn(candidate, divs))
    lines.push(
      open(`dest is ${goalWords}, not ${place} of the request; a token of type div leads on from there.`),
    )
  else {
    const failure = div === undefined ? 'dest-differs' : 'chain-target-differs'
    lines.push(`${wrong(failure)} Token: ${goalWords}; ${place}: ${shown(goal)}.`)
  }
  if (candidate.ppt === 'rsp') lines.push(wrong('response-only'))
  const media = checkMediaKeys(candidate, facts)
  if (media !== undefined) lines.push(wrong(media))
  else if (candidate.claims.mky !== undefined)
    lines.push(yes('mky has the fingerprints of the session description.'))
  return lines
}

/** Whether a diversion leaves one of the destinations; that its chain is whole is for `verifyRequest` to say. */
function leadsOn({ claims }: Candidate, divs: readonly Candidate[]): boolean {
  return divs.some(each => {
    const left = each.claims.div
    return left !== undefined && claims.dest.some(party => sameParty(party, left))
  })
}

function explainSigner(candidate: Candidate, { credential, policy, nowMs }: ExplainWorld): readonly string[] {
  if (credential === undefined)
    return [open(`The certificate at ${candidate.x5u} was not looked at: signature and authority are open.`)]
  const { claims, ppt } = candidate
  const lines: string[] = []
  const validity = `${dateText(Math.floor(credential.notBeforeMs / 1000))} to ${dateText(Math.floor(credential.notAfterMs / 1000))}`
  const iatMs = claims.iat * 1000
  if (nowMs > credential.notAfterMs) lines.push(`${wrong('certificate-expired')} It holds from ${validity}.`)
  else if (iatMs < credential.notBeforeMs || iatMs > credential.notAfterMs)
    lines.push(`${wrong('date-outside-certificate')} It holds from ${validity}.`)
  else lines.push(yes(`Its certificate (${credential.subject}) is trusted and holds from ${validity}.`))

  const speakers = ppt === 'div' ? [claims.div] : ppt === 'rsp' ? claims.dest : [claims.orig]
  for (const party of speakers) {
    if (party === undefined) continue
    const failure = checkAuthority(credential, party, policy.ownsNumber)
    if (failure === undefined) lines.push(yes(`The certificate may speak for ${wordsOf(party)}.`))
    else lines.push(`${wrong(failure)} It is ${wordsOf(party)}; the certificate has ${scopeOf(credential)}.`)
  }
  const { constraints } = credential
  const broken = constraints === undefined ? undefined : checkConstraints(constraints, candidate.payload)
  if (broken !== undefined) lines.push(wrong(broken))
  const { headerText, payloadText, signature } = candidate
  const isRight = isSigned(headerText, payloadText, signature, credential.key)
  lines.push(isRight ? yes('The signature is right.') : wrong('signature-wrong'))
  return lines
}

function scopeOf({ numbers, domains }: Credential): string {
  const entries = (numbers ?? []).map(entry => {
    if (entry.kind === 'spc') return `service provider ${entry.code}`
    return entry.kind === 'one' ? entry.number : `${counted(entry.count, 'number')} from ${entry.start}`
  })
  const all = [...entries, ...domains]
  return all.length === 0 ? 'neither numbers nor domains' : all.join(', ')
}

interface Parts {
  readonly header: JsonObject | undefined
  readonly payload: JsonObject | undefined
}

function partsOf(token: string): Parts | undefined {
  const parts = splitToken(token)
  if (!parts.ok) return undefined
  const read = (part: string): JsonObject | undefined => {
    const object = readPart(part)
    return object.ok ? object.value : undefined
  }
  return { header: read(parts.value.header), payload: read(parts.value.payload) }
}

function describe(header: JsonObject | undefined, payload: JsonObject | undefined): readonly string[] {
  const lines = Object.entries(header ?? {}).map(
    ([key, value]) => `header  ${key}: ${shownValue(key, value)}`,
  )
  return [
    ...lines,
    ...Object.entries(payload ?? {}).map(([key, value]) => `claim   ${key}: ${shownValue(key, value)}`),
  ]
}

function shownValue(key: string, value: Json): string {
  if (key === 'iat' && typeof value === 'number' && value >= 0 && value < 2 ** 40)
    return `${value} (${dateText(Math.floor(value))})`
  return typeof value === 'string' ? value : writeJson(value)
}

/** On one line and printable: a token is a stranger's text, names of claims too, and lines are shown on a terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, char => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

function wordsOf({ kind, value }: Party): string {
  return kind === 'tn' ? `the number ${value}` : value
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function pptOf(header: JsonObject): string {
  return typeof header.ppt === 'string' ? `;ppt="${header.ppt}"` : ''
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function wrong(failure: IdentityFailure): string {
  const { status, words } = IDENTITY_FAILURES[failure]
  return no(`${words} (${failure}, ${status})`)
}

const yes = (words: string): string => `ok  ${words}`
const no = (words: string): string => `no  ${words}`
const open = (words: string): string => `--  ${words}`

/** For a token alone. */
const NO_FACTS: MessageFacts = {
  callers: [],
  callees: [],
  target: undefined,
  date: undefined,
  mediaKeys: [],
  callId: '',
  displayName: '',
}
