import { readdirSync, readFileSync } from 'node:fs'

/** A process and all that came from it. */
export function treeOf(pid: number): readonly number[] {
  const found = [pid]
  for (const task of listed(`/proc/${pid}/task`)) {
    const children = text(`/proc/${pid}/task/${task}/children`).trim()
    for (const child of children === '' ? [] : children.split(' ')) found.push(...treeOf(Number(child)))
  }
  return found
}

/** Memory in use by processes, what they share counted once, in bytes. */
export function memoryOf(pids: readonly number[]): number {
  let kilobytes = 0
  for (const pid of pids) {
    const line = /^Pss:\s+(\d+)/m.exec(text(`/proc/${pid}/smaps_rollup`))
    kilobytes += Number(line?.[1] ?? 0)
  }
  return kilobytes * 1024
}

/** Processor time of processes so far, as the clock tick samples it, in µs. */
export interface CpuTime {
  readonly userUs: number
  readonly kernelUs: number
}

const TICK_US = 10_000

/** Reads the processor time of processes. */
export function cpuTimeOf(pids: readonly number[]): CpuTime {
  let [user, system] = [0, 0]
  for (const pid of pids) {
    const fields = text(`/proc/${pid}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ')
    user += Number(fields[11] ?? 0) * TICK_US
    system += Number(fields[12] ?? 0) * TICK_US
  }
  return { userUs: user, kernelUs: system }
}

/**
 * Time that all threads of processes were on a processor, in µs, as the scheduler counts it: who wakes and sleeps in step
 * with the clock tick is counted wrongly by samples.
 */
export function runTimeOf(pids: readonly number[]): number {
  let nanoseconds = 0
  for (const pid of pids) {
    for (const task of listed(`/proc/${pid}/task`))
      nanoseconds += Number(text(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0] ?? 0)
  }
  return nanoseconds / 1000
}

/** Share of the time between two readings that was the kernel's. */
export function kernelShareOf(before: CpuTime, after: CpuTime): number {
  const kernelUs = after.kernelUs - before.kernelUs
  const totalUs = kernelUs + after.userUs - before.userUs
  return totalUs <= 0 ? 0 : kernelUs / totalUs
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Empty when the process ended meanwhile. */
function text(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
