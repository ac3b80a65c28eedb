import { gunzipSync, inflateSync } from 'node:zlib'
import { header, type WeakMessage } from './message.ts'

/** A compressed body as it was before, however long that is. */
export function unpack(message: WeakMessage): WeakMessage {
  const coding = header(message, 'Content-Encoding').toLowerCase()
  if (coding !== 'gzip' && coding !== 'deflate') return message
  const packed = Buffer.from(message.body, 'latin1')
  const body = (coding === 'gzip' ? gunzipSync(packed) : inflateSync(packed)).toString('latin1')
  return {
    ...message,
    body,
    lines: message.lines.filter(line => !/^content-(?:encoding|length):/i.test(line)),
  }
}
