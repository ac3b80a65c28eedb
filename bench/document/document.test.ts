import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { ROOT } from '../harness/paths.ts'
import { VERBS } from '../options.ts'
import { barChart, lineChart } from './charts.ts'
import { markdownTable, replaceRegion } from './regions.ts'
import { ticks } from './svg.ts'

test('ticks begin at zero, are few, equally far apart, and reach what is shown', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e7, noNaN: true }), max => {
      const all = ticks(max)
      assert.equal(all[0], 0)
      assert.ok((all.at(-1) ?? 0) >= max * (1 - 1e-5))
      assert.ok(all.length >= 3 && all.length <= 10, `${all.length} ticks to ${max}`)
      const step = (all[1] ?? 0) - (all[0] ?? 0)
      assert.ok(all.every((value, at) => Math.abs(value - at * step) <= step * 1e-4))
    }),
  )
})

const bars = barChart({
  title: 'CPU <time>',
  unit: 'µs',
  series: ['Aspis', 'Kamailio'],
  groups: [
    { name: 'a & b', values: [10, 20] },
    { name: 'c', values: [undefined, 5] },
  ],
})

test('a bar is as long as its value, and one that is missing is not drawn', () => {
  const widths = [...bars.matchAll(/<rect [^>]*width="([\d.]+)" height="14"/g)].map(([, width]) =>
    Number(width),
  )
  assert.equal(widths.length, 3)
  const [first = 0, second = 0, third = 0] = widths
  assert.ok(Math.abs(second - 2 * first) < 0.2 && Math.abs(first - 2 * third) < 0.2)
})

test('a picture stands alone, and names are escaped', () => {
  assert.match(bars, /^<svg xmlns=/)
  assert.match(bars, /CPU &lt;time&gt;/)
  assert.match(bars, /a &amp; b/)
  assert.match(bars, /prefers-color-scheme: dark/)
  assert.doesNotMatch(bars, /NaN|undefined|Infinity/)
})

test('a line chart shows each point, from zero, with its limit', () => {
  const chart = lineChart({
    title: 'users',
    xName: 'users',
    yName: 'µs',
    series: [
      {
        name: 'look-up',
        points: [
          [10_000, 1],
          [1_000_000, 2],
        ],
      },
    ],
    isLogarithmic: true,
    limit: { value: 3, name: 'limit' },
  })
  assert.equal([...chart.matchAll(/<circle/g)].length, 2)
  assert.match(chart, /class="limit"/)
  assert.doesNotMatch(chart, /NaN|undefined|Infinity/)
})

test('a chart of nothing is still a picture', () => {
  assert.doesNotMatch(lineChart({ title: 't', xName: 'x', yName: 'y', series: [] }), /NaN|Infinity/)
})

test('a region is replaced, what is around it stays, and a missing one is told', () => {
  const page = 'before\n<!-- begin a -->\nold\n<!-- end a -->\nafter\n'
  const once = replaceRegion(page, 'a', 'new $& text')
  assert.equal(once, 'before\n<!-- begin a -->\n\nnew $& text\n\n<!-- end a -->\nafter\n')
  assert.equal(replaceRegion(once, 'a', 'new $& text'), once)
  assert.throws(() => replaceRegion(page, 'b', ''), /no region b/)
})

test('a table has one row a line', () => {
  assert.equal(markdownTable(['a', 'b'], [['1', '2']]), '| a | b |\n| --- | ---: |\n| 1 | 2 |')
})

test('the page has a region for everything that can be measured', () => {
  const page = readFileSync(join(ROOT, 'docs/performance.md'), 'utf8')
  for (const verb of VERBS)
    if (verb !== 'all') assert.ok(replaceRegion(page, verb, 'text').includes('\n\ntext\n\n'))
})
