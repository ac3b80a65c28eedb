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
 * Nothing is remembered: every node with the key reads every token.
 * @see RFC 3261 §16.6 step 4 (state in Record-Route), §12.2
 */
import { AspisError } from '../../base/errors.ts'
import type { SipRequest } from '../message/message.ts'
import { aorOf } from '../uri/equals.ts'
import { holdsDigest, type Keyring, keyedDigest } from './keyed-digest.ts'

/** What a token is made over. */
export interface DialogFacts {
  readonly callId: string
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
  readonly callId: string
  readonly fromTag: string | undefined
  readonly toTag: string | undefined
  readonly fromAor: string
  readonly toAor: string
  /** Source class of the flow that it came by. */
  readonly source: string
}

/** What a request says of its dialog; the source is what its flow says. */
export function dialogFactsOf(request: SipRequest): Omit<InDialogFacts, 'source'> {
  const { callId, from, to } = request
  return { callId, fromTag: from.tag, toTag: to.tag, fromAor: aorOf(from.uri), toAor: aorOf(to.uri) }
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
/** 16 characters of base64url: 96 bits. */
const MAC_CHARS = 16
const CALLEE_AT = CALLER_AT + MAC_CHARS
const PARTIES_AT = CALLEE_AT + MAC_CHARS
const TOKEN_CHARS = PARTIES_AT + MAC_CHARS

/**
 * Makes the user part for one branch: a token of 54 characters, and the flow names after it where there are any.
 * @param node two characters of base64url that name this node
 * @throws AspisError when a flow name or the node mark could not stand there
 */
export function makeDialogToken(keys: Keyring, node: string, facts: DialogFacts): string {
  const flows = [facts.callerFlow ?? '', facts.calleeFlow ?? '']
  if (node.length !== 2 || ![node, ...flows].every(isBase64Url)) {
    throw new AspisError(
      'ERR_ASPIS_DIALOG_TOKEN',
      'a node mark or flow name holds a character outside base64url',
    )
  }
  const { secret, id } = keys[0]
  const tail = flows[0] === '' && flows[1] === '' ? '' : `.${flows[0]}.${flows[1]}`
  const dialog = [facts.callId, facts.initialFromTag, facts.callerAor, facts.calleeAor]
  const caller = keyedDigest(secret, ['caller', ...dialog, facts.callerSource, node, tail]).slice(
    0,
    MAC_CHARS,
  )
  const callee = keyedDigest(secret, ['callee', ...dialog, facts.calleeSource, node, tail]).slice(
    0,
    MAC_CHARS,
  )
  const parties = keyedDigest(secret, ['parties', ...dialog, '', node, tail]).slice(0, MAC_CHARS)
  return `${VERSION}${id}${node}${caller}${callee}${parties}${tail}`
}

/** Whether a user part has the form of a token; says nothing about who made it. */
export function isDialogToken(user: string): boolean {
  if (!user.startsWith(VERSION) || !isBase64Url(user.slice(0, TOKEN_CHARS))) return false
  if (user.length === TOKEN_CHARS) return true
  const flows = user.slice(TOKEN_CHARS).split('.')
  return flows.length === 3 && flows[0] === '' && flows.every(isBase64Url)
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
  return direction(keys, user, facts, isFromCaller =>
    isFromCaller
      ? { role: 'caller', source: facts.source, at: CALLER_AT }
      : { role: 'callee', source: facts.source, at: CALLEE_AT },
  )
}

/**
 * Says in which direction the request goes between the two parties that the token was made for, or undefined when
 * they are others; that the sender is one of them is for somebody else to prove.
 */
export function readDialogParties(
  keys: Keyring,
  user: string,
  facts: Omit<InDialogFacts, 'source'>,
): DialogDirection | undefined {
  return direction(keys, user, facts, () => ({ role: 'parties', source: '', at: PARTIES_AT }))
}

interface DigestSought {
  readonly role: 'caller' | 'callee' | 'parties'
  readonly source: string
  readonly at: number
}

/** The direction in which the digest sought is there. */
function direction(
  keys: Keyring,
  user: string,
  facts: Omit<InDialogFacts, 'source'>,
  sought: (isFromCaller: boolean) => DigestSought,
): DialogDirection | undefined {
  if (user.length < TOKEN_CHARS || !user.startsWith(VERSION)) return undefined
  const tail = user.slice(TOKEN_CHARS)
  const node = user.slice(NODE_AT, CALLER_AT)
  const [, callerFlow, calleeFlow] = tail.split('.')
  for (const key of keys) {
    if (!user.startsWith(key.id, KEY_AT)) continue
    const holds = (isFromCaller: boolean): boolean => {
      const dialog = dialogParts(facts, isFromCaller)
      if (dialog === undefined) return false
      const { role, source, at } = sought(isFromCaller)
      return holdsDigest(user, at, keyedDigest(key.secret, [role, ...dialog, source, node, tail]), MAC_CHARS)
    }
    if (holds(true)) return { from: 'caller', towards: calleeFlow || undefined }
    if (holds(false)) return { from: 'callee', towards: callerFlow || undefined }
  }
  return undefined
}

/**
 * Whether a proven request goes where the dialog's other party is: the Request-URI inside a dialog is whatever its
 * sender wrote, so a token alone would let a party of one call reach any place by it (PRX-05).
 * @param direction from `readDialogToken`
 * @param facts the request's own; `source` is the source class of the place that it is about to be sent to
 */
export function dialogLeadsTo(
  keys: Keyring,
  user: string,
  direction: DialogDirection,
  facts: InDialogFacts,
): boolean {
  const isFromCaller = direction.from === 'caller'
  const at = isFromCaller ? CALLEE_AT : CALLER_AT
  const dialog = dialogParts(facts, isFromCaller)
  if (dialog === undefined) return false
  const parts = [isFromCaller ? 'callee' : 'caller', ...dialog, facts.source]
  const tail = user.slice(TOKEN_CHARS)
  const node = user.slice(NODE_AT, CALLER_AT)
  return keys.some(
    key =>
      user.startsWith(key.id, KEY_AT) &&
      holdsDigest(user, at, keyedDigest(key.secret, [...parts, node, tail]), MAC_CHARS),
  )
}

/** Call-ID, initial From tag, caller and callee, as a request in that direction names them. */
function dialogParts(
  facts: Omit<InDialogFacts, 'source'>,
  isFromCaller: boolean,
): readonly string[] | undefined {
  const { callId, fromTag, toTag, fromAor, toAor } = facts
  const initialFromTag = isFromCaller ? fromTag : toTag
  if (initialFromTag === undefined || initialFromTag === '') return undefined
  return isFromCaller ? [callId, initialFromTag, fromAor, toAor] : [callId, initialFromTag, toAor, fromAor]
}

function isBase64Url(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const isLetter = (code | 32) >= 97 && (code | 32) <= 122
    if (!isLetter && !(code >= 48 && code <= 57) && code !== 45 && code !== 95) return false
  }
  return true
}
