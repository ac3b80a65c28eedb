import { type IncomingMessage, request as requestHttp } from 'node:http'
import { connect, createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import { AspisError } from '../base/errors.ts'
import { ipVersion } from '../base/ip-address.ts'
import { failed, ok, type Result } from '../base/result.ts'

/** One GET to one address. */
export interface HttpsQuestion {
  /** The address that is connected to; nothing is resolved here. */
  readonly ip: string
  /** Name that the server's certificate must carry, and that stands in Host. */
  readonly host: string
  readonly port: number
  readonly path: string
  readonly context: SecureContext
  /** Until the last octet. */
  readonly leftMs: number
  readonly maxBytes: number
}

/** An answer as far as it matters here. */
export interface Answered {
  readonly status: number
  /** Of a redirect. */
  readonly location: string | undefined
  readonly cacheControl: string
  readonly body: Buffer
}

export type ExchangeFailure = 'unreachable' | 'tls-failed' | 'too-large' | 'timeout' | 'malformed'

const MAX_HEAD_BYTES = 16 * 1024

/** What web servers are checked by: made once, since reading the authorities takes milliseconds. */
export function trustedContext(authoritiesPem: readonly string[]): SecureContext {
  try {
    return createSecureContext({ ca: [...rootCertificates, ...authoritiesPem], minVersion: 'TLSv1.2' })
  } catch (cause) {
    throw new AspisError('ERR_ASPIS_FETCH_AUTHORITY', 'an authority for HTTPS is no PEM certificate', {
      cause,
    })
  }
}

/** Asks one address once; never throws. */
export function exchangeHttps(question: HttpsQuestion): Promise<Result<Answered, ExchangeFailure>> {
  const { ip, host, port, path, context, leftMs, maxBytes } = question
  return new Promise(resolve => {
    let timer: NodeJS.Timeout | undefined
    const end = (result: Result<Answered, ExchangeFailure>): void => {
      clearTimeout(timer)
      resolve(result)
      request.destroy()
    }
    const isName = ipVersion(host) === 0
    const authority = host.includes(':') ? `[${host}]` : host
    const request = requestHttp({
      path,
      method: 'GET',
      headers: {
        Host: port === 443 ? authority : `${authority}:${port}`,
        Accept: 'application/pem-certificate-chain, application/x-pem-file, */*;q=0.5',
        'Accept-Encoding': 'identity',
      },
      createConnection: () =>
        // The rules of HTTPS for names are those of Node; an address is checked as one.
        connect({
          host: ip,
          port,
          servername: isName ? host : '',
          secureContext: context,
          ALPNProtocols: ['http/1.1'],
          rejectUnauthorized: true,
        }),
      maxHeaderSize: MAX_HEAD_BYTES,
    })
    timer = setTimeout(() => end(failed('timeout')), leftMs)
    request.on('error', error => end(failed(failureOf(error))))
    request.on('upgrade', () => end(failed('malformed')))
    request.on('response', response => read(response, maxBytes, end))
    request.end()
  })
}

function read(
  response: IncomingMessage,
  maxBytes: number,
  end: (result: Result<Answered, ExchangeFailure>) => void,
): void {
  const { statusCode: status = 0, headers } = response
  const isRedirect = status >= 300 && status < 400
  const cacheControl = headers['cache-control'] ?? ''
  const answer = (body: Buffer): Answered => {
    return { status, location: isRedirect ? headers.location : undefined, cacheControl, body }
  }
  // Of anything else than a document only the head is looked at.
  if (status !== 200) return end(ok(answer(Buffer.alloc(0))))
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBytes) return end(failed('too-large'))
    chunks.push(chunk)
  })
  response.on('end', () => end(response.complete ? ok(answer(Buffer.concat(chunks))) : failed('malformed')))
  response.on('error', () => end(failed('malformed')))
  if (Number(headers['content-length'] ?? 0) > maxBytes) end(failed('too-large'))
}

/** Codes of OpenSSL's path validation that do not begin with one of the usual prefixes. */
const TLS_CODES: readonly string[] = [
  'ERR_SSL',
  'ERR_TLS',
  'EPROTO',
  'CERT',
  'SIGNATURE',
  'ISSUER',
  'VERIFY',
  'CRL',
]

function failureOf(error: Error): ExchangeFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code.startsWith('HPE_')) return 'malformed'
  return TLS_CODES.some(part => code.includes(part)) ? 'tls-failed' : 'unreachable'
}
