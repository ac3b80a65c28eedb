import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Transport } from '../figures.ts'
import type { Target } from './load.ts'
import { treeOf } from './proc.ts'

/** A server that runs. */
export interface RunningServer {
  target(transport: Transport): Target
  pids(): readonly number[]
  /** Ends it, and waits until it did. */
  stop(): Promise<void>
}

const STOP_MS = 15_000

/**
 * Waits until a program says something.
 * @throws Error with what it said when it ends, or not says it in that time
 */
export function waitUntilSaid(child: ChildProcess, wanted: RegExp, limitMs: number): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(new Error(`not ready in ${limitMs} ms: ${said}`)), limitMs)
    const onData = (part: Buffer): void => {
      if (said.length < 65_536) said += part.toString()
      if (wanted.test(said)) settle()
    }
    const onClose = (): void => settle(new Error(`ended: ${said}`))
    const settle = (error?: Error): void => {
      clearTimeout(timer)
      child.stdout?.off('data', onData)
      child.off('close', onClose)
      // What it goes on saying must not fill the pipe.
      child.stdout?.resume()
      child.stderr?.resume()
      if (error === undefined) resolve()
      else reject(error)
    }
    child.stdout?.on('data', onData)
    child.stderr?.on('data', onData)
    child.once('close', onClose)
  })
}

/** Asks a server to end, and insists when it does not. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'close')
  const all = treeOf(child.pid)
  child.kill('SIGTERM')
  const timer = setTimeout(() => {
    for (const pid of all) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended meanwhile.
      }
    }
  }, STOP_MS)
  await ended
  clearTimeout(timer)
}
