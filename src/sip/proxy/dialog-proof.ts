/**
 * The in-dialog proof: a keyed token in the user part of the Record-Route URI that we insert.
 *
 * A request inside a dialog carries that URI back as its Route. The token holds two digests, one a party, each
 * over the party's role, the Call-ID, the initial From tag, the addresses-of-record of both and the source class of
 * that party's flow. A request from the caller has the initial From tag in From, one from the callee in To; so a
 * request proves itself only with the dialog's own identifiers, in its own direction and from where that party was.
 * An invented To tag, a token pasted from another call, the right token from another place, or a party that calls
 * itself or the other by another name proves nothing; who may change his name (RFC 4916) shows credentials.
 *
 * A third digest is without a place: it says that the two have a dialog through us, so that a party who moved can go
 * on with it by password. Alone it proves nothing about the sender.
 *
 * The three begin alike, so that the common part is hashed once; a digest is 72 bits of SipHash under a key of its own
 * (docs/decisions/keyed-hashes.md). Nothing is remembered: every node with the key reads every token.
 * @see RFC 3261 §16.6 step 4 (state in Record-Route), §12.2
 */
import { AspisError } from '../../base/errors.ts'
import {
  addNumber,
  addPart,
  DIGEST_CHARS,
  finishDigest,
  holdsDigest,
  sharePrefix,
  value24,
  writeDigest,
} from '../../base/sip-hash.ts'
import type { SipRequest } from '../message/message.ts'
import { aorOf } from '../uri/equals.ts'
import type { DigestKey, Keyring } from './keyed-digest.ts'

/** A Call-ID, or the message that it stands in, which hashes it from where it lies. */
type CallId = string | Pick<SipRequest, 'addCallId'>

/** What a token is made over. */
export interface DialogFacts {
  readonly callId: CallId
  /** Tag of From in the request that made the dialog. */
  readonly initialFromTag: string
  /** Addresses-of-record of From and To in that request. */
  readonly callerAor: string
  readonly calleeAor: string
  /** Source class of the caller's flow: `udp:ip:port`, `stream:ip`, `trunk:name` or `outside`. */
  readonly callerSource: string
  /** Source class of the callee's flow, as this branch reaches it. */
  readonly calleeSource: string
  /** Names of flows by which the parties are reached; letters, digits, `-` and `_`. */
  readonly callerFlow?: string
  readonly calleeFlow?: string
}

/** What a request inside a dialog shows. */
export interface InDialogFacts {
  readonly callId: CallId
  readonly fromTag: string | undefined
  readonly toTag: string | undefined
  readonly fromAor: string
  readonly toAor: string
  /** Source classes of the flow that it came by: any of them may be the one that the token was made for. */
  readonly sources: readonly string[]
}

export type Parties = Omit<InDialogFacts, 'sources'>

/** What a request says of its dialog; the sources are what its flow says. */
export function dialogFactsOf(request: SipRequest): Parties {
  const { from, to } = request
  return { callId: request, fromTag: from.tag, toTag: to.tag, fromAor: aorOf(from.uri), toAor: aorOf(to.uri) }
}

/** Who sent a request, proven. */
export interface DialogDirection {
  readonly from: 'caller' | 'callee'
  /** Name of the other party's flow, when the token holds one. */
  readonly towards: string | undefined
}

/** Letter and digit of the format; a later format gets another digit. */
const VERSION = 'd1'
const KEY_AT = VERSION.length
const NODE_AT = KEY_AT + 2
const CALLER_AT = NODE_AT + 2
const CALLEE_AT = CALLER_AT + DIGEST_CHARS
const PARTIES_AT = CALLEE_AT + DIGEST_CHARS
const TOKEN_CHARS = PARTIES_AT + DIGEST_CHARS

/** What a digest is of: the caller or the callee at his place, or both wherever they are. */
const CALLER = 1
const CALLEE = 2
const PARTIES = 3

/**
 * Makes the user part for one branch: a token of 42 characters, and the flow names after it where there are any.
 * @param node two characters of base64url that name this node
 * @throws AspisError when a flow name or the node mark could not stand there
 */
export function makeDialogToken(keys: Keyring, node: string, facts: DialogFacts): string {
  const { callerFlow = '', calleeFlow = '' } = facts
  if (node.length !== 2 || !isBase64Url(node) || !isBase64Url(callerFlow) || !isBase64Url(calleeFlow)) {
    throw new AspisError(
      'ERR_ASPIS_DIALOG_TOKEN',
      'a node mark or flow name holds a character outside base64url',
    )
  }
  const key = keys[0]
  const tail = callerFlow === '' && calleeFlow === '' ? '' : `.${callerFlow}.${calleeFlow}`
  beginDialog(key, facts.callId, facts.initialFromTag, facts.callerAor, facts.calleeAor, node, tail)
  finishRole(CALLER, facts.callerSource)
  writeDigest(made, CALLER_AT)
  finishRole(CALLEE, facts.calleeSource)
  writeDigest(made, CALLEE_AT)
  finishRole(PARTIES, '')
  writeDigest(made, PARTIES_AT)
  put(VERSION, 0)
  put(key.id, KEY_AT)
  put(node, NODE_AT)
  const end = TOKEN_CHARS + tail.length
  if (end > made.length) return made.latin1Slice(0, TOKEN_CHARS) + tail
  made.latin1Write(tail, TOKEN_CHARS, tail.length)
  return made.latin1Slice(0, end)
}

/** The token that is being made: as pieces put together it took 1 µs. */
const made = Buffer.alloc(512)

function put(text: string, at: number): void {
  for (let i = 0; i < text.length; i++) made[at + i] = text.charCodeAt(i)
}

