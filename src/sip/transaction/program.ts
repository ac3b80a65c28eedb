import type { Cell, Table, TimerName } from './table.ts'
import { STARTS, STOPS } from './timers.ts'

/** One word of a cell, made ready: to be performed, or the timer that it starts or stops. */
export interface Step<Action> {
  readonly action: Action
  readonly starts: TimerName | undefined
  readonly stops: TimerName | undefined
}

/** A cell, made ready. */
export interface Steps<State, Action> {
  readonly next: State
  readonly steps: readonly Step<Action>[]
}

/** A machine as it runs: its table read once, when the server starts, and not for every message. */
export interface Program<State extends string, Event extends string, Action extends string> {
  readonly start: Steps<State, Action>
  readonly cells: { readonly [state in State]?: { readonly [event in Event]?: Steps<State, Action> } }
}

/** Makes a machine ready to run. */
export function programOf<State extends string, Event extends string, Action extends string>(machine: {
  readonly start: Cell<State, Action>
  readonly table: Table<State, Event, Action>
}): Program<State, Event, Action> {
  const cells: { [state in State]?: { [event in Event]?: Steps<State, Action> } } = {}
  for (const state in machine.table) {
    const row: { readonly [event in Event]?: Cell<State, Action> } | undefined = machine.table[state]
    if (row !== undefined) cells[state] = rowOf(row)
  }
  return { start: stepsOf(machine.start), cells }
}

function rowOf<State extends string, Event extends string, Action extends string>(
  row: {
    readonly [event in Event]?: Cell<State, Action>
  },
): { readonly [event in Event]?: Steps<State, Action> } {
  const steps: { [event in Event]?: Steps<State, Action> } = {}
  for (const event in row) {
    const cell: Cell<State, Action> | undefined = row[event]
    if (cell !== undefined) steps[event] = stepsOf(cell)
  }
  return steps
}

function stepsOf<State extends string, Action extends string>(
  cell: Cell<State, Action>,
): Steps<State, Action> {
  const [next, ...actions] = cell
  const timers: { readonly [word in string]?: TimerName } = STARTS
  const stopped: { readonly [word in string]?: TimerName } = STOPS
  const steps = actions.map(action => ({ action, starts: timers[action], stops: stopped[action] }))
  return { next, steps }
}
