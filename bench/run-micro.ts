import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NODE_FLAGS, ROOT } from './harness/paths.ts'
import { type Hot, readProfiles, splitOf } from './profile/profile.ts'

/** What single parts cost; each is a program of its own. */
const PARTS = [
  'bench/before-parsing.ts',
  'bench/parse.ts',
  'bench/detectors.ts',
  'bench/digest.ts',
  'bench/identity.ts',
  'bench/refusals.ts',
  'bench/store.ts',
]

/** Functions that are shown of each. */
const MOST_FUNCTIONS = 15

/** What a program printed, and which functions took its time. */
export interface Part {
  readonly program: string
  readonly printed: string
  readonly functions: readonly (Hot & { readonly share: number })[]
}

/** Runs every part, once for its figures and once for its functions, as a profile costs time itself. */
export async function runMicro(isQuick: boolean): Promise<readonly Part[]> {
  const parts: Part[] = []
  for (const program of PARTS.filter(each => existsSync(join(ROOT, each)))) {
    const part = { program, printed: await run(program, isQuick), functions: await functionsOf(program) }
    const lines = part.functions.map(
      ({ name, share }) => `${(share * 100).toFixed(1).padStart(6)} %  ${name}`,
    )
    console.log(`\n${program}\n${part.printed}\n${lines.join('\n')}`)
    parts.push(part)
  }
  return parts
}

async function functionsOf(program: string): Promise<Part['functions']> {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-micro-'))
  try {
    await run(program, true, '--cpu-prof', `--cpu-prof-dir=${folder}`)
    const { busyUs, functions } = splitOf(readProfiles(folder))
    return functions
      .slice(0, MOST_FUNCTIONS)
      .map(each => ({ ...each, share: each.selfUs / Math.max(1, busyUs) }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Runs a program of ours with this Node.
 * @returns what it printed
 * @throws Error with what it said when it failed
 */
async function run(program: string, isQuick: boolean, ...flags: readonly string[]): Promise<string> {
  const args = [...NODE_FLAGS, '--expose-gc', ...flags, program, ...(isQuick ? ['--quick'] : [])]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: ROOT })
  const said = { out: '', errors: '' }
  child.stdout.on('data', (part: Buffer) => {
    said.out += part.toString()
  })
  child.stderr.on('data', (part: Buffer) => {
    said.errors += part.toString()
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program}: ${said.errors}`)
  return said.out.trim()
}
