import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { withoutNative } from './support/datagrams.ts'

const root = resolve(import.meta.dirname, '..')

/** A copy of what the build needs, in a folder of its own. */
function copyOfSources() {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-build-'))
  cpSync(join(root, 'native'), join(folder, 'native'), { recursive: true })
  mkdirSync(join(folder, 'bin'))
  cpSync(join(root, 'bin/build-native.mjs'), join(folder, 'bin/build-native.mjs'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return {
    folder,
    /** What it says, and its exit code. */
    build: (path = process.env.PATH): readonly [string, number | null] => {
      const done = spawnSync(process.execPath, ['bin/build-native.mjs'], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: path },
      })
      return [done.stderr.trim(), done.status]
    },
    products: () =>
      readdirSync(folder).includes('build')
        ? readdirSync(join(folder, 'build')).filter(name => name.endsWith('.node'))
        : [],
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

test('the native module is built once, and anew when its source changed', { skip: withoutNative }, () => {
  using copy = copyOfSources()
  const built = ['aspis: built the native module for datagrams', 0]
  assert.deepEqual(copy.build(), built)
  assert.equal(copy.products().length, 1)
  assert.deepEqual(copy.build(), ['aspis: the native module for datagrams is current', 0])
  const later = new Date(Date.now() + 60_000)
  utimesSync(join(copy.folder, 'native/layout.h'), later, later)
  assert.deepEqual(copy.build(), built)
})

test('without a compiler, or with a source that does not compile, it says so in a line and fails nothing', {
  skip: withoutNative,
}, () => {
  using copy = copyOfSources()
  const nothing = 'aspis: no native module for datagrams, node:dgram does instead: '
  assert.deepEqual(copy.build(copy.folder), [`${nothing}no C++ compiler (c++, g++, clang++)`, 0])
  appendFileSync(join(copy.folder, 'native/udp-socket.cc'), 'this is no C++\n')
  const [line, status] = copy.build()
  assert.ok(line.startsWith(nothing) && line.includes('error') && !line.includes('\n'), line)
  assert.equal(status, 0)
  assert.deepEqual(copy.products(), [])
})
