import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Address } from '../base/flow.ts'
import { type Saying, say, token } from './saying.ts'
import type { Target } from './target.ts'
import { Missing, type Trial } from './trial.ts'

/** Datagrams at an even rate, each new: `{n}` in a text becomes another word each time, `{at}` its source. */
export interface Flood {
  /** One after the other, from the beginning again. */
  readonly texts: readonly string[]
  readonly perSecond: number
  readonly count: number
  /** Source addresses, used in turn; 1 when left out. */
  readonly sources?: number
}

/** What the thread that sends is told. */
export interface FloodOrder {
  readonly target: Address
  readonly ips: readonly (string | undefined)[]
  /** Of this machine toward the target, where the system chooses. */
  readonly ownIp: string
  readonly texts: readonly string[]
  readonly perSecond: number
  readonly count: number
  readonly seed: string
}

/** What came of a flood. */
export interface Flooded {
  readonly sent: number
  /** Datagrams that came back, and their octets. */
  readonly heard: number
  readonly heardOctets: number
}

/** A flood that runs in a thread of its own, so that sending does not slow who measures. */
export interface RunningFlood {
  /** When it ended as the trial counts time; nothing while it runs. */
  readonly endedMs: () => number | undefined
  readonly ended: Promise<Flooded>
}

/** Begins a flood. @throws OverBudget when the attack may not send so much, Unable without UDP */
export async function startFlood(trial: Trial, flood: Flood): Promise<RunningFlood> {
  const { ip, ports } = trial.target
  if (ports.UDP === undefined) throw new Missing('the target has no UDP')
  trial.spend(flood.count)
  const example = await trial.line({ who: 'flooder', transport: 'UDP' })
  const target = { ip, port: ports.UDP }
  const ips = Array.from({ length: flood.sources ?? 1 }, () => trial.freshIp())
  const { texts, perSecond, count } = flood
  const order: FloodOrder = { target, ips, ownIp: example.local.ip, texts, perSecond, count, seed: token() }
  showInLadder(trial, order, example.local)
  const worker = new Worker(join(import.meta.dirname, 'flood-worker.ts'), { workerData: order })
  trial.atEnd(() => worker.terminate())
  await once(worker, 'message')
  let endedMs: number | undefined
  const ended = once(worker, 'message').then(([flooded]: Flooded[]) => {
    endedMs = trial.nowMs()
    return flooded ?? { sent: 0, heard: 0, heardOctets: 0 }
  })
  return { endedMs: () => endedMs, ended }
}

/** The first message of each kind stands for all of them. */
function showInLadder(trial: Trial, { target, texts, seed, ips }: FloodOrder, own: Address): void {
  const local: Address = { ip: ips[0] ?? own.ip, port: own.port }
  for (const text of texts) {
    const shown = text.replaceAll('{at}', `${local.ip}:${local.port}`).replaceAll('{n}', seed)
    const rung = {
      atMs: trial.nowMs(),
      who: 'flooder',
      isSent: true,
      transport: 'UDP',
      local,
      remote: target,
    }
    trial.ladder.add(rung, shown)
  }
}

/** A user who exists and is not called meanwhile; without such a one, somebody else each time. */
export function idleUser({ accounts, domain }: Target): string {
  return `sip:${accounts[2]?.user ?? '{n}'}@${domain}`
}

/** The text of a request for a flood: identifiers are new each time. */
export function floodText(domain: string, saying: Saying): string {
  const speaker = { aor: `sip:{n}@${domain}`, contact: 'sip:flooder@{at}', sentBy: 'UDP {at}' }
  return say(speaker, { callId: '{n}', fromTag: '{n}', branch: 'z9hG4bK{n}', ...saying })
}

/** The text of a response for a flood, to a request that the target seems to have sent. */
export function responseText({ ip, domain, ports }: Target, status: string): string {
  return [
    `SIP/2.0 ${status}`,
    `Via: SIP/2.0/UDP ${ip}:${ports.UDP ?? 5_060};branch=z9hG4bK{n}`,
    'Via: SIP/2.0/UDP {at};branch=z9hG4bK1{n}',
    `From: <sip:{n}@${domain}>;tag={n}`,
    `To: <sip:1{n}@${domain}>;tag=1{n}`,
    'Call-ID: {n}',
    'CSeq: 1 INVITE',
    'Contact: <sip:flooder@{at}>',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}
