import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AspisError } from '../base/errors.ts'

const NODES = 256

/**
 * The number of this server among those that share a store, 0 to 255: drawn at the first start and kept in the data
 * folder. Nonces name it, so that an answer to one node's challenge is not good at another, which knows no counts of it.
 * @throws AspisError `ERR_ASPIS_NODE` when the file holds something else
 */
export function nodeOf(folder: string): number {
  const file = join(folder, 'node')
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(file, `${randomInt(NODES)}\n`, { mode: 0o600 })
  }
  const text = readFileSync(file, 'utf8').trim()
  const node = Number(text)
  if (!/^\d{1,3}$/.test(text) || node >= NODES) {
    throw new AspisError(
      'ERR_ASPIS_NODE',
      `${file}: a number from 0 to 255 was expected, not ${JSON.stringify(text)}`,
    )
  }
  return node
}
