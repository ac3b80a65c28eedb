/** Tokens, certificates and web servers of the tests of signed identity: made here, by nothing of what is tested. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import { writeCertificate } from '../../src/base/x509/certificate-write.ts'
import { element, sequence } from '../../src/base/x509/der-write.ts'

const DAY_MS = 86_400_000
const TN_AUTH_LIST = '1.3.6.1.5.5.7.1.26'

/** A key with its certificate, and those above it. */
export interface Holder {
  readonly name: string
  readonly key: KeyObject
  readonly keyPem: string
  readonly publicKey: Buffer
  readonly publicPem: string
  /** Own certificate first. */
  readonly chain: string
}

/** What a certificate says beside the usual. */
export interface CertificateWish {
  /** Each one number; digits. */
  readonly numbers?: readonly string[]
  /** Service provider codes (RFC 8226 §9). */
  readonly providers?: readonly string[]
  /** Common name; one of its own when left out. */
  readonly name?: string
  readonly domains?: readonly string[]
  readonly addresses?: readonly string[]
  readonly isAuthority?: boolean
  readonly notBeforeMs?: number
  readonly notAfterMs?: number
}

let made = 0

/** A certificate of an issuer, or of itself. */
export function holder(issuer: Holder | undefined, wish: CertificateWish): Holder {
  const { privateKey, publicKey: open } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKey = open.export({ type: 'spki', format: 'der' })
  made += 1
  const name = wish.name ?? `holder ${made} of a test`
  const { numbers = [], providers = [], domains = [], isAuthority = false } = wish
  const entries = [
    ...providers.map(code => element(0xa0, element(0x16, Buffer.from(code)))),
    ...numbers.map(number => element(0xa2, element(0x16, Buffer.from(number)))),
  ]
  const der = writeCertificate(
    {
      serial: Buffer.from([1, made >> 8, made & 255]),
      issuer: issuer?.name ?? name,
      subject: name,
      notBeforeMs: wish.notBeforeMs ?? Date.now() - DAY_MS,
      notAfterMs: wish.notAfterMs ?? Date.now() + DAY_MS,
      publicKey,
      issuerPublicKey: issuer?.publicKey ?? publicKey,
      isAuthority,
      uris: domains.map(domain => `sip:${domain}`),
      dnsNames: domains,
      ipAddresses: wish.addresses ?? [],
      extensions: entries.length === 0 ? [] : [{ id: TN_AUTH_LIST, value: sequence(...entries) }],
    },
    octets => sign('sha256', octets, issuer?.key ?? privateKey),
  )
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  return {
    name,
    key: privateKey,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey,
    publicPem: open.export({ type: 'spki', format: 'pem' }).toString(),
    chain: pem + (issuer?.chain ?? ''),
  }
}

/** What a token says; everything left out is right. */
export interface TokenWish {
  readonly x5u: string
  readonly orig: Readonly<Record<string, string>>
  readonly dest: Readonly<Record<string, readonly string[]>>
  readonly key: KeyObject
  readonly alg?: string
  readonly iat?: number
  readonly attest?: string
  /** Key of an HMAC in place of a signature. */
  readonly secret?: string
  /** Without a signature at all, as `alg: none` has it. */
  readonly isUnsigned?: boolean
  /** More members of the payload, which make it longer. */
  readonly more?: Readonly<Record<string, string>>
}

/** The value of an Identity header field (RFC 8224 §4, RFC 8588). */
export function identityValue(wish: TokenWish): string {
  const { x5u, alg = 'ES256', attest = 'A', iat = Math.floor(Date.now() / 1000) } = wish
  const header = part({ alg, ppt: 'shaken', typ: 'passport', x5u })
  const payload = part({
    attest,
    dest: wish.dest,
    iat,
    orig: wish.orig,
    origid: '123e4567-e89b-42d3-a456-426655440000',
    ...wish.more,
  })
  const input = `${header}.${payload}`
  const signature =
    wish.secret !== undefined
      ? // As long as a signature of ES256 is, so that its length alone does not give it away.
        createHmac('sha512', wish.secret).update(input).digest()
      : sign('sha256', Buffer.from(input), { key: wish.key, dsaEncoding: 'ieee-p1363' })
  const text = wish.isUnsigned === true ? '' : signature.toString('base64url')
  return `${input}.${text};info=<${x5u}>;alg=${alg};ppt=shaken`
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** A web server for certificates. */
export interface WebServer {
  readonly server: Server
  readonly port: number
  close(): Promise<void>
}

/** @param web its key and certificate for the channel */
export async function startWeb(web: Holder, ip: string, page: RequestListener): Promise<WebServer> {
  const server = createServer({ key: web.keyPem, cert: web.chain }, page)
  server.listen(0, ip)
  await new Promise(done => server.once('listening', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    server,
    port: address.port,
    close: () =>
      new Promise(done => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
