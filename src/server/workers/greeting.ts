import { connect, type Socket } from 'node:net'
import { AspisError } from '../../base/errors.ts'
import { equalInConstantTime } from '../../base/secret.ts'
import { KIND } from './frame.ts'
import { Link, type LinkUser } from './link.ts'

/** Whoever connects has this long to show that he is one of ours. */
const HELLO_MS = 5000

/**
 * Takes a connection: only this user can enter the folder of the socket, and only our own processes know the token.
 * @param joined says who uses the link of a worker that greeted
 */
export function awaitHello(
  socket: Socket,
  token: string,
  joined: (worker: number, link: Link) => LinkUser,
): void {
  let user: LinkUser | undefined
  const late = setTimeout(() => socket.destroy(), HELLO_MS)
  const link = new Link(socket, {
    onFrame: (kind, frame) => {
      if (user !== undefined) return user.onFrame(kind, frame)
      clearTimeout(late)
      const worker = frame.u8()
      if (kind === KIND.hello && equalInConstantTime(frame.restLatin1(), token)) user = joined(worker, link)
      else socket.destroy()
    },
    onClosed: () => {
      clearTimeout(late)
      user?.onClosed()
    },
  })
}

/**
 * Connects to another process of this server.
 * @param joined says who uses the link
 * @throws AspisError `ERR_ASPIS_WORKER_LINK` when nobody is there
 */
export function sayHello(
  path: string,
  worker: number,
  token: string,
  joined: (link: Link) => LinkUser,
): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', cause => {
      reject(new AspisError('ERR_ASPIS_WORKER_LINK', `${path}: no process of ours answers`, { cause }))
    })
    socket.once('connect', () => {
      let user: LinkUser | undefined
      const link = new Link(socket, {
        onFrame: (kind, frame) => user?.onFrame(kind, frame),
        onClosed: () => user?.onClosed(),
      })
      const frame = link.begin(KIND.hello, token.length + 1)
      frame?.u8(worker)
      frame?.latin1(token)
      link.end()
      user = joined(link)
      resolve(link)
    })
  })
}
