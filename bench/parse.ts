import { H } from '../src/sip/message/header-id.ts'
import type { SipRequest } from '../src/sip/message/message.ts'
import { writeForwardedRequest, writeResponse } from '../src/sip/message/write.ts'
import { aorOf } from '../src/sip/uri/equals.ts'
import { measure, patience } from './measure.ts'
import { edits, invite, read, stamped } from './message.ts'

/**
 * Microseconds that reading and writing a message take. What is asked and written is so in the turn in which the
 * message was read, as a server does; the reading is taken off.
 * `node bench/parse.ts [--quick]`
 */
const time = patience(process.argv.includes('--quick'))

/** What a proxy asks of a request: who, to whom, which transaction, which dialog, which way. */
function ask(request: SipRequest): number {
  const { topVia, from, to, uri, cseq } = request
  const asked = [H.route, H.recordRoute, H.require, H.proxyRequire, H.supported].filter(id => request.has(id))
  const texts = [
    request.method,
    uri.host,
    uri.user,
    from.tag,
    to.tag,
    topVia.branch,
    topVia.host,
    request.callId,
  ]
  let sum = cseq.number + (request.maxForwards ?? 0) + asked.length + (uri.params.has('maddr') ? 1 : 0)
  for (const text of texts) sum += text?.length ?? 0
  return sum + aorOf(from.uri).length + aorOf(to.uri).length
}

console.log('bytes  parse+check  asked  forward  response  parse+check+forward  (µs each)')
for (const bytes of [500, 600, 1000, 1500]) {
  const buffers = Array.from({ length: 64 }, (_, i) => invite(bytes, i))
  const fresh = (i: number): string => (buffers[i & 63] ?? Buffer.alloc(0)).toString('latin1')
  const out = Buffer.alloc(4096)
  const decode = measure(time, i => fresh(i).length)
  const parse = measure(time, i => read(fresh(i)).count)
  const stamp = measure(time, i => stamped(fresh(i)).count)
  const asked = measure(time, i => ask(stamped(fresh(i))))
  // The text is flattened as sending does.
  const forward = measure(time, i => out.write(writeForwardedRequest(stamped(fresh(i)), edits), 'latin1'))
  const response = measure(time, i =>
    out.write(writeResponse(stamped(fresh(i)), 180, { toTag: 'a6c85cf' }), 'latin1'),
  )
  const figures = [parse - decode, asked - stamp, forward - stamp, response - stamp, forward - decode]
  const cells = figures.map(value => value.toFixed(2).padStart(8))
  console.log(`${String(bytes).padStart(5)} ${cells.join('  ')}`)
}
