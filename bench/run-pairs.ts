import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Figure, ServerName } from './figures.ts'
import { Ground } from './harness/ground.ts'
import { hasKamailio, whyNoLoad } from './harness/paths.ts'
import type { Options } from './options.ts'
import { measurePairs } from './pairs.ts'
import { accountOf, knownTimeOf } from './profile/account.ts'
import { printAccount } from './profile/print.ts'
import { readProfiles, splitOf } from './profile/profile.ts'
import { median } from './stats.ts'
import { printTable, summaryOf } from './table.ts'

/** Measures the pairs and prints them; undefined, and why, where this machine cannot. */
export async function runPairs(options: Options): Promise<readonly Figure[] | undefined> {
  const why = whyNoLoad()
  if (why !== undefined) {
    console.log(`Not measured under load: ${why}.`)
    return undefined
  }
  const isAlone = options.isAlone || !hasKamailio()
  if (isAlone) console.log('Aspis alone: no ratios.')
  const profileFolder = options.profile === undefined ? undefined : resolve(options.profile)
  if (profileFolder !== undefined) mkdirSync(profileFolder, { recursive: true })
  const figures: Figure[] = []
  const ground = new Ground(options.tree)
  try {
    for await (const figure of measurePairs(ground, {
      ...options,
      servers: serversOf(options.datagrams, isAlone),
      profileFolder,
    })) {
      figures.push(figure)
      console.log(printFigure(figure))
    }
  } finally {
    ground.close()
  }
  console.log(`\n${printTable(summaryOf(figures))}\n${READING}`)
  if (profileFolder !== undefined) printProfiles(profileFolder, figures)
  return figures
}

const READING = `
CPU time of all threads of a server for one, smallest/middle/largest of the rounds; the ratio is the median over the
rounds of Aspis to Kamailio in that round. Kamailio's digest is MD5, that of Aspis SHA-256. Bindings of Aspis are on
the disk before the 200, Kamailio's in memory only. Without digest all calls come from one address that proved
nothing: what Aspis does against floods from such is at work in workload c, and its oldest transactions make room.`

function serversOf(datagrams: Options['datagrams'], isAlone: boolean): readonly ServerName[] {
  const aspis: Readonly<Record<Options['datagrams'], readonly ServerName[]>> = {
    native: ['aspis'],
    node: ['aspis-dgram'],
    both: ['aspis', 'aspis-dgram'],
  }
  return isAlone ? aspis[datagrams] : ['kamailio', 'kamailio-stateless', ...aspis[datagrams]]
}

function printFigure(figure: Figure): string {
  const { workload, transport, load, server } = figure
  const codes = Object.entries(figure.codes).map(([code, count]) => ` ${code}×${count}`)
  return (
    `${workload} ${transport} ${load.padEnd(9)} ${server.padEnd(18)} ${figure.cpuUs.toFixed(1).padStart(7)} µs ` +
    `${figure.perSecond.toFixed(0).padStart(7)}/s  p99 ${(figure.p99Us / 1000).toFixed(2)} ms` +
    `  failed ${figure.failedPercent.toFixed(2)} %${codes.join('')}`
  )
}

function printProfiles(folder: string, figures: readonly Figure[]): void {
  const saturated = figures.filter(each => each.load === 'saturated' && !each.server.startsWith('kamailio'))
  const groups = Map.groupBy(saturated, each => `${folder}/${each.server}-${each.workload}-${each.transport}`)
  for (const [where, windows] of groups) {
    const account = accountOf(splitOf(readProfiles(where), windows), knownTimeOf(windows))
    const cpuUs = median(windows.map(each => each.cpuUs))
    console.log(`\n${where}\n${printAccount(account, cpuUs, 40)}`)
  }
}
