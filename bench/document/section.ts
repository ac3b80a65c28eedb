import type { Machine } from '../machine.ts'

/** What a measurement puts into the page: a text for its region, and pictures. */
export interface Section {
  readonly text: string
  /** Pictures by file name, without folder. */
  readonly pictures: Readonly<Record<string, string>>
}

/** The line that says what the figures below were taken on. */
export function provenance(machine: Machine): string {
  const { cpu, cores, memoryGigabytes, kernel, node, kamailio } = machine
  return (
    `Taken on ${machine.date} at ${machine.commit}: ${cpu}, ${cores} cores, ${memoryGigabytes} GB, Linux ${kernel}, ` +
    `Node.js ${node}, Kamailio ${kamailio}.`
  )
}

/** A picture in the page. */
export function shown(name: string, what: string): string {
  return `![${what}](performance/${name})`
}
