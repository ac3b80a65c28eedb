#!/usr/bin/env node
// Builds native/ into build/, where a C++ compiler is and something is newer than the product. Never fails: without the
// product datagrams go by node:dgram. Works on Node 20; downloads nothing, the headers come with the Node in node_modules.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sources = join(root, 'native')
const folder = join(root, 'build')
export const product = join(folder, `udp-batch-${process.platform}-${process.arch}.node`)
/** Its time tells since when the same sources need not be tried again. */
const attempt = join(folder, 'attempt')
export const COMPILERS = ['c++', 'g++', 'clang++']
const NO_COMPILER = `no C++ compiler (${COMPILERS.join(', ')})`
const WITHOUT = 'no native module for datagrams, node:dgram does instead'
const FLAGS = ['-std=c++17', '-O2', '-fno-exceptions', '-fno-rtti', '-Wall', '-Wextra']

/**
 * Builds when there is something to build.
 * @returns what was done or why not, in one line; undefined when everything is as it was
 */
export function buildNative() {
  if (process.platform !== 'linux') return undefined
  try {
    const newest = Math.max(...readdirSync(sources).map(name => timeOf(join(sources, name))))
    if (timeOf(product) >= newest || (timeOf(attempt) >= newest && !hasNewCompiler())) return undefined
    mkdirSync(folder, { recursive: true })
    const why = compile({ output: product, flags: FLAGS })
    if (why === undefined) return 'built the native module for datagrams'
    writeFileSync(attempt, `${why}\n`)
    return `${WITHOUT}: ${why}`
  } catch (error) {
    // A tree that cannot be written to, for one.
    return `${WITHOUT}: ${error.message}`
  }
}

/** A compiler came since there was none. */
function hasNewCompiler() {
  return readFileSync(attempt, 'utf8').startsWith(NO_COMPILER) && COMPILERS.some(isOnPath)
}

/**
 * Compiles every source into one module.
 * @returns why not, in one line; undefined when it worked
 */
export function compile({ output, flags }) {
  const compiler = COMPILERS.find(isOnPath)
  if (compiler === undefined) return NO_COMPILER
  const headers = headersOfNode()
  if (headers === undefined) return 'the headers of Node are missing'
  const files = readdirSync(sources).filter(name => name.endsWith('.cc'))
  // Two starts at once must not write into one another's file.
  const fresh = `${output}.${process.pid}`
  const all = [...flags, '-fPIC', '-shared', '-fvisibility=hidden', '-DNAPI_VERSION=8', '-isystem', headers]
  const done = spawnSync(compiler, [...all, '-o', fresh, ...files], { cwd: sources, encoding: 'utf8' })
  if (done.status === 0) {
    renameSync(fresh, output)
    return undefined
  }
  rmSync(fresh, { force: true })
  const [first = 'it was stopped'] = (done.stderr ?? '').split('\n').filter(line => line.includes('error'))
  return `${compiler}: ${first.trim()}`
}

/** The folder of node_api.h and uv.h: of the Node that runs the server, or of the one that runs this. */
function headersOfNode() {
  const modules = join(root, 'node_modules')
  const name = `node-${process.platform}-${process.arch}`
  const candidates = [
    join(modules, 'node', 'node_modules', name),
    join(modules, name),
    dirname(dirname(realpathSync(process.execPath))),
  ]
  return candidates
    .map(candidate => join(candidate, 'include', 'node'))
    .find(include => existsSync(join(include, 'node_api.h')) && existsSync(join(include, 'uv.h')))
}

export function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some(each => existsSync(join(each, program)))
}

/** When a file changed, in ms since 1970; 0 when there is none. */
function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // Who asks by hand wants it tried again.
  rmSync(attempt, { force: true })
  console.error(`aspis: ${buildNative() ?? 'the native module for datagrams is current'}`)
}
