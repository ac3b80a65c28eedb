import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { AspisError } from '../../../base/errors.ts'
import type { Address } from '../../../base/flow.ts'
import { ServerFinder } from '../../../detect/capture/find-servers.ts'
import type { CaptureFault, CaptureProblem } from '../../../detect/capture/read-capture.ts'
import { Replay, type ReplaySummary } from '../../../detect/capture/replay.ts'
import type { Detector } from '../../../detect/detector.ts'
import type { DetectorSettings } from '../../../detect/engine.ts'
import type { Finding } from '../../../detect/finding.ts'
import type { Order } from '../../../detect/order.ts'
import type { ResponsePolicy } from '../../../detect/response.ts'
import type { KnownSources } from '../../../detect/source-tables.ts'
import { type Subject, subjectKey } from '../../../detect/subject.ts'
import { Consequences } from './consequences.ts'

/** How a file is replayed. */
export interface ReplayFileOptions {
  readonly detectors: readonly Detector[]
  readonly settings: Readonly<Record<string, DetectorSettings | undefined>>
  readonly known: KnownSources
  /** Empty: found in the file. Port 0: any. */
  readonly servers: readonly Address[]
  /** What would have followed. */
  readonly policy: ResponsePolicy
}

/** An incident as it stood at its gravest. */
export interface IncidentLine {
  readonly id: string
  readonly subject: Subject
  readonly score: number
  /** Classes of detectors whose evidence cannot be forged. */
  readonly classes: readonly string[]
  readonly findings: number
}

/** What a file showed. */
export interface ReplayOutcome {
  readonly servers: readonly Address[]
  readonly areServersFound: boolean
  /** By time, then detector, then subject. */
  readonly findings: readonly Finding[]
  /** Gravest first. */
  readonly incidents: readonly IncidentLine[]
  /** What a server that acts would have done, in the order of time. */
  readonly orders: readonly Order[]
  readonly summary: ReplaySummary
  /** Why the file was not read to its end; undefined: it was. */
  readonly problem: string | undefined
}

const PIECE_BYTES = 1024 * 1024

/** In words, for the operator. */
const FAULTS: Readonly<Record<CaptureFault, string>> = {
  'block-malformed': 'a block contradicts itself',
  compressed: 'is compressed: unpack it first (gunzip, zstd -d)',
  'ends-inside-a-packet': 'the file ends inside a packet',
  'no-capture': 'is no capture: pcap and pcapng are read',
  'packet-too-long': 'a packet is longer than any packet is',
  'patched-pcap': 'is of a variant of pcap that is not read: editcap -F pcapng writes one that is',
  'version-unknown': 'is of a version that is not known',
}

/**
 * Reads a capture twice, to find the server and to show it to the detectors; once where the server is given.
 * @throws AspisError when it cannot be read or is no capture
 */
export function replayFile(file: string, options: ReplayFileOptions): ReplayOutcome {
  const areServersFound = options.servers.length === 0
  const servers = areServersFound ? serversIn(file) : options.servers
  const findings: Finding[] = []
  const consequences = new Consequences(options)
  const replay = new Replay({
    ...options,
    servers,
    onFinding: (finding, known) => {
      findings.push(finding)
      consequences.take(finding, known)
    },
    onLogin: (source, account, atMs) => consequences.login(source, account, atMs),
  })
  eachPiece(file, piece => replay.feed(piece) === undefined)
  const problem = replay.end()
  const summary = replay.summary()
  if (problem !== undefined && isFatal(problem)) {
    throw new AspisError('ERR_ASPIS_CAPTURE', `${file}: ${FAULTS[problem.fault]}`)
  }
  return {
    ...{ servers, areServersFound, findings: findings.sort(inOrder), summary },
    incidents: consequences.incidents(),
    orders: consequences.orders,
    problem: problem === undefined ? undefined : `${FAULTS[problem.fault]}, at octet ${problem.at}`,
  }
}

function serversIn(file: string): readonly Address[] {
  const finder = new ServerFinder()
  eachPiece(file, piece => finder.feed(piece))
  return finder.found()
}

/** What says that nothing of the file can be read. */
function isFatal({ fault, at }: CaptureProblem): boolean {
  return at === 0 && fault !== 'ends-inside-a-packet'
}

/** Reads a file by pieces, in one buffer that is used again, while they are of use. */
function eachPiece(file: string, isOfUse: (piece: Buffer) => boolean): void {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES)
  const descriptor = opened(file)
  try {
    for (;;) {
      const length = readSync(descriptor, buffer, 0, PIECE_BYTES, null)
      if (length === 0 || !isOfUse(buffer.subarray(0, length))) return
    }
  } finally {
    closeSync(descriptor)
  }
}

function opened(file: string): number {
  try {
    const descriptor = openSync(file, 'r')
    if (fstatSync(descriptor).isFile()) return descriptor
    closeSync(descriptor)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const why = code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`
    throw new AspisError('ERR_ASPIS_FILE_MISSING', `${file}: ${why}`, { cause })
  }
  throw new AspisError('ERR_ASPIS_FILE_MISSING', `${file}: is no file; a capture is read twice`)
}

function inOrder(a: Finding, b: Finding): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs
  const [first, second] = [`${a.detector} ${subjectKey(a.subject)}`, `${b.detector} ${subjectKey(b.subject)}`]
  return first < second ? -1 : first > second ? 1 : 0
}
