import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** Passes datagrams on to a server and back, and takes every challenge but MD5 out of its answers. */
export interface Relay {
  readonly port: number
  close(): void
}

/** For attackers who know MD5 alone, and give up at the sight of anything else. @param ip of its own, both ways */
export async function md5OnlyRelay(ip: string, serverPort: number): Promise<Relay> {
  const front = createSocket('udp4').bind(0, ip)
  await once(front, 'listening')
  const backs = new Map<number, Socket>()
  front.on('message', (datagram, from) => {
    let back = backs.get(from.port)
    if (back === undefined) {
      back = createSocket('udp4').bind(0, ip)
      back.on('message', answer => front.send(withMd5Alone(answer), from.port, from.address))
      backs.set(from.port, back)
    }
    back.send(datagram, serverPort, '127.0.0.1')
  })
  return {
    port: front.address().port,
    close: () => {
      for (const socket of [front, ...backs.values()]) socket.close()
    },
  }
}

function withMd5Alone(answer: Buffer): Buffer {
  const lines = answer.toString('latin1').split('\r\n')
  const kept = lines.filter(line => !/^(?:WWW|Proxy)-Authenticate:.*algorithm=SHA/.test(line))
  return Buffer.from(kept.join('\r\n'), 'latin1')
}
