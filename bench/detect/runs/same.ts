import { Replay } from '../../../src/detect/capture/replay.ts'
import { DETECTORS } from '../../../src/detect/detectors.ts'
import type { Finding } from '../../../src/detect/finding.ts'
import { CLASSES } from '../attacks/classes.ts'
import { nameOf } from '../attacks/field.ts'
import { CaptureFile, EDGE_IPV6 } from '../corpus/capture-file.ts'
import { hashOfFindings } from '../judge.ts'
import { scoreCapture } from '../score/score.ts'
import { TruthKeeper } from '../score/truth.ts'
import { verdictOf } from '../score/verdict.ts'
import { HELD_OUT, playSession } from '../session.ts'
import { CARRIER, EDGE } from '../traffic/edge.ts'
import { WALL_MS } from '../traffic/wire.ts'

/** What captures of attacks gave when they were read. */
export interface SameResult {
  readonly captures: number
  readonly packets: number
  readonly findings: number
  /** Of all findings, first and second time. */
  readonly hashes: readonly [string, string]
  /** Campaigns that are found in their captures. */
  readonly found: number
  /** Classes that the server would see, and the reader of captures misses. */
  readonly missed: readonly string[]
  /** Captures whose TCP came in segments of one octet, and gave other findings. */
  readonly cutDifferent: readonly string[]
}

/** Captures of every class are read twice: the lists must be equal, D9. */
export function runSame(only: string, seenLive: ReadonlySet<string>, every = 1): SameResult {
  const [first, second]: [Finding[], Finding[]] = [[], []]
  let [packets, found, captures] = [0, 0, 0]
  const [missed, cutDifferent]: [string[], string[]] = [[], []]
  for (const [at, attack] of CLASSES.entries()) {
    const name = nameOf(attack)
    if (at % every !== 0 || !name.startsWith(only)) continue
    const keeper = new TruthKeeper()
    const blocks: Buffer[] = []
    const file = new CaptureFile(block => blocks.push(block))
    const plan = { attack, intensity: 'medium', evasion: 'plain', run: HELD_OUT } as const
    const { campaign, targets, honestUserDays } = playSession(plan, wired => {
      keeper.note(wired)
      file.add(wired)
    })
    packets += file.packets
    captures += 1
    const capture = Buffer.concat(blocks)
    const findings = replayed(capture)
    first.push(...findings)
    second.push(...replayed(capture))
    const truth = keeper.truth(campaign.id, campaign, targets, honestUserDays)
    const verdicts = findings.map(each => ({ ...verdictOf(name, each), atMs: each.wallMs - WALL_MS }))
    if (scoreCapture(truth, verdicts).isFound) found += 1
    else if (seenLive.has(name)) missed.push(name)
    if (attack.id.startsWith('C') && cutDiffers(plan)) cutDifferent.push(name)
  }
  const hashes = [hashOfFindings(first), hashOfFindings(second)] as const
  return { captures, packets, findings: first.length, hashes, found, missed, cutDifferent }
}

/** Whether segments of one octet give other findings than whole ones. */
function cutDiffers(plan: Parameters<typeof playSession>[0]): boolean {
  const [whole, cut] = [1400, 1].map(segmentBytes => {
    const blocks: Buffer[] = []
    const file = new CaptureFile(block => blocks.push(block), segmentBytes)
    let left = 600
    playSession({ ...plan, evasion: 'small-segments' }, wired => {
      left -= 1
      if (left > 0) file.add(wired)
    })
    return hashOfFindings(replayed(Buffer.concat(blocks)))
  })
  return whole !== cut
}

function replayed(capture: Buffer): readonly Finding[] {
  const findings: Finding[] = []
  const replay = new Replay({
    ...{ detectors: DETECTORS, settings: {}, servers: [EDGE, EDGE_IPV6] },
    known: { trunkOf: ip => (ip === CARRIER.ip ? 'carrier' : undefined), isAllowed: () => false },
    onFinding: finding => findings.push(finding),
  })
  replay.feed(capture)
  const problem = replay.end()
  if (problem !== undefined) throw new Error(`the capture is not read to its end: ${problem.fault}`)
  return findings
}
