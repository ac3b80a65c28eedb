import { readFileSync } from 'node:fs'
import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { AspisError } from '../base/errors.ts'
import { bracketed } from '../base/flow.ts'
import { adminTokenFile } from '../server/admin/token.ts'
import type { AdminConfig, Config } from '../server/config/config.ts'
import { loadCredentials } from '../server/pki/credentials.ts'

const TIMEOUT_MS = 5000
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** An answer of the admin interface. */
export interface AdminAnswer {
  readonly status: number
  readonly body: unknown
}

/**
 * Asks the running server of a configuration, with the token of its data folder.
 * @param path with its query
 * @throws AspisError `ERR_ASPIS_ADMIN_UNREACHABLE` when no server answers; `ERR_ASPIS_USAGE_ADMIN` when it has no admin
 *   interface, or the token cannot be read
 */
export async function askAdmin(
  config: Config,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<AdminAnswer> {
  const { admin } = config
  if (admin === undefined)
    throw new AspisError('ERR_ASPIS_USAGE_ADMIN', 'admin is off in the configuration; this command asks it')
  const token = readToken(config.data)
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = {
    authorization: `Bearer ${token}`,
    ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  }
  const url = `${admin.isSecure ? 'https' : 'http'}://${bracketed(reached(admin))}:${admin.port}${path}`
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      const message = `${url.slice(0, -path.length)} does not answer (${why}); is the server running?`
      reject(new AspisError('ERR_ASPIS_ADMIN_UNREACHABLE', message))
    }
    const options = { method, headers, timeout: TIMEOUT_MS }
    const asked = admin.isSecure
      ? requestSecure(url, { ...options, ...onlyOurs(config) })
      : requestPlain(url, options)
    asked.on('response', response => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_ANSWER_BYTES) asked.destroy(new Error('the answer is too long'))
        else chunks.push(chunk)
      })
      response.on('error', error => fail(error.message))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: bodyOf(Buffer.concat(chunks).toString('utf8')) })
      })
    })
    asked.on('timeout', () => asked.destroy(new Error('timeout')))
    asked.on('error', error => fail('code' in error ? String(error.code) : error.message))
    asked.end(text)
  })
}

function readToken(folder: string): string {
  const file = adminTokenFile(folder)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new AspisError(
      'ERR_ASPIS_USAGE_ADMIN',
      `${file} cannot be read (${code}); a server makes it when it starts`,
    )
  }
}

/** The token is for our own server alone: whoever shows another certificate gets nothing. */
function onlyOurs(config: Config) {
  const { cert } = loadCredentials(config, Date.now())
  return { ca: cert, allowPartialTrustChain: true, checkServerIdentity: () => undefined }
}

/** Who listens on all addresses is reached on this machine. */
function reached({ host }: AdminConfig): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // An error in words.
    return { error: text.trim() }
  }
}
