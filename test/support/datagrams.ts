import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { loadNative } from '../../src/net/udp-native.ts'
import { ROOT } from './edge-process.ts'
import { hasProgram } from './programs.ts'

const COMPILERS = ['c++', 'g++', 'clang++']

// Whoever runs a test file alone has not built it yet; when it is current this is over at once.
spawnSync(process.execPath, [join(ROOT, 'bin/build-native.mjs')])
const native = loadNative()

/**
 * For the `skip` of a test of the native module: false where it is or could have been built, so that a module that
 * does not compile fails the test.
 */
export const withoutNative: string | false =
  native.ok || (process.platform === 'linux' && COMPILERS.some(hasProgram))
    ? false
    : 'needs Linux and a C++ compiler for the native module'

/** Both ways of datagrams, with the reason to leave one out. */
export const datagramWays = [
  { by: 'native', skip: withoutNative },
  { by: 'node', skip: false },
] as const

/** The native module. */
export function nativeDatagrams() {
  if (!native.ok) throw new Error(native.error)
  return native.value
}
