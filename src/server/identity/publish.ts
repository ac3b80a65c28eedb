import { createServer, type Server } from 'node:https'
import { AspisError } from '../../base/errors.ts'
import type { Config } from '../config/config.ts'
import { loadCredentials } from '../pki/credentials.ts'
import { readNeeded } from '../pki/files.ts'

/** Our STIR certificate, served to who verifies what we sign. */
export interface Publisher {
  /** Takes over a changed configuration: certificate, path, and the certificate of the channel. */
  reload(config: Config): void
  close(): Promise<void>
}

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'
const MAX_CONNECTIONS = 64
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
const MAX_HEAD_BYTES = 8 * 1024
/** RFC 8226 §7 leaves it to us; a new certificate should be seen within the hour. */
const CACHE_CONTROL = 'public, max-age=3600'

/**
 * Serves the certificate chain of `identity.sign` at the path of its `x5u`, and nothing else: GET and HEAD, from
 * memory, without a look at anything that the client sends but method and path.
 * @returns undefined when nothing is to be published
 * @throws AspisError when the address cannot be listened on
 */
export async function startPublisher(config: Config): Promise<Publisher | undefined> {
  const publish = config.identity?.sign?.publish
  if (publish === undefined) return undefined
  let page = pageOf(config)
  const { key, cert } = loadCredentials(config, Date.now())
  const server = createServer(
    { key, cert, minVersion: 'TLSv1.2', maxHeaderSize: MAX_HEAD_BYTES, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      response.setHeader('Connection', 'close')
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const shown = page
      if (shown === undefined || !isRead || request.url !== shown.path)
        return response.writeHead(isRead ? 404 : 405).end()
      response.writeHead(200, {
        'Content-Type': 'application/pem-certificate-chain',
        'Content-Length': shown.body.length,
        'Cache-Control': CACHE_CONTROL,
      })
      response.end(request.method === 'GET' ? shown.body : undefined)
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  server.headersTimeout = HEADERS_TIMEOUT_MS
  await listen(server, publish)
  return {
    reload: next => {
      page = pageOf(next)
      const credentials = loadCredentials(next, Date.now())
      server.setSecureContext({ key: credentials.key, cert: credentials.cert, minVersion: 'TLSv1.2' })
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function pageOf({ identity }: Config): { readonly path: string; readonly body: Buffer } | undefined {
  if (identity?.sign === undefined) return undefined
  const { pathname, search } = new URL(identity.sign.x5u)
  return {
    path: pathname + search,
    body: certificatesIn(readNeeded(identity.sign.certificate, 'identity.sign.certificate')),
  }
}

/** The certificates of a PEM file and nothing else: some people keep the private key in the same one. */
function certificatesIn(pem: string): Buffer {
  const blocks: string[] = []
  for (let at = pem.indexOf(BEGIN); at >= 0; at = pem.indexOf(BEGIN, at + 1)) {
    const end = pem.indexOf(END, at)
    if (end < 0) break
    blocks.push(`${pem.slice(at, end + END.length)}\n`)
  }
  return Buffer.from(blocks.join(''))
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      const code = 'code' in cause ? String(cause.code) : cause.message
      const why = `identity.sign.publish: cannot listen on ${host}:${port} (${code})`
      reject(new AspisError('ERR_ASPIS_IDENTITY_PUBLISH', why, { cause }))
    })
    server.listen(port, host, () => resolve())
  })
}
