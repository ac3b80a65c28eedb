import type { Split } from './profile.ts'

/** Where the time went, as lines for a terminal. */
export function printSplit(split: Split, cpuUsPerCall: number | undefined, most: number): string {
  const share = (us: number): number => us / Math.max(1, split.busyUs)
  const line = (name: string, us: number): string => {
    const perCall =
      cpuUsPerCall === undefined ? '' : `${(share(us) * cpuUsPerCall).toFixed(2).padStart(8)} µs`
    return `${(share(us) * 100).toFixed(1).padStart(6)} %${perCall}  ${name}`
  }
  const rooms = [...split.rooms].sort((a, b) => b[1] - a[1]).map(([room, us]) => line(room, us))
  const functions = split.functions.slice(0, most).map(({ name, selfUs }) => line(name, selfUs))
  return ['by room', ...rooms, 'by function', ...functions].join('\n')
}
