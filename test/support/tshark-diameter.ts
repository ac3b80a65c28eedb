import { spawnSync } from 'node:child_process'

/** What tshark says about the Diameter messages of a capture. */
export interface DiameterJudgement {
  /** How many of each: `286 request`, `286 answer`. */
  readonly kinds: ReadonlyMap<string, number>
  /** One line each: malformed packets, expert warnings and errors of Diameter, AVPs that tshark does not know. */
  readonly problems: readonly string[]
}

/**
 * Reads a capture with tshark's Diameter dissector.
 * @param keyLog of the TLS connections
 * @param tlsPorts of Diameter over TLS
 * @param plainPorts of Diameter over TCP
 */
export function judgeDiameter(
  pcap: string,
  keyLog: string,
  tlsPorts: readonly number[],
  plainPorts: readonly number[] = [],
): DiameterJudgement {
  const options = [
    ...['-r', pcap, '-n', '-2', '-o', `tls.keylog_file:${keyLog}`, '-o', 'tls.desegment_ssl_records:TRUE'],
    ...tlsPorts.flatMap(port => ['-d', `tcp.port==${port},tls`, '-d', `tls.port==${port},diameter`]),
  ]
  for (const port of plainPorts) options.push('-d', `tcp.port==${port},diameter`)
  const fields = ['diameter.flags.request', 'diameter.cmd.code', '_ws.malformed']
  const rows = tshark([
    ...options,
    ...['-Y', 'diameter || _ws.malformed', '-T', 'fields', ...fields.flatMap(each => ['-e', each])],
  ])
  const kinds = new Map<string, number>()
  const problems: string[] = []
  for (const row of rows) {
    const [requests = '', codes = '', malformed = ''] = row.split('\t')
    if (malformed !== '') problems.push(`malformed: ${row}`)
    const isRequest = requests.split(',')
    for (const [i, code] of codes.split(',').entries()) {
      const kind = `${code} ${/^(1|True)$/.test(isRequest[i] ?? '') ? 'request' : 'answer'}`
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
  }
  for (const row of tshark([...options, '-q', '-z', 'expert,note'])) {
    if (/^\s+\d+\s+\S+\s+DIAMETER\s/i.test(row)) problems.push(row.trim())
  }
  return { kinds, problems }
}

function tshark(args: readonly string[]): string[] {
  const done = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (done.status !== 0) throw new Error(`tshark: ${done.stderr || done.error}`)
  return done.stdout.split('\n').filter(line => line !== '')
}
