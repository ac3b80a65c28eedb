import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** A socket of somebody else, on an ephemeral port; dispose of it with `await using`. */
export async function datagramPeer(ip = '127.0.0.1'): Promise<Socket & AsyncDisposable> {
  const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4')
  socket.bind(0, ip)
  await once(socket, 'listening')
  return Object.assign(socket, {
    [Symbol.asyncDispose]: async () => {
      socket.close()
      await once(socket, 'close')
    },
  })
}
