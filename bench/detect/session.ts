import type { Evasion } from './attacks/evasion.ts'
import type { AttackClass } from './attacks/field.ts'
import { Field, nameOf } from './attacks/field.ts'
import { smallTown } from './people/scenes.ts'
import { registerSilently } from './people/town.ts'
import { Agenda } from './traffic/agenda.ts'
import { Edge } from './traffic/edge.ts'
import { Random } from './traffic/random.ts'
import type { Campaign, Intensity, Wired } from './traffic/wire.ts'

/** Seeds below are for finding thresholds; only from here on is anything scored. */
export const HELD_OUT = 5000

/** One attack amid honest people. */
export interface SessionPlan {
  readonly attack: AttackClass
  readonly intensity: Intensity
  readonly evasion: Evasion
  /** Number of the run: seed of all that looks like chance. */
  readonly run: number
}

/** What the session was, for who scores it. */
export interface Session {
  readonly campaign: Campaign
  /** Users that the attack is about. */
  readonly targets: ReadonlySet<string>
  readonly honestUserDays: number
}

const MINUTE_MS = 60_000
/** Verdicts that come so long after the last message still count. */
const AFTER_MS = 2 * MINUTE_MS
const HOUR_MS = 60 * MINUTE_MS
/** In the morning of a working day. */
const BEGAN_MS = 9 * HOUR_MS

/** Lets one attack happen, and tells each message. */
export function playSession(plan: SessionPlan, tell: (wired: Wired) => void): Session {
  const { attack, intensity, evasion, run } = plan
  const name = nameOf(attack)
  const seed = [run, hashOf(name), hashOf(intensity), hashOf(evasion)]
  const agenda = new Agenda(BEGAN_MS)
  const random = new Random(...seed)
  const campaign: Campaign = {
    id: `${name}/${intensity}/${evasion}/${run}`,
    ...{ attack: attack.id, name, intensity, evasion, clause: attack.clause },
  }
  const edge = new Edge(agenda, random, tell)
  const [count, gapMs] = attack[intensity]
  const isSlower = evasion === 'hundredfold-slower'
  const pauseMs = isSlower ? gapMs * 100 : gapMs
  const beforeMs = (attack.afterMinutes ?? 2) * MINUTE_MS
  const minutes = Math.ceil((beforeMs + count * pauseMs + AFTER_MS) / MINUTE_MS)
  // A long session needs fewer calls a day, and still has some around each step.
  const town = smallTown(edge, minutes, minutes > 240 ? 24 : (attack.afterMinutes ?? 0) > 5 ? 1500 : 150)
  registerSilently(town)
  const block = (run * 131 + hashOf(name)) & 0xffff
  const field = new Field({ town, campaign, evasion, block, attack })
  const step = attack.begin(field)
  const startMs = agenda.nowMs + beforeMs + random.between(0, MINUTE_MS)
  const goOn = (i: number): void => {
    if (i >= count) return
    step(i)
    agenda.after(random.between(0.5, 1.5) * pauseMs, () => goOn(i + 1))
  }
  agenda.at(startMs, () => goOn(0))
  agenda.run(startMs + count * pauseMs * 1.1 + AFTER_MS)
  const days = (agenda.nowMs - BEGAN_MS) / (24 * HOUR_MS)
  return { campaign, targets: field.targets, honestUserDays: town.phones.length * days }
}

/** A number for a name. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
