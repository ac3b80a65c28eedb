/**
 * A second opinion on SIP messages: RFC 3261 §25.1 written down as regular expressions, slow and plain, and without
 * a line of the real parser. It names every fault that it sees, where the real one stops at the first.
 */

/** What the reference makes of a message. */
export interface Reading {
  /** Names of refusals; empty when the message is good. */
  readonly faults: ReadonlySet<string>
  readonly method?: string
  readonly requestUri?: string
  readonly uri?: ReferenceUri
  readonly status?: number
  readonly reason?: string
  /** Names as written, values unfolded. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body?: string
  readonly via?: {
    readonly transport: string
    readonly host: string
    readonly port: string
    readonly params: Pairs
  }
  readonly viaCount?: number
  readonly from?: ReferenceAddress
  readonly to?: ReferenceAddress
  readonly cseq?: { readonly number: number; readonly method: string }
}

export type Pairs = readonly (readonly [string, string])[]

export interface ReferenceUri {
  readonly scheme: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly params?: Pairs
  readonly headers?: string | undefined
}

export interface ReferenceAddress {
  readonly display: string
  readonly uri: ReferenceUri
  readonly params: Pairs
}

const COMPACT: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  l: 'content-length',
  c: 'content-type',
  o: 'event',
  r: 'refer-to',
}
const ONCE = [
  'from',
  'to',
  'call-id',
  'cseq',
  'max-forwards',
  'content-length',
  'content-type',
  'date',
  'event',
  'refer-to',
  'replaces',
]
const NEEDED = ['via', 'from', 'to', 'call-id', 'cseq']

const TOKEN = "[A-Za-z0-9\\-.!%*_+`'~]"
const ESCAPED = '%[0-9A-Fa-f]{2}'
const USER = `(?:[A-Za-z0-9\\-_.!~*'()&=+$,;?/#]|${ESCAPED})`
const PASSWORD = `(?:[A-Za-z0-9\\-_.!~*'()&=+$,]|${ESCAPED})`
const URI_PARAM = `(?:[A-Za-z0-9\\-_.!~*'()\\[\\]/:&+$]|${ESCAPED})`
const HEADER_CHAR = `(?:[!#$&-;=?A-Z\\[\\\\\\]^_\`a-z{|}~]|${ESCAPED})`
const HOST = '(?:[A-Za-z0-9._\\-]+|\\[(?=[^\\]]*:[^\\]]*:)[0-9A-Fa-f:.]{2,45}\\])'
const VALUE = '[!#-+\\-./0-:=?-~\\x80-\\xff]'
const QUOTED = '"(?:\\\\[\\s\\S]|[^"\\\\])*"'
const PARAM = `[ \\t]*;[ \\t]*(${TOKEN}+)(?:[ \\t]*=[ \\t]*((?:${QUOTED})|${VALUE}*))?`

const sipUri = new RegExp(
  `^(sips?):(?:(${USER}+)(?::(${PASSWORD}*))?@)?(${HOST})(?::([0-9]{1,5}))?((?:;${URI_PARAM}+(?:=${URI_PARAM}+)?)*)(?:\\?(${HEADER_CHAR}*))?$`,
  'i',
)
const telUri = new RegExp(`^tel:([0-9A-Fa-f*#+\\-.()]+)((?:;${URI_PARAM}+(?:=${URI_PARAM}+)?)*)$`, 'i')
const otherUri = /^([A-Za-z][A-Za-z0-9+\-.]*):[!#-;=?-~]*$/
const viaForm = new RegExp(
  `^[Ss][Ii][Pp][ \\t]*/[ \\t]*2\\.0[ \\t]*/[ \\t]*(${TOKEN}+)[ \\t]+(${HOST})(?:[ \\t]*:[ \\t]*([0-9]{1,5}))?((?:${PARAM})*)[ \\t]*$`,
)
const nameAddrForm = new RegExp(
  `^[ \\t]*((?:${QUOTED}[ \\t]*)|[A-Za-z0-9\\-.!%*_+\`'~ \\t\\x80-\\xff]*)<([^>]*)>((?:${PARAM})*)[ \\t]*$`,
)
const addrSpecForm = new RegExp(`^[ \\t]*([^; \\t,?]*)((?:${PARAM})*)[ \\t]*$`)

/** @param isDatagram whether the body may end with the text */
export function readReference(text: string, isDatagram: boolean): Reading {
  const faults = new Set<string>()
  const whole = text.replace(/^(?:\r\n)+/, '')
  if (whole === '') return { faults: new Set(['empty']), fields: [] }
  const lineEnd = whole.indexOf('\r\n')
  if (lineEnd < 0) return { faults: new Set(['not-sip']), fields: [] }
  const start = readStart(whole.slice(0, lineEnd), faults)
  if (start === undefined) return { faults, fields: [] }
  const rest = whole.slice(lineEnd)
  const headerEnd = rest.indexOf('\r\n\r\n')
  if (headerEnd < 0) faults.add('headers-not-ended')
  const header = headerEnd < 0 ? rest.slice(2) : rest.slice(2, headerEnd + 2)
  const rawBody = headerEnd < 0 ? '' : rest.slice(headerEnd + 4)
  const fields = readFields(header, faults)
  const named = (name: string): string[] =>
    fields
      .filter(([each]) => (COMPACT[each.toLowerCase()] ?? each.toLowerCase()) === name)
      .map(([, value]) => value)
  const body = readBody(rawBody, named('content-length')[0], isDatagram, faults)
  return { ...start, faults, fields, body, ...readNeeded(named, start.method, faults) }
}

type Start = Pick<Reading, 'method' | 'requestUri' | 'uri' | 'status' | 'reason'>

function readStart(line: string, faults: Set<string>): Start | undefined {
  if (/^SIP\//i.test(line)) {
    const status = /^SIP\/2\.0 ([1-6][0-9][0-9])(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?$/i.exec(line)
    if (status === null) {
      faults.add('status-line-malformed')
      return undefined
    }
    return { status: Number(status[1]), reason: status[2] ?? '' }
  }
  const words = /^([^ ]+) (?:([\s\S]*) )?(SIP\/[\s\S]*)$/i.exec(line)
  if (words === null) {
    faults.add('not-sip')
    return undefined
  }
  const [, method = '', requestUri = '', version = ''] = words
  if (!new RegExp(`^${TOKEN}+$`).test(method)) faults.add('method-malformed')
  if (/[\r\n]/.test(line)) faults.add('bare-line-end')
  if (/^SIP\/[0-9]+\.[0-9]+\s*$/i.test(version) && !/^SIP\/2\.0\s*$/i.test(version))
    faults.add('version-not-supported')
  else if (!/^SIP\/2\.0$/i.test(version)) faults.add('request-line-malformed')
  if (requestUri === '' || /[ \t]/.test(requestUri)) faults.add('request-line-malformed')
  const uri = readUri(requestUri)
  if (uri === undefined) faults.add('uri-malformed')
  else if (!['sip', 'sips', 'tel'].includes(uri.scheme)) faults.add('unknown-scheme')
  else if (uri.headers !== undefined) faults.add('request-uri-with-headers')
  return { method, requestUri, ...(uri === undefined ? {} : { uri }) }
}

function readFields(header: string, faults: Set<string>): [string, string][] {
  if (/(?:^|[^\r])\n|\r(?!\n)/.test(header)) faults.add('bare-line-end')
  const lines = header.split('\r\n')
  if (lines.at(-1) === '') lines.pop()
  const rows: string[][] = []
  for (const line of lines) {
    if (!/^[ \t]/.test(line)) rows.push([line])
    else if (rows.length === 0) faults.add('header-without-colon')
    else {
      if (/^[ \t]*$/.test(line)) faults.add('blank-fold')
      rows.at(-1)?.push(line)
    }
  }
  const fields: [string, string][] = []
  for (const row of rows) {
    const field = new RegExp(`^(${TOKEN}+)[ \\t]*:([\\s\\S]*)$`).exec(row.join('\r\n'))
    if (field === null) {
      faults.add('header-without-colon')
      if (row.join('').includes('\0')) faults.add('nul-in-header')
      continue
    }
    const [, name = '', value = ''] = field
    const mayEscape = /^(?:from|f|to|t)$/i.test(name)
    if ((mayEscape ? value.replaceAll(/\\[\s\S]/g, '') : value).includes('\0')) faults.add('nul-in-header')
    const parts = value.split('\r\n').map(part => part.replace(/^[ \t]+/, '').replace(/[ \t]+$/, ''))
    fields.push([name, parts.filter(part => part !== '').join(' ')])
  }
  return fields
}

function readBody(raw: string, length: string | undefined, isDatagram: boolean, faults: Set<string>): string {
  if (length === undefined) {
    if (!isDatagram) faults.add('content-length-missing')
    return raw
  }
  if (!/^[0-9]+$/.test(length)) {
    faults.add('content-length-malformed')
    return raw
  }
  const bytes = BigInt(length)
  if (bytes > 512n * 1024n) faults.add('body-too-large')
  else if (bytes > BigInt(raw.length)) faults.add('body-shorter-than-content-length')
  return raw.slice(0, Number(bytes))
}

function readNeeded(
  named: (name: string) => string[],
  method: string | undefined,
  faults: Set<string>,
): Pick<Reading, 'via' | 'viaCount' | 'from' | 'to' | 'cseq'> {
  for (const name of NEEDED) if (named(name).length === 0) faults.add('missing-header')
  for (const name of ONCE) if (named(name).length > 1) faults.add('duplicate-header')
  const vias = named('via').flatMap(elementsOf)
  const via = readVia(vias[0] ?? '')
  if (via === undefined) faults.add('via-malformed')
  if (vias.length > 70) faults.add('too-many-vias')
  if (method !== undefined && named('route').flatMap(elementsOf).length > 30) faults.add('too-many-routes')
  const from = readAddress(named('from')[0] ?? '')
  if (from === undefined) faults.add('from-malformed')
  const to = readAddress(named('to')[0] ?? '')
  if (to === undefined) faults.add('to-malformed')
  if (!/^[A-Za-z0-9\-.!%*_+`'~()<>:\\"/[\]?{}@]+$/.test(named('call-id')[0] ?? ''))
    faults.add('call-id-malformed')
  const cseq = new RegExp(`^([0-9]{1,10})[ \\t]+(${TOKEN}+)$`).exec(named('cseq')[0] ?? '')
  if (cseq === null || Number(cseq[1]) >= 2 ** 31) faults.add('cseq-malformed')
  else if (method !== undefined && cseq[2] !== method) faults.add('cseq-method-mismatch')
  const hops = named('max-forwards')[0]
  if (method !== undefined && hops !== undefined && !/^[0-9]{1,10}$/.test(hops))
    faults.add('max-forwards-malformed')
  return {
    ...(via === undefined ? {} : { via }),
    viaCount: vias.length,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(cseq === null ? {} : { cseq: { number: Number(cseq[1]), method: cseq[2] ?? '' } }),
  }
}

/** Splits at commas by taking quoted strings and bracketed parts away first. */
function elementsOf(value: string): string[] {
  const masked = value.replaceAll(/"(?:\\[\s\S]|[^"\\])*(?:"|\\?$)|<[^>]*(?:>|$)/g, part =>
    'x'.repeat(part.length),
  )
  const elements: string[] = []
  let at = 0
  for (const part of masked.split(',')) {
    elements.push(value.slice(at, at + part.length).replaceAll(/^[ \t]+|[ \t]+$/g, ''))
    at += part.length + 1
  }
  return elements
}

function readVia(text: string): Reading['via'] {
  const via = viaForm.exec(text)
  if (via === null || Number(via[3] ?? 0) > 65_535) return undefined
  const params = readParams(via[4] ?? '')
  const branch = params?.find(([name]) => name === 'branch')?.[1]
  if (params === undefined || branch === '' || branch?.toLowerCase() === 'z9hg4bk') return undefined
  return { transport: (via[1] ?? '').toUpperCase(), host: bare(via[2] ?? ''), port: via[3] ?? '', params }
}

function readAddress(text: string): ReferenceAddress | undefined {
  const parts = nameAddrForm.exec(text)
  const plain = parts === null ? addrSpecForm.exec(text) : null
  const display = parts?.[1] ?? ''
  const uri = readUri(parts?.[2] ?? plain?.[1] ?? '')
  const params = readParams(parts?.[3] ?? plain?.[2] ?? '')
  if ((parts === null && plain === null) || uri === undefined || params === undefined) return undefined
  return { display: display.replaceAll(/^[ \t]+|[ \t]+$/g, ''), uri, params }
}

/** Names may not repeat, quoted values hold no control character, and there are a hundred at most. */
function readParams(text: string): Pairs | undefined {
  const pairs = [...text.matchAll(new RegExp(PARAM, 'g'))].map(
    ([, name = '', value = '']) => [name.toLowerCase(), value] as const,
  )
  if (new Set(pairs.map(([name]) => name)).size < pairs.length || pairs.length > 100) return undefined
  return pairs.some(([, value]) => /[\x00-\x08\x0a-\x1f\x7f]/.test(value)) ? undefined : pairs
}

function readUri(text: string): ReferenceUri | undefined {
  const sip = sipUri.exec(text)
  if (sip !== null) {
    const [, scheme = '', user, password, host = '', port, params = '', headers] = sip
    const pairs = readUriParams(params)
    if (pairs === undefined || Number(port ?? 0) > 65_535) return undefined
    return { scheme: scheme.toLowerCase(), user, password, host: bare(host), port, params: pairs, headers }
  }
  const tel = telUri.exec(text)
  if (tel !== null) {
    const pairs = readUriParams(tel[2] ?? '')
    return pairs === undefined ? undefined : { scheme: 'tel', user: tel[1], params: pairs }
  }
  const other = otherUri.exec(text)
  const scheme = other?.[1]?.toLowerCase()
  return scheme === undefined || ['sip', 'sips', 'tel'].includes(scheme) ? undefined : { scheme }
}

function readUriParams(text: string): Pairs | undefined {
  const pairs = text
    .split(';')
    .slice(1)
    .map(part => {
      const [name = '', value = ''] = part.split('=')
      const plain = name.replaceAll(/%[0-9A-Fa-f]{2}/g, triple => {
        const char = String.fromCharCode(Number.parseInt(triple.slice(1), 16))
        return /[A-Za-z0-9\-_.!~*'()#]/.test(char) ? char : triple
      })
      return [plain.toLowerCase(), value] as const
    })
  return new Set(pairs.map(([name]) => name)).size < pairs.length || pairs.length > 100 ? undefined : pairs
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase()
}
