import { hostname } from 'node:os'
import { type SyslogSender, syslogMessage } from '../../../detect/output/syslog.ts'
import { DatagramSender } from '../../../net/datagram-sender.ts'
import { OctetStream } from '../../../net/octet-stream.ts'
import { DeliveryQueue } from './queue.ts'
import { type Sink, type SinkUser, Trouble } from './sink.ts'

/** Where a collector of syslog listens. */
export interface SyslogPlace {
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly host: string
  readonly port: number
}

/** Messages of RFC 5424 by UDP (RFC 5426), or by TCP and TLS with their length in front (RFC 6587, RFC 5425). */
export function syslogSink(place: SyslogPlace, takesEvents: boolean, user: SinkUser): Sink {
  const name = `syslog ${place.transport}://${place.host}:${place.port}`
  const sender: SyslogSender = { host: hostname(), pid: process.pid }
  const trouble = new Trouble(user, name)
  const link =
    place.transport === 'udp'
      ? new DatagramSender(place.host, place.port)
      : new OctetStream({ host: place.host, port: place.port, isTls: place.transport === 'tls' })
  const queue = new DeliveryQueue<string>(async messages => {
    if (link instanceof OctetStream) await link.send(messages.map(each => `${each.length} ${each}`).join(''))
    else for (const message of messages) await link.send(Buffer.from(message, 'latin1'))
  }, trouble)
  return {
    name,
    takesEvents,
    write: record => queue.add(syslogMessage(record, sender)),
    close: async () => {
      await queue.close()
      link.close()
    },
  }
}
