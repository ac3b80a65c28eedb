import { UsedTokens } from '../../mechanisms/refer/used-tokens.ts'
import type { UserAuthority } from '../../mechanisms/smime/verify.ts'
import type { ReferPort } from '../../pipeline/refer-port.ts'
import type { ReferConfig } from '../config/refer.ts'
import type { CoreEvents } from './events.ts'

/** What a reference is judged by that is not in the configuration file itself. */
export interface ReferGround {
  readonly authorities: readonly UserAuthority[]
  readonly used: UsedTokens
}

/** The longest that a token may be good: an hour ahead and an hour old, whatever is configured later. */
const MEMORY_SECONDS = 7200

/** A memory of used tokens; it outlives a reload. */
export function tokenMemory(wallMs: number): UsedTokens {
  return new UsedTokens(MEMORY_SECONDS, wallMs)
}

/** What somebody made up, pasted or used again: worth a line of the log. */
const FORGERIES: ReadonlySet<string> = new Set([
  'content-changed',
  'referred-by-not-yours',
  'signature-wrong',
  'token-for-another-referee',
  'token-for-another-target',
  'token-of-another-refer',
  'token-of-another-referrer',
  'token-of-another-signer',
  'token-used',
])

/** Plugs the stage `refer` into configuration, authorities and events. */
export function referPort(config: ReferConfig, ground: ReferGround, events: CoreEvents): ReferPort {
  return {
    outOfDialog: config.outOfDialog,
    replaces: config.replaces,
    requireToken: config.requireToken,
    hosts: config.hosts,
    tokenAgeSeconds: config.tokenAgeSeconds,
    ...ground,
    saw: (outcome, why, { flow, request }) => {
      events.references.add(outcome)
      if (FORGERIES.has(why)) events.suspicious(`reference-${why}`, flow, request)
    },
  }
}
