import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { AspisError } from '../base/errors.ts'
import { Secret } from '../base/secret.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_HEX_DIGITS = 64

/** Seals secrets at rest with AES-256-GCM; what is sealed opens under the same name only (DIG-30). */
export class Seal {
  readonly #key: KeyObject

  /** @param key 32 bytes in hex */
  constructor(key: Secret) {
    this.#key = createSecretKey(key.reveal(), 'hex')
  }

  /** @param name bound to the sealed text: `user@domain`, so that rows cannot be swapped */
  close(name: string, text: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    cipher.setAAD(Buffer.from(name, 'utf8'))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
  }

  /** @returns undefined when the key, the name or the bytes are not the ones that were sealed */
  open(name: string, sealed: Uint8Array): string | undefined {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
    const textAt = NONCE_BYTES + TAG_BYTES
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(Buffer.from(name, 'utf8'))
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, textAt))
    try {
      const text = decipher.update(sealed.subarray(textAt))
      // GCM gives everything at once and nothing at the end, which only tells whether the tag fits.
      decipher.final()
      return text.toString('utf8')
    } catch {
      // The tag does not fit: altered, moved or sealed by another key, which the caller reports.
      return undefined
    }
  }
}

/**
 * Reads the key file, or makes it (mode 0600) when `mayCreate` says so.
 * @throws AspisError `ERR_ASPIS_STORE_KEY` when it is missing, malformed or readable by others
 */
export function openKeyFile(path: string, mayCreate: boolean): Seal {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    if (!mayCreate) {
      throw keyError(`${path}: the key of the stored passwords is missing; restore it from a backup`)
    }
    createKeyFile(path)
  }
  const stat = statSync(path)
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
    throw keyError(`${path}: other users may read this key; run: chmod 600 ${path}`)
  }
  const text = readFileSync(path, 'utf8').trim()
  if (text.length !== KEY_HEX_DIGITS || !/^[0-9a-f]*$/.test(text)) {
    throw keyError(`${path}: this is not a key (64 hex digits); restore it from a backup`)
  }
  return new Seal(new Secret(text))
}

function createKeyFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, `${randomBytes(KEY_HEX_DIGITS / 2).toString('hex')}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  chmodSync(path, 0o600)
  syncFolder(dirname(path))
}

/** Makes new names in a folder survive a power loss. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function keyError(message: string): AspisError {
  return new AspisError('ERR_ASPIS_STORE_KEY', message)
}
