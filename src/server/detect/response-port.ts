import type { Finding } from '../../detect/finding.ts'
import type { Order } from '../../detect/order.ts'
import type { OrderEnd } from '../../detect/order-book.ts'
import type { KnownOfSource } from '../../detect/responder.ts'
import type { Enforcer } from './enforcer.ts'

/** What a process that serves tells of findings and logins, and asks about orders. */
export interface ResponsePort {
  readonly enforcer: Enforcer
  /** @param known of the address that the finding is about; undefined when it is about none */
  onFinding(finding: Finding, known: KnownOfSource | undefined): void
  /** An account proved itself. @param ip as sources are named @param account `alice@example.test` or its address-of-record */
  onLogin(ip: string, account: string): void
}

/** Who carries orders out, or tells somebody. */
export interface OrderTarget {
  put(order: Order, remainingMs: number): void
  lift(order: Order, why: OrderEnd): void
}
