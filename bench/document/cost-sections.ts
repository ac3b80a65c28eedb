import type { Anatomy } from '../anatomy.ts'
import type { ProtectionCost } from '../protections.ts'
import type { WorkersResult } from '../workers.ts'
import { barChart } from './charts.ts'
import { markdownTable } from './regions.ts'
import { type Section, shown } from './section.ts'

/** Where the time of a call goes. */
export function anatomySection(all: readonly Anatomy[]): Section {
  const rooms = [...new Set(all.flatMap(each => each.rooms.map(({ room }) => room)))]
  const usOf = (each: Anatomy, room: string): number =>
    (each.rooms.find(found => found.room === room)?.share ?? 0) * each.callUs
  const groups = rooms.map(name => ({ name, values: all.map(each => usOf(each, name)) }))
  const floor = { name: 'raw echo in C', values: all.map(each => each.floorUs) }
  const title = 'Where the time of a call goes'
  const series = all.map(each => each.what)
  const lines = all.map(
    each =>
      `A ${each.what}, ${each.messagesPerCall.toFixed(0)} messages, takes ${each.callUs.toFixed(1)} µs; the kernel took ` +
      `${(each.kernelShare * 100).toFixed(0)} % of it by its own account. A server in C that sends every datagram back ` +
      `and looks at none takes ${each.floorUs.toFixed(1)} µs for so many (${each.echoUs.toFixed(2)} µs each, in and out).`,
  )
  const head = ['', ...series.flatMap(what => [`${what}, µs`, '%'])]
  const rows = rooms.map(room => [
    room,
    ...all.flatMap(each => {
      const us = usOf(each, room)
      return [us.toFixed(2), ((us / each.callUs) * 100).toFixed(1)]
    }),
  ])
  const functions = all.flatMap(each => [
    `<details><summary>The functions of a ${each.what} that take most themselves</summary>`,
    markdownTable(
      ['function', 'µs', '%'],
      each.functions.map(({ name, share }) => [
        `\`${name}\``,
        (share * each.callUs).toFixed(2),
        (share * 100).toFixed(1),
      ]),
    ),
    '</details>',
  ])
  return {
    text: [...lines, shown('anatomy.svg', title), markdownTable(head, rows), ...functions].join('\n\n'),
    pictures: { 'anatomy.svg': barChart({ title, unit: 'µs', series, groups: [...groups, floor] }) },
  }
}

/** What each protection adds. */
export function protectionsSection(costs: readonly ProtectionCost[]): Section {
  const names = [...new Set(costs.map(each => each.name))]
  const find = (name: string, server: ProtectionCost['server']) =>
    costs.find(each => each.name === name && each.server === server)
  const cellsOf = (cost: ProtectionCost | undefined): readonly string[] =>
    cost === undefined
      ? ['', '', '']
      : [cost.withoutUs.toFixed(1), cost.withUs.toFixed(1), `${cost.addsPercent.toFixed(1)} %`]
  const head = ['', 'Aspis without, µs', 'with', 'adds', 'Kamailio without, µs', 'with', 'adds', 'how']
  const rows = names.map(name => [
    name,
    ...cellsOf(find(name, 'aspis')),
    ...cellsOf(find(name, 'kamailio')),
    find(name, 'aspis')?.how ?? '',
  ])
  const title = 'What each protection adds'
  const groups = names.map(name => ({
    name,
    values: [find(name, 'aspis')?.addsPercent, find(name, 'kamailio')?.addsPercent].map(value =>
      value === undefined ? undefined : Math.max(0, value),
    ),
  }))
  return {
    text: [shown('protections.svg', title), markdownTable(head, rows)].join('\n\n'),
    pictures: {
      'protections.svg': barChart({
        title,
        unit: 'percent of the time',
        series: ['Aspis', 'Kamailio'],
        groups,
      }),
    },
  }
}

/** One worker beside two. */
export function workersSection(result: WorkersResult): Section {
  const where = result.isOnOwnCores
    ? 'Each worker had a processor of its own, the load a third.'
    : 'This machine has no third processor for the load: both workers shared one, so that only the CPU time of a call says something.'
  const throughput = (result.twoPerSecond / result.onePerSecond).toFixed(2)
  const table = markdownTable(
    ['', 'CPU time of a call, µs', 'calls a second'],
    [
      ['one worker', result.oneUs.toFixed(1), result.onePerSecond.toFixed(0)],
      ['two workers', result.twoUs.toFixed(1), result.twoPerSecond.toFixed(0)],
      ['two over one', result.cpuRatio.toFixed(2), throughput],
    ],
  )
  return { text: `${where}\n\n${table}`, pictures: {} }
}
