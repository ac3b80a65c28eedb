import { dirname, resolve } from 'node:path'
import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import type { DescribedTarget } from './described.ts'
import { readSecret, readText, type SecretPlaces } from './secrets.ts'
import type { Account, Target } from './target.ts'
import { readAddress } from './target-address.ts'
import { TargetError, type TargetProblem } from './target-problem.ts'
import { type AccountEntry, allowedAt, TargetFile } from './target-settings.ts'

/** A target file is written by hand. */
const MAX_FILE_CHARACTERS = 100_000

type Path = readonly (string | number)[]

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
  const source = new Source(text.slice(0, MAX_FILE_CHARACTERS), file)
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

/** Text with positions, and what is wrong in it. */
class Source {
  readonly file: string
  readonly root: unknown
  readonly problems: TargetProblem[] = []
  readonly #lines = new LineCounter()
  readonly #document

  constructor(text: string, file: string) {
    this.file = file
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, strict: true })
    for (const { message, pos } of this.#document.errors)
      this.#add('', message.split('\n')[0] ?? message, pos[0])
    visit(this.#document, {
      Alias: (_key, node) => this.#add('', 'anchors and aliases are not used here', node.range?.[0] ?? 0),
    })
    if (this.problems.length > 0) throw this.error()
    this.root = this.#document.toJS()
  }

  error(): TargetError {
    return new TargetError(this.file, this.problems)
  }

  tell(path: Path, message: string): void {
    this.#add(written(path), message, this.#offset(path))
  }

  tellIssue(issue: z.core.$ZodIssue): void {
    const path = issue.path.filter(part => typeof part !== 'symbol')
    if (issue.code !== 'unrecognized_keys') return this.tell(path, issue.message)
    for (const key of issue.keys)
      this.#add(
        written([...path, key]),
        `no such setting; allowed are ${allowedAt(path).join(', ')}`,
        this.#offset([...path, key]),
      )
  }

  /** Lines of the settings at the top, and of those one below. */
  lines(): Readonly<Record<string, number>> {
    const found: Record<string, number> = {}
    const root = this.#document.contents
    for (const pair of isMap(root) ? root.items : []) {
      const key = isScalar(pair.key) ? String(pair.key.value) : ''
      found[key] = this.#line([key])
      for (const inner of isMap(pair.value) ? pair.value.items : []) {
        const name = isScalar(inner.key) ? String(inner.key.value) : ''
        found[`${key}.${name}`] = this.#line([key, name])
      }
    }
    return found
  }

  #line(path: Path): number {
    return Math.max(1, this.#lines.linePos(this.#offset(path)).line)
  }

  /** Of the key, or of the nearest thing around it. */
  #offset(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const around =
        length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, length - 1), true)
      const last = path[length - 1]
      const pair = isMap(around)
        ? around.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))
        : undefined
      if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0]
      const node = this.#document.getIn(path.slice(0, length), true)
      if (hasRange(node)) return node.range[0]
    }
    return 0
  }

  #add(setting: string, message: string, offset: number): void {
    const { line, col } = this.#lines.linePos(offset)
    this.problems.push({ setting, message, line: Math.max(1, line), column: Math.max(1, col) })
  }
}

function hasRange(node: unknown): node is { readonly range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}

/** `accounts[1].password` */
function written(path: Path): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`))
    .join('')
}

function assemble(
  read: z.infer<typeof TargetFile>,
  source: Source,
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
  const { ports, stir, radius } = read
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
    },
    zone: read.zone,
    radius: radius && { listen: radius.listen, secret: secret(['radius', 'secret'], radius.secret) },
    diameter: read.diameter,
    admin: read.admin,
    phone: read.phone,
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