/** Hashes what all digests of a dialog begin with. */
function beginDialog(
  key: DigestKey,
  callId: CallId,
  initialFromTag: string,
  callerAor: string,
  calleeAor: string,
  node: string,
  tail: string,
): void {
  key.dialog.begin()
  if (typeof callId === 'string') addPart(callId)
  else callId.addCallId()
  addPart(initialFromTag)
  addPart(callerAor)
  addPart(calleeAor)
  addPart(node)
  addPart(tail)
  sharePrefix()
}

function finishRole(role: number, source: string): void {
  addNumber(role)
  addPart(source)
  finishDigest()
}

/**
 * 48 bits of the digest of both parties: tells the dialogs of one server apart by a number, where a text of 140
 * characters would be hashed anew each time.
 */
export function numberOfDialog(token: string): number {
  return value24(token, PARTIES_AT) * 2 ** 24 + value24(token, PARTIES_AT + 4)
}

/**
 * `VERSION` and 40 more characters of base64url, and the names of two flows, each behind a dot, or none: linear, as no
 * character can be read in two ways.
 */
const FORM = /^d1[\w-]{40}(?:\.[\w-]*\.[\w-]*)?$/

/** Whether a user part has the form of a token; says nothing about who made it. */
export function isDialogToken(user: string): boolean {
  return FORM.test(user)
}

/**
 * Says who of the dialog's two parties sent the request, or undefined when nothing is proven.
 * @param user user part of our URI that the request came with
 */
export function readDialogToken(
  keys: Keyring,
  user: string,
  facts: InDialogFacts,
): DialogDirection | undefined {
  const from = senderOf(keys, user, facts, facts.sources)
  return from === undefined ? undefined : { from, towards: flowTowards(user, from) }
}

/**
 * Says in which direction the request goes between the two parties that the token was made for, or undefined when
 * they are others; that the sender is one of them is for somebody else to prove.
 */
export function readDialogParties(keys: Keyring, user: string, facts: Parties): DialogDirection | undefined {
  const from = senderOf(keys, user, facts, undefined)
  return from === undefined ? undefined : { from, towards: flowTowards(user, from) }
}

/**
 * The party whose digest is there with a request in that direction.
 * @param user user part of our URI that the request came with
 * @param sources as `InDialogFacts` has them; undefined: the digest of both parties wherever they are, which proves nothing of the sender
 */
export function senderOf(
  keys: Keyring,
  user: string,
  facts: Parties,
  sources: readonly string[] | undefined,
): DialogDirection['from'] | undefined {
  if (user.length < TOKEN_CHARS || !user.startsWith(VERSION)) return undefined
  for (const key of keys) {
    if (!user.startsWith(key.id, KEY_AT)) continue
    for (const isFromCaller of DIRECTIONS) {
      if (!beginAsNamed(key, user, facts, isFromCaller)) continue
      const isProven =
        sources === undefined
          ? holdsRole(user, PARTIES_AT, PARTIES, '')
          : holdsOneOf(user, isFromCaller ? CALLER_AT : CALLEE_AT, isFromCaller ? CALLER : CALLEE, sources)
      if (isProven) return isFromCaller ? 'caller' : 'callee'
    }
  }
  return undefined
}

const DIRECTIONS = [true, false] as const

/**
 * Whether a proven request goes where the dialog's other party is: the Request-URI inside a dialog is whatever its
 * sender wrote, so a token alone would let a party of one call reach any place by it (PRX-05).
 * @param direction from `readDialogToken`
 * @param facts the request's own; `sources` are the source classes of the place that it is about to be sent to
 */
export function dialogLeadsTo(
  keys: Keyring,
  user: string,
  direction: Pick<DialogDirection, 'from'>,
  facts: InDialogFacts,
): boolean {
  const isFromCaller = direction.from === 'caller'
  for (const key of keys) {
    if (!user.startsWith(key.id, KEY_AT) || !beginAsNamed(key, user, facts, isFromCaller)) continue
    const at = isFromCaller ? CALLEE_AT : CALLER_AT
    if (holdsOneOf(user, at, isFromCaller ? CALLEE : CALLER, facts.sources)) return true
  }
  return false
}

/** Begins the dialog's digests with the names that a request in that direction gives its parties. */
function beginAsNamed(key: DigestKey, user: string, facts: Parties, isFromCaller: boolean): boolean {
  const { callId, fromTag, toTag, fromAor, toAor } = facts
  const initialFromTag = isFromCaller ? fromTag : toTag
  if (initialFromTag === undefined || initialFromTag === '') return false
  const node = user.slice(NODE_AT, CALLER_AT)
  const tail = user.slice(TOKEN_CHARS)
  if (isFromCaller) beginDialog(key, callId, initialFromTag, fromAor, toAor, node, tail)
  else beginDialog(key, callId, initialFromTag, toAor, fromAor, node, tail)
  return true
}

function holdsOneOf(user: string, at: number, role: number, sources: readonly string[]): boolean {
  for (const source of sources) if (holdsRole(user, at, role, source)) return true
  return false
}

function holdsRole(user: string, at: number, role: number, source: string): boolean {
  finishRole(role, source)
  return holdsDigest(user, at)
}

/** The name of the flow by which the other party was reached, where the token holds one. @param user a token that was proven */
export function flowTowards(user: string, from: DialogDirection['from']): string | undefined {
  if (user.length === TOKEN_CHARS) return undefined
  const [, callerFlow, calleeFlow] = user.slice(TOKEN_CHARS).split('.')
  return (from === 'caller' ? calleeFlow : callerFlow) || undefined
}

const BASE64URL = /^[\w-]*$/

function isBase64Url(text: string): boolean {
  return BASE64URL.test(text)
}
