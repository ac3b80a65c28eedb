import { join } from 'node:path'
import { type Ground, LOAD_CPU, SERVER_CPU } from '../harness/ground.ts'
import { numbersOf } from '../harness/load.ts'
import { NODE_FLAGS, ROOT } from '../harness/paths.ts'
import { waitUntilSaid } from '../harness/server.ts'

const BUSY_READY_MS = 120_000

/**
 * Runs a program of ours.
 * @param name file below `bench/`
 * @returns what it printed
 * @throws Error with what it said when it failed
 */
export async function runProgram(
  ground: Ground,
  name: string,
  ...args: readonly (string | number)[]
): Promise<string> {
  const command = [
    process.execPath,
    ...NODE_FLAGS,
    '--expose-gc',
    join(ROOT, 'bench', name),
    ...args.map(String),
  ]
  const { code, out, errors } = await ground.run(SERVER_CPU, command)
  if (code !== 0) throw new Error(`${name}: ${errors.slice(-600)}`)
  return out
}

/**
 * The same for a program that prints its figures as one line of JSON.
 * @throws Error when it printed none
 */
export async function runForFigures(
  ground: Ground,
  name: string,
  ...args: readonly (string | number)[]
): Promise<Readonly<Record<string, number>>> {
  const out = await runProgram(ground, name, ...args)
  const line = out.split('\n').findLast(each => each.startsWith('{'))
  if (line === undefined) throw new Error(`${name} gave no figures: ${out.slice(-600)}`)
  return numbersOf(JSON.parse(line))
}

/** Starts phones that answer every call with 486, once all of them are registered. */
export async function startBusyPhones(
  ground: Ground,
  users: number,
  places: readonly { readonly port: number; readonly phones: number }[],
): Promise<{ stop(): void }> {
  const args = [String(users), ...places.map(({ port, phones }) => `${port}:${phones}`)]
  const program = join(ROOT, 'bench/shape/busy-phones.ts')
  const child = ground.start(LOAD_CPU, [process.execPath, ...NODE_FLAGS, program, ...args])
  await waitUntilSaid(child, /ready/, BUSY_READY_MS)
  return { stop: () => child.kill() }
}
