import { hepPacket } from '../../../detect/output/hep.ts'
import { plainRecord } from '../../../detect/output/record.ts'
import { safeJson } from '../../../detect/output/safe-json.ts'
import { DatagramSender } from '../../../net/datagram-sender.ts'
import { DeliveryQueue } from './queue.ts'
import type { ShownMessages } from './shown-messages.ts'
import { type Sink, type SinkUser, Trouble } from './sink.ts'

/** Where a collector of HEP listens. */
export interface HepPlace {
  readonly host: string
  readonly port: number
  readonly captureId: number
  readonly password: string
}

/**
 * For each finding the messages of its source, the last with the verdict in a chunk of our own, and the finding itself as
 * a log packet; all with the Call-ID that ties them together.
 */
export function hepSink(place: HepPlace, messages: ShownMessages, user: SinkUser): Sink {
  const name = `hep ${place.host}:${place.port}`
  const sender = new DatagramSender(place.host, place.port)
  const queue = new DeliveryQueue<Buffer>(async packets => {
    for (const packet of packets) await sender.send(packet)
  }, new Trouble(user, name))
  const { captureId, password } = place
  return {
    name,
    takesEvents: false,
    write: record => {
      if (record.kind !== 'finding') return
      const { finding, wallMs } = record
      const verdict = safeJson({ id: finding.id, detector: finding.detector, why: finding.why })
      const shown = messages.of(finding)
      for (const [i, each] of shown.entries()) {
        queue.add(
          hepPacket({
            ...{ fromIp: each.remote.ip, fromPort: each.remote.port },
            ...{ toIp: each.local.ip, toPort: each.local.port },
            ...{ transport: each.transport, wallMs: wallMs - finding.atMs + each.atMs },
            ...{ payload: 'sip', octets: Buffer.from(each.text, 'latin1') },
            ...{ captureId, password, correlation: callIdOf(each.text) },
            verdict: i === shown.length - 1 ? verdict : '',
          }),
        )
      }
      const last = shown.at(-1)
      queue.add(
        hepPacket({
          ...{ fromIp: last?.remote.ip ?? '0.0.0.0', fromPort: last?.remote.port ?? 0 },
          ...{ toIp: last?.local.ip ?? '0.0.0.0', toPort: last?.local.port ?? 0 },
          ...{ transport: last?.transport ?? 'udp', wallMs, payload: 'log' },
          octets: Buffer.from(
            safeJson(plainRecord({ ...record, finding: { ...finding, evidence: [] } })),
            'latin1',
          ),
          ...{ captureId, password, correlation: callIdOf(last?.text ?? ''), verdict },
        }),
      )
    },
    close: async () => {
      await queue.close()
      sender.close()
    },
  }
}

/** As written; '' where it does not stand at the beginning of a line in full or short form. */
function callIdOf(text: string): string {
  const lower = text.slice(0, 4096).toLowerCase()
  for (const start of ['\r\ncall-id:', '\r\ni:']) {
    const at = lower.indexOf(start)
    if (at < 0) continue
    const from = at + start.length
    const end = lower.indexOf('\r\n', from)
    return text.slice(from, end < 0 ? undefined : end).trim()
  }
  return ''
}
