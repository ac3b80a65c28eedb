import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './edge-process.ts'

/** How a command ended. */
export interface AspisRun {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command of ours in a folder, as users do; a failure is an outcome. */
export function aspisRun(args: readonly string[], folder: string): AspisRun {
  const done = spawnSync(join(ROOT, 'bin/aspis'), args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1' },
  })
  return { code: done.status, out: done.stdout, err: done.stderr }
}
