import { format } from 'node:util'

/** A message as the weak server sees it: lines of text, nothing checked. */
export interface WeakMessage {
  readonly start: string
  readonly lines: readonly string[]
  readonly body: string
}

/** Where a message came from, and how to answer there. */
export interface Came {
  readonly text: string
  readonly transport: string
  readonly ip: string
  readonly port: number
  /** Writes to the connection or the source address. */
  readonly answer: (text: string) => void
}

const COMPACT: Readonly<Record<string, string>> = {
  'call-id': 'i',
  contact: 'm',
  from: 'f',
  'refer-to': 'r',
  to: 't',
  via: 'v',
}

/** Cuts at the first empty line; line ends may be any. Nothing when no start line of SIP is there. */
export function read(text: string): WeakMessage | undefined {
  const cut = /\r?\n\r?\n/.exec(text)
  const head = cut === null ? text : text.slice(0, cut.index)
  const body = cut === null ? '' : text.slice(cut.index + cut[0].length)
  const [start = '', ...lines] = head.split(/\r?\n/)
  if (!start.includes('SIP/2.0')) return undefined
  return { start, lines, body }
}

/** Blanks at the ends of lines are nothing. */
export function tidy(message: WeakMessage): WeakMessage {
  return { ...message, lines: message.lines.map(line => line.replace(/\s+$/, '')) }
}

export function write({ start, lines, body }: WeakMessage): string {
  return [start, ...lines, '', body].join('\r\n')
}

/** The first value of that name, whatever else stands there. */
export function header(message: WeakMessage, name: string): string {
  return headers(message, name)[0] ?? ''
}

export function headers(message: WeakMessage, name: string): string[] {
  return message.lines
    .filter(line => isNamed(line, name))
    .map(line => line.slice(line.indexOf(':') + 1).trim())
}

export function isNamed(line: string, name: string): boolean {
  const written = line.slice(0, line.indexOf(':')).trim().toLowerCase()
  return written === name.toLowerCase() || written === COMPACT[name.toLowerCase()]
}

/** The URI of a From, To or Contact. */
export function uriOf(value: string): string {
  return value.includes('<') ? (value.split('<')[1]?.split('>')[0] ?? '') : (value.split(';')[0] ?? '')
}

export function userOf(uri: string): string {
  const rest = uri.slice(uri.indexOf(':') + 1)
  // Blanks around a name are a slip of the finger.
  return decodeURIComponent(rest.includes('@') ? rest.slice(0, rest.lastIndexOf('@')) : '').trim()
}

/** A parameter of a URI or a field: `;maddr=…`. */
export function parameter(text: string, name: string): string | undefined {
  const found = text.toLowerCase().split(`;${name}=`)[1]
  return found?.split(/[;,>\s]/)[0]
}

/** Where a message goes to. */
export interface Place {
  readonly transport: string
  readonly host: string
  readonly port: number
}

/** A URI says where; `maddr` and `transport` are believed, and sips is a sip with one letter more. */
export function placeOf(uri: string): Place {
  const host = uri.slice(Math.max(uri.lastIndexOf('@'), uri.indexOf(':')) + 1).split(/[;?>]/)[0] ?? ''
  const [name = '', port] = host.split(':')
  const transport = parameter(uri, 'transport') ?? 'udp'
  return { transport, host: parameter(uri, 'maddr') ?? name, port: Number(port ?? 5060) }
}

/** A Via says where responses go. */
export function placeOfVia(via: string): Place {
  const [protocol = '', sentBy = ''] = via.split(/\s+/)
  const [host = '', port] = (sentBy.split(';')[0] ?? '').split(':')
  const transport = (protocol.split('/')[2] ?? 'udp').toLowerCase()
  return { transport, host: parameter(via, 'maddr') ?? host, port: Number(port ?? 5060) }
}

/** Every answer tells everything that the server is and can. */
const ABILITIES: readonly string[] = [
  `Server: weak 1.0 (Node ${process.version}; ${process.platform} ${process.arch}; OpenSSL ${process.versions.openssl})`,
  'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, MESSAGE, SUBSCRIBE, NOTIFY, REFER, UPDATE, INFO, PRACK, PUBLISH',
  'Accept: application/sdp, application/pidf+xml, text/plain',
]

/** A response of the server's own, with whatever the request had. */
export function responseTo(message: WeakMessage, status: string, more: readonly string[] = []): string {
  const copied = message.lines.filter(line =>
    ['Via', 'From', 'Call-ID', 'CSeq'].some(each => isNamed(line, each)),
  )
  const to = header(message, 'To')
  const isTagged = to.includes('tag=')
  // Fields of the request stand in the format that status and tag are put into.
  const form = write({
    start: 'SIP/2.0 %s',
    lines: [
      ...copied,
      isTagged ? `To: ${to}` : `To: ${to};tag=%s`,
      ...ABILITIES,
      ...more,
      'Content-Length: 0',
    ],
    body: '',
  })
  return isTagged ? format(form, status) : format(form, status, 'weak')
}
