import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import type { DescribedTarget } from './described.ts'
import { readSecret, readText, type SecretPlaces } from './secrets.ts'
import type { Account, Target } from './target.ts'
import { readAddress } from './target-address.ts'
import { TargetError } from './target-problem.ts'
import { type AccountEntry, TargetFile } from './target-settings.ts'
import { type Path, TargetSource } from './target-source.ts'

/** A target file is written by hand. */
const MAX_FILE_CHARACTERS = 100_000

/**
 * Reads the text of a target file.
 * @param file as messages and reports name it; paths inside start at its folder
 * @throws TargetError with every problem
 */
export function parseTargetFile(
  text: string,
  file: string,
  environment: SecretPlaces['environment'],
): DescribedTarget {
  const source = new TargetSource(text.slice(0, MAX_FILE_CHARACTERS), file)
  const read = TargetFile.safeParse(source.root)
  if (!read.success) {
    for (const issue of read.error.issues) source.tellIssue(issue)
    throw source.error()
  }
  const described = assemble(read.data, source, { environment, folder: dirname(resolve(file)) })
  if (described === undefined || source.problems.length > 0) throw source.error()
  return described
}

/** Reads a target file. @throws TargetError with every problem */
export function loadTargetFile(file: string, environment: SecretPlaces['environment']): DescribedTarget {
  const text = readText(file, '.')
  if (!text.ok) throw new TargetError(file, [{ setting: '', message: text.error, line: 1, column: 1 }])
  return parseTargetFile(text.value, file, environment)
}

function assemble(
  read: z.infer<typeof TargetFile>,
  source: TargetSource,
  places: SecretPlaces,
): DescribedTarget | undefined {
  const address = readAddress(read.target)
  if (!address.ok) {
    source.tell(['target'], address.error)
    return undefined
  }
  const secret = (path: Path, value: string): string => {
    const found = readSecret(value, places)
    if (!found.ok) source.tell(path, found.error)
    return found.ok ? found.value : ''
  }
  const pem = (path: Path, value: string): string => {
    const found = readText(value, places.folder)
    if (!found.ok) source.tell(path, found.error)
    return found.ok ? found.value : ''
  }
  const account = (path: Path, { user, password, 'auth-user': authUser }: AccountEntry): Account => ({
    user,
    password: secret([...path, 'password'], password),
    ...(authUser === undefined ? {} : { authUser }),
  })
  const { ports, stir, smime, radius, diameter, phone } = read
  const rejects = read['rejects-anonymous']
  const certificate = read['client-certificate']
  const given = {
    webSocketPath: read['websocket-path'],
    knownUser: read['known-user'],
    rejectsAnonymous: rejects && account(['rejects-anonymous'], rejects),
    premiumNumber: read['premium-number'],
    ca: read.ca === undefined ? undefined : pem(['ca'], read.ca),
    stir: stir && {
      key: pem(['stir', 'key'], stir.key),
      certificate: pem(['stir', 'certificate'], stir.certificate),
      url: stir.url,
      number: stir.number,
      ...present({ domain: stir.domain, ip: stir.ip }),
    },
    smime: smime && {
      key: pem(['smime', 'key'], smime.key),
      certificate: pem(['smime', 'certificate'], smime.certificate),
      aor: smime.aor,
    },
    zone: read.zone,
    radius: radius && { listen: radius.listen, secret: secret(['radius', 'secret'], radius.secret) },
    diameter: diameter && {
      host: diameter.host,
      port: diameter.port,
      realm: diameter.realm,
      ...present({ peer: diameter.peer, isTls: diameter.tls }),
    },
    admin: read.admin,
    phone: phone && {
      host: phone.host,
      ...present({
        mac: phone.mac,
        tftpPort: phone['tftp-port'],
        httpPort: phone['http-port'],
        telnetPort: phone['telnet-port'],
      }),
    },
    clientCertificate: certificate && {
      key: pem(['client-certificate', 'key'], certificate.key),
      certificate: pem(['client-certificate', 'certificate'], certificate.certificate),
      user: certificate.user,
    },
  }
  const rest: Omit<Target, 'ip'> = {
    domain: read.domain ?? address.value.host,
    ports: ports === undefined ? address.value.ports : portsOf(ports),
    accounts: (read.accounts ?? []).map((entry, at) => account(['accounts', at], entry)),
    file: source.file,
    ...present(given),
  }
  return {
    host: address.value.host,
    rest,
    isUsual: ports === undefined && address.value.isUsual,
    lines: source.lines(),
    ...(read.product === undefined ? {} : { product: read.product }),
  }
}

function portsOf(ports: NonNullable<z.infer<typeof TargetFile>['ports']>): Target['ports'] {
  const { udp, tcp, tls, ws, wss } = ports
  return present({ UDP: udp, TCP: tcp, TLS: tls, WS: ws, WSS: wss })
}

/** Without what is not there. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {}
  for (const key in values) {
    const value = values[key]
    if (isThere(value)) kept[key] = value
  }
  return kept
}

function isThere<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined
}
