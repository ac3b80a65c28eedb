#!/usr/bin/env node
// Builds native/ with AddressSanitizer and UndefinedBehaviorSanitizer in a copy of the tree, and runs there the tests of
// datagrams and a long fuzz of the native functions. Linux with a C++ compiler and its sanitizers; takes a minute or two.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { COMPILERS, compile, isOnPath, product } from './build-native.mjs'

const USAGE = `usage: node bin/sanitize-native.mjs [rounds [seed]]
  rounds  of the fuzz, default 5000
  seed    of its dice, default 1; a fault comes again with the same one`
const FLAGS = ['-std=c++17', '-O1', '-g', '-fno-omit-frame-pointer', '-fno-exceptions']
const SANITIZE = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [rounds = '5000', seed = '1'] = process.argv.slice(2)
if (!(Number(rounds) > 0 && Number.isInteger(Number(seed)))) {
  console.error(USAGE)
  process.exit(2)
}
const compiler = COMPILERS.find(isOnPath)
if (process.platform !== 'linux' || compiler === undefined) {
  console.error('aspis: the sanitizers need Linux and a C++ compiler')
  process.exit(4)
}

const copy = mkdtempSync(join(tmpdir(), 'aspis-sanitize-'))
try {
  process.exitCode = run()
} finally {
  rmSync(copy, { recursive: true, force: true })
}

/** The exit code. */
function run() {
  for (const folder of ['bin', 'native', 'src', 'test']) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  mkdirSync(join(copy, 'build'))
  const output = join(copy, 'build', basename(product))
  const why = compile({ output, flags: [...FLAGS, ...SANITIZE] })
  if (why !== undefined) {
    console.error(`aspis: the native module does not build with sanitizers: ${why}`)
    return 4
  }
  const fuzz = join(copy, 'fuzz.ts')
  writeFileSync(fuzz, fuzzProgram())
  const tests = readdirSync(join(copy, 'src/net'))
    .filter(name => /^udp.*\.test\.ts$/.test(name))
    .map(name => join('src/net', name))
  for (const args of [
    ['--test', '--test-isolation=none', ...tests],
    ['--expose-gc', fuzz],
  ]) {
    const status = runSanitized(args)
    if (status !== 0) {
      console.error(`aspis: sanitizers: node ${args.join(' ')}: exit code ${status}`)
      return 1
    }
  }
  console.log('aspis: the sanitizers found nothing')
  return 0
}

function runSanitized(args) {
  const libraries = ['libasan.so', 'libubsan.so'].map(name =>
    spawnSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim(),
  )
  const env = {
    ...process.env,
    LD_PRELOAD: libraries.join(' '),
    // What Node itself keeps until its end is no leak of ours; its WebAssembly handles SIGSEGV.
    ASAN_OPTIONS: 'detect_leaks=0:allow_user_segv_handler=1:abort_on_error=0:detect_stack_use_after_return=1',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  }
  const node = join(root, 'node_modules/.bin/node')
  const done = spawnSync(node, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: copy,
    env,
    stdio: 'inherit',
  })
  return done.status ?? 128
}

function fuzzProgram() {
  return `import { fuzzNative } from './test/support/native-fuzz.ts'
import { loadNative } from './src/net/udp-native.ts'
const native = loadNative()
if (!native.ok) throw new Error(native.error)
console.log(await fuzzNative(native.value, { rounds: ${Number(rounds)}, seed: ${Number(seed)} }))
`
}
