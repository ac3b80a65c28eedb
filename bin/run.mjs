#!/usr/bin/env node
// What the npm scripts run. Works on Node 20: installs what is missing, then goes on with the Node of node_modules.
import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { availableParallelism, constants, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildNative } from './build-native.mjs'

const USAGE = `usage: node bin/run.mjs start | test | check | bench [arguments]
  start   serves; arguments go to "aspis serve"
  test    types, format and lint, then every test; with parts of file names only those tests
          example: npm test -- src/sip registrar
  check   types, format and lint, then every test but those with peers
  bench   what is measured; example: npm run bench -- --quick`

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tool = name => join(root, 'node_modules', '.bin', name)
const [verb, ...rest] = process.argv.slice(2)
const QUIET = '--disable-warning=ExperimentalWarning'

process.chdir(root)
// What hangs is ended and named; no file of tests needs half as long.
const MAX_FILE_MS = 600_000

const verbs = { start, test: runTests, check, bench }
if (verb === undefined || !Object.hasOwn(verbs, verb)) {
  console.error(USAGE)
  process.exit(2)
}
installWhatIsMissing()
const built = buildNative()
if (built !== undefined) console.error(`aspis: ${built}`)
const node = fitNode()
process.exitCode = await verbs[verb]()

async function start() {
  // What the server's advice calls the command: it is not on the PATH of who typed `npm start`.
  process.env.ASPIS_COMMAND ??= 'bin/aspis'
  return run(node, [...serverFlags(), 'src/cli/main.ts', 'serve', ...rest])
}

async function bench() {
  return run(node, [QUIET, 'bench/main.ts', ...rest])
}

async function runTests() {
  const flags = rest.filter(argument => argument.startsWith('--'))
  const parts = rest.filter(argument => !argument.startsWith('--'))
  if (parts.length === 0 && !(await staticChecks())) return 1
  const files = testFiles(['src', 'test', 'bench']).filter(
    file => parts.length === 0 || parts.some(part => file.includes(part)),
  )
  return runFiles(files, flags)
}

