import type { Finding } from '../finding.ts'
import type { Order } from '../order.ts'

/** What goes out to logs, collectors and hooks: a finding, what followed, or a security event. */
export type OutputRecord = FindingRecord | OrderRecord | EventRecord

interface RecordBase {
  /** Stable: the same thing is never told under two ids. */
  readonly id: string
  /** Ms since 1970. */
  readonly wallMs: number
}

export interface FindingRecord extends RecordBase {
  readonly kind: 'finding'
  readonly finding: Finding
}

export interface OrderRecord extends RecordBase {
  readonly kind: 'order'
  /** `ended` has its reason: expired, removed by the operator, replaced. */
  readonly change: 'began' | 'ended'
  readonly order: Order
  readonly reason: string
}

/** Something that security people collect, harmful or not. */
export interface EventRecord extends RecordBase {
  readonly kind: 'event'
  readonly event: EventName
  /** Address and port that it came from; port 0: not known. */
  readonly from: string
  readonly port: number
  readonly transport: string
  /** Whom it is about, as a peer wrote it: a user name or address-of-record. */
  readonly account: string
  /** The server's name of the reason. */
  readonly why: string
  readonly callId: string
  /** The source receives what is sent to it, so its address is no other's. */
  readonly isProved: boolean
}

/** One a line, sorted. */
export type EventName =
  | 'credentials-accepted'
  | 'credentials-refused'
  | 'message-malformed'
  | 'registration-changed'

/** A record as plain data, for JSON. */
export function plainRecord(record: OutputRecord): Record<string, unknown> {
  const { id, wallMs, kind } = record
  const head = { time: new Date(wallMs).toISOString(), kind, id }
  switch (record.kind) {
    case 'finding': {
      const { detector, subject, threats, value, limit, confidence, score, why } = record.finding
      return {
        ...head,
        ...{ detector, subject, threats, value, limit, confidence, score, why },
        forgeable: record.finding.isSpoofable,
        monitor: record.finding.isMonitorOnly,
        evidence: record.finding.evidence.map(({ atMs, from, title, text }) => ({
          time: new Date(wallMs - record.finding.atMs + atMs).toISOString(),
          ...{ from, title, text },
        })),
      }
    }
    case 'order': {
      const { action, subject, why, findings, score, beganMs, endsMs, offence, by } = record.order
      return {
        ...head,
        ...{
          change: record.change,
          reason: record.reason,
          action,
          subject,
          why,
          findings,
          score,
          offence,
          by,
        },
        began: new Date(beganMs).toISOString(),
        ends: new Date(endsMs).toISOString(),
        monitor: record.order.isMonitorOnly,
      }
    }
    case 'event': {
      const { event, from, port, transport, account, why, callId, isProved } = record
      return { ...head, event, from, port, transport, account, why, callId, proved: isProved }
    }
  }
}
