import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

/** What tshark says about the SIP messages of a capture. */
export interface Judgement {
  /** SIP messages read. */
  readonly messages: number
  /** How many of each: a method, or a status code. */
  readonly kinds: ReadonlyMap<string, number>
  /**
   * One line each: malformed packets, expert errors of any protocol above TCP and TLS, expert warnings of SIP, and
   * payload on a SIP port that is no SIP. Empty when all is well.
   */
  readonly problems: readonly string[]
  /** Expert warnings of bodies and notes of SIP, which a proxy that changes nothing passes on. */
  readonly remarks: readonly string[]
}

/** What of a capture is judged, and how it is read. */
export interface JudgeOptions {
  /** Judge only what that IPv4 address sent; everything when left out. */
  readonly from?: string
  /** Key log of the TLS connections, as Node's `--tls-keylog` writes it. */
  readonly keyLog?: string
  /** Ports of SIP over UDP and TCP besides 5060. */
  readonly ports?: readonly number[]
  /** Ports of SIP over TLS besides 5061. */
  readonly tlsPorts?: readonly number[]
  /** Ports of WSS. */
  readonly wssPorts?: readonly number[]
}

/** Protocols below SIP, about whose segments and alerts tshark has its own remarks. */
const BELOW = new Set(['TCP', 'TLS', 'UDP', 'IPv4', 'IPv6', 'ICMP', 'ICMPv6', 'Ethernet'])

/** Between fields: not in SIP text. */
const SEPARATOR = '\u001f'

/** Reads a capture with tshark's SIP dissector. @param pcap file; throws when tshark cannot read it */
export function judge(pcap: string, options: JudgeOptions = {}): Judgement {
  const ports = [5060, ...(options.ports ?? [])]
  const tlsPorts = [5061, ...(options.tlsPorts ?? [])]
  const source = options.from === undefined ? '' : `ip.src == ${options.from}`
  const set = `{${ports.join(', ')}}`
  // Keep-alives are STUN, or four bytes at most: 12 in a datagram with its head, 28 in a record of TLS.
  const unread = [
    `(udp.port in ${set} && udp.length > 12 && !sip && !stun && !icmp)`,
    `(tcp.port in ${set} && tcp.len > 4 && !sip && !tcp.reassembled_in)`,
    ...(options.keyLog === undefined
      ? []
      : ['(tls.app_data && tls.record.length > 28 && !sip && !http && !websocket && !tls.reassembled_in)']),
  ]
  const judged = ['sip', '_ws.malformed', ...unread].join(' || ')
  const wanted = `(${judged}) && !tcp.analysis.retransmission${source === '' ? '' : ` && ${source}`}`
  const fields = [
    'frame.number',
    'sip.Method',
    'sip.Status-Code',
    'sip.CSeq',
    '_ws.malformed',
    '_ws.col.Info',
  ]
  const done = spawnSync(
    'tshark',
    [
      ...['-r', pcap, '-n', '-2', '-Y', wanted],
      ...['-o', 'sip.display_raw_text:FALSE'],
      ...(options.keyLog === undefined ? [] : ['-o', `tls.keylog_file:${options.keyLog}`]),
      ...ports.flatMap(port => ['-d', `udp.port==${port},sip`, '-d', `tcp.port==${port},sip`]),
      ...tlsPorts.flatMap(port => ['-d', `tcp.port==${port},tls`, '-d', `tls.port==${port},sip`]),
      ...(options.wssPorts ?? []).flatMap(port => [
        '-d',
        `tcp.port==${port},tls`,
        '-d',
        `tls.port==${port},http`,
      ]),
      ...['-T', 'fields', '-E', `separator=${SEPARATOR}`, ...fields.flatMap(each => ['-e', each])],
      ...['-z', `expert,note${source === '' ? '' : `,${source}`}`],
    ],
    { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  )
  if (done.status !== 0) throw new Error(`tshark -r ${pcap}: ${done.stderr || done.error}`)
  return read(done.stdout)
}

function read(output: string): Judgement {
  const kinds = new Map<string, number>()
  const problems: string[] = []
  const remarks: string[] = []
  let messages = 0
  let severity = ''
  for (const line of output.split('\n')) {
    if (line.includes(SEPARATOR)) {
      const [frame = '', methods = '', statuses = '', cseqs = '', malformed = '', info = ''] =
        line.split(SEPARATOR)
      for (const kind of [...listOf(methods), ...listOf(statuses)]) {
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
        messages++
      }
      if (malformed !== '') problems.push(`frame ${frame} is malformed: ${info}`)
      else if (methods === '' && statuses === '' && cseqs === '')
        problems.push(`frame ${frame} is no SIP: ${info}`)
      continue
    }
    const heading = /^(Errors|Warns|Notes|Chats) \(/.exec(line)
    if (heading !== null) severity = heading[1] ?? ''
    const found = /^ +\d+ +\S.*?\S? {2,}(\S+) {2,}(.+)$/.exec(line)
    if (found === null) continue
    const [, protocol = '', text = ''] = found
    if (BELOW.has(protocol)) continue
    const isProblem = severity === 'Errors' || (severity === 'Warns' && protocol === 'SIP')
    if (isProblem) problems.push(`${severity}: ${protocol}: ${text}`)
    else if (severity !== 'Chats') remarks.push(`${severity}: ${protocol}: ${text}`)
  }
  return { messages, kinds, problems, remarks }
}

function listOf(values: string): string[] {
  return values === '' ? [] : values.split(',')
}

/**
 * Writes messages as a capture, one a UDP datagram between two invented addresses: for text that was never on a wire
 * that can be read.
 * @param texts latin-1, at most 65,507 bytes each
 */
export function writeCapture(file: string, texts: readonly string[]): void {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(262_144, 16)
  head.writeUInt32LE(101, 20) // LINKTYPE_RAW: a packet begins with its IP header
  writeFileSync(
    file,
    Buffer.concat([head, ...texts.flatMap((text, i) => packet(Buffer.from(text, 'latin1'), i))]),
  )
}

function packet(payload: Buffer, second: number): Buffer[] {
  const length = 28 + payload.length
  const record = Buffer.alloc(16)
  record.writeUInt32LE(second, 0)
  record.writeUInt32LE(length, 8)
  record.writeUInt32LE(length, 12)
  const ip = Buffer.alloc(28)
  ip.writeUInt8(0x45, 0)
  ip.writeUInt16BE(length, 2)
  ip.writeUInt8(64, 8)
  ip.writeUInt8(17, 9)
  Buffer.from([192, 0, 2, 1, 192, 0, 2, 2]).copy(ip, 12)
  ip.writeUInt16BE(5060, 20)
  ip.writeUInt16BE(5060, 22)
  ip.writeUInt16BE(8 + payload.length, 24)
  return [record, ip, payload]
}
