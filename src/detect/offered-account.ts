import type { CredentialsJudged } from './sighting.ts'
import type { Source } from './source.ts'

/** A source is somebody's home for so long after a login. */
const HOME_MS = 24 * 3_600_000

/** The account that credentials were offered for: `alice@example.test`. */
export function offeredAccount({ user, realm }: CredentialsJudged): string {
  // Detector after detector asks for the same.
  if (user === lastUser && realm === lastRealm) return lastAccount
  lastAccount = user.includes('@') ? user : `${user}@${realm}`
  lastUser = user
  lastRealm = realm
  return lastAccount
}

let lastUser = ''
let lastRealm = ''
let lastAccount = '@'

/** A wrong password or an unknown user, or one more while the server makes the guesser wait. A capture may not say which. */
export function isWrongGuess({ isAccepted, why }: CredentialsJudged): boolean {
  return !isAccepted && (why === 'wrong-credentials' || why === 'guessing' || why === '')
}

/** Whether users of ours logged in from there lately. */
export function isHome(source: Source, nowMs: number): boolean {
  return nowMs - source.lastLoginMs < HOME_MS
}
