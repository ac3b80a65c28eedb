import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AspisError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'

/** Where the admin token lies in the data folder. */
export function adminTokenFile(folder: string): string {
  return join(folder, 'admin.token')
}

/**
 * The token that commands of the admin interface need, made (mode 0600) when there is none.
 * @throws AspisError when the file is there and holds no token
 */
export function ensureAdminToken(folder: string): Secret {
  const file = adminTokenFile(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    const fresh = randomBytes(32).toString('base64url')
    writeFileSync(file, `${fresh}\n`, { mode: 0o600, flag: 'wx' })
    return new Secret(fresh)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  chmodSync(file, 0o600)
  const text = readFileSync(file, 'utf8').trim()
  if (!/^[A-Za-z0-9_-]{32,}$/.test(text)) {
    throw new AspisError('ERR_ASPIS_ADMIN_TOKEN', `${file}: no token in it; remove the file and start again`)
  }
  return new Secret(text)
}
