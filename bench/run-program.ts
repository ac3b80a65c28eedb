import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

/** Root of the checkout. */
export const ROOT = resolve(import.meta.dirname, '..')

/** Runs a program of ours with this Node, its output going where ours goes. */
export async function runNode(args: readonly string[]): Promise<void> {
  const flags = ['--disable-warning=ExperimentalWarning', '--expose-gc']
  const child = spawn(process.execPath, [...flags, ...args], { stdio: 'inherit', cwd: ROOT })
  const [code] = await once(child, 'exit')
  if (code !== 0) process.exitCode = 1
}
