import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A server that takes connections and never says a word. */
export interface SilentServer {
  readonly port: number
  /** How often somebody connected. */
  readonly asked: number
  close(): void
}

/** @param ip of this machine */
export async function startSilentServer(ip: string): Promise<SilentServer> {
  const open = new Set<Socket>()
  let asked = 0
  const server = createServer(socket => {
    asked++
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    // It listens, so that whoever gives up is noticed.
    socket.resume()
  })
  server.listen(0, ip)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get asked() {
      return asked
    },
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
