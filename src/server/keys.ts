import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AspisError } from '../base/errors.ts'
import { Secret } from '../base/secret.ts'

/**
 * Keys of this installation: what makes nonces, dialog proofs, branches, flow tokens and GRUUs ours. Every node
 * of a domain has the same ones. Each has a current and, after a change, a previous value, so that what was given
 * out stays good while it lasts.
 */
export interface Keys {
  readonly nonce: KeyPair
  readonly dialog: KeyPair
  readonly branch: KeyPair
  readonly flow: KeyPair
  readonly gruu: KeyPair
}

/** 64 hexadecimal characters each. */
export interface KeyPair {
  readonly current: Secret
  readonly previous: Secret | undefined
}

const PURPOSES = ['nonce', 'dialog', 'branch', 'flow', 'gruu'] as const
const FILE = 'keys.json'

/**
 * Reads the keys of the data folder, or makes them.
 * @throws AspisError `ERR_ASPIS_KEYS` when the file is there and cannot be used; it is never replaced silently
 */
export function loadKeys(folder: string): Keys {
  const file = join(folder, FILE)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const fresh = Object.fromEntries(PURPOSES.map(name => [name, [randomBytes(32).toString('hex')]]))
    const temporary = `${file}.${process.pid}`
    writeFileSync(temporary, `${JSON.stringify(fresh, undefined, 2)}\n`, { mode: 0o600 })
    renameSync(temporary, file)
  }
  chmodSync(file, 0o600)
  const stored = parse(file)
  const pair = (name: (typeof PURPOSES)[number]): KeyPair => readPair(stored, name, file)
  return {
    nonce: pair('nonce'),
    dialog: pair('dialog'),
    branch: pair('branch'),
    flow: pair('flow'),
    gruu: pair('gruu'),
  }
}

function parse(file: string): Map<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof value === 'object' && value !== null) return new Map(Object.entries(value))
  } catch (cause) {
    throw new AspisError('ERR_ASPIS_KEYS', `${file}: not readable as JSON; restore it from a backup`, {
      cause,
    })
  }
  throw new AspisError('ERR_ASPIS_KEYS', `${file}: an object was expected; restore it from a backup`)
}

function readPair(stored: Map<string, unknown>, name: string, file: string): KeyPair {
  const values = stored.get(name)
  const texts = Array.isArray(values) ? values.filter(value => typeof value === 'string') : []
  const [current, previous] = texts
  if (current === undefined || !texts.every(text => /^[0-9a-f]{64}$/.test(text))) {
    throw new AspisError('ERR_ASPIS_KEYS', `${file}: ${name}: 64 hexadecimal characters were expected`)
  }
  return {
    current: new Secret(current),
    previous: previous === undefined ? undefined : new Secret(previous),
  }
}