async function check() {
  if (!(await staticChecks())) return 1
  // Tests in folders of test/ start peers, but for the simulated network; others know what to skip.
  const files = testFiles(['src', 'test', 'bench']).filter(file => !/^test\/(?!sim\/).+\//.test(file))
  return runFiles(files, rest)
}

async function staticChecks() {
  for (const [what, name, args] of [
    ['types', 'tsc', ['-p', '.']],
    ['format and lint', 'biome', ['check', '--no-errors-on-unmatched']],
  ]) {
    // Only tsc is a JavaScript file that would otherwise run on the machine's own Node.
    const [command, all] = name === 'tsc' ? [node, [tool(name), ...args]] : [tool(name), args]
    if ((await run(command, all)) !== 0) {
      console.error(`aspis: ${what}: see above`)
      return false
    }
  }
  return true
}

async function runFiles(files, flags) {
  if (files.length === 0) {
    console.error('aspis: no test file has this in its name')
    return 2
  }
  const test = [QUIET, '--test', `--test-timeout=${MAX_FILE_MS}`]
  const [computing, whole, ...waiting] = lanesOf(files)
  // What only computes has all processors; what waits for peers runs in two lanes, of which one file each at a time; what
  // judges a whole server by how fast it answers runs alone.
  const atOnce = [`--test-concurrency=${availableParallelism()}`]
  let code = 0
  if (computing.length > 0) code = await run(node, [...test, ...atOnce, ...flags, ...computing])
  const codes = await Promise.all(
    waiting
      .filter(lane => lane.length > 0)
      .map((lane, index) => {
        const command = [...test, '--test-concurrency=1', ...flags, ...lane]
        return index === 0 ? run(node, command) : runSilently(node, command)
      }),
  )
  if (whole.length > 0) codes.push(await run(node, [...test, ...flags, ...whole]))
  return [code, ...codes].find(each => each !== 0) ?? 0
}

/** Test files that only compute, those that judge a whole server, those that wait for peers, and those that attack. */
function lanesOf(files) {
  const lanes = [[], [], [], []]
  for (const file of files) {
    const isAttack = /^test\/e2e\/(?:audit-|outside-attackers)/.test(file)
    if (file.includes('audit-demo')) lanes[1].push(file)
    else lanes[isAttack ? 3 : file.startsWith('test/e2e/') ? 2 : 0].push(file)
  }
  return lanes
}

/** As `run`, and prints what was said when it is over, so that two do not talk at once. */
async function runSilently(command, args) {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-test-'))
  const said = join(folder, 'said')
  const file = openSync(said, 'w')
  try {
    return await run(command, args, ['ignore', file, file])
  } finally {
    closeSync(file)
    process.stdout.write(readFileSync(said))
    rmSync(folder, { recursive: true, force: true })
  }
}

function testFiles(folders) {
  return folders
    .flatMap(folder => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map(entry => relative(root, join(root, entry.parentPath ?? entry.path, entry.name)))
    .sort()
}

function installWhatIsMissing() {
  const installed = statSync('node_modules/.package-lock.json', { throwIfNoEntry: false })
  const wanted = statSync('package-lock.json')
  const isCurrent = installed !== undefined && installed.mtimeMs >= wanted.mtimeMs
  if (isCurrent && existsSync(tool('node'))) return
  // What is linked belongs to another checkout: installing through the link would empty it.
  if (lstatSync('node_modules', { throwIfNoEntry: false })?.isSymbolicLink()) {
    if (existsSync(tool('node'))) return
    console.error('aspis: node_modules is a link, and no packages are behind it; install them there')
    process.exit(4)
  }
  console.error('aspis: installing packages (once)')
  const options = ['--no-audit', '--no-fund', '--include=dev', '--loglevel=error']
  // A mirror that lacks packages of other platforms makes `npm ci` refuse the lock file; the versions of the
  // lock hold with `npm install --no-save` too, and no file of ours changes.
  let last
  for (const how of [['ci'], ['install', '--no-save']]) {
    last = npm([...how, ...options])
    if (last.status !== 0) continue
    const now = new Date()
    utimesSync('node_modules/.package-lock.json', now, now)
    return
  }
  console.error(`${last.stdout ?? ''}${last.stderr ?? ''}`.trim())
  console.error(
    `aspis: installing failed${last.error ? ` (${last.error.message})` : ''}; is the network there?`,
  )
  process.exit(4)
}

function npm(args) {
  const script = process.env.npm_execpath
  const options = { encoding: 'utf8', shell: process.platform === 'win32' }
  return script?.endsWith('.js')
    ? spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
    : spawnSync('npm', args, options)
}

function fitNode() {
  for (const candidate of [tool('node'), process.execPath, 'node']) {
    const asked = spawnSync(candidate, ['-p', 'parseInt(process.versions.node)'], { encoding: 'utf8' })
    if (asked.status === 0 && Number(asked.stdout) >= 24) return candidate
  }
  console.error(
    'aspis: needs Node.js 24 or later; the package "node" should have brought it (are install scripts off?)',
  )
  process.exit(4)
}

/** Runs a command in the foreground, passes signals on, and gives back its exit code. */
function run(command, args, stdio = 'inherit') {
  const child = spawn(command, args, { stdio })
  // A terminal sends Ctrl-C to the whole group, so the child has it already; who kills us alone means the child too.
  const pass = signal => {
    if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, pass)
  return new Promise(resolve => {
    child.on('error', error => {
      console.error(`aspis: ${command}: ${error.message}`)
      resolve(4)
    })
    child.on('exit', (code, signal) => {
      for (const name of signals) process.removeListener(name, pass)
      resolve(code ?? 128 + (constants.signals[signal] ?? 1))
    })
  })
}

/** The flags of a server, those of bin/aspis, which says why. */
function serverFlags() {
  return readFileSync('bin/server-flags', 'utf8').trim().split('\n')
}
