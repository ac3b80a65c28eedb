import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ROOT, testFolder } from '../support/edge-process.ts'

const folder = testFolder('demo')
after(() => rmSync(folder, { recursive: true, force: true }))

test('aspis demo ends with two grades, best and worst, and a report of each server', async () => {
  const child = spawn(join(ROOT, 'bin/aspis'), ['demo', '--output', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  let said = ''
  let complained = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    complained += chunk.toString('utf8')
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 0, said + complained)
  assert.equal(complained, '', 'progress is for terminals')
  assert.match(said, /^Aspis: grade A\+?\n {2}\d+ of \d+ attacks resisted, 0 succeeded/m)
  assert.match(said, /^The weak server: grade F\n {2}0 of \d+ attacks resisted, \d+ succeeded/m)
  for (const name of ['aspis.html', 'weak.html']) {
    assert.ok(said.includes(join(folder, name)))
    assert.match(readFileSync(join(folder, name), 'utf8'), /^<!doctype html>/i)
  }
})
