import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import type { Address } from '../../base/flow.ts'
import { Heard } from '../heard.ts'
import { Inbox } from './inbox.ts'
import type { Line, LineWatch } from './line.ts'
import { hostPort } from './place.ts'

/** A UDP socket. @param ip of ours; the system's choice when left out */
export async function udpLine(target: Address, watch: LineWatch, ip?: string): Promise<Line> {
  const socket = createSocket({ type: isIP(target.ip) === 6 ? 'udp6' : 'udp4', recvBufferSize: 4 << 20 })
  socket.bind(0, ip)
  await once(socket, 'listening')
  const local: Address = { ip: ip ?? (await ownIp(target)), port: socket.address().port }
  const inbox = new Inbox()
  const line: Line = {
    transport: 'UDP',
    local,
    sentBy: `UDP ${hostPort(local)}`,
    heard: inbox.all,
    get heardOctets() {
      return inbox.octets
    },
    get isClosed() {
      return inbox.isClosed
    },
    send(text) {
      watch.spend()
      watch.sent(line, text)
      socket.send(Buffer.from(text, 'latin1'), target.port, target.ip, () => {})
    },
    next: (fits, withinMs) => inbox.next(fits, withinMs),
    closed: () => Promise.resolve(false),
    close() {
      inbox.close()
      socket.close()
    },
  }
  socket.on('message', (octets, from) => {
    const heard = new Heard(octets.toString('latin1'), { ip: from.address, port: from.port }, watch.nowMs())
    watch.heard(line, heard)
    inbox.put(heard)
  })
  // An unreachable port comes back as an error: the silence says the same.
  socket.on('error', () => {})
  return line
}

/** The address that the system would send from. */
export async function ownIp(target: Pick<Address, 'ip'>): Promise<string> {
  const probe = createSocket(isIP(target.ip) === 6 ? 'udp6' : 'udp4')
  // Nothing goes out, so any port will do.
  probe.connect(5060, target.ip)
  await once(probe, 'connect')
  const { address } = probe.address()
  probe.close()
  return address
}
