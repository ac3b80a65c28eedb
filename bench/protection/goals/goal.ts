import type { Arena } from '../arena.ts'
import type { Contestant, Defender } from '../servers.ts'
import { startDefender } from '../servers.ts'

/** Goals that are measured. */
export const GOALS = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S11'] as const
export type GoalName = (typeof GOALS)[number]

/** What is aimed at. */
export interface Limit {
  readonly value: number
  /** A limit is mostly a highest value. */
  readonly isLeast?: boolean
}

/** One figure of one server. */
export interface Reading {
  readonly goal: GoalName
  /** What was done, and what of it is counted. */
  readonly what: string
  readonly unit: string
  readonly contestant: Contestant
  /** NaN: there is none of this server. */
  readonly value: number
  readonly limit: Limit | undefined
  /** What it was taken at, when that was another run. */
  readonly commit?: string
}

/** How long and how much. */
export interface BattlePlan {
  readonly isQuick: boolean
  /** Of each flood of S1 and S3. */
  readonly seconds: number
  /** Of everything else that lasts. */
  readonly shortSeconds: number
}

/** Where a goal is measured. */
export interface Field {
  readonly arena: Arena
  readonly contestant: Contestant
  readonly plan: BattlePlan
  /** Notes a figure. */
  read(what: string, unit: string, value: number, limit?: Limit): void
  /** Says what goes on. */
  say(text: string): void
}

/** How a goal is measured on one server. */
export type Goal = (field: Field) => Promise<void>

/** Whether a figure is as it was aimed at; undefined where nothing is aimed at or there is no figure. */
export function isMet({ value, limit }: Pick<Reading, 'value' | 'limit'>): boolean | undefined {
  if (limit === undefined || Number.isNaN(value)) return undefined
  return limit.isLeast === true ? value >= limit.value : value <= limit.value
}

/** Share of calls and their time that are aimed at while a flood lasts: less without help of the kernel. */
export function floodLimits(contestant: Contestant): { readonly success: Limit; readonly p99Ms: Limit } {
  const isKernel = contestant === 'aspis-kernel'
  return {
    success: { value: isKernel ? 99.9 : 99.5, isLeast: true },
    p99Ms: { value: isKernel ? 100 : 250 },
  }
}

/** Does something with a new server, and ends it. */
export async function withDefender(field: Field, act: (defender: Defender) => Promise<void>): Promise<void> {
  const defender = await startDefender(field.arena, field.contestant)
  try {
    await act(defender)
  } finally {
    await defender.stop()
  }
}
