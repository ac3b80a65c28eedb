import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aspis } from './edge-process.ts'

/** An account for SIPp, which knows nothing better than MD5. */
export interface SippUser {
  readonly name: string
  readonly domain: string
}

/** The password of a user of SIPp. */
export function passwordOf(user: SippUser): string {
  return `pw-${user.name}-of-${user.domain}`
}

/** Fields 0 and 1 of a scenario: the user, and the credentials as SIPp wants them. */
export function fieldsOf(user: SippUser, password = passwordOf(user)): string {
  return `${user.name};[authentication username=${user.name} password=${password}]`
}

/**
 * Makes the accounts by one `aspis user import`, before the server starts.
 * @param folder that the server will use
 * @param yaml of the server
 */
export function importUsers(folder: string, yaml: string, users: readonly SippUser[]): void {
  mkdirSync(folder, { recursive: true })
  const config = join(folder, 'import.yaml')
  const csv = join(folder, 'users.csv')
  writeFileSync(config, `${yaml.trim()}\ndata: ${join(folder, 'data')}\n`)
  const rows = users.map(user => `${user.name},${user.domain},${passwordOf(user)}`)
  writeFileSync(csv, `user,domain,password\n${rows.join('\n')}\n`)
  aspis(['user', 'import', csv, '--md5', '-c', config])
}
