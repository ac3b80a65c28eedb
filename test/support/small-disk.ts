import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { missing } from './programs.ts'

/** A small file system of its own that can be filled; it is gone with the process that holds it. */
export interface SmallDisk {
  /** Put before a command that shall see the disk. */
  readonly wrapper: readonly string[]
  /** Leaves no byte free. */
  fill(): void
  free(): void
  remove(): Promise<void>
}

/** For the `skip` of a test. */
export function missingSmallDisk(): string | false {
  if (process.getuid?.() !== 0) return 'needs root, to mount a small file system'
  return missing('unshare', 'nsenter', 'mount')
}

/** Mounts a file system of a few MiB over a folder, in a mount namespace of its own. */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  mkdirSync(folder, { recursive: true })
  const script = `mount -t tmpfs -o size=${megabytes}m,mode=700 tmpfs "$1" && echo mounted && exec sleep infinity`
  const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const end = (): void => void holder.kill('SIGKILL')
  process.once('exit', end)
  await untilMounted(holder)
  // Through the holder's root its mounts are seen from outside.
  const file = join(`/proc/${holder.pid}/root`, folder, 'filler')
  return {
    wrapper: ['nsenter', '--mount', `--target=${holder.pid}`],
    fill: () => fillUp(file),
    free: () => {
      if (existsSync(file)) unlinkSync(file)
    },
    remove: async () => {
      process.removeListener('exit', end)
      const gone = once(holder, 'exit')
      end()
      await gone
    },
  }
}

async function untilMounted(holder: ChildProcess): Promise<void> {
  const told = holder.stdout === null ? undefined : await once(holder.stdout, 'data')
  if (String(told?.[0]).trim() !== 'mounted') throw new Error('the small disk could not be mounted')
  const mounts = readFileSync(`/proc/${holder.pid}/mounts`, 'utf8')
  if (!mounts.includes('tmpfs')) throw new Error('the small disk is not mounted')
}

function fillUp(file: string): void {
  const handle = openSync(file, 'a')
  try {
    for (const size of [65_536, 4096, 1]) {
      while (wrote(handle, size));
    }
  } finally {
    closeSync(handle)
  }
}

function wrote(handle: number, bytes: number): boolean {
  try {
    return writeSync(handle, Buffer.alloc(bytes)) > 0
  } catch {
    // No space left, which is what is wanted.
    return false
  }
}
