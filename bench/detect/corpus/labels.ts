import { sourceOf } from '../../../src/base/source-network.ts'
import { callIdOf, type Truth } from '../score/truth.ts'
import { type Campaign, INTENSITIES, WALL_MS, type Wired } from '../traffic/wire.ts'

/** A line about a message that the server received or sent. */
export function messageLabel(capture: string, number: number, wired: Wired): string {
  const { atMs, from, to, transport, isInward, campaign, text } = wired
  return JSON.stringify({
    ...{ type: 'message', capture, number, atMs: WALL_MS + atMs },
    ...{ from: `${from.ip} ${from.port}`, to: `${to.ip} ${to.port}`, transport, isInward },
    campaign: campaign?.id ?? '',
    ...(campaign && isInward && { callId: callIdOf(text) }),
  })
}

/** A line about a capture: whose it is, and what there is of honest people. */
export function captureLabel(truth: Truth): string {
  const { capture, campaign, firstMs, lastMs, targets, honestMessages, attackMessages, honestUserDays } =
    truth
  return JSON.stringify({
    ...{ type: 'capture', capture, honestMessages, honestUserDays, attackMessages },
    ...(campaign && {
      campaign: campaign.id,
      attack: campaign.attack,
      class: campaign.name,
      intensity: campaign.intensity,
      evasion: campaign.evasion,
      clause: campaign.clause,
      firstMs: WALL_MS + firstMs,
      lastMs: WALL_MS + lastMs,
      targets: [...targets],
    }),
  })
}

const NOBODY: ReadonlySet<string> = new Set()

type Line = Readonly<Record<string, unknown>>

/** Reads labels back: what is true of each capture. @throws Error with the line that cannot be read */
export function readLabels(lines: Iterable<string>): ReadonlyMap<string, Truth> {
  const bySource = new Map<string, { sources: Set<string>; calls: Set<string> }>()
  const captures: Line[] = []
  let number = 0
  for (const line of lines) {
    number += 1
    if (line === '') continue
    const read = lineOf(line, number)
    if (read.type === 'capture') captures.push(read)
    if (read.type !== 'message' || read.campaign === '' || read.isInward !== true) continue
    const capture = textOf(read, 'capture')
    const known = bySource.get(capture) ?? { sources: new Set(), calls: new Set() }
    bySource.set(capture, known)
    known.sources.add(sourceOf(textOf(read, 'from').split(' ')[0] ?? ''))
    known.calls.add(textOf(read, 'callId'))
  }
  return new Map(captures.map(read => [textOf(read, 'capture'), truthOf(read, bySource)]))
}

function truthOf(
  read: Line,
  bySource: ReadonlyMap<
    string,
    { readonly sources: ReadonlySet<string>; readonly calls: ReadonlySet<string> }
  >,
): Truth {
  const capture = textOf(read, 'capture')
  const { sources, calls } = bySource.get(capture) ?? { sources: NOBODY, calls: NOBODY }
  const { targets } = read
  return {
    ...{ capture, sources, calls, campaign: campaignOf(read) },
    ...{ firstMs: numberOf(read, 'firstMs'), lastMs: numberOf(read, 'lastMs') },
    targets: new Set(Array.isArray(targets) ? targets.map(String) : []),
    honestMessages: numberOf(read, 'honestMessages'),
    attackMessages: numberOf(read, 'attackMessages'),
    honestUserDays: numberOf(read, 'honestUserDays'),
  }
}

function campaignOf(read: Line): Campaign | undefined {
  if (read.campaign === undefined) return undefined
  const intensity = INTENSITIES.find(each => each === read.intensity) ?? 'medium'
  const [id, attack, name] = [textOf(read, 'campaign'), textOf(read, 'attack'), textOf(read, 'class')]
  return { id, attack, name, intensity, evasion: textOf(read, 'evasion'), clause: textOf(read, 'clause') }
}

function lineOf(line: string, number: number): Line {
  try {
    const read: unknown = JSON.parse(line)
    if (typeof read === 'object' && read !== null) return Object.fromEntries(Object.entries(read))
  } catch {
    // Said below, with the number of the line.
  }
  throw new Error(`line ${number} of the labels is no object`)
}

function textOf(read: Line, name: string): string {
  const value = read[name]
  return typeof value === 'string' ? value : ''
}

function numberOf(read: Line, name: string): number {
  const value = read[name]
  return typeof value === 'number' ? value : 0
}
