import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Whether a program is on this machine. */
export function hasProgram(name: string): boolean {
  const places = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/local/sbin']
  return places.some(place => existsSync(join(place, name)))
}

/** For the `skip` of a test: false when all are here, else a line that names what is missing. */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter(name => !hasProgram(name))
  return absent.length === 0 ? false : `needs ${absent.join(', ')}, which this machine does not have`
}

/** For the `skip` of a test that makes network namespaces. */
export function missingNamespaces(): string | false {
  const absent = missing('ip', 'curl')
  if (absent !== false) return absent
  const name = `aspis-probe-${process.pid}`
  const made = spawnSync('ip', ['netns', 'add', name]).status === 0
  if (made) spawnSync('ip', ['netns', 'del', name])
  return made ? false : 'needs the right to make network namespaces'
}
