import type { Account } from './account.ts'

/**
 * Where the time went, as lines for a terminal.
 * @param cpuUs of one call
 * @param most functions that are shown
 */
export function printAccount({ rooms, functions }: Account, cpuUs: number, most: number): string {
  const line = (name: string, share: number): string =>
    `${(share * 100).toFixed(1).padStart(6)} % ${(share * cpuUs).toFixed(2).padStart(8)} µs  ${name}`
  const byRoom = rooms.map(({ room, share }) => line(room, share))
  const byFunction = functions.slice(0, most).map(({ name, share }) => line(name, share))
  return ['by room', ...byRoom, 'by function', ...byFunction].join('\n')
}
