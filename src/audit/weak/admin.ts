import { once } from 'node:events'
import { createServer } from 'node:http'
import type { House } from './house.ts'
import { portOf } from './sockets.ts'

/** A page for the administrator, and for everybody else: users with passwords, contacts, the last messages. @returns the port */
export async function openAdmin(house: House, port: number): Promise<number> {
  const server = createServer((_, response) => {
    const users = house.users().map(user => `<li>${Object.values(user).join(' ')}</li>`)
    const bound = [...house.bindings.keys()].map(
      user => `<li>${user}: ${house.contacts(user).join(' ')}</li>`,
    )
    response.setHeader('Content-Type', 'text/html')
    response.end(`<ul>${users.join('')}</ul><ul>${bound.join('')}</ul><pre>${house.log.shown}</pre>`)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return portOf(server.address())
}
