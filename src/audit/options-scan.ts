import type { Outcome } from './outcome.ts'
import { answered, namesToScan, scan, statusesOf, toldApart } from './scanning.ts'
import type { Trial } from './trial.ts'

/** OPTIONS for one target after the other, from one address. @param userAgent what the scanner says that it is */
export async function scanByOptions(trial: Trial, userAgent: () => string): Promise<Outcome> {
  const { all, real } = namesToScan(trial.target)
  const scanner = await trial.stranger({ who: 'scanner' })
  const probes = all.map(name => ({
    name,
    saying: {
      method: 'OPTIONS',
      uri: `sip:${name}@${trial.target.ip}`,
      from: `sip:100@${scanner.line.local.ip}`,
      userAgent: userAgent(),
    },
  }))
  const seen = await scan(trial, probes, () => Promise.resolve(scanner))
  const counts = { asked: probes.length, answered: answered(seen), found: toldApart(seen, real).length }
  const banner = seen.find(each => each.banner !== '')?.banner ?? ''
  const said = `${counts.answered} of ${counts.asked} OPTIONS were answered (${statusesOf(seen)})`
  if (counts.answered === 0)
    return trial.resisted(`none of the first ${seen.length} OPTIONS was answered`, counts)
  if (counts.answered < counts.asked) return trial.resisted(`${said}: the scan was cut off`, counts)
  if (banner !== '')
    return trial.succeeded(`${said}, and the server says that it is "${banner.slice(0, 60)}"`, counts)
  if (counts.found > 0)
    return trial.succeeded(
      `${said}, and ${counts.found} of ${real.length} users were told from nobody`,
      counts,
    )
  return trial.resisted(`${said}, all alike, and no product was named`, counts)
}
