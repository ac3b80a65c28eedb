import { once } from 'node:events'
import { createServer } from 'node:net'
import { portOf } from './sockets.ts'

/** Result-Code 2001. */
const WELCOME = Buffer.from([0, 0, 1, 12, 64, 0, 0, 12, 0, 0, 7, 209])

/** Welcomes every Diameter peer, and waits for whatever length is announced. @returns the port */
export async function openDiameter(port: number): Promise<number> {
  const server = createServer(socket => {
    let kept = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', octets => {
      kept = Buffer.concat([kept, octets])
      if (kept.length < 20 || kept.length < kept.readUIntBE(1, 3)) return
      const head = Buffer.from(kept.subarray(0, 20))
      head.writeUIntBE(20 + WELCOME.length, 1, 3)
      head.writeUInt8(0, 4)
      kept = Buffer.alloc(0)
      socket.write(Buffer.concat([head, WELCOME]))
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return portOf(server.address())
}
