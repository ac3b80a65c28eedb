import { writeForwardedRequest } from '../../src/sip/message/write.ts'
import { measure, patience } from '../measure.ts'
import { edits, invite, stamped } from '../message.ts'

/**
 * What reading, checking and forwarding one message takes, by its octets and by its header fields; one line of JSON.
 * `node bench/shape/message-parts.ts`
 */
const SHORT = 500
const LONG = 4000
const BASE_HEADERS = 13
const time = patience(true)
const out = Buffer.alloc(8192)
const found: Record<string, number> = {}
for (const body of [0, 500, 1500, 3500]) found[`body ${body}`] = forwarding(SHORT + body, 0)
for (const more of [0, 25, 50, 100]) found[`headers ${BASE_HEADERS + more}`] = forwarding(LONG, more)
console.log(JSON.stringify(found))

function forwarding(bytes: number, moreHeaders: number): number {
  const buffers = Array.from({ length: 64 }, (_, n) => invite(bytes, n, moreHeaders))
  const fresh = (n: number): string => (buffers[n & 63] ?? Buffer.alloc(0)).toString('latin1')
  return measure(time, n => out.write(writeForwardedRequest(stamped(fresh(n)), edits), 'latin1'))
}
