import type { PolicyDecision } from '../../mechanisms/policy/index.ts'
import type { Caller } from '../../pipeline/caller.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import type { Uri } from '../../sip/uri/uri.ts'

/** A request that the rules let through, as whoever embeds the server sees it. */
export interface CallQuestion {
  readonly caller: Caller
  readonly request: SipRequest
  /** Where it goes. */
  readonly uri: Uri
  /** What the rules decided: its class, its trunk, and the rule's name. */
  readonly decision: PolicyDecision
}

/**
 * The word of whoever embeds the server, after the rules: undefined leaves it at their decision, a name refuses and
 * stands as the rule in answer, log and metrics. It never allows what the rules refuse, and is not asked then. What it
 * throws, or its promise, refuses (`hook-failed`).
 */
export type CallHook = (question: CallQuestion) => string | undefined | Promise<string | undefined>
