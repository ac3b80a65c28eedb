import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process that holds a port. */
export interface PortHolder {
  readonly pid: number
  readonly name: string
}

const LISTEN = '0A'

/**
 * Who listens on a port, from /proc; undefined where that cannot be known (another user's process, another
 * system).
 */
export function portHolder(protocol: 'udp' | 'tcp', port: number): PortHolder | undefined {
  const inodes = new Set([...socketInodes(protocol, port), ...socketInodes(`${protocol}6`, port)])
  if (inodes.size === 0) return undefined
  for (const pid of listOr('/proc').filter(name => /^\d+$/.test(name))) {
    for (const fd of listOr(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOr(`/proc/${pid}/fd/${fd}`))?.[1]
      if (inode !== undefined && inodes.has(inode)) return { pid: Number(pid), name: nameOf(pid) }
    }
  }
  return undefined
}

/** ` (in use by sipp, process 4711)`, or as much as is known. */
export function describeHolder(protocol: 'udp' | 'tcp', port: number): string {
  const holder = portHolder(protocol, port)
  if (holder === undefined) return 'in use by a process that cannot be seen from here'
  return `in use by ${holder.name}, process ${holder.pid}`
}

function socketInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes: string[] = []
  for (const line of textOr(`/proc/net/${table}`).split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/)
    const [local, state, inode] = [fields[1] ?? '', fields[3], fields[9]]
    if (!local.endsWith(`:${wanted}`) || inode === undefined) continue
    if (table.startsWith('udp') || state === LISTEN) inodes.push(inode)
  }
  return inodes
}

function nameOf(pid: string): string {
  const command = textOr(`/proc/${pid}/comm`).trim()
  return command === '' ? 'unknown' : command
}

// A process may end while it is looked at, or belong to somebody else: it is then not the answer.
function textOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function listOr(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
