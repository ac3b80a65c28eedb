import type { Hot, Span, Split } from './profile.ts'

/** What is known of the time besides a profile. */
export interface KnownTime {
  /** Processor time of all threads in the windows of the profile, in µs. */
  readonly totalUs: number
  /** The kernel's part of it. */
  readonly kernelShare: number
}

/** Where all of the processor time went. */
export interface Account {
  /** The largest first; shares of the total. */
  readonly rooms: readonly { readonly room: string; readonly share: number }[]
  readonly functions: readonly (Hot & { readonly share: number })[]
}

/**
 * Completes a profile: what it did not see is native code, as of datagrams that are read while no JavaScript runs, or
 * other threads. The kernel's part of native code is what the kernel says.
 */
export function accountOf(split: Split, { totalUs, kernelShare }: KnownTime): Account {
  const whole = Math.max(totalUs, split.busyUs, 1)
  const nativeUs = (split.rooms.get('native code') ?? 0) + whole - split.busyUs
  const kernelUs = Math.min(nativeUs, kernelShare * whole)
  const rooms: { room: string; share: number }[] = []
  for (const [room, us] of split.rooms) if (room !== 'native code') rooms.push({ room, share: us / whole })
  rooms.push({ room: 'kernel', share: kernelUs / whole })
  rooms.push({ room: 'runtime, other threads', share: (nativeUs - kernelUs) / whole })
  return {
    rooms: rooms.sort((a, b) => b.share - a.share),
    functions: split.functions.map(each => ({ ...each, share: each.selfUs / whole })),
  }
}

/** What the load generator knows of the windows of a profile. */
export function knownTimeOf(
  windows: readonly (Span & { readonly serverLoad: number; readonly kernelShare: number })[],
): KnownTime {
  const all = windows.map(each => (each.toUs - each.fromUs) * each.serverLoad)
  const totalUs = all.reduce((sum, us) => sum + us, 0)
  const kernelUs = windows.reduce((sum, each, at) => sum + (all[at] ?? 0) * each.kernelShare, 0)
  return { totalUs, kernelShare: kernelUs / Math.max(1, totalUs) }
}
