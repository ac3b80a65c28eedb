import { createHmac, randomUUID } from 'node:crypto'
import type { Secret } from '../../../base/secret.ts'
import { plainRecord } from '../../../detect/output/record.ts'
import { safeJson } from '../../../detect/output/safe-json.ts'
import { post } from '../../../net/webhook-post.ts'
import { DeliveryQueue } from './queue.ts'
import { type Sink, type SinkUser, Trouble } from './sink.ts'

const MAX_BATCH = 50

/**
 * Posts records to a URL, signed: `X-Aspis-Signature` is `sha256=` and the HMAC-SHA-256 of timestamp, a dot and the body,
 * so that the receiver knows who wrote and can refuse what is old. A batch keeps its `X-Aspis-Delivery` when it is sent
 * again.
 */
export function webhookSink(url: URL, secret: Secret, takesEvents: boolean, user: SinkUser): Sink {
  const name = `webhook ${url.host}`
  let delivery = { of: '', id: '' }
  const queue = new DeliveryQueue<string>(
    async records => {
      const body = `[${records.join(',')}]`
      if (delivery.of !== body) delivery = { of: body, id: randomUUID() }
      const timestamp = String(Math.floor(Date.now() / 1000))
      await post(url, body, {
        'content-type': 'application/json',
        'user-agent': 'aspis',
        'x-aspis-delivery': delivery.id,
        'x-aspis-timestamp': timestamp,
        'x-aspis-signature': signatureOf(secret, timestamp, body),
      })
    },
    new Trouble(user, name),
    MAX_BATCH,
  )
  return {
    name,
    takesEvents,
    write: record => queue.add(safeJson(plainRecord(record))),
    close: () => queue.close(),
  }
}

/** What the receiver computes too, and compares in constant time. */
export function signatureOf(secret: Secret, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex')}`
}
