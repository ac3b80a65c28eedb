import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Metrics, printFamilies, sumFamilies } from './metrics.ts'

test('counters and known label values exist at 0', () => {
  const metrics = new Metrics()
  metrics.counter('aspis_requests_total', 'Requests received.')
  metrics.counters('aspis_refused_total', 'Refused, by reason.', 'reason', ['no-via', 'too-large'])
  assert.equal(
    metrics.print(),
    '# HELP aspis_requests_total Requests received.\n# TYPE aspis_requests_total counter\naspis_requests_total 0\n' +
      '# HELP aspis_refused_total Refused, by reason.\n# TYPE aspis_refused_total counter\n' +
      'aspis_refused_total{reason="no-via"} 0\naspis_refused_total{reason="too-large"} 0\n',
  )
})

test('label values of strangers are bounded: the rest counts as other', () => {
  const metrics = new Metrics()
  const counters = metrics.counters('aspis_methods_total', 'Methods.', 'method', ['INVITE'], 3)
  for (let i = 0; i < 1000; i += 1) counters.add(`M${i}`)
  const lines = metrics
    .print()
    .split('\n')
    .filter(line => line.startsWith('aspis_methods_total{'))
  assert.equal(lines.length, 4)
  assert.ok(lines.includes('aspis_methods_total{method="other"} 998'))
})

test('label values cannot break out of their quotes', () => {
  const metrics = new Metrics()
  metrics.counters('x_total', 'X.', 'l').add('a"} 1\nforged 1\\')
  assert.match(metrics.print(), /^x_total\{l="a\\"\} 1\\nforged 1\\\\"\} 1$/m)
})

test('a gauge is read when asked; a name stands once', () => {
  const metrics = new Metrics()
  let value = 1
  metrics.gauge('bindings', 'Bindings.', () => value)
  value = 7
  assert.match(metrics.print(), /^bindings 7$/m)
  assert.throws(() => metrics.gauge('bindings', 'Bindings.', () => 0), RangeError)
})

test('several processes tell as one: counters and most gauges add up, others take the most or the least', () => {
  const processes = [1, 2].map(n => {
    const metrics = new Metrics()
    metrics.counter('done_total', 'Done').add(n)
    const kinds = metrics.counters('kinds_total', 'Kinds', 'kind', ['a'])
    kinds.add('a', n)
    kinds.add(`only "${n}"`)
    metrics.gauge('open', 'Open', () => n)
    metrics.gauge('shared', 'The same in all', () => n, 'max')
    metrics.gauge('healthy', 'All are', () => n - 1, 'min')
    return metrics.families()
  })
  const text = printFamilies(sumFamilies(processes))
  for (const line of ['done_total 3', 'kinds_total{kind="a"} 3', 'open 3', 'shared 2', 'healthy 0']) {
    assert.ok(text.split('\n').includes(line), line)
  }
  assert.match(text, /^kinds_total\{kind="only \\"1\\""\} 1$/m)
  assert.match(text, /^kinds_total\{kind="only \\"2\\""\} 1$/m)
  assert.equal(text.match(/# TYPE done_total counter/g)?.length, 1)
})
