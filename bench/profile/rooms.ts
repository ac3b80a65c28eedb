/** Where a function's time belongs: what a message meets, and what is not ours. */
export type Room =
  | 'native code'
  | 'garbage collector'
  | 'sockets'
  | 'parse'
  | 'write'
  | 'transaction'
  | 'digest and hashes'
  | 'proxy'
  | 'location'
  | 'pipeline'
  | 'server'
  | 'Node'

/** What stands in a profile for a function: its name, and the file that it is in, empty for native code. */
export interface Place {
  readonly functionName: string
  readonly url: string
}

/** Path below `src/` and the room of what begins so; the first that fits decides. */
const ROOMS: readonly (readonly [string, Room])[] = [
  ['sip/message/write', 'write'],
  ['sip/message/', 'parse'],
  ['sip/headers/', 'parse'],
  ['sip/uri/', 'parse'],
  ['sip/transport/', 'parse'],
  ['sip/transaction/', 'transaction'],
  ['sip/proxy/', 'proxy'],
  ['sip/registrar/', 'location'],
  ['sip/', 'parse'],
  ['mechanisms/digest/', 'digest and hashes'],
  ['mechanisms/', 'pipeline'],
  ['store/', 'location'],
  ['pipeline/', 'pipeline'],
  ['detect/', 'pipeline'],
  ['net/', 'sockets'],
  ['base/deadlines', 'transaction'],
  ['base/framer', 'sockets'],
  ['base/', 'server'],
  ['server/core/authentication', 'digest and hashes'],
  ['server/core/registering', 'location'],
  ['server/', 'server'],
]

/** Parts of Node that work for one of our rooms. */
function nodeRoomOf(url: string): Room {
  if (/crypto/.test(url)) return 'digest and hashes'
  if (/dgram|net$|tls|stream|socket/.test(url)) return 'sockets'
  return 'Node'
}

/** The room of a function; undefined while nothing ran. */
export function roomOf({ functionName, url }: Place): Room | undefined {
  if (functionName === '(idle)') return undefined
  if (functionName === '(garbage collector)') return 'garbage collector'
  if (functionName === '(program)') return 'native code'
  if (url.startsWith('node:')) return nodeRoomOf(url)
  const [, path] = url.split('/src/')
  if (path === undefined) return url === '' ? 'native code' : 'server'
  if (/hash|md5|sha256|sha512/.test(path)) return 'digest and hashes'
  return ROOMS.find(([beginning]) => path.startsWith(beginning))?.[1] ?? 'server'
}
