import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Root of the checkout. */
export const ROOT = resolve(import.meta.dirname, '../..')

/** The Node that runs the tests, with what every command of ours needs. */
const MAIN = join(ROOT, 'src/cli/main.ts')

/** One account of a test. */
export interface TestUser {
  readonly name: string
  readonly password: string
  /** The phone knows nothing better than MD5. */
  readonly isMd5?: boolean
}

/** How a server of a test is set up. */
export interface EdgeSetup {
  /** The whole configuration but `data` and `admin`, as YAML. */
  readonly yaml: string
  readonly domain: string
  readonly users?: readonly TestUser[]
  /** Network namespace to run in; the test's own when left out. */
  readonly namespace?: string
  /** A command that runs the server inside something else, such as `nsenter`; it must become the server. */
  readonly wrapper?: readonly string[]
  readonly adminPort?: number
  /** Folder to use and keep; a new one when left out. */
  readonly folder?: string
  /** Variables of the process besides the test's own. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A server of ours as a process of its own, as users run it. */
export interface EdgeProcess {
  readonly folder: string
  readonly process: ChildProcess
  /** Everything that it wrote so far. */
  output(): string
  /** Text of a page of the admin interface. */
  admin(path: string): string
  /** Value of a metric line, 0 when it is not there. */
  metric(line: string): number
  /** @returns exit code */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Stops it and removes its folder. */
  remove(): Promise<void>
}

/** A new folder that other users can read, as some peers drop their rights. */
export function testFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `aspis-${name}-`))
  spawnSync('chmod', ['755', folder])
  return folder
}

/** Runs `aspis …`; throws with what it wrote when it fails. */
export function aspis(args: readonly string[], input?: string, cwd?: string): string {
  const done = spawnSync(process.execPath, [MAIN, ...args], { input, cwd, encoding: 'utf8' })
  if (done.status !== 0)
    throw new Error(`aspis ${args.join(' ')}: exit ${done.status}\n${done.stdout}${done.stderr}`)
  return done.stdout
}

/** Writes the configuration, makes the accounts, starts `aspis serve` and waits until it is ready. */
export async function startEdgeProcess(setup: EdgeSetup): Promise<EdgeProcess> {
  const folder = setup.folder ?? testFolder('edge')
  mkdirSync(folder, { recursive: true })
  const adminPort = setup.adminPort ?? 19090
  const file = join(folder, 'aspis.yaml')
  writeFileSync(
    file,
    `${setup.yaml.trim()}\ndata: ${join(folder, 'data')}\nadmin: http://127.0.0.1:${adminPort}\n`,
  )
  addUsers(file, folder, setup.domain, setup.users ?? [])
  const command = setup.namespace === undefined ? [] : ['ip', 'netns', 'exec', setup.namespace]
  const wrapped = [...command, ...(setup.wrapper ?? []), process.execPath, MAIN, 'serve', '-c', file]
  const [program = process.execPath, ...args] = wrapped
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...setup.environment, NO_COLOR: '1' },
  })
  let output = ''
  const collect = (chunk: Buffer): void => {
    output += chunk.toString('utf8')
    if (output.length > 4_000_000) output = output.slice(-2_000_000)
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  const ended = new Promise<number | null>(done => child.once('exit', code => done(code)))
  const get = (path: string): string => {
    const url = `http://127.0.0.1:${adminPort}${path}`
    const [curl = 'curl', ...rest] = [...command, 'curl', '-s', '-m', '5', '-w', '\\n%{http_code}', url]
    return spawnSync(curl, rest, { encoding: 'utf8' }).stdout
  }
  const edge: EdgeProcess = {
    folder,
    process: child,
    output: () => output,
    admin: path => get(path).replace(/\n\d{3}$/, ''),
    metric: line => {
      const found = get('/metrics')
        .split('\n')
        .find(each => each.startsWith(`${line} `))
      return found === undefined ? 0 : Number(found.slice(line.length + 1))
    },
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null) child.kill(signal)
      return await ended
    },
    remove: async () => {
      if (child.exitCode === null) child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
  for (let tries = 0; tries < 150; tries++) {
    if (child.exitCode !== null) {
      await edge.remove()
      throw new Error(`aspis serve ended with ${child.exitCode}\n${output}`)
    }
    if (get('/readyz').endsWith('\n200')) return edge
    await new Promise(done => setTimeout(done, 100))
  }
  await edge.remove()
  throw new Error(`aspis serve was not ready in 15 s\n${output}`)
}

/** Makes accounts with known passwords, in as few steps as there are kinds of them. */
function addUsers(file: string, folder: string, domain: string, users: readonly TestUser[]): void {
  for (const isMd5 of [false, true]) {
    const some = users.filter(user => (user.isMd5 === true) === isMd5)
    const [only] = some
    if (some.length === 1 && only !== undefined) addUser(file, domain, only)
    if (some.length < 2) continue
    const list = join(folder, 'users.csv')
    const rows = some.map(({ name, password }) => `${quoted(name)},${quoted(domain)},${quoted(password)}`)
    writeFileSync(list, `user,domain,password\n${rows.join('\n')}\n`)
    aspis(['user', 'import', list, ...(isMd5 ? ['--md5'] : []), '-c', file])
    rmSync(list)
  }
}

function quoted(value: string): string {
  return `"${value.replaceAll('"', '""')}"`
}

/** Makes an account with a known password. */
export function addUser(file: string, domain: string, user: TestUser): void {
  const md5 = user.isMd5 === true ? ['--md5'] : []
  aspis(
    ['user', 'add', `${user.name}@${domain}`, '--password-stdin', '--allow-trivial', ...md5, '-c', file],
    `${user.password}\n`,
  )
}
