import type { SipRequest } from '../src/sip/message/message.ts'
import { writeForwardedRequest, writeResponse } from '../src/sip/message/write.ts'
import { measure, patience } from './measure.ts'
import { edits, invite, read, stamped } from './message.ts'

/**
 * Microseconds that reading and writing a message take.
 * `node bench/parse.ts [--quick]`
 */
const time = patience(process.argv.includes('--quick'))

console.log('bytes  parse+check  parse+check+forward  forward  response  (µs each)')
for (const bytes of [500, 600, 1000, 1500]) {
  const buffers = Array.from({ length: 64 }, (_, i) => invite(bytes, i))
  const fresh = (i: number): string => (buffers[i & 63] ?? Buffer.alloc(0)).toString('latin1')
  const decode = measure(time, i => fresh(i).length)
  const parse = measure(time, i => read(fresh(i)).count) - decode
  const requests = buffers.map(buffer => stamped(buffer.toString('latin1')))
  const request = (i: number): SipRequest => requests[i & 63] ?? stamped(fresh(i))
  // The text is flattened as sending does.
  const out = Buffer.alloc(4096)
  const forward = measure(time, i => out.write(writeForwardedRequest(request(i), edits), 'latin1'))
  const all =
    measure(time, i => out.write(writeForwardedRequest(stamped(fresh(i)), edits), 'latin1')) - decode
  const response = measure(time, i =>
    out.write(writeResponse(request(i), 180, { toTag: 'a6c85cf' }), 'latin1'),
  )
  const cells = [parse, all, forward, response].map(value => value.toFixed(2).padStart(9))
  console.log(`${String(bytes).padStart(5)} ${cells.join('  ')}`)
}
