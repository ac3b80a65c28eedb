import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LINK } from '../src/detect/capture/link-type.ts'
import { enhancedPacket, interfaceDescription, sectionHeader } from '../src/detect/capture/write-pcapng.ts'
import { localConfig } from '../src/server/config/local.ts'
import { replayOptions } from '../src/server/detect/replay/options.ts'
import { replayFile } from '../src/server/detect/replay/replay-file.ts'
import type { Aim } from './aims/aim.ts'
import { markdownTable } from './document/regions.ts'
import type { Section } from './document/section.ts'
import { DAY_SERVER, dayOf } from './replay-day.ts'

/** How fast a capture is read, and shown to every detector. */
export interface ReplaySpeed {
  readonly messages: number
  readonly megabytes: number
  readonly findings: number
  /** s */
  readonly wall: number
  /** Processor time, s: what others do on the machine does not count. */
  readonly processor: number
}

const LEAST_PER_SECOND = 50_000
const MESSAGES = { quick: 100_000, full: 400_000 }
const BEGAN_MS = Date.UTC(2026, 0, 1)
/** One packet after another, ms. */
const APART_MS = 2

/** Times the reading of a capture of phones that register and call. */
export function measureReplay(isQuick: boolean): ReplaySpeed {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-replay-'))
  try {
    const file = join(folder, 'day.pcapng')
    const { messages, octets } = writeDay(file, isQuick ? MESSAGES.quick : MESSAGES.full)
    const options = replayOptions(localConfig([], folder), [DAY_SERVER])
    const cpu = process.cpuUsage()
    const startedMs = performance.now()
    const { findings } = replayFile(file, options)
    const wall = (performance.now() - startedMs) / 1000
    const { user, system } = process.cpuUsage(cpu)
    const processor = (user + system) / 1e6
    return { messages, megabytes: octets / 1e6, findings: findings.length, wall, processor }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Written by pieces, as a long day is larger than one buffer can be. */
function writeDay(file: string, count: number): { readonly messages: number; readonly octets: number } {
  const descriptor = openSync(file, 'w')
  let octets = 0
  const write = (block: Buffer): void => {
    octets += writeSync(descriptor, block)
  }
  write(sectionHeader('bench'))
  write(interfaceDescription(LINK.raw, 'bench'))
  const packets = dayOf(count)
  const blocks: Buffer[] = []
  for (const [i, packet] of packets.entries()) {
    blocks.push(enhancedPacket({ wallMs: BEGAN_MS + i * APART_MS, octets: packet }))
    if (blocks.length === 1000 || i === packets.length - 1) write(Buffer.concat(blocks.splice(0)))
  }
  closeSync(descriptor)
  return { messages: packets.length, octets }
}

/** As lines for a terminal. */
export function printReplay(speed: ReplaySpeed): string {
  const { messages, megabytes, findings, wall, processor } = speed
  return [
    `${messages} messages, ${megabytes.toFixed(0)} MB, ${findings} findings`,
    `${perSecond(messages, wall)} messages a second, ${perSecond(messages, processor)} a second of processor time`,
  ].join('\n')
}

/** The table of the page. */
export function replaySection({ messages, megabytes, wall, processor }: ReplaySpeed): Section {
  const row = [messages, megabytes.toFixed(0), perSecond(messages, wall), perSecond(messages, processor)]
  const head = ['messages', 'MB', 'messages a second', 'messages a second of processor time']
  return { text: markdownTable(head, [row.map(String)]), pictures: {} }
}

/** What reading may take. */
export function replayAims({ messages, wall }: ReplaySpeed): readonly Aim[] {
  return [
    {
      what: 'a capture is read and judged',
      limit: LEAST_PER_SECOND,
      measured: messages / wall,
      unit: 'messages a second',
      isLeast: true,
    },
  ]
}

function perSecond(messages: number, seconds: number): number {
  return Math.round(messages / seconds)
}
