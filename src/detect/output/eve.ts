import type { Confidence } from '../finding.ts'
import { type OutputRecord, plainRecord } from './record.ts'
import { safeJson } from './safe-json.ts'

/** Alert numbers: 9 000 000 to 9 999 999, a range that nobody else hands out; of the detector's name, so they stay. */
const FIRST_SIGNATURE = 9_000_000
const SIGNATURES = 1_000_000

/** EVE severities: 1 is the gravest. */
const SEVERITY: Readonly<Record<Confidence, number>> = { high: 1, medium: 2, low: 3 }

/**
 * A record as one object of EVE JSON, the form that Suricata writes and many collectors read: `event_type` is `alert`
 * for findings; what is ours alone stands under `aspis`.
 */
export function eveLine(record: OutputRecord): string {
  const { time, ...rest } = plainRecord(record)
  return safeJson({ timestamp: time, ...eveFields(record), aspis: rest })
}

function eveFields(record: OutputRecord): Record<string, unknown> {
  switch (record.kind) {
    case 'finding': {
      const { detector, subject, confidence, why, evidence } = record.finding
      const from = subject.kind === 'source' ? subject.name : evidence.at(-1)?.from
      return {
        event_type: 'alert',
        ...(from === undefined ? {} : { src_ip: from }),
        app_proto: 'sip',
        alert: {
          action: 'allowed',
          gid: 1,
          signature_id: signatureOf(detector),
          rev: 1,
          signature: why,
          category: detector,
          severity: SEVERITY[confidence],
        },
      }
    }
    case 'order':
      return {
        event_type: 'aspis_order',
        ...(record.order.subject.kind === 'source' ? { src_ip: record.order.subject.name } : {}),
      }
    case 'event':
      return {
        event_type: 'aspis_event',
        src_ip: record.from,
        ...(record.port === 0 ? {} : { src_port: record.port }),
        proto: record.transport === 'udp' ? 'UDP' : 'TCP',
        app_proto: 'sip',
      }
  }
}

/** FNV-1a of the name. */
export function signatureOf(detector: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < detector.length; i += 1) hash = Math.imul(hash ^ detector.charCodeAt(i), 0x01000193)
  return FIRST_SIGNATURE + ((hash >>> 0) % SIGNATURES)
}
