import type { Window } from './figures.ts'
import type { Ground } from './harness/ground.ts'
import { type Load, loadServer } from './harness/load.ts'
import type { RunningServer } from './harness/server.ts'
import { median } from './stats.ts'

/** A server and what it is asked. */
export interface Contestant<Name extends string = string> {
  readonly name: Name
  readonly server: RunningServer
  readonly load: Load
}

/** One window of one of them. */
export interface Turn<Name extends string> extends Window {
  readonly name: Name
  readonly round: number
}

/** Loads each until V8 has optimised the code, and transactions' memory is used again. */
export async function warmUp(
  ground: Ground,
  contestants: readonly Contestant[],
  isQuick: boolean,
): Promise<void> {
  for (const { server, load } of contestants) {
    const isCall = load.mode === 'invite'
    const warmUpSeconds = isQuick ? (isCall ? 6 : 2) : isCall ? 10 : 4
    await loadServer(ground, server.target(load.transport), {
      ...load,
      warmUpSeconds,
      seconds: 0.2,
      isPrepared: false,
    })
  }
}

/**
 * A window each, `reps` times: so the machine's moods hit all alike. Who comes first changes from round to round.
 * The phones are those of the warm-up, still registered.
 */
export async function* takeTurns<Name extends string>(
  ground: Ground,
  contestants: readonly Contestant<Name>[],
  reps: number,
): AsyncGenerator<Turn<Name>> {
  for (let round = 0; round < reps; round++) {
    for (const { name, server, load } of inTurn(contestants, round)) {
      const window = await loadServer(ground, server.target(load.transport), { ...load, isPrepared: true })
      yield { ...window, name, round }
    }
  }
}

function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  const first = round % Math.max(1, all.length)
  return [...all.slice(first), ...all.slice(0, first)]
}

/** Calls in flight at a time: enough to keep a server busy, few enough to wait for one another. */
export const IN_FLIGHT = 32

/** Registrations in flight at a time: where each waits for the disk, it takes so many to keep the processor busy. */
const REGISTERS_IN_FLIGHT = 512

/** A window at saturation, long enough to be read. */
export function loadFor(mode: Load['mode'], isQuick: boolean): Load {
  const seconds = mode === 'invite' && !isQuick ? 3 : 2
  const warmUpSeconds = mode === 'invite' ? 1.5 : 1
  const inFlight = mode === 'register' ? REGISTERS_IN_FLIGHT : IN_FLIGHT
  return { mode, transport: 'udp', pressure: { inFlight }, warmUpSeconds, seconds }
}

/**
 * How much more CPU time one takes than another: the median over the rounds.
 * @returns a ratio, 1 when they are equal; NaN without rounds of both
 */
export function ratioOf<Name extends string>(turns: readonly Turn<Name>[], name: Name, base: Name): number {
  return median(
    turns.flatMap(turn => {
      const other = turns.find(each => each.name === base && each.round === turn.round)
      return turn.name === name && other !== undefined ? [turn.cpuUs / other.cpuUs] : []
    }),
  )
}

/** The median of one figure of one of them. */
export function medianOf<Name extends string>(
  turns: readonly Turn<Name>[],
  name: Name,
  pick: (turn: Turn<Name>) => number,
): number {
  return median(turns.filter(each => each.name === name).map(pick))
}
