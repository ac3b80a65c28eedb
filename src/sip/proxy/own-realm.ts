/**
 * Challenges and answers of our own realms never pass between the two sides.
 *
 * A callee that challenges in our realm, with a nonce that it chose or fetched from us, gets from the caller's phone
 * an answer that it can guess the password by, or use at once as the caller. Nobody but us asks for the passwords of
 * our users, so such a challenge is taken off the response, and an answer for our realm off every request that leaves.
 * Those of other realms are others' business (RFC 3261 §22.3).
 * @see RFC 7616 §5.8, §5.12
 */

import { parseChallenge } from '../headers/credentials.ts'
import { scanCredentials } from '../headers/scan-credentials.ts'
import { H } from '../message/header-id.ts'
import type { MessageFields } from '../message/message.ts'

/** Whether a realm is one of ours. */
export type IsOwnRealm = (realm: string) => boolean

const NO_ROWS: readonly number[] = []
const ANSWERS: readonly number[] = [H.authorization, H.proxyAuthorization]
const CHALLENGES: readonly number[] = [H.wwwAuthenticate, H.proxyAuthenticate]

/** Rows of a request that answer challenges of ours. */
export function ownAnswerRows(request: MessageFields, isOwn: IsOwnRealm): readonly number[] {
  if (!request.has(H.proxyAuthorization) && !request.has(H.authorization)) return NO_ROWS
  return rowsOf(request, ANSWERS, isOwn)
}

/** Rows of a response that challenge in our name. */
export function ownChallengeRows(response: MessageFields, isOwn: IsOwnRealm): readonly number[] {
  if (!response.has(H.proxyAuthenticate) && !response.has(H.wwwAuthenticate)) return NO_ROWS
  return rowsOf(response, CHALLENGES, isOwn)
}

/**
 * Whether a challenge or an answer is, or may be read as, one of our realms: a row that we cannot parse may well be
 * understood by a phone that is less strict.
 */
export function namesOwnRealm(row: string, isOwn: IsOwnRealm): boolean {
  const quick = scanCredentials(row)
  if (quick !== undefined) return isOwnName(quick.realm, isOwn)
  const parsed = parseChallenge(row)
  return !parsed.ok || isOwnName(parsed.value.params.get('realm'), isOwn)
}

function isOwnName(realm: string | undefined, isOwn: IsOwnRealm): boolean {
  return realm !== undefined && isOwn(realm.trim().toLowerCase())
}

function rowsOf(message: MessageFields, ids: readonly number[], isOwn: IsOwnRealm): readonly number[] {
  const rows: number[] = []
  for (let row = 0; row < message.count; row++) {
    if (ids.includes(message.idAt(row)) && namesOwnRealm(message.valueAt(row), isOwn)) rows.push(row)
  }
  return rows
}
